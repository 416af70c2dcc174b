// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "watch_forwards.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "import_ask.h"
#include "report.h"
#include "util.h"
#include "watch_timing.h"

/* A tenth of the time is spent on reading, at most. */
#define REST 9
#define REST_MOST 60000

void watch_forwards_renew(const struct watch_forwards *f, struct settings *s)
{
	memcpy(s->forward, f->seen.forward, sizeof(s->forward));
	s->forwards = f->seen.forwards;
	s->forwards_imported = true;
	s->no_forwards = !s->forwards;
}

void watch_import_forwards(const struct watch_forwards *f, struct settings *s)
{
	if (!s->forwards)
		watch_forwards_renew(f, s);
}

bool watch_imports_forwards(const struct settings *s)
{
	return s->forwards_imported || s->no_forwards;
}

bool watch_must_poll_forwards(void)
{
	return import_has_legacy_nat();
}

static int set_names(const struct nlattr *attr, void *data)
{
	const char **name = data;
	int type = mnl_attr_get_type(attr);

	if ((type == NFTA_SET_ELEM_LIST_TABLE || type == NFTA_SET_ELEM_LIST_SET) &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		name[type] = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

/* @sets: lines of a table and a set. */
static bool is_used(const char *sets, const char *table, const char *set)
{
	size_t left = strlen(table), right = strlen(set);

	for (const char *end; (end = strchr(sets, '\n')); sets = end + 1)
		if ((size_t)(end - sets) == left + 1 + right && !memcmp(sets, table, left) &&
		    !memcmp(sets + left + 1, set, right))
			return true;
	return false;
}

static bool element_matters(struct watch_forwards *f, const struct nlmsghdr *nlh)
{
	const char *name[NFTA_SET_ELEM_LIST_MAX + 1] = { NULL };

	if (!f->known || !f->sets_known ||
	    mnl_attr_parse(nlh, sizeof(struct nfgenmsg), set_names, name) < 0 ||
	    !name[NFTA_SET_ELEM_LIST_TABLE] || !name[NFTA_SET_ELEM_LIST_SET] ||
	    is_used(f->sets, name[NFTA_SET_ELEM_LIST_TABLE], name[NFTA_SET_ELEM_LIST_SET]))
		return true;
	f->missed = true;
	return false;
}

bool watch_forwards_event(struct watch_forwards *f, const struct nlmsghdr *nlh)
{
	if (NFNL_SUBSYS_ID(nlh->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
		return false;
	switch (NFNL_MSG_TYPE(nlh->nlmsg_type)) {
	case NFT_MSG_NEWSETELEM:
	case NFT_MSG_DELSETELEM:
		return element_matters(f, nlh);
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_NEWRULE:
	case NFT_MSG_DELRULE:
		return true;
	default:
		/* A set means nothing without its elements; the end of each transaction, neither.
		 */
		return false;
	}
}

void watch_forwards_want(struct watch_forwards *f)
{
	f->wanted = true;
}

void watch_forwards_forget(struct watch_forwards *f)
{
	watch_rules_end(&f->rules);
	*f = (struct watch_forwards){ .rules = WATCH_RULES_NONE };
}

int64_t watch_forwards_due(const struct watch_forwards *f)
{
	int64_t due = forwards_seen_due(&f->seen);

	return f->wanted && f->rules.ended < 0 && f->from < due ? f->from : due;
}

static void note_failure(struct watch_forwards *f, const struct env *env, int err,
			 const struct problem *p, int64_t now)
{
	if (!f->err || strcmp(f->problem.what, p->what) != 0)
		(void)report_problem(env, err, p);
	f->err = err;
	f->problem = *p;
	f->failures++;
	f->wanted = true;
	f->from = now + 1000LL * watch_backoff(f->failures);
}

void watch_forwards_start(struct watch_forwards *f, const struct env *env, int64_t now)
{
	struct problem p = { .usage = false };
	int err;

	if (!f->wanted || f->rules.ended >= 0 || now < f->from)
		return;
	f->wanted = f->missed = false;
	f->begun = now;
	err = watch_rules_start(&f->rules, f->known);
	if (!err)
		return;
	err = problem(&p, err, "import", "", "no process can be started to read the rules: %s",
		      strerror(-err));
	note_failure(f, env, err, &p, now);
}

bool watch_forwards_expire(struct watch_forwards *f, int64_t now)
{
	return forwards_seen_expire(&f->seen, now);
}

bool watch_forwards_take(struct watch_forwards *f, const struct env *env, int64_t now)
{
	_cleanup_free_ struct watch_rules_answer *a = malloc(sizeof(*a));
	bool first = !f->known, changed;
	int64_t rest = (now - f->begun) * REST;

	if (!a) {
		watch_rules_end(&f->rules);
		f->wanted = true;
		f->from = now + 1000;
		return false;
	}
	watch_rules_take(&f->rules, a);
	if (a->err) {
		note_failure(f, env, a->err, &a->problem, now);
		return false;
	}
	f->err = 0;
	f->problem = (struct problem){ .usage = false };
	f->failures = 0;
	f->from = now + (rest < REST_MOST ? rest : REST_MOST);
	/* A change of a set that came into use meanwhile was taken for one of no matter. */
	if (f->missed && strcmp(f->sets, a->sets) != 0)
		f->wanted = true;
	f->known = true;
	f->sets_known = a->sets_known;
	memcpy(f->sets, a->sets, sizeof(f->sets));
	if (a->partial) {
		f->err = -EIO;
		f->problem = a->problem;
		f->wanted = true;
		f->from = now + 1000LL * watch_backoff(++f->failures);
	}
	changed = forwards_seen_take(&f->seen, a->forward, a->forwards, now);
	return changed || first;
}
