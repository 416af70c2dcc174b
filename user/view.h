/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pieces of an instance, written the same way wherever a command shows them. */
#ifndef VIEW_H
#define VIEW_H

#include "instance.h"
#include "writer.h"

/* A list of objects: name, mode, reason. */
void view_interfaces(struct writer *w, const char *key, const struct instance_iface *iface,
		     size_t count);

/* A list of addresses: those that may be dialled. */
void view_publics(struct writer *w, const char *key, const struct natloop_config *config);

/* A list of sentences on what may be right, but is worth a look. */
void view_notes(struct writer *w, const char *key, const struct natloop_config *config);

/* A list of canonical SPECs. */
void view_forwards(struct writer *w, const char *key, const struct natloop_config *config);

/* A list of the lines of [lan] that are in force. */
void view_rules(struct writer *w, const char *key, const struct settings *s);

/* Opens the instance and prints what @view makes of its configuration, as a list of its own. */
int view_config(const struct env *env,
		void (*view)(struct writer *w, const char *key,
			     const struct natloop_config *config),
		struct problem *p);

#endif
