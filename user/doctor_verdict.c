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

static const struct doctor_check *find_problem(const struct doctor_report *report, const char *id)
{
	for (size_t i = 0; i < report->checks; i++)
		if (report->check[i].level == DOCTOR_PROBLEM &&
		    (!id || !strcmp(report->check[i].id, id)))
			return &report->check[i];
	return NULL;
}

/* Whatever else is right, a problem that a check has found is one. */
static bool judge_checks(const struct doctor_report *report, struct doctor_finding *ret)
{
	static const struct {
		const char *id;
		enum doctor_verdict_id verdict;
	} own[] = {
		{ "ip-forward", DOCTOR_VERDICT_OBSTACLE }, /* nothing works without */
		{ "mixed-cures", DOCTOR_VERDICT_MIXED_CURES },
		{ "other-hairpin", DOCTOR_VERDICT_OTHER_HAIRPIN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		ret->check = find_problem(report, own[i].id);
		ret->id = own[i].verdict;
		if (ret->check)
			return true;
	}
	ret->check = find_problem(report, NULL);
	ret->id = DOCTOR_VERDICT_OBSTACLE;
	return ret->check;
}

void doctor_judge(const struct doctor_facts *facts, const struct doctor_report *report,
		  struct doctor_verdict *ret)
{
	struct doctor_finding found = { .id = DOCTOR_VERDICT_UNKNOWN };
	bool certain = facts->vantage == DOCTOR_ROUTER ? doctor_judge_router(facts, &found) :
							 doctor_judge_client(facts, &found);

	/* An obstacle explains nothing that has a cause of its own. */
	if (!certain && !judge_checks(report, &found)) {
		found.id = DOCTOR_VERDICT_HEALTHY;
		found.missing = facts->vantage == DOCTOR_ROUTER ? doctor_missing_on_router(facts) :
								  doctor_missing_on_client(facts);
		if (report->no_memory)
			found.missing = "there is not enough memory";
		if (facts->interrupted)
			found.missing = "it was interrupted";
		if (found.missing)
			found.id = DOCTOR_VERDICT_UNKNOWN;
	}
	memset(ret, 0, sizeof(*ret));
	ret->id = found.id;
	doctor_verdict_say(facts, &found, ret);
}
