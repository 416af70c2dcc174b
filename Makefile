# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Everything is built out of tree, in build/. 'make help' lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
# One spelling, whoever calls: the dependency files name their targets as they were written.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))

CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(shell scripts/find-bpftool.sh)
PKG_CONFIG ?= pkg-config
MULTIARCH := $(shell $(CC) -print-multiarch)

PACKAGES := libbpf libxdp libmnl json-c inih
WARNINGS := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARNINGS) -Iinclude -Ibpf -Iuser -I$(BUILD)/skel -D_GNU_SOURCE \
	-DNATLOOP_VERSION='"$(VERSION)"' $(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(CFLAGS)
LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES))
# -mcpu=v3: atomics that return the old value, and 32-bit branches (kernel 5.12).
BPF_CFLAGS := -g -O2 --target=bpf -mcpu=v3 $(WARNINGS) -Iinclude -Ibpf \
	$(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))

ifdef SAN
ALL_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all
LIBS += -fsanitize=address,undefined
endif

ifdef V
quiet =
else
quiet = @printf '  %-7s %s\n' "$(1)" "$(patsubst $(BUILD)/%,%,$@)";
endif

PROGRAMS := natloop_xdp natloop_tc natloop_ctl
SKELETONS := $(PROGRAMS:%=$(BUILD)/skel/%.skel.h)
USER_SOURCES := $(filter-out user/main.c,$(wildcard user/*.c))
USER_OBJECTS := $(USER_SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
PROG_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/prog/test_*.c))
HARNESS_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/harness/*.c))
WIRE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/wire/*.c) tests/harness/frame.c \
	tests/harness/frame_icmp.c)
CONFORMANCE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/conformance/*.c))
NETNS_PROGRAMS := $(patsubst %.bpf.c,$(BUILD)/%.bpf.o,$(wildcard tests/netns/*.bpf.c)) \
	$(patsubst %.c,$(BUILD)/%,$(filter-out %.bpf.c,$(wildcard tests/netns/*.c)))

.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/bpf/%.bpf.o
.PHONY: all test-programs conformance-programs test unit prog netns conformance demo lint install uninstall clean help

all: $(BUILD)/natloopctl ## build natloopctl (the default)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(BUILD)/skel/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(call quiet,SKEL)$(BPFTOOL) gen skeleton $< name $* > $@

# The skeletons are generated, so the first build cannot know them from a dependency file yet.
$(BUILD)/user/%.o: user/%.c | $(SKELETONS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libnatloop.a: $(USER_OBJECTS)
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/natloopctl: $(BUILD)/user/main.o $(BUILD)/libnatloop.a
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

TEST_CFLAGS := -Werror=unused-function -Itests/harness -Itests/wire

$(BUILD)/tests/harness/%.o: tests/harness/%.c | $(SKELETONS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/wire/%.o: tests/wire/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/conformance/%.o: tests/conformance/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/conformance/conformance: $(CONFORMANCE_OBJECTS) $(WIRE_OBJECTS)
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -o $@

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libnatloop.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -MF $@.d $< $(BUILD)/libnatloop.a $(LIBS) \
		-lcmocka -o $@

$(BUILD)/tests/prog/%: tests/prog/%.c $(HARNESS_OBJECTS) $(BUILD)/libnatloop.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -MF $@.d $< $(HARNESS_OBJECTS) \
		$(BUILD)/libnatloop.a $(LIBS) -lcmocka -o $@

$(BUILD)/tests/netns/%.bpf.o: tests/netns/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(BUILD)/tests/netns/%: tests/netns/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $< -o $@

conformance-programs: $(BUILD)/tests/conformance/conformance $(NETNS_PROGRAMS) $(BUILD)/natloopctl

test-programs: $(UNIT_TESTS) $(PROG_TESTS) conformance-programs ## build all test programs

test: ## run all tests (as root)
	scripts/test.sh all

unit prog netns conformance: ## run one layer of the tests
	scripts/test.sh $@

demo: ## show it in network namespaces (as root)
	scripts/demo.sh

lint: $(SKELETONS) ## format, static analysis, shell, licence lines
	BUILD=$(BUILD) scripts/lint.sh

install: $(BUILD)/natloopctl ## install to DESTDIR/PREFIX
	install -D -m 755 $(BUILD)/natloopctl $(DESTDIR)$(PREFIX)/sbin/natloopctl
	install -D -m 644 user/natloopctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/natloopctl.8
	install -D -m 644 user/natloopctl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/natloopctl

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/natloopctl $(DESTDIR)$(PREFIX)/share/man/man8/natloopctl.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/natloopctl

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@echo 'Targets (variables: V=1 shows commands, SAN=1 adds sanitizers, DESTDIR, PREFIX, BUILD):'
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/  \1|\2/p' Makefile | column -t -s '|'

-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
