/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Port forwards that the router has already: read from nftables and iptables. A rule counts if a
 * packet from outside can come to it, so if it is reachable from a base chain of type nat in
 * prerouting (PREROUTING of iptables).
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"
#include "problem.h"
#include "settings.h"

enum import_source {
	IMPORT_ALL,
	IMPORT_NFT,
	IMPORT_IPTABLES,
};

/* A rule that sends packets to another address, and what it means for natloop. */
struct import_rule {
	enum import_source source; /* IMPORT_NFT or IMPORT_IPTABLES */
	char *text;		   /* chain and rule, one line */
	char *skipped;		   /* why it, or a part of it, means nothing; NULL: all is said */
	/* The forwards it means, .snat zero. */
	struct natloop_forward *forward;
	size_t forwards;
	/* Of nftables: made by iptables-nft, so that only iptables-save shows it in full. */
	bool xt;
};

struct import {
	struct import_rule *rule; /* in the order in which packets meet them */
	size_t rules;
	char *sets; /* of nftables, that the rules use: see import_nft_sets.h; NULL: not read */
};

/*
 * Asks the system: the current network namespace's rules from @source. IMPORT_ALL takes what there
 * is of both, nftables first; that one of them is not installed or not in use is no failure then.
 * Fills @ret, which may be without any rule; free with import_free. A negative errno and @p if
 * nothing could be asked (-EPERM: not root, -ENOENT: not installed), or the answer was not
 * understood (-EPROTO, -ELOOP).
 */
int import_read(enum import_source source, struct import *ret, struct problem *p);

/*
 * For who knows the rules of before: as import_read of IMPORT_ALL, but it is a failure, too, if one
 * of nftables and the variants of iptables is there and could not be asked, or was not understood:
 * -EPERM, -EIO, -ETIMEDOUT, -EPROTO, -ELOOP, -ENOMEM with @p, and nothing is logged of it. -ENOENT:
 * neither is there. @ret is untouched on failure.
 */
int import_read_whole(struct import *ret, struct problem *p);

/* Takes out what is no forward of @s, and notes @why with the rule. Pure. -ENOMEM. */
int import_skip_others(struct import *imported, const struct settings *s, const char *why);

/*
 * Pure: add to @ret (all zeros at first) what @text means: libnftables' JSON of "list ruleset", and
 * what "iptables-save -t nat" prints. -EPROTO and @p if @text is no such thing, -ELOOP if
 * its chains do not end, or as good as, -ENOMEM; @ret is as it was then.
 */
int import_parse_nft(const char *text, struct import *ret, struct problem *p);
int import_parse_iptables(const char *text, struct import *ret, struct problem *p);

/*
 * As import_parse_nft, without the base chain of nftables that is iptables' own, for when
 * iptables-save has shown that table: it tells more of the rules than nft does.
 */
int import_parse_nft_beside(const char *text, struct import *ret, struct problem *p);

/* Frees what @imported holds, and makes it all zeros. Takes one of all zeros, too. */
void import_free(struct import *imported);

/*
 * Adds the forwards of all rules to @s, and marks them there as imported. The same forward twice is
 * added once. Where two overlap the first one wins, as it does for the kernel: the rule of the
 * other keeps the ports that are left, if any, and .skipped says which rule was first. -ENOSPC and
 * @p if there are more than @s has room for, -ENOMEM; @s is as it was then. That there is none is
 * no failure.
 */
int import_add_forwards(struct import *imported, struct settings *s, struct problem *p);

/* One line of log for each forward and for each rule that was skipped (log_info). */
void import_log(const struct import *imported);

/*
 * For attach: reads both sources, adds what was understood to @s, and logs all (import_log).
 * -ENOENT and a problem that says what to type if there is no forward at all.
 */
int import_settings(struct settings *s, struct problem *p);

#endif
