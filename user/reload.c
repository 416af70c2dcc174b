// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "reload.h"

#include <errno.h>

#include "config_file.h"
#include "instance.h"
#include "util.h"

int reload(const struct env *env, struct problem *p)
{
	_cleanup_free_ struct settings *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return problem(p, -ENOMEM, "reload", "", "out of memory");
	/* Without the file everything that it said would go. */
	err = config_file_read(env->config ? env->config : CONFIG_FILE_DEFAULT, file, p);
	return err ? err : instance_reload(env, file, p);
}
