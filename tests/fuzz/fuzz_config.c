// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The configuration file. Input: its bytes. What is accepted must be read again from a file written
 * from it; what is refused must be refused at its first line that is wrong: up to there it is good.
 */
#include "../unit/same_settings.h"
#include "address.h"
#include "config_file.h"
#include "forward_text.h"
#include "fuzz.h"
#include "lan_text.h"

#define PATH "memory.conf"

static struct {
	const void *byte;
	size_t length;
} file;

/* The linker's --wrap=fopen: no disk, for speed. */
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (strcmp(path, PATH) != 0)
		return __real_fopen(path, mode);
	return fmemopen((void *)file.byte, file.length, "r");
}

static int read_bytes(const void *byte, size_t length, struct settings *ret, struct problem *p)
{
	file.byte = byte;
	file.length = length;
	memset(p, 0, sizeof(*p));
	return config_file_read(PATH, ret, p);
}

/* The line that @p is about; 0: the whole file. */
static unsigned int line_of(const struct problem *p)
{
	size_t path = strlen(PATH);

	FUZZ_CHECK(!strncmp(p->object, PATH, path), "object \"%s\"", p->object);
	if (!p->object[path])
		return 0;
	FUZZ_CHECK(p->object[path] == ':', "object \"%s\"", p->object);
	return (unsigned int)atoi(p->object + path + 1);
}

/* Bytes of the first @lines lines. */
static size_t head(const uint8_t *byte, size_t length, unsigned int lines)
{
	size_t at = 0;

	while (lines && at < length)
		lines -= byte[at++] == '\n';
	FUZZ_CHECK(!lines || (lines == 1 && at == length), "the file has not so many lines");
	return at;
}

static void check_refusal(const uint8_t *byte, size_t length, const struct problem *p)
{
	static struct settings ignored;
	unsigned int line = line_of(p);
	struct problem other;

	FUZZ_CHECK(!p->usage, "the command line is not at fault");
	FUZZ_CHECK(*p->what && *p->remedy, "what \"%s\", remedy \"%s\"", p->what, p->remedy);
	if (!line)
		return;
	FUZZ_CHECK(read_bytes(byte, head(byte, length, line), &ignored, &other),
		   "good up to line %u, and with it", line);
	FUZZ_CHECK(!strcmp(other.object, p->object) && !strcmp(other.what, p->what),
		   "\"%s\" without the rest: \"%s\"", p->what, other.what);
	/* Limits that do not fit together are found when every line is good. */
	if (read_bytes(byte, head(byte, length, line - 1), &ignored, &other))
		FUZZ_CHECK(!line_of(&other), "line %u was wrong before %u: %s", line_of(&other),
			   line, other.what);
}

/* All mistakes at once: the first is the one that reading stops at, and they go up. */
static void check_mistakes(const uint8_t *byte, size_t length, const struct problem *first)
{
	static struct problem mistake[8];
	unsigned int last = 0;
	size_t count;

	file.byte = byte;
	file.length = length;
	count = config_file_check(PATH, mistake, sizeof(mistake) / sizeof(mistake[0]));
	if (!first) {
		FUZZ_CHECK(!count, "%s: %s", mistake[0].object, mistake[0].what);
		return;
	}
	FUZZ_CHECK(count && !strcmp(mistake[0].object, first->object) &&
			   !strcmp(mistake[0].what, first->what),
		   "%zu mistakes, not first \"%s\"", count, first->what);
	for (size_t i = 0; i < count; i++) {
		unsigned int line = line_of(&mistake[i]);

		FUZZ_CHECK(line > last || (!line && i + 1 == count), "line %u after %u", line,
			   last);
		last = line;
	}
}

/* Lines that give @key a value. */
static int count_key(const char *text, const char *key)
{
	size_t length = strlen(key);
	int count = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n")) {
		line += strspn(line, " \t\r\n");
		if (strncmp(line, key, length) != 0)
			continue;
		line += length;
		line += strspn(line, " \t\r");
		count += *line == '=' || *line == ':';
	}
	return count;
}

/* What is accepted is text, and gives a single value once. */
static void check_accepted(const uint8_t *byte, size_t length)
{
	static const char *const once[] = { "snat", "mode", "max-flows", "client-flows" };
	struct fuzz_input in = { byte, length };
	char *text = fuzz_text(&in);

	FUZZ_CHECK(strlen(text) == length, "a NUL byte was taken");
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		FUZZ_CHECK(count_key(text, once[i]) < 2, "%s was taken twice", once[i]);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		FUZZ_CHECK(count_key(text, settings_timeout_name[i]) < 2, "%s was taken twice",
			   settings_timeout_name[i]);
	free(text);
}

