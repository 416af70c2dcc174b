// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config_open.h"
#include "config_reading.h"
#include "forward_text.h"
#include "lan_text.h"
#include "util.h"

#define LIST_SEPARATORS ", \t"
#define SECTIONS_REMEDY "the sections are [natloop], [forward], [lan], [dns], [timeout]"

/* [natloop], by enum settings_key */
static const struct key {
	bool list;
	int (*set)(struct settings *s, const char *text, struct problem *p);
} keys[] = {
	[SETTINGS_INTERFACE] = { true, settings_add_interface },
	[SETTINGS_PUBLIC] = { true, settings_add_public },
	[SETTINGS_LAN] = { true, settings_add_lan },
	[SETTINGS_SNAT] = { false, settings_set_snat },
	[SETTINGS_MODE] = { false, settings_set_mode },
	[SETTINGS_MAX_FLOWS] = { false, settings_set_max_flows },
	[SETTINGS_CLIENT_FLOWS] = { false, settings_set_client_flows },
};
_Static_assert(ARRAY_SIZE(keys) == ARRAY_SIZE(settings_key_name), "one name each");
_Static_assert(SETTINGS_KEYS <= 32, "one bit each in settings.from_file");

/* Records a problem at the current line; the first one stays. Returns -EINVAL. */
__attribute__((format(printf, 3, 4))) static int refuse(struct reading *r, const char *remedy,
							const char *what, ...)
{
	char text[sizeof(r->p->what)];
	char object[sizeof(r->p->object)];
	size_t length = strlen(r->path);
	const char *path = r->path;
	va_list ap;

	if (r->failed)
		return -EINVAL;
	/* The line number is worth more than the head of a long path. */
	if (length > sizeof(object) - 16)
		path += length - (sizeof(object) - 16);
	snprintf(object, sizeof(object), "%s:%u", path, r->line);
	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	r->failed = r->line;
	r->err = problem(r->p, -EINVAL, object, remedy, "%s", text);
	return r->err;
}

static int take_forward(struct reading *r, const char *name, const char *value)
{
	char spec[2 * FORWARD_TEXT_MAX];
	struct problem inner;

	if (snprintf(spec, sizeof(spec), "%s=%s", name, value) >= (int)sizeof(spec))
		return refuse(r, "see natloopctl(8)", "too long for a forward");
	if (forward_parse(spec, &r->found.settings, &inner))
		return refuse(r, inner.remedy, "%s: %s", inner.object, inner.what);
	r->found.settings.from_file |= 1U << SETTINGS_FORWARD;
	return 0;
}

static int take_rule(struct reading *r, const char *name, const char *value)
{
	struct problem inner;

	if (lan_rule_parse(name, value, &r->found.settings, &inner))
		return refuse(r, inner.remedy, "%s: %s", inner.object, inner.what);
	r->found.settings.from_file |= 1U << SETTINGS_RULE;
	return 0;
}

static int take_dns(struct reading *r, const char *name, const char *value)
{
	struct problem inner;

	if (dns_settings_line(&r->found.settings.dns, name, value, &inner))
		return refuse(r, inner.remedy, "%s: %s", inner.object, inner.what);
	r->found.settings.dns_given = true;
	r->found.settings.from_file |= 1U << SETTINGS_DNS;
	if (!strcmp(name, DNS_SETTINGS_RESOLVER))
		r->found.lines.value[SETTINGS_DNS] = r->line;
	return 0;
}

/* A key that may come once; @which is an enum settings_key. */
static int take_once(struct reading *r, const char *name, unsigned int which)
{
	if (r->found.settings.from_file & 1U << which)
		return refuse(r, "keep one of the two", "%s is given twice", name);
	r->found.settings.from_file |= 1U << which;
	r->found.lines.value[which] = r->line;
	return 0;
}

