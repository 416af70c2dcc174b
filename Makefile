# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Everything is built out of tree, in build/. 'make help' lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
BUILD ?= build
# One spelling, whoever calls: the dependency files name their targets as they were written.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))

CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(shell scripts/find-bpftool.sh)
PKG_CONFIG ?= pkg-config
# The programs are compiled with this machine's headers, whatever CPU the rest is for.
HOSTCC ?= gcc
MULTIARCH := $(shell $(HOSTCC) -print-multiarch)

PACKAGES := libbpf libxdp libmnl json-c inih
# Without it 'natloopctl import' runs nft. LIBNFTABLES= leaves it out.
LIBNFTABLES ?= $(shell $(PKG_CONFIG) --exists libnftables && echo libnftables)
PACKAGES += $(LIBNFTABLES)
# Without it there is no 'natloopctl dns check'. LIBCARES= leaves it out.
LIBCARES ?= $(shell $(PKG_CONFIG) --exists libcares && echo libcares)
PACKAGES += $(LIBCARES)
# Without it 'natloopctl dns apply' cannot talk to AdGuard Home and Pi-hole. LIBCURL= leaves it out.
LIBCURL ?= $(shell $(PKG_CONFIG) --exists libcurl && echo libcurl)
PACKAGES += $(LIBCURL)
# Without it 'natloopctl doctor' cannot ask a RustDesk server as its clients do. LIBPROTOBUFC= leaves
# it out.
LIBPROTOBUFC ?= $(shell $(PKG_CONFIG) --exists libprotobuf-c && command -v protoc-c >/dev/null && \
	echo libprotobuf-c)
