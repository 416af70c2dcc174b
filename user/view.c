// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "view.h"

#include <stdio.h>

#include "address.h"
#include "forward_text.h"
#include "lan_text.h"
#include "plan.h"
#include "public_note.h"
#include "util.h"

static const char *const mode_name[] = {
	[NATLOOP_MODE_TC] = "tc",
	[NATLOOP_MODE_XDP] = "xdp",
	[NATLOOP_MODE_XDP_GENERIC] = "xdp-generic",
};
_Static_assert(ARRAY_SIZE(mode_name) == NATLOOP_MODE_XDP_GENERIC + 1, "one name each");

void view_interfaces(struct writer *w, const char *key, const struct instance_iface *iface,
		     size_t count)
{
	size_t i;

	writer_open(w, key, WRITER_LIST);
	for (i = 0; i < count; i++) {
		const struct natloop_iface *now = &iface[i].iface;
		bool known = now->mode < ARRAY_SIZE(mode_name);

		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "name", now->name);
		writer_string(w, "mode", known ? mode_name[now->mode] : "unknown");
		writer_string(w, "reason",
			      iface[i].gone ? "the interface no longer exists" : now->reason);
		writer_close(w);
	}
	writer_close(w);
}

void view_publics(struct writer *w, const char *key, const struct natloop_config *config)
{
	char text[ADDRESS_TEXT_MAX];
	__u32 i;

	writer_open(w, key, WRITER_LIST);
	for (i = 0; i < config->publics && i < ARRAY_SIZE(config->address); i++)
		writer_string(w, NULL, address_format(&config->address[i], text, sizeof(text)));
	writer_close(w);
}

void view_notes(struct writer *w, const char *key, const struct natloop_config *config)
{
	char text[PUBLIC_NOTE_MAX];
	const char *name;
	__u32 i;

	writer_open(w, key, WRITER_LIST);
	for (i = 0; i < config->publics; i++)
		if (public_note(config, i, text, sizeof(text)))
			writer_string(w, NULL, text);
	for (i = 0; (name = plan_next_waiting(config, &i));) {
		snprintf(text, sizeof(text), "[lan] has a line for %s, and %s", name,
			 if_nametoindex(name) ? "no client comes in there: it is not attached, or "
						"a port of a bridge" :
						"there is no such interface now");
		writer_string(w, NULL, text);
	}
	writer_close(w);
}

void view_forwards(struct writer *w, const char *key, const struct natloop_config *config)
{
	char text[FORWARD_TEXT_MAX];
	__u32 i;

	writer_open(w, key, WRITER_LIST);
	for (i = 0; i < config->forwards && i < ARRAY_SIZE(config->forward); i++)
		writer_string(w, NULL, forward_format(&config->forward[i], text, sizeof(text)));
	writer_close(w);
}

void view_rules(struct writer *w, const char *key, const struct settings *s)
{
	char text[LAN_TEXT_MAX];
	size_t i = 0;

	writer_open(w, key, WRITER_LIST);
	while (i < s->rules) {
		i = lan_rule_format(s, i, text, sizeof(text));
		writer_string(w, NULL, text);
	}
	writer_close(w);
}

int view_config(const struct env *env,
		void (*view)(struct writer *w, const char *key,
			     const struct natloop_config *config),
		struct problem *p)
{
	struct instance *inst;
	struct writer *w;
	int err;

	err = instance_open(env, &inst, p);
	if (err)
		return err;
	w = command_writer(env);
	if (w)
		view(w, NULL, instance_config(inst));
	instance_close(inst);
	return command_finish(w, p);
}
