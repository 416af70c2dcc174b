// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "text_file_parts.h"
#include "util.h"

struct text_file_beside text_file_beside(const struct text_file *file, const char *what)
{
	struct text_file_beside beside;

	snprintf(beside.name, sizeof(beside.name), ".%s.natloop-%s", file->name, what);
	return beside;
}

/* In order, so that a part of it is the first part, and cut only when all is there. */
int text_file_write_all(int fd, const char *byte, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t wrote = pwrite(fd, byte + done, length - done, (off_t)done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		if (wrote > 0)
			done += (size_t)wrote;
	}
	if (ftruncate(fd, (off_t)length) || fsync(fd))
		return -errno;
	return 0;
}

int text_file_make_beside(const struct text_file *file, const char *name, bool like,
			  const char *byte, size_t length)
{
	_cleanup_close_ int fd = -1;
	bool new = like && file->fd < 0;
	int err = 0;

	if (unlinkat(file->dir, name, 0) && errno != ENOENT)
		return -errno;
	fd = openat(file->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	/* What others are to read, whatever the umask. */
	if (new)
		err = fchmod(fd, file->mode) ? -errno : 0;
	else if (like)
		err = text_file_keep_attributes(file, fd);
	if (!err)
		err = text_file_write_all(fd, byte, length);
	if (err)
		unlinkat(file->dir, name, 0);
	return err;
}

/* Is the file what it was when it was read? Only natloopctl asks for the lock. */
static bool is_unchanged(const struct text_file *file)
{
	const struct stat *was = &file->st;
	struct stat now;

	if (fstatat(file->dir, file->name, &now, AT_SYMLINK_NOFOLLOW))
		return file->fd < 0 && errno == ENOENT;
	return file->fd >= 0 && now.st_dev == was->st_dev && now.st_ino == was->st_ino &&
	       now.st_size == was->st_size && now.st_mode == was->st_mode &&
	       !memcmp(&now.st_ctim, &was->st_ctim, sizeof(now.st_ctim));
}

static int write_problem(const struct text_file *file, int err, struct problem *p)
{
	char remedy[sizeof(p->remedy)];

	switch (-err) {
	case EACCES:
	case EPERM:
		snprintf(remedy, sizeof(remedy), "run it as root, or as one who may write to %s",
			 file->directory);
		break;
	case EROFS:
		snprintf(remedy, sizeof(remedy), "make %s writable", file->directory);
		break;
	case ENOSPC:
	case EDQUOT:
		snprintf(remedy, sizeof(remedy), "make room on the file system of %s",
			 file->directory);
		break;
	case ENAMETOOLONG:
		snprintf(remedy, sizeof(remedy),
			 "give it a shorter name: one with '.natloop-new' behind it takes its "
			 "place");
		break;
	default:
		snprintf(remedy, sizeof(remedy), "a file beside it takes its place: look at %s",
			 file->directory);
	}
	return problem(p, err, file->path, remedy, "cannot be replaced, and is as it was: %s",
		       strerror(-err));
}

/* Moves what is called @name over the file. 1: that is for another way. */
static int replace(const struct text_file *file, const char *name, struct problem *p)
{
	if (!renameat(file->dir, name, file->dir, file->name)) {
		fsync(file->dir);
		return 0;
	}
	return errno == EBUSY ? 1 : write_problem(file, -errno, p);
}

int text_file_write(const struct text_file *file, const char *byte, size_t length,
		    struct problem *p)
{
	struct text_file_beside new = text_file_beside(file, "new");
	/* Another one would leave the file's other names behind. */
	bool in_place = file->fd >= 0 && file->st.st_nlink > 1;
	int err;

	if (file->fd >= 0 && length == file->length && !memcmp(byte, file->byte, length))
		return 0;
	err = text_file_make_beside(file, new.name, !in_place, byte, length);
	if (err == -EXDEV) {
		in_place = true;
		err = text_file_make_beside(file, new.name, false, byte, length);
	}
	if (err)
		return write_problem(file, err, p);
	if (!is_unchanged(file))
		err = problem(p, -EAGAIN, file->path, "run the same command again",
			      "was changed by another program at the same time");
	else
		err = in_place ? 1 : replace(file, new.name, p);
	if (err == 1)
		err = text_file_write_in_place(file, byte, length, p);
	/* Gone if it is the file now. After a failure in place it may be needed to undo that. */
	if (err != -EEXIST)
		unlinkat(file->dir, new.name, 0);
	return err;
}
