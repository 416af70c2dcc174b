// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define LARGEST 1024

void dns_api_secret_free(char *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* Up to @size bytes; may be a pipe. */
static ssize_t read_some(int fd, char *buf, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, buf + length, size - length);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (!got)
			break;
		length += got < 0 ? 0 : (size_t)got;
	}
	return (ssize_t)length;
}

static int check_mode(int fd, const char *path, struct problem *p)
{
	char remedy[sizeof(p->remedy)];
	struct stat st;

	if (fstat(fd, &st))
		return problem(p, -errno, path, "check the path", "cannot be read: %s",
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return problem(p, -EISDIR, path, "give a file", "is a directory");
	if (!S_ISREG(st.st_mode) || !(st.st_mode & (S_IROTH | S_IWOTH)))
		return 0;
	snprintf(remedy, sizeof(remedy), "run 'chmod o= %s'", path);
	return problem(p, -EPERM, path, remedy, "every user of this machine can read or write it");
}

/* Makes @text, which has an end at @length, the one line it should be. */
static int check_text(char *text, size_t length, const char *path, struct problem *p)
{
	const char *remedy = "put the password into it, as its only line";

	if (length > LARGEST)
		return problem(p, -EFBIG, path, remedy, "is longer than %d bytes", LARGEST);
	if (length && text[length - 1] == '\n')
		text[--length] = '\0';
	if (length && text[length - 1] == '\r')
		text[--length] = '\0';
	if (!length)
		return problem(p, -EINVAL, path, remedy, "is empty");
	if (strlen(text) != length || strpbrk(text, "\r\n"))
		return problem(p, -EINVAL, path, remedy, "has more than one line");
	return 0;
}

int dns_api_secret_read(const char *path, char **ret, struct problem *p)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[LARGEST + 2] = "";
	ssize_t length;
	int err;

	if (fd < 0)
		return problem(p, -errno, *path ? path : "--password-file",
			       "give a file that has the password", "cannot be opened: %s",
			       strerror(errno));
	err = check_mode(fd, path, p);
	if (err)
		return err;
	length = read_some(fd, text, LARGEST + 1);
	if (length < 0)
		return problem(p, (int)length, path, "check the path", "cannot be read: %s",
			       strerror((int)-length));
	err = check_text(text, (size_t)length, path, p);
	if (!err) {
		*ret = strdup(text);
		err = *ret ? 0 : problem(p, -ENOMEM, path, "", "out of memory");
	}
	explicit_bzero(text, sizeof(text));
	return err;
}
