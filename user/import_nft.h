/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of import_parse_nft. Pure. */
#ifndef IMPORT_NFT_H
#define IMPORT_NFT_H

#include "import_json.h"
#include "import_rules.h"

/* Where a rule is: its named sets are looked up there. */
struct import_nft_table {
	struct json_object *objects; /* the whole list */
	const char *family;
	const char *name;
};

/*
 * The elements of @data, which is "@NAME" of a set or map of @table, or {"set": [...]}; NULL if it
 * is neither, or such a set is not there or is empty.
 */
struct json_object *import_nft_elements(const struct import_nft_table *table,
					struct json_object *data);

/*
 * Adds to @scope the packets whose @key (an expression like {"payload": ...}) is @value (one, a
 * range, a set, a named set). What cannot be known goes into the reason or sources of @line.
 * -ENOMEM, -E2BIG as import_scope_add.
 */
int import_nft_key(const struct import_nft_table *table, struct json_object *key,
		   struct json_object *value, struct import_scope *scope, struct import_line *line);

/* Narrows @scope to the packets that the statement {"match": @match} lets through. As above. */
int import_nft_match(const struct import_nft_table *table, struct json_object *match,
		     struct import_scope *scope, struct import_line *line);

/*
 * What @key, if it is an interface or an address, must be for a packet to match @value (as of
 * import_nft_key) by @op, into @ret, all zeros before, which is to be freed. -ENOMEM.
 */
int import_nft_read_condition(const struct import_nft_table *table, struct json_object *key,
			      const char *op, struct json_object *value,
			      struct import_condition *ret);

/* The same, added to @line. */
int import_nft_condition(const struct import_nft_table *table, struct json_object *key,
			 const char *op, struct json_object *value, struct import_line *line);

/* The rule of @table, into @ret, which is to be freed. -ENOMEM. */
int import_nft_rule(const struct import_nft_table *table, struct json_object *rule,
		    struct import_line *ret);

/* A number from 0 to 65535, also as text, also hexadecimal. */
bool import_nft_number(struct json_object *o, unsigned int *ret);

/* An expression much as nft writes it, cut to @size. Returns @buf. */
const char *import_nft_expression(struct json_object *o, char *buf, size_t size);

/* Chain and rule much as nft writes them, one line. The caller's to free; NULL: no memory. */
char *import_nft_text(struct json_object *rule);

#endif
