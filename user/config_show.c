// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_show.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

#define LONGEST_LINE 198 /* that the file may have */

static const char *const section_name[] = { "natloop", "forward", "lan", "dns", "timeout" };
_Static_assert(ARRAY_SIZE(section_name) == CONFIG_SECTIONS, "one name each");

/* "KEY = VALUE"; a SPEC is a line already, but for the blanks around its first '='. */
static void format_line(const struct config_value *value, char *buf, size_t size)
{
	size_t left = strcspn(value->text, "=");

	if (value->key)
		/* What begins like a comment is none behind a comma. */
		snprintf(buf, size, "%s = %s%s", value->key,
			 *value->text == '#' || *value->text == ';' ? "," : "", value->text);
	else if (value->section == CONFIG_FORWARD)
		snprintf(buf, size, "%.*s = %s", (int)left, value->text, value->text + left + 1);
	else
		snprintf(buf, size, "%s", value->text);
}

void config_show_text(const struct config_values *values, FILE *out)
{
	enum config_section section = CONFIG_SECTIONS;

	for (size_t i = 0; i < values->count; i++) {
		const struct config_value *value = &values->value[i];
		char line[2 * sizeof(value->text)];

		if (value->section != section)
			fprintf(out, "%s[%s]\n", i ? "\n" : "", section_name[value->section]);
		section = value->section;
		format_line(value, line, sizeof(line));
		if (strlen(line) + strlen(" ; from ") + strlen(value->from) > LONGEST_LINE)
			/* Too long for a file: a name that was given by hand. */
			fprintf(out, "; from %.*s\n%s%s\n", LONGEST_LINE - 8, value->from,
				strlen(line) > LONGEST_LINE ? "; " : "", line);
		else
			fprintf(out, "%s ; from %s\n", line, value->from);
	}
}

static void write_value(struct writer *w, const struct config_value *value)
{
	writer_open(w, value->list ? NULL : value->key, WRITER_OBJECT);
	if (value->number)
		writer_number(w, "value", strtoul(value->text, NULL, 10));
	else
		writer_string(w, "value", value->text);
	writer_string(w, "from", value->from);
	writer_close(w);
}

/* All values of one key of @section, from @at on; returns where the next key begins. */
static size_t write_key(struct writer *w, const struct config_values *values, size_t at)
{
	const struct config_value *first = &values->value[at];
	size_t i = at;

	if (!first->list) {
		write_value(w, first);
		return at + 1;
	}
	if (first->key)
		writer_open(w, first->key, WRITER_LIST);
	for (; i < values->count && values->value[i].section == first->section &&
	       values->value[i].key == first->key;
	     i++)
		write_value(w, &values->value[i]);
	if (first->key)
		writer_close(w);
	return i;
}

void config_show_write(const struct config_values *values, struct writer *w)
{
	size_t i = 0;

	writer_open(w, NULL, WRITER_OBJECT);
	for (int s = 0; s < CONFIG_SECTIONS; s++) {
		bool lines = s == CONFIG_FORWARD || s == CONFIG_LAN || s == CONFIG_DNS;

		writer_open(w, section_name[s], lines ? WRITER_LIST : WRITER_OBJECT);
		while (i < values->count && (int)values->value[i].section == s)
			i = write_key(w, values, i);
		writer_close(w);
	}
	writer_close(w);
}
