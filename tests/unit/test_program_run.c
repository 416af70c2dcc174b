// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* program_run: input, both outputs, time, and what may outlive a program. test_import_run has more.
 */
#include "program_run.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "unit.h"
#include "util.h"

static void run(const char *script, struct program *program, struct program_end *end)
{
	_cleanup_free_ char *sh = program_find("sh");
	char *const argv[] = { sh, "-c", (char *)script, NULL };

	assert_non_null(sh);
	program->argv = argv;
	if (!program->seconds)
		program->seconds = 20;
	assert_int_equal(program_run(program, end), 0);
}

static void test_outputs(void **state)
{
	struct program program = { .argv = NULL };
	struct program_end end;

	(void)state;
	run("echo one; echo two >&2", &program, &end);
	assert_int_equal(end.err, 0);
	check_text("output", end.out, "one\n");
	check_text("complaint", end.complaint, "two\n");
	program_end_free(&end);
	run("echo one; echo two >&2; exit 3", &program, &end);
	assert_int_equal(end.err, -EIO);
	check_text("output", end.out, "one\n");
	check_text("complaint", end.complaint, "two\n");
	program_end_free(&end);
	assert_null(end.out);
}

/* By its name, as often as it likes, and as its standard input. */
static void test_input(void **state)
{
	struct program program = { .input = "a\nb\n", .length = 4 };
	struct program_end end;

	(void)state;
	run("cat /proc/self/fd/0 /proc/self/fd/0", &program, &end);
	check_text("twice", end.out, "a\nb\na\nb\n");
	program_end_free(&end);
	run("cat", &program, &end);
	check_text("input", end.out, "a\nb\n");
	program_end_free(&end);
	program.input = NULL;
	run("cat", &program, &end);
	check_text("no input", end.out, "");
	program_end_free(&end);
}

static void test_time(void **state)
{
	struct program program = { .seconds = 1 };
	time_t before = time(NULL);
	struct program_end end;

	(void)state;
	run("exec sleep 60", &program, &end);
	assert_int_equal(end.err, -ETIMEDOUT);
	assert_null(end.out);
	assert_true(time(NULL) - before < 30);
	program_end_free(&end);
}

/* A daemon has to write longer than what starts it. */
static void test_limit(void **state)
{
	static const char *const script = "sleep 0.2; ulimit -f";
	struct program program = { .argv = NULL };
	struct program_end end;

	(void)state;
	run(script, &program, &end);
	CHECK(strcmp(end.out, "unlimited\n") != 0, "no limit");
	program_end_free(&end);
	program.starts_daemons = true;
	run(script, &program, &end);
	check_text("limit", end.out, "unlimited\n");
	program_end_free(&end);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
