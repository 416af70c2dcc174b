/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which TCP and UDP packets, by their destination port? Pure. */
#ifndef IMPORT_SCOPE_H
#define IMPORT_SCOPE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define IMPORT_TCP 1
#define IMPORT_UDP 2
#define IMPORT_BOTH (IMPORT_TCP | IMPORT_UDP)
#define IMPORT_LAST_PORT 65535
/* A scope in more pieces is no port forward that anybody would want listed. */
#define IMPORT_MOST_PIECES 1024

/* Ports in host order, both ends included. */
struct import_piece {
	unsigned int protocols; /* IMPORT_TCP, IMPORT_UDP or both */
	unsigned int first;
	unsigned int last;
};

/* All packets that are in one of the pieces. All zeros: none. */
struct import_scope {
	struct import_piece *piece;
	size_t pieces;
};

/* Frees what @scope holds, and makes it empty. */
void import_scope_free(struct import_scope *scope);

/* Adds a piece, unless another one has all of it. -ENOMEM, or -E2BIG: too many pieces. */
int import_scope_add(struct import_scope *scope, const struct import_piece *piece);

/* Adds every TCP and UDP packet. */
int import_scope_all(struct import_scope *scope);

/* Leaves only what is in @by, too. -ENOMEM and -E2BIG as above, @scope is as it was then. */
int import_scope_narrow(struct import_scope *scope, const struct import_scope *by);

/* Takes out of @scope what is in @by. -ENOMEM and -E2BIG as above, @scope is as it was then. */
int import_scope_cut(struct import_scope *scope, const struct import_scope *by);

/* The first of @scope that is in @by, too, in @ret; false: nothing is. */
bool import_scope_common(const struct import_scope *scope, const struct import_piece *by,
			 struct import_piece *ret);

#define _cleanup_scope_ __attribute__((cleanup(import_scope_free)))

#endif
