// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What watch tells: the log, and the service manager. */
#include <stdio.h>
#include <time.h>

#include "log.h"
#include "notify.h"
#include "watch_parts.h"
#include "writer.h"

void watch_say(void *data, const char *object, const char *text)
{
	const struct watch *w = data;
	struct writer *out = w->env->json ? writer_json(w->env->out) : NULL;

	if (!out) {
		log_notice("%s: %s", object, text);
		return;
	}
	writer_open(out, NULL, WRITER_OBJECT);
	writer_string(out, "object", object);
	writer_string(out, "text", text);
	writer_close(out);
	(void)writer_finish(out);
}

void watch_show_status(const struct watch *w, const struct problem *p, const char *state)
{
	size_t publics = w->base.publics;

	if (w->failures)
		p = &w->last;
	else if (!*p->what)
		p = &w->imported.problem;
	if (w->failures || *p->what)
		notify("%sSTATUS=%s: %s", state, p->object, p->what);
	else
		notify("%sSTATUS=public: %s%s", state, publics ? w->base.public_spec[0] : "none",
		       publics > 1 ? " and more" : "");
}

/* The time: systemd tells by it that this is the answer to its signal, see sd_notify(3). */
void watch_say_reloading(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	notify("RELOADING=1\nMONOTONIC_USEC=%lld", ts.tv_sec * 1000000LL + ts.tv_nsec / 1000);
}

void watch_say_ready(struct watch *w)
{
	char text[512];
	int length = snprintf(text, sizeof(text), "ready, following");

	for (size_t i = 0; i < w->wish.interfaces && (size_t)length < sizeof(text); i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, " %s",
				   w->wish.interface[i]);
	for (size_t i = 0; i < w->base.publics && (size_t)length < sizeof(text); i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%s",
				   i ? ", " : "; public ", w->base.public_spec[i]);
	watch_say(w, "watch", text);
}