/* A leading comma is an empty item: what follows cannot be taken for a comment. */
static void write_lists(FILE *out, const struct settings *s)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < s->interfaces; i++)
		fprintf(out, "interface = ,%s\n", s->interface[i]);
	for (size_t i = 0; i < s->publics; i++)
		fprintf(out, "public = ,%s\n", s->public_spec[i]);
	for (size_t i = 0; i < s->lans; i++)
		fprintf(out, "lan = %s\n", address_format_prefix(&s->lan[i], text, sizeof(text)));
}

static void write_values(FILE *out, const struct settings *s)
{
	static const char *const snat[] = {
		[NATLOOP_SNAT_PUBLIC] = "public", [NATLOOP_SNAT_ROUTER] = "router"
	};
	char text[ADDRESS_TEXT_MAX];

	if (s->mode_given)
		fprintf(out, "mode = %s\n", settings_mode_name[s->mode]);
	if (s->snat_given)
		fprintf(out, "snat = %s\n",
			s->snat_mode == NATLOOP_SNAT_ADDR ?
				address_format(&s->snat_addr, text, sizeof(text)) :
				snat[s->snat_mode]);
	if (s->max_flows)
		fprintf(out, "max-flows = %u\n", s->max_flows);
	if (s->client_flows)
		fprintf(out, "client-flows = %u\n", s->client_flows);
}

static void write_rules(FILE *out, const struct settings *s)
{
	char text[LAN_TEXT_MAX];
	size_t next;

	fputs("[lan]\n", out);
	for (size_t i = 0; i < s->rules; i = next) {
		next = lan_rule_format(s, i, text, sizeof(text));
		FUZZ_CHECK(next > i && strlen(text) + 1 < sizeof(text), "rule %zu: %s", i, text);
		fprintf(out, "%s\n", text);
	}
}

static void write_names(FILE *out, const struct settings *s)
{
	char text[DNS_SETTINGS_TEXT];

	if (s->dns_given)
		fputs("[dns]\n", out);
	for (size_t i = 0; i < s->dns.names; i++)
		fprintf(out, "%s\n", dns_settings_name_line(&s->dns.name[i], text, sizeof(text)));
	if (s->dns.resolver.any)
		fputs("resolver = any\n", out);
	for (__u32 i = 0; i < s->dns.resolver.resolvers; i++)
		fprintf(out, "resolver = %s\n",
			address_format(&s->dns.resolver.resolver[i], text, sizeof(text)));
}

static void write_settings(FILE *out, const struct settings *s)
{
	char text[FORWARD_TEXT_MAX];

	fputs("[natloop]\n", out);
	write_lists(out, s);
	write_values(out, s);
	fputs("[timeout]\n", out);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		if (s->timeout[i])
			fprintf(out, "%s = %u\n", settings_timeout_name[i], s->timeout[i]);
	write_rules(out, s);
	write_names(out, s);
	fputs("[forward]\n", out);
	for (size_t i = 0; i < s->forwards; i++)
		fprintf(out, "%s\n", forward_format(&s->forward[i], text, sizeof(text)));
}

static void check_round_trip(const struct settings *s)
{
	static struct settings again;
	struct problem p;
	size_t length = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);

	FUZZ_CHECK(out, "out of memory");
	write_settings(out, s);
	fclose(out);
	FUZZ_CHECK(!read_bytes(text, length, &again, &p), "%s: %s\n%s", p.object, p.what, text);
	FUZZ_CHECK(same_settings(&again, s), "not the same from\n%s", text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	static const struct settings untouched = { .interfaces = 3 };
	static struct settings s;
	struct problem p;

	s = untouched;
	if (read_bytes(byte, length, &s, &p)) {
		FUZZ_CHECK(same_settings(&s, &untouched), "touched by a file that was refused");
		check_refusal(byte, length, &p);
		check_mistakes(byte, length, &p);
		return 0;
	}
	FUZZ_CHECK(!settings_check(&s, &p), "limits that do not fit: %s", p.what);
	check_accepted(byte, length);
	check_mistakes(byte, length, NULL);
	check_round_trip(&s);
	return 0;
}
