// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "forward_text.h"
#include "util.h"

#define LIST_SEPARATORS ", \t"

struct reading {
	const char *path;
	FILE *file;
	unsigned int line; /* the last that was read, from 1 */
	unsigned int seen; /* keys that may come once, a bit each: keys, then timeouts */
	struct settings settings;
	struct problem *p;
	unsigned int failed; /* line of the problem in @p; 0: none yet */
	int err;
};

/* [natloop] */
static const struct key {
	const char *name;
	bool list;
	int (*set)(struct settings *s, const char *text, struct problem *p);
} keys[] = {
	{ "interface", true, settings_add_interface },
	{ "public", true, settings_add_public },
	{ "lan", true, settings_add_lan },
	{ "snat", false, settings_set_snat },
	{ "mode", false, settings_set_mode },
	{ "max-flows", false, settings_set_max_flows },
	{ "client-flows", false, settings_set_client_flows },
};
_Static_assert(ARRAY_SIZE(keys) + NATLOOP_TIMEOUT_COUNT <= 32, "one bit each in reading.seen");

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
	if (forward_parse(spec, &r->settings, &inner))
		return refuse(r, inner.remedy, "%s: %s", inner.object, inner.what);
	return 0;
}

/* A key that may come once; @bit stands for it. */
static int take_once(struct reading *r, const char *name, unsigned int bit)
{
	if (r->seen & 1U << bit)
		return refuse(r, "keep one of the two", "%s is given twice", name);
	r->seen |= 1U << bit;
	return 0;
}

static int take_timeout(struct reading *r, const char *name, const char *value)
{
	struct problem inner;
	unsigned int i;

	for (i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		if (strcmp(name, settings_timeout_name[i]) != 0)
			continue;
		if (take_once(r, name, (unsigned int)ARRAY_SIZE(keys) + i))
			return -EINVAL;
		if (settings_set_timeout(&r->settings, (enum natloop_timeout)i, value, &inner))
			return refuse(r, inner.remedy, "%s %s: %s", name, value, inner.what);
		return 0;
	}
	return refuse(r, "the keys are udp, tcp-established, tcp-transitory, fragment",
		      "no key '%s' in [timeout]", name);
}

/* @items is cut up. */
static int take_list(struct reading *r, const struct key *key, char *items)
{
	struct problem inner;
	char *rest = NULL;
	char *item;

	for (item = strtok_r(items, LIST_SEPARATORS, &rest); item;
	     item = strtok_r(NULL, LIST_SEPARATORS, &rest)) {
		/* inih knows only ';' as the start of a comment behind a value. */
		if (*item == '#')
			return refuse(r, "begin it with ';'", "a comment behind a value");
		if (key->set(&r->settings, item, &inner))
			return refuse(r, inner.remedy, "%s %s: %s", key->name, item, inner.what);
	}
	return 0;
}

static int take_natloop(struct reading *r, const char *name, const char *value)
{
	_cleanup_free_ char *items = NULL;
	struct problem inner;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct key *key = &keys[i];

		if (strcmp(name, key->name) != 0)
			continue;
		if (key->list) {
			items = strdup(value);
			return items ? take_list(r, key, items) : refuse(r, "", "out of memory");
		}
		if (take_once(r, name, i))
			return -EINVAL;
		if (key->set(&r->settings, value, &inner))
			return refuse(r, inner.remedy, "%s %s: %s", name, value, inner.what);
		return 0;
	}
	return refuse(r, "the keys are interface, public, lan, snat, mode, max-flows, client-flows",
		      "no key '%s' in [natloop]", name);
}

/* inih's callback: nonzero is success. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (!*value)
		return !refuse(r, "give one, or delete the line", "%s has no value", name);
	if (!strcmp(section, "natloop"))
		return !take_natloop(r, name, value);
	if (!strcmp(section, "forward"))
		return !take_forward(r, name, value);
	if (!strcmp(section, "timeout"))
		return !take_timeout(r, name, value);
	if (!*section)
		return !refuse(r, "begin with [natloop]", "%s stands before any section", name);
	return !refuse(r, "the sections are [natloop], [forward], [timeout]", "no section [%s]",
		       section);
}

/* A section header by itself never reaches take_line, so an unknown or odd one is found here. */
static int check_section(struct reading *r, const char *line)
{
	static const char *const sections[] = { "[natloop]", "[forward]", "[timeout]" };
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
	return refuse(r, "the sections are [natloop], [forward], [timeout]", "no section %.*s",
		      (int)length, line);
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

	if (!settings_check(&r->settings, &inner))
		return 0;
	return problem(r->p, -EINVAL, r->path, inner.remedy, "%s: %s", inner.object, inner.what);
}

int config_file_read(const char *path, struct settings *ret, struct problem *p)
{
	_cleanup_free_ struct reading *r = calloc(1, sizeof(*r));
	struct problem ignored = { .usage = false };
	int err;

	if (!r)
		return problem(p, -ENOMEM, path, "", "out of memory");
	r->path = path ? path : CONFIG_FILE_DEFAULT;
	r->p = p ? p : &ignored;
	r->file = fopen(r->path, "re");
	err = r->file ? 0 : -errno;
	if (err == -ENOENT && !path) {
		*ret = r->settings;
		return 0;
	}
	if (err)
		return problem(p, err, r->path, "check the path and its permissions",
			       "cannot be opened: %s", strerror(-err));
	err = read_all(r);
	if (!err)
		err = check_all(r);
	if (!err)
		*ret = r->settings;
	fclose(r->file);
	return err;
}
