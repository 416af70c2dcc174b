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

int import_scope_narrow(struct import_scope *scope, const struct import_scope *by)
{
	struct import_scope both = { .piece = NULL };

	for (size_t i = 0; i < scope->pieces; i++) {
		for (size_t k = 0; k < by->pieces; k++) {
			const struct import_piece *a = &scope->piece[i], *b = &by->piece[k];
			const struct import_piece common = {
				a->protocols & b->protocols,
				a->first > b->first ? a->first : b->first,
				a->last < b->last ? a->last : b->last,
			};
			int err;

			if (!common.protocols || common.first > common.last)
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
