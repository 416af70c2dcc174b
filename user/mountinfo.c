// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mountinfo.h"

#include <stdio.h>
#include <string.h>

#include "util.h"

static bool begins_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* Copies the word at *@text, and moves *@text behind it and the blanks. */
static bool take_word(const char **text, char *buf, size_t size)
{
	size_t length = strcspn(*text, " \n");

	if (!length || length >= size)
		return false;
	memcpy(buf, *text, length);
	buf[length] = '\0';
	*text += length;
	*text += strspn(*text, " ");
	return true;
}

bool mountinfo_parse(const char *line, struct mountinfo *ret)
{
	struct mountinfo mount = { .shared = false };
	int behind = 0;
	char word[64];

	/* id, parent, device, root; then the point and its options. */
	if (sscanf(line, "%*d %*d %*u:%*u %*s %n", &behind) < 0 || !behind)
		return false;
	line += behind;
	if (!take_word(&line, mount.point, sizeof(mount.point)))
		return false;
	line += strcspn(line, " \n");
	line += strspn(line, " ");
	do {
		if (!take_word(&line, word, sizeof(word)))
			return false;
		mount.shared |= begins_with(word, "shared:");
		mount.slave |= begins_with(word, "master:");
	} while (strcmp(word, "-") != 0);
	if (!take_word(&line, mount.type, sizeof(mount.type)) ||
	    !take_word(&line, mount.source, sizeof(mount.source)))
		return false;
	*ret = mount;
	return true;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void mountinfo_unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) &&
		    is_octal(text[3])) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

bool mountinfo_holds(const char *point, const char *path)
{
	size_t length = strlen(point);

	if (!strcmp(point, "/"))
		return *path == '/';
	return !strncmp(point, path, length) && (path[length] == '/' || !path[length]);
}

bool mountinfo_each(void (*each)(const struct mountinfo *mount, void *data), void *data)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	struct mountinfo mount;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		if (mountinfo_parse(line, &mount))
			each(&mount, data);
	return file;
}