static int take_timeout(struct reading *r, const char *name, const char *value)
{
	struct problem inner;
	unsigned int i;

	for (i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		if (strcmp(name, settings_timeout_name[i]) != 0)
			continue;
		if (take_once(r, name, SETTINGS_TIMEOUT + i))
			return -EINVAL;
		if (settings_set_timeout(&r->found.settings, (enum natloop_timeout)i, value,
					 &inner))
			return refuse(r, inner.remedy, "%s %s: %s", name, value, inner.what);
		return 0;
	}
	return refuse(r, "the keys are udp, tcp-established, tcp-transitory, fragment",
		      "no key '%s' in [timeout]", name);
}

/* @items is cut up. */
static int take_list(struct reading *r, unsigned int which, char *items)
{
	struct problem inner;
	char *rest = NULL;
	char *item;

	for (item = strtok_r(items, LIST_SEPARATORS, &rest); item;
	     item = strtok_r(NULL, LIST_SEPARATORS, &rest)) {
		/* inih knows only ';' as the start of a comment behind a value. */
		if (*item == '#')
			return refuse(r, "begin it with ';'", "a comment behind a value");
		if (keys[which].set(&r->found.settings, item, &inner))
			return refuse(r, inner.remedy, "%s %s: %s", settings_key_name[which], item,
				      inner.what);
		r->found.settings.from_file |= 1U << which;
	}
	return 0;
}

static int take_natloop(struct reading *r, const char *name, const char *value)
{
	_cleanup_free_ char *items = NULL;
	struct problem inner;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(name, settings_key_name[i]) != 0)
			continue;
		if (keys[i].list) {
			items = strdup(value);
			return items ? take_list(r, i, items) : refuse(r, "", "out of memory");
		}
		if (take_once(r, name, i))
			return -EINVAL;
		if (keys[i].set(&r->found.settings, value, &inner))
			return refuse(r, inner.remedy, "%s %s: %s", name, value, inner.what);
		return 0;
	}
	return refuse(r, "the keys are interface, public, lan, snat, mode, max-flows, client-flows",
		      "no key '%s' in [natloop]", name);
}

static void note_items(unsigned int *line, size_t *noted, size_t items, unsigned int now)
{
	while (*noted < items)
		line[(*noted)++] = now;
}

/* What has been added since the last time stands on the current line. */
static void note_line(struct reading *r)
{
	const struct settings *s = &r->found.settings;
	struct config_lines *lines = &r->found.lines;

	note_items(lines->interface, &r->noted.interfaces, s->interfaces, r->line);
	note_items(lines->public_spec, &r->noted.publics, s->publics, r->line);
	note_items(lines->lan, &r->noted.lans, s->lans, r->line);
	note_items(lines->forward, &r->noted.forwards, s->forwards, r->line);
	note_items(lines->rule, &r->noted.rules, s->rules, r->line);
	note_items(lines->name, &r->noted.names, s->dns.names, r->line);
}

static int take(struct reading *r, const char *section, const char *name, const char *value)
{
	if (!*value)
		return refuse(r, "give one, or delete the line", "%s has no value", name);
	if (!strcmp(section, "natloop"))
		return take_natloop(r, name, value);
	if (!strcmp(section, "forward"))
		return take_forward(r, name, value);
	if (!strcmp(section, "lan"))
		return take_rule(r, name, value);
	if (!strcmp(section, "dns"))
		return take_dns(r, name, value);
	if (!strcmp(section, "timeout"))
		return take_timeout(r, name, value);
	if (!*section)
		return refuse(r, "begin with [natloop]", "%s stands before any section", name);
	return refuse(r, SECTIONS_REMEDY, "no section [%s]", section);
}

/* inih's callback: nonzero is success. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (take(r, section, name, value))
		return 0;
	note_line(r);
	return 1;
}

/* A section header by itself never reaches take_line, so an unknown or odd one is found here. */
static int check_section(struct reading *r, const char *line)
{
	static const char *const sections[] = { "[natloop]", "[forward]", "[lan]", "[dns]",
						"[timeout]" };
	size_t length = strcspn(line, "]") + 1;
	const char *rest;
	size_t i;

	if (*line != '[' || length > strlen(line))
		return 0;
	rest = line + length;
	rest += strspn(rest, " \t\r\n");
	if (*rest && *rest != ';' && *rest != '#')
		return refuse(r, "put it on a line of its own", "text behind the section's name");
	for (i = 0; i < ARRAY_SIZE(sections); i++)
		if (strlen(sections[i]) == length && !strncmp(line, sections[i], length))
			return 0;
	return refuse(r, SECTIONS_REMEDY, "no section %.*s", (int)length, line);
}

