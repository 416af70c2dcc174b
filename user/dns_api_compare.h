/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What must change on a server so that it has what is wanted. Pure.
 *
 * An entry is natloop's if the state file says so; nothing else is changed or deleted. One that
 * is there already, whoever made it, is left as it is, and does not become natloop's.
 */
#ifndef DNS_API_COMPARE_H
#define DNS_API_COMPARE_H

#include "dns_api_list.h"

struct dns_api_scope {
	/* What natloop has for other names of this instance is to go; "": of none. */
	const char *instance;
	/* What it has for this name is to go if it is not wanted; or NULL. */
	const char *name;
};

struct dns_api_input {
	const struct dns_api_list *wanted;
	const struct dns_api_list *listed; /* by the server */
	const struct dns_api_list *owned;  /* by natloop, as the state file says */
	struct dns_api_scope scope;
};

struct dns_api_change {
	enum dns_api_kind kind;
	const struct dns_api_entry *was; /* owned; NULL: add */
	const struct dns_api_entry *is;	 /* wanted; NULL: delete */
	/*
	 * Set by those who make it: before it is asked for; and taken back if the server has
	 * refused it.
	 */
	bool begun;
};

enum dns_api_why {
	DNS_API_OFF,   /* wanted, and there, but switched off */
	DNS_API_TWICE, /* natloop's and to go, but there more than once: the other is not ours */
};

struct dns_api_note {
	enum dns_api_why why;
	const struct dns_api_entry *entry; /* OFF: listed; TWICE: owned */
};

/* Points into the lists that it was made of. */
struct dns_api_plan {
	struct dns_api_change *change; /* deletions last */
	size_t changes;
	struct dns_api_note *note;
	size_t notes;
	/* Not natloop's, and would give @conflict_name another answer; NULL: none. */
	const struct dns_api_entry *conflict;
	const char *conflict_name;
};

/* -ENOMEM; else dns_api_plan_free() @ret. With a conflict, changes are none. */
int dns_api_compare(const struct dns_api_input *in, struct dns_api_plan *ret);
void dns_api_plan_free(struct dns_api_plan *plan);

/*
 * What is natloop's: before the changes, all that it may have after any of them; once they ended,
 * what it has if those that are begun were made. Appends to @ret; -ENOMEM.
 */
int dns_api_owned_before(const struct dns_api_input *in, const struct dns_api_plan *plan,
			 struct dns_api_list *ret);
int dns_api_owned_after(const struct dns_api_input *in, const struct dns_api_plan *plan, bool done,
			struct dns_api_list *ret);

#endif
