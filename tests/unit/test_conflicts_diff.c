// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which conflicts are told as new, and which as gone. */
#include <stdlib.h>

#include "conflicts_diff.h"
#include "unit.h"
#include "util.h"

#define MOST 8

/* "+" or "-", object and what, of each call. */
static char said[512];

static void say(void *data, const struct conflict *c, bool gone)
{
	size_t used = strlen(said);

	assert_ptr_equal(data, said);
	snprintf(said + used, sizeof(said) - used, "%s%c%s/%s", used ? " " : "", gone ? '-' : '+',
		 c->object, c->what);
}

/* "object/what object/what ...": a list of them, with a remedy of its own each. */
static size_t make(const char *text, struct conflict *ret)
{
	char copy[512], *rest = NULL;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *item = strtok_r(copy, " ", &rest); item; item = strtok_r(NULL, " ", &rest)) {
		char *what = strchr(item, '/');

		assert_true(what && count < MOST);
		*what++ = '\0';
		snprintf(ret[count].object, sizeof(ret[count].object), "%s", item);
		snprintf(ret[count].what, sizeof(ret[count].what), "%s", what);
		snprintf(ret[count].remedy, sizeof(ret[count].remedy), "%p", (void *)&ret[count]);
		count++;
	}
	return count;
}

static void what_is_said(void **state)
{
	static const char *const cases[][3] = {
		{ "", "", "" },
		{ "", "eth1/lro", "+eth1/lro" },
		{ "eth1/lro", "eth1/lro", "" },
		{ "eth1/lro", "", "-eth1/lro" },
		{ "eth1/lro", "eth2/lro", "-eth1/lro +eth2/lro" },
		{ "eth1/lro", "eth1/xdp", "-eth1/lro +eth1/xdp" },
		{ "eth1/a eth1/b eth2/a", "eth2/a eth1/b eth2/b", "-eth1/a +eth2/b" },
		{ "eth1/a eth1/b", "eth1/b eth1/a", "" },
		{ "", "eth1/a eth1/a", "+eth1/a" },
		{ "eth1/a eth1/a", "eth1/a", "" },
		{ "eth1/a eth1/a", "", "-eth1/a" },
	};
	struct conflict before[MOST], after[MOST];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t befores = make(cases[i][0], before), afters = make(cases[i][1], after);

		said[0] = '\0';
		conflicts_diff(before, befores, after, afters, say, said);
		check_text(cases[i][1], said, cases[i][2]);
	}
	said[0] = '\0';
	conflicts_diff(NULL, 0, NULL, 0, say, said);
	check_text("nothing", said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
