/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files of tests/fixtures. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "unit.h"

#ifndef FIXTURES
#define FIXTURES "tests/fixtures"
#endif

/* To be freed. */
static char *read_fixture(const char *name)
{
	char path[4096];
	char *text = NULL;
	size_t room = 0;
	ssize_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
	file = fopen(path, "re");
	CHECK(file, "%s cannot be opened", path);
	length = getdelim(&text, &room, '\0', file);
	CHECK(length > 0, "%s is empty", path);
	fclose(file);
	return text;
}

#endif
