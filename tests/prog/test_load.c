// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the programs cost the verifier, and the names by which others see them. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "natloop_ctl.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"

#define LOG_STATS 4 /* BPF_LOG_STATS, kernel/bpf/log.c */
#define LOG_BYTES (64 << 10)
#define TOLERANCE_PERCENT 25 /* another compiler, another kernel */

struct cost {
	const char *program;
	unsigned int insns;
};

static const struct cost recorded[] = {
#define COST(program, insns) { #program, insns },
#include "verifier_cost.txt"
#undef COST
};

static unsigned int recorded_cost(const char *program)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		if (!strcmp(recorded[i].program, program))
			return recorded[i].insns;
	}
	return 0;
}

/* Loads @obj, whose only program is @prog, and reads the verifier's last words. */
static unsigned int measured_cost(struct bpf_object *obj, struct bpf_program *prog)
{
	char *log = calloc(1, LOG_BYTES), *words;
	unsigned int insns = 0;

	CHECK(log, "out of memory");
	bpf_program__set_log_buf(prog, log, LOG_BYTES);
	bpf_program__set_log_level(prog, LOG_STATS);
	CHECK(!bpf_object__load(obj), "%s cannot be loaded: %m\n%s", bpf_program__name(prog), log);
	words = strstr(log, "processed ");
	CHECK(words && sscanf(words, "processed %u insns", &insns) == 1,
	      "%s: the verifier does not say what it cost: %s", bpf_program__name(prog), log);
	free(log);
	return insns;
}

static void expect_cost(struct bpf_object *obj, struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);
	unsigned int was = recorded_cost(name), is = measured_cost(obj, prog);

	print_message("%s: %u insns processed, %u recorded\n", name, is, was);
	CHECK(was, "%s is not in tests/prog/verifier_cost.txt", name);
	CHECK(is * 100ULL <= was * (100ULL + TOLERANCE_PERCENT),
	      "%s costs the verifier %u insns, more than %u %% over %u; if that is the price of "
	      "something, write it into tests/prog/verifier_cost.txt",
	      name, is, TOLERANCE_PERCENT, was);
}

/* DESIGN: stable names, at most 15 characters, and types that bpftool can print. */
static void expect_names(struct bpf_object *obj, struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	struct bpf_map *map;
	__u32 size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size), 0);
	assert_string_equal(info.name, bpf_program__name(prog));
	bpf_object__for_each_map (map, obj) {
		struct bpf_map_info map_info = {};

		size = sizeof(map_info);
		assert_int_equal(bpf_obj_get_info_by_fd(bpf_map__fd(map), &map_info, &size), 0);
		assert_string_equal(map_info.name, bpf_map__name(map));
		CHECK(!strncmp(map_info.name, "natloop_", 8), "map %s is not named natloop_*",
		      map_info.name);
		CHECK(map_info.type == BPF_MAP_TYPE_QUEUE || map_info.btf_value_type_id,
		      "map %s has no types", map_info.name);
	}
}

static void natloop_ctl_loads(void **state)
{
	struct natloop_ctl *skel = natloop_ctl__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_ctl);
	expect_names(skel->obj, skel->progs.natloop_ctl);
	natloop_ctl__destroy(skel);
}

static void natloop_tc_loads(void **state)
{
	struct natloop_tc *skel = natloop_tc__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_tc);
	expect_names(skel->obj, skel->progs.natloop_tc);
	natloop_tc__destroy(skel);
}

static void natloop_xdp_loads(void **state)
{
	struct natloop_xdp *skel = natloop_xdp__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_xdp);
	expect_names(skel->obj, skel->progs.natloop_xdp);
	natloop_xdp__destroy(skel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(natloop_ctl_loads),
		cmocka_unit_test(natloop_tc_loads),
		cmocka_unit_test(natloop_xdp_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
