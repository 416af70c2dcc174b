/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAT rules of either kind in one form, and the way of packets through them. The parsers fill it;
 * import_walk finds what can be reached. Pure.
 */
#ifndef IMPORT_RULES_H
#define IMPORT_RULES_H

#include "import.h"
#include "import_condition.h"
#include "import_scope.h"

enum import_verdict {
	IMPORT_JUMP,   /* to .chain, and back */
	IMPORT_GOTO,   /* to .chain, and not back */
	IMPORT_RETURN, /* end of this chain */
	IMPORT_END,    /* of all chains behind this base chain */
	IMPORT_DNAT,   /* to .target */
	IMPORT_SNAT,   /* to an address that does not matter here; masquerade, too */
};

struct import_target {
	struct natloop_addr addr;
	/* Ports in host order, both ends included; 0: they stay as they are. */
	unsigned int first;
	unsigned int last;
	unsigned int base; /* the public port that .first stands for; 0: not said */
};

/* What a rule does with some of its packets. */
struct import_step {
	struct import_scope scope;
	struct import_condition condition; /* beside those of its line */
	enum import_verdict verdict;
	bool accepts; /* IMPORT_END, and other base chains are asked next */
	char *chain;
	struct import_target target;
};

struct import_line {
	char *text;	   /* of a rule with a step; else it may be NULL */
	char reason[160];  /* why it is not known which packets it sends where; empty: it is */
	char sources[160]; /* "ip saddr 10.0.0.0/8": takes packets of these only; empty: of all */
	/* What it says of interfaces and addresses; all must hold. */
	struct import_condition *condition;
	size_t conditions;
	bool vague;	/* which packets it takes is not known */
	bool elsewhere; /* it takes none to an IPv4 address of this router */
	bool always;	/* takes every packet */
	bool xt;	/* see struct import_rule */
	struct import_step *step;
	size_t steps;
	/* The rest is import_walk's. Numbers that refer to something count from 1; 0: nothing. */
	size_t next;	 /* line of the same chain */
	size_t rule;	 /* in struct import */
	bool restricted; /* to some sources, on one of the ways to it */
};

enum import_hook {
	IMPORT_NO_HOOK, /* packets come by jumps only */
	IMPORT_PREROUTING,
	IMPORT_POSTROUTING,
};

struct import_chain {
	char *name;
	enum import_hook hook; /* where packets enter it */
	bool drops;	       /* what its rules leave; of one with a hook */
	int priority;
	size_t first; /* lines, from 1; 0: none */
	size_t last;
};

/* All zeros at first. */
struct import_ruleset {
	enum import_source source;
	bool legacy; /* of iptables-legacy */
	struct import_chain *chain;
	size_t chains;
	struct import_line *line;
	size_t lines;
	char *sets; /* of nftables: see import_nft_sets.h */
};

/* Frees what @set holds. */
void import_ruleset_free(struct import_ruleset *set);

/* The number of the chain @name, which is made if there is none. -ENOMEM. */
int import_ruleset_chain(struct import_ruleset *set, const char *name, size_t *ret);

/* Adds @line behind the others of its chain, and takes over what it holds, also on -ENOMEM. */
int import_ruleset_line(struct import_ruleset *set, size_t chain, struct import_line *line);

/* Frees what @line holds. */
void import_line_free(struct import_line *line);

/* Adds a step, and takes over what it holds, also on -ENOMEM. */
int import_line_step(struct import_line *line, struct import_step *step);

/* Adds a condition, and takes over what it holds, also on -ENOMEM. */
int import_line_condition(struct import_line *line, struct import_condition *c);

/* Why it is not known which packets the rule takes. The first reason stays. */
__attribute__((format(printf, 2, 3))) void import_line_reason(struct import_line *line,
							      const char *format, ...);

/* Why what it takes cannot be a forward. The first reason stays. */
__attribute__((format(printf, 2, 3))) void import_line_no_server(struct import_line *line,
								 const char *format, ...);

/* It takes no packet to an IPv4 address of this router, for that reason. */
void import_line_elsewhere(struct import_line *line, const char *why);

/* Does iptables' target @name only do something beside, and leave the packet to the next rule? */
bool import_target_passes(const char *name);

/*
 * The base chain of @hook that packets come to behind @last (NULL: first): by priority, and those
 * of one priority as they were listed. NULL: there is none.
 */
const struct import_chain *import_next_base(const struct import_ruleset *set, enum import_hook hook,
					    const struct import_chain *last);

/* -ENOENT: there is no chain @name. */
int import_find_chain(const struct import_ruleset *set, const char *name, size_t *ret);

/*
 * The first halves of import_parse_nft and import_parse_iptables: what @text says, not yet judged.
 * @ret, all zeros before, is the caller's to free in each case. -ENOMEM, -EPROTO with @p.
 */
int import_ruleset_nft(const char *text, struct import_ruleset *ret, struct problem *p);
int import_ruleset_iptables(const char *text, struct import_ruleset *ret, struct problem *p);

/*
 * Adds to @ret every rule with IMPORT_DNAT that can be reached from a base chain, in the order in
 * which packets meet them. -ENOMEM, or -ELOOP: the chains call one another without an end, or as
 * good as; @ret is as it was then.
 */
int import_walk(struct import_ruleset *set, struct import *ret);

/*
 * A rule that takes packets from some sources only is no forward for all; but it is how NAT
 * reflection for the LAN is made by rules, and then another rule has the same forward for all:
 * takes from @out, from rule number @before on, those of lines that are .restricted which no other
 * rule has. -ENOMEM.
 */
int import_settle_restricted(const struct import_ruleset *set, struct import *out, size_t before);

/*
 * The forwards that sending @scope to @target means, added to @rule; what cannot be one is told in
 * its .skipped. -ENOMEM.
 */
int import_rule_forwards(struct import_rule *rule, const struct import_scope *scope,
			 const struct import_target *target);

/* Adds to what .skipped says, unless it is said already. -ENOMEM. */
int import_rule_skip(struct import_rule *rule, const char *why);

/* Frees what @rule holds. */
void import_rule_free(struct import_rule *rule);

#define _cleanup_ruleset_ __attribute__((cleanup(import_ruleset_free)))
#define _cleanup_line_ __attribute__((cleanup(import_line_free)))

#endif
