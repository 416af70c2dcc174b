/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes of a hosts file: one block of ours at its beginning, and what others wrote, of which
 * every byte stays. Pure.
 *
 * At the beginning (behind a byte order mark) the block needs nothing of what follows, not even a
 * final line break, so that without it the file is what it was; and resolvers that take the first
 * line of a name take ours.
 */
#ifndef HOSTS_TEXT_H
#define HOSTS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_name.h"
#include "problem.h"

#define HOSTS_TEXT_BEGIN "# BEGIN natloop: 'natloopctl hosts' writes this block"
#define HOSTS_TEXT_END "# END natloop"
#define HOSTS_TEXT_ADDRESS 64 /* longest address in a message, and the NUL */

struct hosts_text {
	const char *byte; /* the whole file, of the caller's */
	size_t length;
	size_t begin;	       /* the block is from here */
	size_t end;	       /* to here; without one both are where it would begin */
	struct dns_name *name; /* in the block's order; @ttl has no meaning */
	size_t names;
};

/*
 * Finds and reads the block, and keeps @byte. -EINVAL and a problem about "line N" if the block was
 * edited by hand, has no end, or is there twice; -ENOMEM. hosts_text_free() otherwise.
 */
int hosts_text_read(const char *byte, size_t length, struct hosts_text *ret, struct problem *p);
void hosts_text_free(struct hosts_text *text);

/* The addresses of @name in the block become those of @name. -ENOMEM with nothing changed. */
int hosts_text_set(struct hosts_text *text, const struct dns_name *name);

/* False if the block does not have @name. */
bool hosts_text_unset(struct hosts_text *text, const char *name);

/*
 * The first line outside of the block, from 1, that gives @name an address that is none of its two,
 * whether the name is the line's first or an alias. 0: none. @address is that address.
 */
size_t hosts_text_conflict(const struct hosts_text *text, const struct dns_name *name,
			   char address[HOSTS_TEXT_ADDRESS]);

/*
 * The file with the block as it is now, or without one that has no name left, with the line ends
 * that the first line of others has. The caller frees @ret. -ENOMEM.
 */
int hosts_text_make(const struct hosts_text *text, char **ret, size_t *ret_length);

#endif
