// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What stands in natloop's way is told when it comes and when it goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflicts_diff.h"
#include "log.h"
#include "util.h"
#include "watch_parts.h"
#include "writer.h"

static void say_json(const struct watch *w, const struct conflict *c, const char *text, bool gone)
{
	struct writer *out = writer_json(w->env->out);

	if (!out)
		return;
	writer_open(out, NULL, WRITER_OBJECT);
	writer_string(out, "object", c->object);
	writer_string(out, "text", text);
	if (!gone)
		writer_string(out, "remedy", c->remedy);
	writer_close(out);
	(void)writer_finish(out);
}

static void say(void *data, const struct conflict *c, bool gone)
{
	const struct watch *w = data;
	char text[sizeof(c->what) + 16];

	snprintf(text, sizeof(text), "%s%s", c->what, gone ? ": gone" : "");
	if (w->env->json)
		say_json(w, c, text, gone);
	else if (gone)
		log_error("%s: %s", c->object, text);
	else
		log_error("warning: %s: %s; %s", c->object, text, c->remedy);
}

void watch_conflicts(struct watch *w)
{
	struct conflict *found = NULL;
	struct problem p = { .usage = false };
	struct instance *inst;
	size_t count = 0;
	int err = instance_open(w->env, &inst, &p);

	/* Whoever applies changes next finds out, and says so. */
	if (err)
		return;
	err = conflicts_find(inst, &found, &count);
	instance_close(inst);
	if (err) {
		log_info("conflicts are not known: %s", strerror(-err));
		return;
	}
	conflicts_diff(w->conflict, w->conflicts, found, count, say, w);
	free(w->conflict);
	w->conflict = found;
	w->conflicts = count;
}
