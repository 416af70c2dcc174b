// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "doctor_run.h"
#include "import.h"

static void count_rules(struct doctor_run *run, const struct import *imported)
{
	size_t skipped = 0;

	for (size_t i = 0; i < imported->rules; i++)
		skipped += imported->rule[i].skipped && !imported->rule[i].forwards;
	run->rules_vague = skipped;
	if (skipped)
		doctor_add(run->report, "rules", DOCTOR_WARNING, "", "natloopctl import --dry-run",
			   "%zu of the rules that translate destinations are not understood",
			   skipped);
	else
		doctor_add(run->report, "rules", DOCTOR_OK, "", "",
			   "nftables and iptables have %zu port forwards", run->rules.forwards);
}

void doctor_rules(struct doctor_run *run)
{
	struct problem p = { .usage = false };
	struct import imported = { .rule = NULL };
	int err = import_read_whole(&imported, &p);

	if (!err)
		err = import_add_forwards(&imported, &run->rules, &p);
	if (err) {
		doctor_add(run->report, "rules", DOCTOR_UNKNOWN, p.object, p.remedy,
			   "the router's own rules cannot be read: %s", p.what);
	} else {
		run->rules_known = true;
		count_rules(run, &imported);
		run->reflecting = conflicts_read_rules();
	}
	import_free(&imported);
}
