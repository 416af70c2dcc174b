// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "doctor_probes.h"

const char *doctor_probe_text(const struct probe *probe, char *buf, size_t size)
{
	const char *text = probe_result_text(probe->result);
	char who[ADDRESS_TEXT_MAX];

	if (doctor_outcome(probe) == DOCTOR_OUT_ASTRAY)
		snprintf(buf, size, "the answer came from %s",
			 address_format(&probe->answered_by, who, sizeof(who)));
	else if (probe->result == PROBE_OK)
		snprintf(buf, size, "%s after %u ms", text, probe->took_ms);
	else if (probe->result == PROBE_SILENT && probe->connected)
		snprintf(buf, size, "accepts connections, and says nothing");
	else if (probe->result == PROBE_UNREACHABLE && !address_is_zero(&probe->answered_by))
		snprintf(buf, size, "%s, says %s (%s)", text,
			 address_format(&probe->answered_by, who, sizeof(who)),
			 strerror(probe->error));
	else if (probe->error == EOPNOTSUPP)
		snprintf(buf, size, "%s: this natloopctl was built without protobuf-c", text);
	else if (probe->error)
		snprintf(buf, size, "%s (%s)", text, strerror(probe->error));
	else
		snprintf(buf, size, "%s", text);
	return buf;
}

const char *doctor_probe_next(const struct probe *probe, const char *otherwise)
{
	enum doctor_outcome out = doctor_outcome(probe);

	if (probe->error == EOPNOTSUPP)
		return "give --port, or install libprotobuf-c-dev and protobuf-c-compiler, and "
		       "build it again";
	/* Without a key it may be that alone. */
	if (out == DOCTOR_OUT_MISSING && probe->result == PROBE_CLOSED)
		return "give --key KEY, if the relay has one (-k of hbbr)";
	return out == DOCTOR_OUT_GOOD || out == DOCTOR_OUT_MISSING ? "" : otherwise;
}
