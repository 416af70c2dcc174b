// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All mistakes of a configuration file. */
#include <errno.h>
#include <string.h>

#include "config_reading.h"
#include "util.h"

size_t config_file_check(const char *path, struct problem *ret, size_t max)
{
	_cleanup_free_ unsigned int *wrong = calloc(max, sizeof(*wrong));
	_cleanup_free_ struct reading *r = malloc(sizeof(*r));
	size_t count = 0;
	int err;

	if (!wrong || !r) {
		(void)problem(ret, -ENOMEM, path, "", "out of memory");
		return 1;
	}
	/* Each turn finds the first mistake that is left, until there is none. */
	do {
		memset(r, 0, sizeof(*r));
		r->path = path;
		r->p = &ret[count];
		r->wrong = wrong;
		r->wrongs = count;
		err = config_reading_run(r);
		if (err)
			wrong[count++] = r->failed;
	} while (err && r->failed && count < max);
	return count;
}
