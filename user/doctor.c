// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void doctor_add(struct doctor_report *report, const char *id, enum doctor_level level,
		const char *object, const char *next, const char *evidence, ...)
{
	struct doctor_check *grown, *new;
	va_list ap;

	grown = realloc(report->check, (report->checks + 1) * sizeof(*grown));
	if (!grown) {
		report->no_memory = true;
		return;
	}
	report->check = grown;
	new = &grown[report->checks++];
	memset(new, 0, sizeof(*new));
	new->id = id;
	new->level = level;
	snprintf(new->object, sizeof(new->object), "%s", object);
	snprintf(new->next, sizeof(new->next), "%s", next);
	va_start(ap, evidence);
	vsnprintf(new->evidence, sizeof(new->evidence), evidence, ap);
	va_end(ap);
}

void doctor_report_free(struct doctor_report *report)
{
	free(report->check);
	memset(report, 0, sizeof(*report));
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_WARNING] = "warning",
		[DOCTOR_PROBLEM] = "problem",
		[DOCTOR_UNKNOWN] = "could not tell",
	};

	return names[level];
}

bool doctor_service_is_udp(const struct doctor_service *service)
{
	return service->kind == PROBE_UDP || service->kind == PROBE_RUSTDESK_ID;
}

const char *doctor_service_text(const struct doctor_service *service, bool at_server, char *buf,
				size_t size)
{
	unsigned int port = at_server ? service->server_port : service->port;
	unsigned int port2 = at_server ? service->server_port2 : service->port2;
	const char *proto = doctor_service_is_udp(service) ? "udp" : "tcp";

	if (port2)
		snprintf(buf, size, "%s/%u+%u", proto, port, port2);
	else
		snprintf(buf, size, "%s/%u", proto, port);
	return buf;
}
