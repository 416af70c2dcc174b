// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "text_file_parts.h"
#include "util.h"

#define ACL "system.posix_acl_access"

/* The value of an attribute; caller frees. */
static int read_value(int fd, const char *name, char **ret, size_t *ret_size)
{
	ssize_t size = fgetxattr(fd, name, NULL, 0);
	_cleanup_free_ char *value = NULL;

	if (size < 0)
		return -errno;
	value = malloc((size_t)size + 1);
	if (!value)
		return -ENOMEM;
	size = fgetxattr(fd, name, value, (size_t)size);
	if (size < 0)
		return -errno;
	*ret = TAKE_PTR(value);
	*ret_size = (size_t)size;
	return 0;
}

static bool has_value(int fd, const char *name, const char *value, size_t size)
{
	_cleanup_free_ char *there = NULL;
	size_t there_size = 0;

	return !read_value(fd, name, &there, &there_size) && there && there_size == size &&
	       !memcmp(there, value, size);
}

/* Signatures of the content, which the kernel makes again. */
static bool is_of_content(const char *name)
{
	return !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

static int copy_value(int from, int to, const char *name)
{
	_cleanup_free_ char *value = NULL;
	size_t size = 0;
	int err;

	if (is_of_content(name))
		return 0;
	err = read_value(from, name, &value, &size);
	if (err || !value)
		return err;
	if (!has_value(to, name, value, size) && fsetxattr(to, name, value, size, 0))
		return -errno;
	return 0;
}

static int copy_values(int from, int to)
{
	ssize_t size = flistxattr(from, NULL, 0), at;
	_cleanup_free_ char *names = NULL;
	int err;

	if (size < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	names = malloc((size_t)size + 1);
	if (!names)
		return -ENOMEM;
	size = flistxattr(from, names, (size_t)size);
	if (size < 0)
		return -errno;
	for (at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		err = copy_value(from, to, names + at);
		if (err)
			return err;
	}
	return 0;
}

int text_file_keep_attributes(const struct text_file *file, int fd)
{
	int err;

	if (fchown(fd, file->st.st_uid, file->st.st_gid))
		return -EXDEV;
	/* The directory may have given it an ACL that the file does not have. */
	(void)fremovexattr(fd, ACL);
	err = copy_values(file->fd, fd);
	if (err)
		return err == -ENOMEM ? err : -EXDEV;
	return fchmod(fd, file->st.st_mode & 07777) ? -EXDEV : 0;
}