PACKAGES += $(LIBPROTOBUFC)
WARNINGS := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARNINGS) -Iinclude -Ibpf -Iuser -I$(BUILD)/skel -I$(BUILD)/proto \
	-D_GNU_SOURCE -DNATLOOP_VERSION='"$(VERSION)"' $(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(CFLAGS)
ALL_CFLAGS += $(if $(LIBNFTABLES),-DNATLOOP_LIBNFTABLES) $(if $(LIBCARES),-DNATLOOP_LIBCARES) \
	$(if $(LIBCURL),-DNATLOOP_LIBCURL) $(if $(LIBPROTOBUFC),-DNATLOOP_LIBPROTOBUFC)
LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lresolv
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

PROGRAMS := natloop_xdp natloop_tc natloop_ctl natloop_dns
SKELETONS := $(PROGRAMS:%=$(BUILD)/skel/%.skel.h)
USER_SOURCES := $(filter-out user/main.c,$(wildcard user/*.c))
# What protoc-c makes of user/rustdesk.proto.
PROTO := $(if $(LIBPROTOBUFC),$(BUILD)/proto/rustdesk.pb-c)
USER_OBJECTS := $(USER_SOURCES:%.c=$(BUILD)/%.o) $(PROTO:%=%.o)
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
PROG_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/prog/test_*.c))
HARNESS_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/harness/*.c))
WIRE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/wire/*.c) tests/harness/frame.c \
	tests/harness/frame_icmp.c)
CONFORMANCE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/conformance/*.c))
DIFFERENTIAL_PARTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/differential/test_%.c \
	tests/differential/differential.c,$(wildcard tests/differential/*.c))) $(WIRE_OBJECTS)
DIFFERENTIAL_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/differential/test_*.c))
NETNS_PROGRAMS := $(patsubst %.bpf.c,$(BUILD)/%.bpf.o,$(wildcard tests/netns/*.bpf.c)) \
	$(patsubst %.c,$(BUILD)/%,$(filter-out %.bpf.c,$(wildcard tests/netns/*.c)))
# Stand-ins for RustDesk: one program each of what is common and what begins with its name.
RUSTDESK_COMMON := $(patsubst %,$(BUILD)/tests/rustdesk/%.o,mangle stand_in wire)
RUSTDESK_PROGRAMS := $(if $(LIBPROTOBUFC),$(patsubst %,$(BUILD)/tests/rustdesk/%,hbbs hbbr client))
NETNS_PROGRAMS += $(RUSTDESK_PROGRAMS)
BENCH_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/test_*.c))
# Benchmarks that run the programs by themselves, many frames at a time.
BENCH_SKELETONS := $(patsubst tests/bench/%.bpf.c,$(BUILD)/skel/%.skel.h, \
	$(wildcard tests/bench/*.bpf.c))
FEED_PROGRAMS := $(patsubst %,$(BUILD)/tests/bench/%,cost memory)
# libFuzzer comes with clang. fuzz_programs needs the kernel, not coverage, and is built like a test.
FUZZ_PURE := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out tests/fuzz/fuzz_programs.c, \
	$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_PROGRAMS := $(BUILD)/fuzz/fuzz_programs
FUZZ_USER_OBJECTS := $(patsubst %,$(BUILD)/fuzz/user/%.o,address config_check config_file \
	config_open conflicts_hairpin dns_api_answer dns_api_compare dns_api_list dns_api_match \
	dns_api_pihole_body dns_api_state dns_api_url dns_api_wanted dns_export dns_name \
	dns_response dns_settings dns_svcb flow_filter forward_text hostname hosts_text text_diff \
	import_condition import_forwards import_iptables import_iptables_rule \
	import_iptables_words import_nft import_nft_condition import_nft_match import_nft_rule \
	import_nft_sets import_nft_text import_restricted import_rules import_scope import_taken \
	import_walk lan_text number options problem rustdesk_frame rustdesk_message settings visible) \
	$(PROTO:$(BUILD)/%=$(BUILD)/fuzz/%.o)

.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/bpf/%.bpf.o $(BUILD)/proto/%.pb-c.c
.PHONY: all bpfeb test-programs unit-programs prog-programs conformance-programs fuzz-programs fuzz-corpus differential-programs \
	bench-programs test unit prog netns fuzz conformance differential demo lint install uninstall clean help

all: $(BUILD)/natloopctl ## build natloopctl (the default)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(BUILD)/skel/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(call quiet,SKEL)$(BPFTOOL) gen skeleton $< name $* > $@

# Such a CPU's natloopctl needs a bpftool that reads them; here they only have to compile.
bpfeb: $(PROGRAMS:%=$(BUILD)/bpfeb/%.bpf.o) ## compile the programs for big-endian CPUs

$(BUILD)/bpfeb/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(CLANG) $(BPF_CFLAGS) --target=bpfeb -MMD -MP -MF $@.d -c $< -o $@

$(BUILD)/proto/%.pb-c.c $(BUILD)/proto/%.pb-c.h &: user/%.proto
	@mkdir -p $(BUILD)/proto
	$(call quiet,PROTO)protoc-c --c_out=$(BUILD)/proto --proto_path=user $<

$(BUILD)/proto/%.o: $(BUILD)/proto/%.c $(BUILD)/proto/%.h
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The skeletons are generated, so the first build cannot know them from a dependency file yet.
$(BUILD)/user/%.o: user/%.c | $(SKELETONS) $(PROTO:%=%.h)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libnatloop.a: $(USER_OBJECTS)
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/natloopctl: $(BUILD)/user/main.o $(BUILD)/libnatloop.a
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

TEST_CFLAGS := -Werror=unused-function -Itests/harness -Itests/wire \
	-DFIXTURES='"$(CURDIR)/tests/fixtures"'

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

$(BUILD)/tests/differential/%.o: tests/differential/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/differential/differential: $(BUILD)/tests/differential/differential.o \
		$(DIFFERENTIAL_PARTS)
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -o $@

$(BUILD)/tests/differential/test_%: $(BUILD)/tests/differential/test_%.o $(DIFFERENTIAL_PARTS)
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lcmocka -o $@

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

$(BUILD)/tests/rustdesk/%.o: tests/rustdesk/%.c | $(PROTO:%=%.h)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

rustdesk_objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/rustdesk/$(1).c tests/rustdesk/$(1)_*.c))
$(foreach program,hbbs hbbr client,$(eval $(BUILD)/tests/rustdesk/$(program): \
	$(call rustdesk_objects,$(program))))
$(RUSTDESK_PROGRAMS): $(RUSTDESK_COMMON) $(BUILD)/libnatloop.a
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -lpthread -o $@

$(BUILD)/tests/bench/%.bpf.o: tests/bench/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(BENCH_SKELETONS): $(BUILD)/skel/%.skel.h: $(BUILD)/tests/bench/%.bpf.o
	@mkdir -p $(@D)
	$(call quiet,SKEL)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(BUILD)/tests/bench/%.o: tests/bench/%.c | $(SKELETONS) $(BENCH_SKELETONS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(FEED_PROGRAMS): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/tests/bench/feed.o \
		$(HARNESS_OBJECTS) $(BUILD)/libnatloop.a
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -lcmocka -o $@

$(BUILD)/tests/bench/latency: $(BUILD)/tests/bench/latency.o $(BUILD)/tests/bench/histogram.o
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lm -o $@

$(BUILD)/tests/bench/rate: $(BUILD)/tests/bench/rate.o $(BUILD)/tests/harness/frame.o \
		$(BUILD)/tests/harness/frame_icmp.o
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lbpf -o $@

$(BUILD)/tests/bench/test_histogram: $(BUILD)/tests/bench/test_histogram.o \
		$(BUILD)/tests/bench/histogram.o
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lcmocka -lm -o $@

$(BUILD)/tests/bench/test_budget: $(BUILD)/tests/bench/test_budget.o
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -lcmocka -o $@

bench-programs: $(FEED_PROGRAMS) $(BUILD)/tests/bench/latency $(BUILD)/tests/bench/rate \
	$(NETNS_PROGRAMS) $(BUILD)/natloopctl ## build what the benchmark needs

# Code that is fuzzed is compiled again: by clang, with coverage and sanitizers.
FUZZ_CFLAGS := -std=gnu11 $(WARNINGS) -Iinclude -Ibpf -Iuser -Itests/harness -D_GNU_SOURCE -O1 -g \
	-fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	$(if $(LIBPROTOBUFC),-DNATLOOP_LIBPROTOBUFC -I$(BUILD)/proto)

$(BUILD)/fuzz/%.o: %.c | $(PROTO:%=%.h)
	@mkdir -p $(@D)
	$(call quiet,FUZZ)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(BUILD)/fuzz/proto/%.o: $(BUILD)/proto/%.c
	@mkdir -p $(@D)
	$(call quiet,FUZZ)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(FUZZ_PURE): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.o \
		$(BUILD)/fuzz/tests/fuzz/reference.o $(BUILD)/fuzz/tests/fuzz/quote.o $(FUZZ_USER_OBJECTS)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(FUZZ_LDFLAGS) $^ \
		-linih -ljson-c -lresolv $(LIBPROTOBUFC:lib%=-l%) -o $@
$(BUILD)/fuzz/fuzz_config: FUZZ_LDFLAGS := -Wl,--wrap=fopen

# No sanitizer but what SAN=1 adds: the frames are the programs' business, and speed counts.
FUZZ_PROGRAMS_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,tests/fuzz/fuzz_programs.c \
	$(wildcard tests/fuzz/model*.c) tests/fuzz/mutate.c tests/fuzz/reference.c tests/fuzz/quote.c)

$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c | $(SKELETONS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(FUZZ_PROGRAMS): $(FUZZ_PROGRAMS_OBJECTS) $(HARNESS_OBJECTS) $(BUILD)/libnatloop.a
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -lcmocka -o $@

$(BUILD)/tests/fuzz/make_corpus: tests/fuzz/make_corpus.c $(BUILD)/tests/harness/frame.o \
		$(BUILD)/tests/harness/frame_icmp.o
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -MF $@.d $^ -o $@

fuzz-corpus: $(BUILD)/tests/fuzz/make_corpus ## write the binary seeds of the corpus again
	$< tests/fuzz/corpus

fuzz-programs: $(FUZZ_PURE) $(FUZZ_PROGRAMS) ## build the fuzz targets

conformance-programs: $(BUILD)/tests/conformance/conformance $(NETNS_PROGRAMS) $(BUILD)/natloopctl

unit-programs: $(UNIT_TESTS) ## build the unit tests

prog-programs: $(PROG_TESTS) ## build the tests of the BPF programs

test-programs: $(UNIT_TESTS) $(PROG_TESTS) conformance-programs fuzz-programs \
	differential-programs bench-programs $(BENCH_TESTS) ## build all test programs

differential-programs: $(BUILD)/tests/differential/differential $(DIFFERENTIAL_TESTS) \
	$(NETNS_PROGRAMS) $(BUILD)/natloopctl ## build what scripts/differential.sh needs

test: ## run all tests (as root)
	scripts/test.sh all

unit prog netns conformance differential: ## run one layer of the tests
	scripts/test.sh $@

fuzz: ## run each fuzz target for half a minute (fuzz_programs: as root)
	scripts/fuzz.sh

demo: ## show it in network namespaces (as root)
	scripts/demo.sh

lint: $(SKELETONS) $(BENCH_SKELETONS) $(PROTO:%=%.h) ## format, static analysis, stack, shell, licence lines
	BUILD=$(BUILD) scripts/lint.sh

install: $(BUILD)/natloopctl ## install to DESTDIR/PREFIX
	install -D -m 755 $(BUILD)/natloopctl $(DESTDIR)$(PREFIX)/sbin/natloopctl
	install -D -m 644 user/natloopctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/natloopctl.8
	install -D -m 644 user/natloopctl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/natloopctl
	install -D -m 644 user/natloop.conf.example \
		$(DESTDIR)$(PREFIX)/share/doc/natloop/natloop.conf.example
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(SYSCONFDIR)/natloop
	sed 's,@SBINDIR@,$(PREFIX)/sbin,' user/natloop.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/natloop.service

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/natloopctl $(DESTDIR)$(PREFIX)/share/man/man8/natloopctl.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/natloopctl \
		$(DESTDIR)$(PREFIX)/share/doc/natloop/natloop.conf.example \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/natloop.service
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/natloop

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@echo 'Targets (variables: V=1 shows commands, SAN=1 adds sanitizers, DESTDIR, PREFIX, SYSCONFDIR, BUILD):'
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/  \1|\2/p' Makefile | column -t -s '|'

-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
