/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asks nftables and iptables for their rules, in the current network namespace. */
#ifndef IMPORT_ASK_H
#define IMPORT_ASK_H

#include <stdbool.h>

#include "problem.h"

/*
 * All rules of nftables as libnftables' JSON, to be freed; NULL or empty where there is none.
 * @terse: without the elements of named sets and maps, which may be a hundred thousand. A negative
 * errno and @p: -EPERM: not root, -ENOENT: not installed, or not in this kernel.
 */
int import_ask_nft(bool terse, char **ret, struct problem *p);

/*
 * Calls @take with what iptables-save prints for the table nat, once for each variant that is
 * there and in use; @legacy says which. Ends with the first failure, also of @take. @nft_shown: the
 * rules of iptables-nft were among them, and could be read; set before: they are not asked for.
 * -ENOENT and @p: there is no iptables-save.
 */
int import_ask_iptables(int (*take)(void *data, const char *text, bool legacy, struct problem *p),
			void *data, bool *nft_shown, struct problem *p);

/*
 * Is the table nat of iptables-legacy in use, in the current network namespace? It exists once
 * somebody has used it; other tables hold no port forwards.
 */
bool import_has_legacy_nat(void);

#endif
