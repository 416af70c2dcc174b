// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set(struct problem *p, const char *object, const char *remedy, const char *what,
		va_list ap)
{
	/* The texts may be those of @p itself. */
	struct problem new = { .usage = false };

	if (!p)
		return;
	snprintf(new.object, sizeof(new.object), "%s", object ? object : "");
	snprintf(new.remedy, sizeof(new.remedy), "%s", remedy ? remedy : "");
	vsnprintf(new.what, sizeof(new.what), what, ap);
	*p = new;
}

int problem(struct problem *p, int err, const char *object, const char *remedy, const char *what,
	    ...)
{
	va_list ap;

	va_start(ap, what);
	set(p, object, remedy, what, ap);
	va_end(ap);
	return err;
}

int problem_usage(struct problem *p, const char *object, const char *remedy, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	set(p, object, remedy, what, ap);
	va_end(ap);
	if (p)
		p->usage = true;
	return -EINVAL;
}

void problem_at(struct problem *p, const char *prefix)
{
	char object[2 * sizeof(p->object)];

	if (!p)
		return;
	snprintf(object, sizeof(object), "%s: %s", prefix, p->object);
	object[sizeof(p->object) - 1] = '\0';
	memcpy(p->object, object, sizeof(p->object));
}
