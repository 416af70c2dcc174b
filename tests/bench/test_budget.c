// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the programs cost that does not depend on how fast the machine is: the verifier's work for
 * each, and its size. A figure that has grown by more than the tolerance fails: look why; if that
 * is the price of something, write the new one into budget.txt.
 */
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
	unsigned int insns;  /* that the verifier went through */
	unsigned int states; /* the most that it kept at once */
	unsigned int xlated; /* bytes of BPF, with what the verifier has put in */
	unsigned int jited;  /* bytes of x86-64 */
};

static const struct cost budget[] = {
#define BUDGET(program, insns, states, xlated, jited) { #program, insns, states, xlated, jited },
#include "budget.txt"
#undef BUDGET
};

static const struct cost *budget_of(const char *program)
{
	for (size_t i = 0; i < sizeof(budget) / sizeof(budget[0]); i++) {
		if (!strcmp(budget[i].program, program))
			return &budget[i];
	}
	fail_msg("%s is not in tests/bench/budget.txt", program);
	return NULL;
}

/* Loads of @obj only @prog, and reads the verifier's last words. */
static struct cost measure(struct bpf_object *obj, struct bpf_program *prog)
{
	struct cost cost = { .program = bpf_program__name(prog) };
	char *log = calloc(1, LOG_BYTES), *words;
	struct bpf_prog_info info = {};
	struct bpf_program *other;
	__u32 size = sizeof(info);

	CHECK(log, "out of memory");
	bpf_object__for_each_program (other, obj)
		CHECK(!bpf_program__set_autoload(other, other == prog), "%s: %m", cost.program);
	bpf_program__set_log_buf(prog, log, LOG_BYTES);
	bpf_program__set_log_level(prog, LOG_STATS);
	CHECK(!bpf_object__load(obj), "%s cannot be loaded: %m\n%s", cost.program, log);
	words = strstr(log, "processed ");
	CHECK(words && sscanf(words,
			      "processed %u insns (limit %*u) max_states_per_insn %*u total_states "
			      "%*u peak_states %u",
			      &cost.insns, &cost.states) == 2,
	      "%s: the verifier does not say what it cost: %s", cost.program, log);
	free(log);
	CHECK(!bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size), "%s: no info: %m",
	      cost.program);
	cost.xlated = info.xlated_prog_len;
	cost.jited = info.jited_prog_len;
	return cost;
}

static void expect_within(const char *program, const char *what, unsigned int is, unsigned int was)
{
	print_message("%s: %s %u, budget %u\n", program, what, is, was);
	CHECK(is * 100ULL <= was * (100ULL + TOLERANCE_PERCENT),
	      "%s: %s %u, more than %u %% over the budget of %u; if that is the price of "
	      "something, write it into tests/bench/budget.txt",
	      program, what, is, TOLERANCE_PERCENT, was);
}

static void expect_cost(struct bpf_object *obj, struct bpf_program *prog)
{
	struct cost is = measure(obj, prog);
	const struct cost *was = budget_of(is.program);

	expect_within(is.program, "instructions verified", is.insns, was->insns);
	expect_within(is.program, "states at once", is.states, was->states);
	expect_within(is.program, "bytes of BPF", is.xlated, was->xlated);
#ifdef __x86_64__
	expect_within(is.program, "bytes of machine code", is.jited, was->jited);
#endif
}

static void natloop_ctl_costs(void **state)
{
	struct natloop_ctl *skel = natloop_ctl__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_ctl);
	natloop_ctl__destroy(skel);
}

static void natloop_tc_costs(void **state)
{
	struct natloop_tc *skel = natloop_tc__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_tc);
	natloop_tc__destroy(skel);
}

static void natloop_tc_l3_costs(void **state)
{
	struct natloop_tc *skel = natloop_tc__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_tc_l3);
	natloop_tc__destroy(skel);
}

static void natloop_xdp_costs(void **state)
{
	struct natloop_xdp *skel = natloop_xdp__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_xdp);
	natloop_xdp__destroy(skel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(natloop_ctl_costs),
		cmocka_unit_test(natloop_tc_costs),
		cmocka_unit_test(natloop_tc_l3_costs),
		cmocka_unit_test(natloop_xdp_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
