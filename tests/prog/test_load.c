// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names by which others see the programs and maps. What they cost: tests/bench/test_budget.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <string.h>

#include "check.h"
#include "natloop_ctl.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"

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
		/* The kernel keeps none of these two kinds. */
		CHECK(map_info.type == BPF_MAP_TYPE_STACK ||
			      map_info.type == BPF_MAP_TYPE_RINGBUF || map_info.btf_value_type_id,
		      "map %s has no types", map_info.name);
	}
}

static void natloop_ctl_loads(void **state)
{
	struct natloop_ctl *skel = natloop_ctl__open_and_load();

	(void)state;
	CHECK(skel, "cannot be loaded: %m");
	expect_names(skel->obj, skel->progs.natloop_ctl);
	natloop_ctl__destroy(skel);
}

static void natloop_tc_loads(void **state)
{
	struct natloop_tc *skel = natloop_tc__open_and_load();

	(void)state;
	CHECK(skel, "cannot be loaded: %m");
	expect_names(skel->obj, skel->progs.natloop_tc);
	expect_names(skel->obj, skel->progs.natloop_tc_l3);
	natloop_tc__destroy(skel);
}

static void natloop_xdp_loads(void **state)
{
	struct natloop_xdp *skel = natloop_xdp__open_and_load();

	(void)state;
	CHECK(skel, "cannot be loaded: %m");
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
