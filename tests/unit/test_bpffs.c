// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where the bpf file system may be mounted, and reading /proc/self/mountinfo for it. */
#include "bpffs.h"
#include "mountinfo.h"
#include "unit.h"
#include "util.h"

static void lines(void **state)
{
	static const struct {
		const char *line;
		const char *point; /* NULL: no mount */
		const char *type;
		const char *source;
		bool shared;
		bool slave;
	} cases[] = {
		{ "26 22 0:21 / /sys rw,relatime - sysfs sysfs rw\n", "/sys", "sysfs", "sysfs",
		  false, false },
		{ "45 44 0:38 / /sys/fs/bpf rw shared:7 - bpf bpf rw,mode=700\n", "/sys/fs/bpf",
		  "bpf", "bpf", true, false },
		{ "45 44 0:38 / / rw master:1 - ext4 /dev/sda1 rw\n", "/", "ext4", "/dev/sda1",
		  false, true },
		{ "45 44 0:38 / / rw shared:9 master:1 propagate_from:2 - ext4 /dev/sda1 rw", "/",
		  "ext4", "/dev/sda1", true, true },
		{ "45 44 0:38 /a\\040b /c\\040d rw unbindable - tmpfs no\\040ne rw\n", "/c\\040d",
		  "tmpfs", "no\\040ne", false, false },
		{ "", NULL, NULL, NULL, false, false },
		{ "\n", NULL, NULL, NULL, false, false },
		{ "45 44 0:38 /", NULL, NULL, NULL, false, false },
		{ "45 44 0:38 / /sys rw shared:1\n", NULL, NULL, NULL, false, false },
		{ "45 44 0:38 / /sys rw - sysfs\n", NULL, NULL, NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mountinfo got = { .point = "untouched" };
		bool parsed = mountinfo_parse(cases[i].line, &got);

		CHECK(parsed == !!cases[i].point, "%s: parsed: %d", cases[i].line, parsed);
		check_text(cases[i].line, got.point, parsed ? cases[i].point : "untouched");
		if (!parsed)
			continue;
		check_text(cases[i].line, got.type, cases[i].type);
		check_text(cases[i].line, got.source, cases[i].source);
		CHECK(got.shared == cases[i].shared && got.slave == cases[i].slave, "%s",
		      cases[i].line);
	}
}

static void blanks(void **state)
{
	char text[] = "/a\\040b\\0401\\134040\\08";

	(void)state;
	mountinfo_unescape(text);
	assert_string_equal(text, "/a b 1\\040\\08");
}

static void holders(void **state)
{
	(void)state;
	assert_true(mountinfo_holds("/", "/sys/fs/bpf"));
	assert_true(mountinfo_holds("/sys", "/sys/fs/bpf"));
	assert_true(mountinfo_holds("/sys/fs/bpf", "/sys/fs/bpf"));
	assert_false(mountinfo_holds("/sy", "/sys/fs/bpf"));
	assert_false(mountinfo_holds("/sys/fs/bpf/a", "/sys/fs/bpf"));
	assert_false(mountinfo_holds("/run", "/sys/fs/bpf"));
}

/* The table of bpffs.h. */
static void places(void **state)
{
	static const struct mountinfo private = { .shared = false };
	static const struct mountinfo shared = { .shared = true };
	static const struct mountinfo slave = { .slave = true };
	static const struct mountinfo unit = { .shared = true, .slave = true };
	static const struct {
		const char *where;
		struct bpffs_signs signs;
		enum bpffs_place wanted;
	} cases[] = {
		{ "ip netns exec", { true, false, false, false, slave, private }, BPFFS_FLEETING },
		{ "ip netns exec, process 1 readable",
		  { true, false, true, false, slave, private },
		  BPFFS_FLEETING },
		/* Of a container, when its first process was started so. */
		{ "ip netns exec by process 1",
		  { true, false, true, true, slave, private },
		  BPFFS_FLEETING },
		{ "the machine", { false, false, true, true, shared, shared }, BPFFS_LASTS },
		{ "the machine, by inode",
		  { false, true, false, false, private, private },
		  BPFFS_LASTS },
		{ "a container", { false, false, true, true, private, private }, BPFFS_LASTS },
		{ "a container of slaves", { false, false, true, true, unit, unit }, BPFFS_LASTS },
		{ "unshare -m", { false, false, true, false, private, private }, BPFFS_FLEETING },
		{ "a unit of few capabilities",
		  { false, false, false, false, unit, unit },
		  BPFFS_FLEETING },
		{ "a unit with ReadWritePaths",
		  { false, false, false, false, shared, unit },
		  BPFFS_FLEETING },
		{ "the machine, few capabilities",
		  { false, false, false, false, shared, shared },
		  BPFFS_LASTS },
		{ "unshare -m, few capabilities",
		  { false, false, false, false, private, private },
		  BPFFS_UNKNOWN },
		{ "a /sys of its own",
		  { false, false, false, false, shared, private },
		  BPFFS_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(bpffs_judge(&cases[i].signs) == cases[i].wanted, "%s: got %d, wanted %d",
		      cases[i].where, bpffs_judge(&cases[i].signs), cases[i].wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(blanks),
		cmocka_unit_test(holders),
		cmocka_unit_test(places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
