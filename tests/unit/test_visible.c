// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What of a text reaches a terminal. */
#include "unit.h"
#include "util.h"
#include "visible.h"

static void texts(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "", "" },
		{ "plain, with a blank", "plain, with a blank" },
		{ "a\tb\nc\x1b[2Jd\x7f", "a?b?c?[2Jd?" },
		{ "csi \x9b 31m", "csi ? 31m" },
		{ "csi \xc2\x9b 31m", "csi ?? 31m" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", "????\xc2\xa0" },
		{ "Stra\xc3\x9f"
		  "e \xe2\x82\xac \xf0\x9f\x8f\xa0",
		  "Stra\xc3\x9f"
		  "e \xe2\x82\xac \xf0\x9f\x8f\xa0" },
		/* Cut off, longer than needed, surrogates, beyond the last. */
		{ "\xe2\x82", "??" },
		{ "\xc3", "?" },
		{ "\xc3"
		  "a",
		  "?a" },
		{ "\xc0\x9b\xc1\xbf", "????" },
		{ "\xe0\x82\x9b", "???" },
		{ "\xf0\x80\x82\x9b", "????" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80\xff", "?????" },
		{ "\x80\xbf", "??" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char got[64], printed[64] = "";
		FILE *out = fmemopen(printed, sizeof(printed), "w");

		snprintf(got, sizeof(got), "%s", cases[i].text);
		visible_make(got);
		check_text(cases[i].wanted, got, cases[i].wanted);
		assert_non_null(out);
		visible_print(out, cases[i].text);
		fclose(out);
		check_text(cases[i].wanted, printed, cases[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
