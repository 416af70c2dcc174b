/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which named sets and maps the rules use that import reads. Pure. */
#ifndef IMPORT_NFT_SETS_H
#define IMPORT_NFT_SETS_H

struct json_object;

/*
 * @objects is libnftables' list of a rule set. *@ret gets a line "TABLE SET\n" for each set that a
 * rule names which packets from outside can come to (see import.h), to be freed; more than those
 * may be among them, and one twice, but none is left out. 0 or -ENOMEM.
 */
int import_nft_sets(struct json_object *objects, char **ret);

#endif
