// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_verdict.h"

#include <string.h>

#include "address.h"
#include "doctor_judge.h"
#include "doctor_verdict_text.h"
#include "util.h"

static const struct {
	const char *name;
	int status;
} verdicts[] = {
#define X(NAME, name, status) [DOCTOR_VERDICT_##NAME] = { (name), (status) },
	DOCTOR_VERDICTS(X)
#undef X
};

const char *doctor_verdict_name(enum doctor_verdict_id id)
{
	return verdicts[id].name;
}

int doctor_verdict_status(enum doctor_verdict_id id)
{
	return verdicts[id].status;
}

/* Checks of what the facts say, too: where these do not suffice, neither do they. */
static bool is_of_facts(const char *id)
{
	static const char *const ids[] = {
		"double-nat", "forward",	"ipv6",		  "loopback",
		"name",	      "server-address", "server-answers", "way-back",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (!strcmp(id, ids[i]))
			return true;
	return false;
}

/* With @id NULL: of those that no fact speaks of, or with @any of all. */
static const struct doctor_check *find_problem(const struct doctor_report *report, const char *id,
					       bool any)
{
	for (size_t i = 0; i < report->checks; i++) {
		const struct doctor_check *c = &report->check[i];

		if (c->level == DOCTOR_PROBLEM &&
		    (id ? !strcmp(c->id, id) : any || !is_of_facts(c->id)))
			return c;
	}
	return NULL;
}

static bool judge_checks(const struct doctor_report *report, struct doctor_finding *ret)
{
	static const struct {
		const char *id;
		enum doctor_verdict_id verdict;
	} own[] = {
		{ "route", DOCTOR_VERDICT_OBSTACLE },
		{ "ip-forward", DOCTOR_VERDICT_OBSTACLE }, /* nothing works without */
		{ "mixed-cures", DOCTOR_VERDICT_MIXED_CURES },
		{ "other-hairpin", DOCTOR_VERDICT_OTHER_HAIRPIN },
		{ NULL, DOCTOR_VERDICT_OBSTACLE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		ret->check = find_problem(report, own[i].id, false);
		ret->id = own[i].verdict;
		if (ret->check)
			return true;
	}
	return false;
}

static const char *find_missing(const struct doctor_facts *facts,
				const struct doctor_report *report)
{
	if (facts->interrupted)
		return "it was interrupted";
	if (report->no_memory)
		return "there is not enough memory";
	return facts->vantage == DOCTOR_ROUTER ? doctor_missing_on_router(facts) :
						 doctor_missing_on_client(facts);
}

/* No fact has decided. */
static void judge_rest(const struct doctor_facts *facts, const struct doctor_report *report,
		       struct doctor_finding *ret)
{
	if (judge_checks(report, ret))
		return;
	ret->missing = find_missing(facts, report);
	ret->id = DOCTOR_VERDICT_UNKNOWN;
	if (ret->missing)
		return;
	ret->check = find_problem(report, NULL, true);
	ret->id = ret->check ? DOCTOR_VERDICT_OBSTACLE : DOCTOR_VERDICT_HEALTHY;
}

void doctor_judge(const struct doctor_facts *facts, const struct doctor_report *report,
		  struct doctor_verdict *ret)
{
	struct doctor_finding found = { .id = DOCTOR_VERDICT_UNKNOWN };
	bool certain = facts->vantage == DOCTOR_ROUTER ? doctor_judge_router(facts, &found) :
							 doctor_judge_client(facts, &found);

	if (!certain)
		judge_rest(facts, report, &found);
	memset(ret, 0, sizeof(*ret));
	ret->id = found.id;
	doctor_verdict_say(facts, &found, ret);
}
