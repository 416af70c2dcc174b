// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "doctor.h"

const char *doctor_probe_text(const struct probe *probe, char *buf, size_t size)
{
	const char *text = probe_result_text(probe->result);
	char who[ADDRESS_TEXT_MAX];

	if (!address_is_zero(&probe->answered_by) &&
	    !address_equal(&probe->answered_by, &probe->address))
		snprintf(buf, size, "the answer came from %s",
			 address_format(&probe->answered_by, who, sizeof(who)));
	else if (probe->result == PROBE_OK)
		snprintf(buf, size, "%s after %u ms", text, probe->took_ms);
	else if (probe->error)
		snprintf(buf, size, "%s (%s)", text, strerror(probe->error));
	else
		snprintf(buf, size, "%s", text);
	return buf;
}