static bool is_left_out(struct reading *r, const char *line)
{
	bool wrong = false;
	size_t i;

	for (i = 0; i < r->wrongs; i++)
		wrong = wrong || r->wrong[i] == r->line;
	/* Without its header a section means nothing, or belongs to the one above. */
	if (*line == '[')
		r->section_out = wrong;
	return wrong || r->section_out;
}

/*
 * inih's reader, as fgets, but honest: what fgets would hand over in pieces, as if each were a
 * line, ends the reading; so does the first problem. Leading white space is removed, because inih
 * takes an indented line for more of the value above.
 */
static char *read_line(char *buf, int size, void *stream)
{
	struct reading *r = stream;
	_cleanup_free_ char *line = NULL;
	const char *start;
	size_t room = 0;
	ssize_t length;

	if (r->failed)
		return NULL;
	errno = 0;
	length = getline(&line, &room, r->file);
	if (length < 0) {
		if (ferror(r->file))
			r->err = errno ? -errno : -EIO;
		return NULL;
	}
	r->line++;
	start = line + strspn(line, " \t");
	if (is_left_out(r, start)) {
		snprintf(buf, (size_t)size, "\n");
		return buf;
	}
	if (memchr(line, '\0', (size_t)length)) {
		refuse(r, "is it a text file?", "a NUL byte");
		return NULL;
	}
	if (strlen(start) >= (size_t)size) {
		refuse(r, "shorten it; a key that takes a list may be given several times",
		       "the line is longer than %d characters", size - 2);
		return NULL;
	}
	if (check_section(r, start))
		return NULL;
	snprintf(buf, (size_t)size, "%s", start);
	return buf;
}

static int read_all(struct reading *r)
{
	int line = ini_parse_stream(read_line, r, take_line, r);

	/* Its own complaints are known to inih only, and it reads on after them. */
	if (line > 0 && (!r->failed || (unsigned int)line < r->failed)) {
		r->failed = 0;
		r->line = (unsigned int)line;
		return refuse(r, "write NAME = VALUE or [SECTION]", "not understood");
	}
	if (!r->err && line < 0)
		r->err = -ENOMEM;
	if (r->err && !r->failed)
		return problem(r->p, r->err, r->path, "check the file", "cannot be read: %s",
			       strerror(-r->err));
	return r->err;
}

/* Both limits may be fine alone and not together; no single line is at fault. */
static int check_all(struct reading *r)
{
	struct problem inner;

	if (!settings_check(&r->found.settings, &inner))
		return 0;
	return problem(r->p, -EINVAL, r->path, inner.remedy, "%s: %s", inner.object, inner.what);
}

int config_reading_run(struct reading *r)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = NULL;
	int err = config_open(r->path, &file, r->p);

	if (err)
		return err;
	r->file = file;
	err = read_all(r);
	return err ? err : check_all(r);
}

int config_file_read_lines(const char *path, struct config_file *ret, struct problem *p)
{
	_cleanup_free_ struct reading *r = calloc(1, sizeof(*r));
	struct problem unread = { .usage = false };
	int err;

	if (!r)
		return problem(p, -ENOMEM, path, "", "out of memory");
	r->path = path ? path : CONFIG_FILE_DEFAULT;
	r->p = &unread;
	err = config_reading_run(r);
	if (err == -ENOENT && !path)
		err = 0;
	else if (err && p)
		*p = unread;
	if (!err)
		*ret = r->found;
	return err;
}

int config_file_read(const char *path, struct settings *ret, struct problem *p)
{
	_cleanup_free_ struct config_file *found = calloc(1, sizeof(*found));
	int err;

	if (!found)
		return problem(p, -ENOMEM, path, "", "out of memory");
	err = config_file_read_lines(path, found, p);
	if (!err)
		*ret = found->settings;
	return err;
}
