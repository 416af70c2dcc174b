// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * "attributes FILE" prints everything about a file but its content and times: owner, mode, ACL and
 * extended attributes, one a line. "attributes FILE note" gives it an attribute, "attributes FILE
 * access|default" an ACL that lets user 1 read. Exit status 1: it cannot be done here.
 */
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* As the kernel takes it: linux/posix_acl_xattr.h, in little endian. */
struct entry {
	uint16_t tag;
	uint16_t permissions;
	uint32_t id;
};

struct acl {
	uint32_t version;
	struct entry entry[5];
};

static struct entry entry(uint16_t tag, uint16_t permissions, uint32_t id)
{
	return (struct entry){ htole16(tag), htole16(permissions), htole32(id) };
}

static int set_acl(const char *file, const char *name)
{
	const struct acl acl = {
		.version = htole32(2),
		.entry = { entry(0x01, 6, UINT32_MAX), entry(0x02, 4, 1),
			   entry(0x04, 4, UINT32_MAX), entry(0x10, 4, UINT32_MAX),
			   entry(0x20, 0, UINT32_MAX) },
	};

	return setxattr(file, name, &acl, sizeof(acl), 0);
}

static int show(const char *file)
{
	char names[4096], value[4096];
	struct stat st;
	ssize_t size, length;

	if (stat(file, &st))
		return -1;
	printf("%u %u %o\n", st.st_uid, st.st_gid, st.st_mode);
	size = listxattr(file, names, sizeof(names));
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		length = getxattr(file, name, value, sizeof(value));
		printf("%s ", name);
		for (ssize_t i = 0; i < length; i++)
			printf("%02x", (unsigned char)value[i]);
		putchar('\n');
	}
	return 0;
}

int main(int argc, char **argv)
{
	int err = -1;

	if (argc == 2)
		err = show(argv[1]);
	else if (argc == 3 && !strcmp(argv[2], "note"))
		err = setxattr(argv[1], "user.note", "x\0y", 3, 0);
	else if (argc == 3 && !strcmp(argv[2], "access"))
		err = set_acl(argv[1], "system.posix_acl_access");
	else if (argc == 3 && !strcmp(argv[2], "default"))
		err = set_acl(argv[1], "system.posix_acl_default");
	if (err)
		perror("attributes");
	return err ? 1 : 0;
}
