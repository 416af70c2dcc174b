// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_cure.h"

#include <stdio.h>

#include "address.h"
#include "forward_text.h"

const char *doctor_cure(const struct doctor_facts *facts, const struct doctor_service *service,
			char *buf, size_t size)
{
	const char *lan = *facts->lan ? facts->lan : "LAN-INTERFACE";
	bool outer = facts->public_is_own == DOCTOR_NO;
	char public[ADDRESS_TEXT_MAX], spec[FORWARD_TEXT_MAX];

	address_format(&facts->public, public, sizeof(public));
	if (facts->translated == DOCTOR_NO)
		snprintf(buf, size, "natloopctl public add %s", public);
	else if (facts->attached == DOCTOR_YES)
		snprintf(buf, size, "natloopctl forward add %s",
			 doctor_service_spec(service, &facts->server, spec, sizeof(spec)));
	else
		snprintf(buf, size, "natloopctl attach %s%s%s", *facts->lans ? facts->lans : lan,
			 outer ? " --public " : "", outer ? public : "");
	return buf;
}
