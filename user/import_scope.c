// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_scope.h"

#include <errno.h>
#include <stdlib.h>

void import_scope_free(struct import_scope *scope)
{
	free(scope->piece);
	*scope = (struct import_scope){ .piece = NULL };
}

int import_scope_add(struct import_scope *scope, const struct import_piece *piece)
{
	struct import_piece *grown;

	for (size_t i = 0; i < scope->pieces; i++) {
		const struct import_piece *old = &scope->piece[i];

		if (!(piece->protocols & ~old->protocols) && piece->first >= old->first &&
		    piece->last <= old->last)
			return 0;
	}
	if (scope->pieces == IMPORT_MOST_PIECES)
		return -E2BIG;
	grown = reallocarray(scope->piece, scope->pieces + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	scope->piece = grown;
	scope->piece[scope->pieces++] = *piece;
	return 0;
}

int import_scope_all(struct import_scope *scope)
{
	static const struct import_piece all = { IMPORT_BOTH, 0, IMPORT_LAST_PORT };

	return import_scope_add(scope, &all);
}

static bool common_piece(const struct import_piece *a, const struct import_piece *b,
			 struct import_piece *ret)
{
	const struct import_piece common = {
		a->protocols & b->protocols,
		a->first > b->first ? a->first : b->first,
		a->last < b->last ? a->last : b->last,
	};

	*ret = common;
	return common.protocols && common.first <= common.last;
}

int import_scope_narrow(struct import_scope *scope, const struct import_scope *by)
{
	struct import_scope both = { .piece = NULL };

	for (size_t i = 0; i < scope->pieces; i++) {
		for (size_t k = 0; k < by->pieces; k++) {
			struct import_piece common;
			int err;

			if (!common_piece(&scope->piece[i], &by->piece[k], &common))
				continue;
			err = import_scope_add(&both, &common);
			if (err) {
				import_scope_free(&both);
				return err;
			}
		}
	}
	import_scope_free(scope);
	*scope = both;
	return 0;
}

/* What is left of @piece without @by goes to @ret. */
static int add_rest(struct import_scope *ret, const struct import_piece *piece,
		    const struct import_piece *by)
{
	struct import_piece common, rest;
	int err = 0;

	if (!common_piece(piece, by, &common))
		return import_scope_add(ret, piece);
	rest = *piece;
	rest.protocols = piece->protocols & ~common.protocols;
	if (rest.protocols)
		err = import_scope_add(ret, &rest);
	rest = (struct import_piece){ common.protocols, piece->first, common.first - 1 };
	if (!err && piece->first < common.first)
		err = import_scope_add(ret, &rest);
	rest = (struct import_piece){ common.protocols, common.last + 1, piece->last };
	if (!err && common.last < piece->last)
		err = import_scope_add(ret, &rest);
	return err;
}

int import_scope_cut(struct import_scope *scope, const struct import_scope *by)
{
	struct import_scope left = { .piece = NULL };
	int err = 0;

	for (size_t i = 0; !err && i < scope->pieces; i++)
		err = import_scope_add(&left, &scope->piece[i]);
	for (size_t k = 0; !err && k < by->pieces; k++) {
		struct import_scope next = { .piece = NULL };

		for (size_t i = 0; !err && i < left.pieces; i++)
			err = add_rest(&next, &left.piece[i], &by->piece[k]);
		import_scope_free(&left);
		left = next;
	}
	if (err) {
		import_scope_free(&left);
		return err;
	}
	import_scope_free(scope);
	*scope = left;
	return 0;
}

bool import_scope_common(const struct import_scope *scope, const struct import_piece *by,
			 struct import_piece *ret)
{
	for (size_t i = 0; i < scope->pieces; i++)
		if (common_piece(&scope->piece[i], by, ret))
			return true;
	return false;
}
