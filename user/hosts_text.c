// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hosts_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "address.h"
#include "hosts_line.h"
#include "util.h"

#define BOM "\xef\xbb\xbf"
#define BLANKS " \t\v\f\r"
#define LINE_MAX (INET6_ADDRSTRLEN + DNS_NAME_MAX + 4)

/* "192.168.11.20 rustdesk.example.com"; returns its length, 0 for no address. */
static size_t format_line(const struct natloop_addr *a, const char *name, char buf[LINE_MAX])
{
	char address[ADDRESS_TEXT_MAX];

	if (address_is_zero(a))
		return 0;
	return (size_t)snprintf(buf, LINE_MAX, "%s %s", address_format(a, address, sizeof(address)),
				name);
}

static struct dns_name *find(const struct hosts_text *text, const char *name)
{
	for (size_t i = 0; i < text->names; i++)
		if (hostname_same(text->name[i].name, name))
			return &text->name[i];
	return NULL;
}

int hosts_text_set(struct hosts_text *text, const struct dns_name *name)
{
	struct dns_name *place = find(text, name->name);

	if (!place) {
		place = reallocarray(text->name, text->names + 1, sizeof(*place));
		if (!place)
			return -ENOMEM;
		text->name = place;
		place += text->names++;
	}
	*place = *name;
	return 0;
}

bool hosts_text_unset(struct hosts_text *text, const char *name)
{
	struct dns_name *place = find(text, name);
	size_t behind;

	if (!place)
		return false;
	behind = text->names - 1 - (size_t)(place - text->name);
	memmove(place, place + 1, behind * sizeof(*place));
	text->names--;
	return true;
}

static int line_problem(const struct hosts_line *line, const char *what, struct problem *p)
{
	char object[32];

	snprintf(object, sizeof(object), "line %zu", line->number);
	return problem(p, -EINVAL, object,
		       "mend the block from '# BEGIN natloop' to '" HOSTS_TEXT_END
		       "', or delete it; nothing was changed",
		       "%s", what);
}

/* Is @line what we write for @entry, which has one address? */
static bool is_ours(const struct hosts_line *line, const struct dns_name *entry)
{
	const struct natloop_addr *a = address_is_zero(&entry->v4) ? &entry->v6 : &entry->v4;
	char wanted[LINE_MAX];

	return format_line(a, entry->name, wanted) && hosts_line_is(line, wanted);
}

/* A line of the block; the IPv6 address of a name comes right behind its IPv4 address. */
static int read_entry(struct hosts_text *text, const struct hosts_line *line, struct problem *p)
{
	struct dns_name *last = text->names ? &text->name[text->names - 1] : NULL;
	char copy[LINE_MAX], *name;
	struct dns_name entry;
	int err;

	if (line->length >= sizeof(copy))
		return line_problem(line, "is not from natloopctl", p);
	memcpy(copy, line->byte, line->length);
	copy[line->length] = '\0';
	name = strchr(copy, ' ');
	if (name)
		*name++ = '\0';
	if (!name || dns_name_parse(name, copy, NULL, &entry, NULL) || *entry.name == '*' ||
	    !is_ours(line, &entry))
		return line_problem(line, "is not from natloopctl", p);
	if (last && !strcmp(last->name, entry.name) && address_is_zero(&last->v6) &&
	    address_is_zero(&entry.v4)) {
		last->v6 = entry.v6;
		return 0;
	}
	if (find(text, entry.name))
		return line_problem(line, "has a name that the block has already", p);
	err = hosts_text_set(text, &entry);
	return err ? problem(p, err, "hosts", "", "out of memory") : 0;
}

/* Behind @line. */
static bool has_end(const struct hosts_text *text, struct hosts_line line)
{
	while (hosts_line_next(text->byte, text->length, &line))
		if (hosts_line_is(&line, HOSTS_TEXT_END))
			return true;
	return false;
}

/* @line is the block's first one, and becomes its last. */
static int read_block(struct hosts_text *text, struct hosts_line *line, struct problem *p)
{
	int err;

	if (!has_end(text, *line))
		return line_problem(line, "begins a block of natloop that has no end", p);
	text->begin = line->at;
	while (hosts_line_next(text->byte, text->length, line)) {
		if (hosts_line_is(line, HOSTS_TEXT_END)) {
			text->end = line->next;
			return 0;
		}
		err = read_entry(text, line, p);
		if (err)
			return err;
	}
	return 0;
}

static int read_text(struct hosts_text *text, struct problem *p)
{
	struct hosts_line line = { .next = text->begin };
	bool seen = false;
	int err;

	while (hosts_line_next(text->byte, text->length, &line)) {
		if (hosts_line_is(&line, HOSTS_TEXT_END))
			return line_problem(&line, "ends a block of natloop that has not begun", p);
		if (!hosts_line_is(&line, HOSTS_TEXT_BEGIN))
			continue;
		if (seen)
			return line_problem(&line, "begins a second block of natloop", p);
		seen = true;
		err = read_block(text, &line, p);
		if (err)
			return err;
	}
	return 0;
}

