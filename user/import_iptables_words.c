// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The words of a line of iptables-save. */
#include <ctype.h>

#include "import_iptables.h"

bool import_iptables_split(char *text, struct import_words *ret)
{
	char *from = text, *to;

	ret->count = ret->at = 0;
	for (;;) {
		bool quoted = false;

		while (isspace((unsigned char)*from))
			from++;
		if (!*from)
			return true;
		if (ret->count == IMPORT_MOST_WORDS)
			return false;
		ret->word[ret->count++] = to = from;
		for (; *from && (quoted || !isspace((unsigned char)*from)); from++) {
			if (*from == '"') {
				quoted = !quoted;
				continue;
			}
			if (*from == '\\' && from[1])
				from++;
			*to++ = *from;
		}
		if (quoted)
			return false;
		if (*from)
			from++;
		*to = '\0';
	}
}
