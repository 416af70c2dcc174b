// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the programs cost that does not depend on how fast the machine is: the verifier's work for
 * each, which is another on each kernel, and its size. A figure that has grown by more than the
 * tolerance fails: look why; if that is the price of something, write the line that is printed into
 * budget.txt. So does a program that comes near to what the verifier walks at most.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "check.h"
#include "natloop_ctl.skel.h"
#include "natloop_dns.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"

#define LOG_STATS 4 /* BPF_LOG_STATS, kernel/bpf/log.c */
#define LOG_BYTES (64 << 10)
#define TOLERANCE_PERCENT 25 /* another compiler, another kernel */
#define LIMIT_PERCENT 90     /* of the verifier's own limit: the next kernel may walk more */

struct cost {
	unsigned int kernel[2]; /* its series: 6, 12 */
	const char *program;
	unsigned int insns;  /* that the verifier went through */
	unsigned int limit;  /* and the most that it would */
	unsigned int states; /* the most that it kept at once */
	unsigned int xlated; /* bytes of BPF, with what the verifier has put in */
	unsigned int jited;  /* bytes of x86-64 */
};

static const struct cost budget[] = {
#define BUDGET(major, minor, name, verified, most, bpf, x86)                                       \
	{ .kernel = { (major), (minor) },                                                          \
	  .program = #name,                                                                        \
	  .insns = (verified),                                                                     \
	  .states = (most),                                                                        \
	  .xlated = (bpf),                                                                         \
	  .jited = (x86) },
#include "budget.txt"
#undef BUDGET
#define BUDGET_FORMAT "BUDGET(%u, %u, %s, %u, %u, %u, %u)"
};

/*
 * NULL: no budget is recorded for such kernels. That of another series is no measure: natloop_tc
 * costs 715 k instructions on 6.1, 287 k on 6.12 and 374 k on 6.18.
 */
static const struct cost *budget_of(const struct cost *is)
{
	bool recorded = false;

	for (size_t i = 0; i < sizeof(budget) / sizeof(budget[0]); i++) {
		if (memcmp(budget[i].kernel, is->kernel, sizeof(is->kernel)) != 0)
			continue;
		if (!strcmp(budget[i].program, is->program))
			return &budget[i];
		recorded = true;
	}
	CHECK(!recorded, "%s is not in tests/bench/budget.txt; its line is " BUDGET_FORMAT,
	      is->program, is->kernel[0], is->kernel[1], is->program, is->insns, is->states,
	      is->xlated, is->jited);
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
	struct utsname name;

	CHECK(!uname(&name) && sscanf(name.release, "%u.%u", &cost.kernel[0], &cost.kernel[1]) == 2,
	      "which kernel is this?");
	CHECK(log, "out of memory");
	bpf_object__for_each_program (other, obj)
		CHECK(!bpf_program__set_autoload(other, other == prog), "%s: %m", cost.program);
	bpf_program__set_log_buf(prog, log, LOG_BYTES);
	bpf_program__set_log_level(prog, LOG_STATS);
	CHECK(!bpf_object__load(obj), "%s cannot be loaded: %m\n%s", cost.program, log);
	words = strstr(log, "processed ");
	CHECK(words && sscanf(words,
			      "processed %u insns (limit %u) max_states_per_insn %*u total_states "
			      "%*u peak_states %u",
			      &cost.insns, &cost.limit, &cost.states) == 3,
	      "%s: the verifier does not say what it cost: %s", cost.program, log);
	free(log);
	CHECK(!bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size), "%s: no info: %m",
	      cost.program);
	cost.xlated = info.xlated_prog_len;
	cost.jited = info.jited_prog_len;
	return cost;
}

static void expect_within(const struct cost *was, const char *what, unsigned int is_now,
			  unsigned int was_then)
{
	CHECK(is_now * 100ULL <= was_then * (100ULL + TOLERANCE_PERCENT),
	      "%s: %s %u, more than %u %% over the budget of %u on kernel %u.%u; if that is the "
	      "price of something, write it into tests/bench/budget.txt",
	      was->program, what, is_now, TOLERANCE_PERCENT, was_then, was->kernel[0],
	      was->kernel[1]);
}

static void expect_cost(struct bpf_object *obj, struct bpf_program *prog)
{
	struct cost is = measure(obj, prog);
	const struct cost *was = budget_of(&is);

	print_message(BUDGET_FORMAT "\n", is.kernel[0], is.kernel[1], is.program, is.insns,
		      is.states, is.xlated, is.jited);
	print_message("%s: %u instructions verified are %.1f %% of the most that a kernel takes\n",
		      is.program, is.insns, is.insns * 100.0 / is.limit);
	CHECK(is.insns <= is.limit / 100 * LIMIT_PERCENT,
	      "%s: %u instructions verified, more than %u %% of the %u at which a kernel refuses",
	      is.program, is.insns, LIMIT_PERCENT, is.limit);
	if (!was) {
		print_message("no budget is recorded for kernel %u.%u\n", is.kernel[0],
			      is.kernel[1]);
		skip();
		return; /* skip() does not come back, which not everybody can know */
	}
	expect_within(was, "instructions verified", is.insns, was->insns);
	expect_within(was, "states at once", is.states, was->states);
	expect_within(was, "bytes of BPF", is.xlated, was->xlated);
#ifdef __x86_64__
	expect_within(was, "bytes of machine code", is.jited, was->jited);
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

static void natloop_dns_costs(void **state)
{
	struct natloop_dns *skel = natloop_dns__open();

	(void)state;
	CHECK(skel, "cannot be opened: %m");
	expect_cost(skel->obj, skel->progs.natloop_dns);
	natloop_dns__destroy(skel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(natloop_ctl_costs),   cmocka_unit_test(natloop_tc_costs),
		cmocka_unit_test(natloop_tc_l3_costs), cmocka_unit_test(natloop_xdp_costs),
		cmocka_unit_test(natloop_dns_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