/* Of the byte order mark that the file begins with, or 0. */
static size_t bom_length(const char *byte, size_t length)
{
	return length >= strlen(BOM) && !memcmp(byte, BOM, strlen(BOM)) ? strlen(BOM) : 0;
}

int hosts_text_read(const char *byte, size_t length, struct hosts_text *ret, struct problem *p)
{
	size_t begin = bom_length(byte, length);
	struct hosts_text text = { .byte = byte, .length = length, .begin = begin, .end = begin };
	int err = read_text(&text, p);

	if (err)
		hosts_text_free(&text);
	else
		*ret = text;
	return err;
}

void hosts_text_free(struct hosts_text *text)
{
	free(text->name);
	*text = (struct hosts_text){ .byte = NULL };
}

/* The next word of *@at, up to @end; its length, 0 if there is none. */
static size_t next_word(const char **at, const char *end)
{
	const char *word = *at;

	while (word < end && strchr(BLANKS, *word))
		word++;
	*at = word;
	while (word < end && !strchr(BLANKS, *word))
		word++;
	return (size_t)(word - *at);
}

/* Mapped if IPv4; a zone ("fe80::1%eth0") does not count. */
static bool read_address(const char *word, size_t length, char text[HOSTS_TEXT_ADDRESS],
			 struct natloop_addr *ret)
{
	char *zone;
	__be32 v4;

	if (length >= HOSTS_TEXT_ADDRESS)
		return false;
	memcpy(text, word, length);
	text[length] = '\0';
	zone = strchr(text, '%');
	if (zone)
		*zone = '\0';
	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ret = address_from_v4(v4);
		return true;
	}
	return inet_pton(AF_INET6, text, ret) == 1;
}

/* A final dot makes no other name of it. */
static bool word_is(const char *word, size_t length, const char *name)
{
	if (length && word[length - 1] == '.')
		length--;
	return length == strlen(name) && !strncasecmp(word, name, length);
}

static bool line_conflicts(const struct hosts_line *line, const struct dns_name *name,
			   char address[HOSTS_TEXT_ADDRESS])
{
	size_t length = strnlen(line->byte, line->length);
	const char *comment = memchr(line->byte, '#', length);
	const char *end = comment ? comment : line->byte + length;
	const char *at = line->byte;
	struct natloop_addr a;

	length = next_word(&at, end);
	if (!length || !read_address(at, length, address, &a) || address_equal(&a, &name->v4) ||
	    address_equal(&a, &name->v6))
		return false;
	for (at += length; (length = next_word(&at, end)); at += length)
		if (word_is(at, length, name->name))
			return true;
	return false;
}

size_t hosts_text_conflict(const struct hosts_text *text, const struct dns_name *name,
			   char address[HOSTS_TEXT_ADDRESS])
{
	struct hosts_line line = { .next = bom_length(text->byte, text->length) };

	while (hosts_line_next(text->byte, text->length, &line))
		if ((line.at < text->begin || line.at >= text->end) &&
		    line_conflicts(&line, name, address))
			return line.number;
	return 0;
}

/* What the first line of others ends with. */
static const char *line_end(const struct hosts_text *text)
{
	size_t from = text->begin ? 0 : text->end;
	size_t length = text->begin ? text->begin : text->length - text->end;
	const char *lf = memchr(text->byte + from, '\n', length);

	/* Nothing before the block but a byte order mark. */
	if (!lf && text->begin) {
		from = text->end;
		lf = memchr(text->byte + from, '\n', text->length - from);
	}
	return lf && lf > text->byte + from && lf[-1] == '\r' ? "\r\n" : "\n";
}

static void write_block(FILE *out, const struct hosts_text *text)
{
	const char *end = line_end(text);
	char line[LINE_MAX];

	fprintf(out, "%s%s", HOSTS_TEXT_BEGIN, end);
	for (size_t i = 0; i < text->names; i++) {
		const struct dns_name *name = &text->name[i];

		if (format_line(&name->v4, name->name, line))
			fprintf(out, "%s%s", line, end);
		if (format_line(&name->v6, name->name, line))
			fprintf(out, "%s%s", line, end);
	}
	fprintf(out, "%s%s", HOSTS_TEXT_END, end);
}

int hosts_text_make(const struct hosts_text *text, char **ret, size_t *ret_length)
{
	char *made = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&made, &length);
	bool failed;

	if (!out)
		return -ENOMEM;
	fwrite(text->byte, 1, text->begin, out);
	if (text->names)
		write_block(out, text);
	fwrite(text->byte + text->end, 1, text->length - text->end, out);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(made);
		return -ENOMEM;
	}
	*ret = made;
	*ret_length = length;
	return 0;
}
