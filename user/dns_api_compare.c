// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dns_api_match.h"

/* Does @entry do what one of @wanted is for? */
static bool is_wanted(const struct dns_api_input *in, const struct dns_api_entry *entry)
{
	for (size_t i = 0; i < in->wanted->count; i++)
		if (dns_api_satisfies(entry, &in->wanted->entry[i]))
			return true;
	return false;
}

static bool name_is_wanted(const struct dns_api_input *in, const char *name)
{
	for (size_t i = 0; i < in->wanted->count; i++)
		if (!strcmp(in->wanted->entry[i].name, name))
			return true;
	return false;
}

/* May what natloop has there go, if it is not wanted? */
static bool is_in_scope(const struct dns_api_input *in, const struct dns_api_entry *owned)
{
	const struct dns_api_scope *scope = &in->scope;

	return (scope->name && !strcmp(owned->name, scope->name)) ||
	       (*scope->instance && !strcmp(owned->instance, scope->instance)) ||
	       name_is_wanted(in, owned->name);
}

static bool is_to_go(const struct dns_api_input *in, const struct dns_api_entry *owned)
{
	return is_in_scope(in, owned) && !is_wanted(in, owned);
}

static bool is_listed(const struct dns_api_input *in, const struct dns_api_entry *wanted,
		      const struct dns_api_entry **ret_off)
{
	*ret_off = NULL;
	for (size_t i = 0; i < in->listed->count; i++) {
		const struct dns_api_entry *listed = &in->listed->entry[i];

		if (!dns_api_satisfies(listed, wanted))
			continue;
		if (!listed->off)
			return true;
		*ret_off = listed;
	}
	return *ret_off;
}

static void note(struct dns_api_plan *plan, enum dns_api_why why, const struct dns_api_entry *entry)
{
	plan->note[plan->notes++] = (struct dns_api_note){ why, entry };
}

static void add_wanted(const struct dns_api_input *in, struct dns_api_plan *plan)
{
	const struct dns_api_entry *off;

	for (size_t i = 0; i < in->wanted->count; i++) {
		const struct dns_api_entry *wanted = &in->wanted->entry[i];

		if (!is_listed(in, wanted, &off))
			plan->change[plan->changes++] =
				(struct dns_api_change){ .kind = wanted->kind, .is = wanted };
		else if (off)
			note(plan, DNS_API_OFF, off);
	}
}

/* A change that @owned can be a part of: the same name, with another address of the family. */
static struct dns_api_change *counterpart(const struct dns_api_plan *plan,
					  const struct dns_api_entry *owned)
{
	for (size_t i = 0; owned->kind == DNS_API_REWRITE && i < plan->changes; i++) {
		struct dns_api_change *change = &plan->change[i];

		if (change->is && !change->was && !strcmp(change->is->name, owned->name) &&
		    dns_api_is_v6(change->is) == dns_api_is_v6(owned))
			return change;
	}
	return NULL;
}

static void delete_owned(const struct dns_api_input *in, struct dns_api_plan *plan)
{
	for (size_t i = 0; i < in->owned->count; i++) {
		const struct dns_api_entry *owned = &in->owned->entry[i];
		size_t there = dns_api_list_has(in->listed, owned);
		struct dns_api_change *change;

		if (!there || !is_to_go(in, owned))
			continue;
		if (there > 1) {
			note(plan, DNS_API_TWICE, owned);
			continue;
		}
		change = counterpart(plan, owned);
		if (!change) {
			change = &plan->change[plan->changes++];
			*change = (struct dns_api_change){ .kind = owned->kind };
		}
		change->was = owned;
	}
}

/* Does @listed, which is not natloop's, give a wanted name another answer? Fills @ret_name then. */
static bool contradicts(const struct dns_api_input *in, const struct dns_api_entry *listed,
			const char **ret_name)
{
	if (listed->off || is_wanted(in, listed) || dns_api_list_has(in->owned, listed))
		return false;
	for (size_t i = 0; i < in->wanted->count; i++) {
		if (!dns_api_concerns(listed, in->wanted->entry[i].name))
			continue;
		*ret_name = in->wanted->entry[i].name;
		return true;
	}
	return false;
}

int dns_api_compare(const struct dns_api_input *in, struct dns_api_plan *ret)
{
	size_t most = in->wanted->count + in->owned->count;
	struct dns_api_plan plan = { .changes = 0 };

	for (size_t i = 0; !plan.conflict && i < in->listed->count; i++)
		if (contradicts(in, &in->listed->entry[i], &plan.conflict_name))
			plan.conflict = &in->listed->entry[i];
	if (!plan.conflict && most) {
		plan.change = calloc(most, sizeof(*plan.change));
		plan.note = calloc(most, sizeof(*plan.note));
		if (!plan.change || !plan.note) {
			dns_api_plan_free(&plan);
			return -ENOMEM;
		}
		add_wanted(in, &plan);
		delete_owned(in, &plan);
	}
	*ret = plan;
	return 0;
}

void dns_api_plan_free(struct dns_api_plan *plan)
{
	free(plan->change);
	free(plan->note);
	*plan = (struct dns_api_plan){ .changes = 0 };
}

static bool is_deleted(const struct dns_api_plan *plan, const struct dns_api_entry *owned)
{
	for (size_t i = 0; i < plan->changes; i++)
		if (plan->change[i].was == owned)
			return true;
	return false;
}

/* Adds what @plan gives natloop: all of it, or what is begun. */
static int add_new(const struct dns_api_plan *plan, bool all, struct dns_api_list *ret)
{
	int err = 0;

	for (size_t i = 0; !err && i < plan->changes; i++) {
		const struct dns_api_change *change = &plan->change[i];

		if (change->is && (all || change->begun) && !dns_api_list_has(ret, change->is))
			err = dns_api_list_copy(ret, change->is);
	}
	return err;
}

int dns_api_owned_before(const struct dns_api_input *in, const struct dns_api_plan *plan,
			 struct dns_api_list *ret)
{
	int err = 0;

	for (size_t i = 0; !err && i < in->owned->count; i++)
		err = dns_api_list_copy(ret, &in->owned->entry[i]);
	return err ? err : add_new(plan, true, ret);
}

int dns_api_owned_after(const struct dns_api_input *in, const struct dns_api_plan *plan, bool done,
			struct dns_api_list *ret)
{
	int err = 0;

	for (size_t i = 0; !err && i < in->owned->count; i++) {
		const struct dns_api_entry *owned = &in->owned->entry[i];
		bool gone = done && is_to_go(in, owned) &&
			    (is_deleted(plan, owned) || !dns_api_list_has(in->listed, owned));

		if (!gone)
			err = dns_api_list_copy(ret, owned);
	}
	return err ? err : add_new(plan, false, ret);
}
