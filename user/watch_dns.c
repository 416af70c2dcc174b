// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names of [dns] follow the file. */
#include <string.h>

#include "instance_dns.h"
#include "watch_parts.h"

int watch_dns_apply(struct watch *w, struct problem *p)
{
	char changes[DNS_NAMES_TEXT];
	struct instance *inst;
	int err;

	if (!memcmp(&w->dns_base, &w->held.dns, sizeof(w->dns_base)))
		return 0;
	err = watch_open_running(w, &inst, p);
	if (err)
		return err;
	err = instance_dns_follow(inst, &w->dns_base, &w->held, changes, p);
	instance_close(inst);
	if (err) {
		watch_report(w, &w->dns_told, err, p);
		return err;
	}
	w->dns_base = w->held.dns;
	w->dns_told = (struct problem){ .usage = false };
	if (*changes)
		watch_say(w, "dns", changes);
	return 0;
}
