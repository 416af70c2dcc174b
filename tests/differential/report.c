// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#define HEX_MAX 160

void report_frame(const char *prefix, const struct wire *w, bool hex)
{
	struct wire copy = *w;
	char text[512];

	packet_find_headers(&copy);
	packet_describe(&copy, text, sizeof(text));
	printf("%s%s\n", prefix, text);
	if (!hex)
		return;
	printf("%s  ", prefix);
	for (int i = 0; i < w->length && i < HEX_MAX; i++)
		printf("%02x%s", w->byte[i], i % 2 ? " " : "");
	printf("%s\n", w->length > HEX_MAX ? "..." : "");
}

static void print_value(uint64_t value)
{
	if (value == ABSENT)
		printf("absent");
	else
		printf("%#" PRIx64, value);
}

void report_difference(const char *system, const struct difference *d)
{
	switch (d->kind) {
	case MISSING:
		printf("    %s: does not send\n", system);
		report_frame("      ", d->reference->raw, false);
		break;
	case EXTRA:
		printf("    %s: sends what nft does not\n", system);
		report_frame("      ", d->other->raw, false);
		break;
	case FIELD:
		printf("    %s: %s: nft ", system, field_name[d->field]);
		print_value(d->reference->field[d->field]);
		printf(", here ");
		print_value(d->other->field[d->field]);
		printf("\n");
		break;
	}
}

void report_frames(const char *prefix, const struct wire *w, int count, bool hex)
{
	for (int i = 0; i < count; i++)
		report_frame(prefix, &w[i], hex);
	if (!count)
		printf("%snothing\n", prefix);
}
