// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* import_run: other programs' answers, and what they complain of. */
#include "import_run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "program_run.h"
#include "unit.h"
#include "util.h"

/* Runs @script by sh; the answer is to be freed. */
static int run(const char *script, char **answer, struct problem *p)
{
	_cleanup_free_ char *sh = program_find("sh");
	char *const argv[] = { sh, "-c", (char *)script, NULL };

	assert_non_null(sh);
	memset(p, 0, sizeof(*p));
	return import_run(argv, answer, p);
}

static void test_answer(void **state)
{
	_cleanup_free_ char *answer = NULL;
	_cleanup_free_ char *nothing = NULL;
	struct problem p;

	(void)state;
	assert_int_equal(run("echo warning >&2; echo one; echo two; cat", &answer, &p), 0);
	check_text("answer", answer, "one\ntwo\n");
	assert_int_equal(run("true", &nothing, &p), 0);
	check_text("no answer", nothing, "");
}

static void test_long_answer(void **state)
{
	_cleanup_free_ char *answer = NULL;
	struct problem p;

	(void)state;
	assert_int_equal(run("head -c 300000 /dev/zero | tr '\\0' x", &answer, &p), 0);
	assert_int_equal(strlen(answer), 300000);
}

static void test_complaints(void **state)
{
	static const struct {
		const char *script;
		int err;
		const char *what;
	} cases[] = {
		{ "echo lost; echo '  bad rule' >&2; echo more >&2; exit 3", -EIO,
		  "the rules cannot be read: bad rule" },
		{ "exit 1", -EIO, "the rules cannot be read: Input/output error" },
		{ "kill -9 $$", -EIO, "the rules cannot be read: Input/output error" },
		{ "echo 'Operation not permitted (you must be root)' >&2; exit 1", -EPERM,
		  "not allowed to read the rules" },
		{ "echo 'iptables-save: Permission denied' >&2; exit 4", -EPERM,
		  "not allowed to read the rules" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *answer = NULL;
		struct problem p;

		assert_int_equal(run(cases[i].script, &answer, &p), cases[i].err);
		assert_null(answer);
		check_text(cases[i].script, p.object, "sh");
		check_text(cases[i].script, p.what, cases[i].what);
		CHECK(*p.remedy, "%s: no remedy", cases[i].script);
	}
}

/* An answer without end is ended, and does not fill the memory until the time is over. */
static void test_endless_answer(void **state)
{
	time_t before = time(NULL);
	char *answer = NULL;
	struct problem p;

	(void)state;
	assert_int_equal(run("exec cat /dev/zero", &answer, &p), -EFBIG);
	assert_int_equal(run("exec cat /dev/zero >&2", &answer, &p), -EFBIG);
	check_text("what", p.what, "the rules cannot be read: File too large");
	assert_null(answer);
	assert_true(time(NULL) - before < 8);
}

/* glibc keeps 32 and 33 ignored. A service blocks signals and ignores SIGPIPE; what it runs must
 * not. */
static void test_signals(void **state)
{
	_cleanup_free_ char *answer = NULL;
	sigset_t blocked, before;
	struct problem p;

	(void)state;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	assert_int_equal(run("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -c 18-", &answer, &p),
			 0);
	check_text("blocked and ignored", answer, "0000000\n0000000\n");
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

static void test_not_there(void **state)
{
	char *const argv[] = { "/nosuch/program", NULL };
	char *answer = NULL;
	struct problem p;

	(void)state;
	assert_int_equal(import_run(argv, &answer, &p), -EIO);
	check_text("object", p.object, "program");
	assert_null(program_find("no-such-program-anywhere"));
	assert_null(program_find("."));
}

/* Only absolute places are searched, in their order, and only programs count. */
static void test_path(void **state)
{
	char dir[] = "/tmp/natloop-test-XXXXXX";
	char path[64], program[64];
	_cleanup_free_ char *found = NULL;
	const char *before = getenv("PATH");
	_cleanup_free_ char *kept = before ? strdup(before) : NULL;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(program, sizeof(program), "%s/natloop-fake", dir);
	file = fopen(program, "we");
	assert_non_null(file);
	fclose(file);
	snprintf(path, sizeof(path), ":.:bin:%s", dir);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_null(program_find("natloop-fake"));
	assert_int_equal(chmod(program, 0755), 0);
	found = program_find("natloop-fake");
	check_text("found", found ? found : "nowhere", program);
	(void)unlink(program);
	(void)rmdir(dir);
	assert_int_equal(kept ? setenv("PATH", kept, 1) : unsetenv("PATH"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endless_answer), cmocka_unit_test(test_signals),
		cmocka_unit_test(test_answer),	       cmocka_unit_test(test_long_answer),
		cmocka_unit_test(test_complaints),     cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
