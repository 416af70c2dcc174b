// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "text_file_parts.h"
#include "util.h"

struct content {
	char *byte;
	size_t length;
};

static int open_for_writing(const struct text_file *file, int *ret, struct problem *p)
{
	int err;

	*ret = openat(file->dir, file->name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret >= 0)
		return 0;
	err = -errno;
	return problem(p, err, file->path, "run it as a user that may write the file",
		       "cannot be opened for writing: %s", strerror(-err));
}

/* Takes the room beforehand, so that a full disk is known before a byte is changed. */
static int overwrite(int fd, const struct content *new)
{
	if (new->length && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t) new->length) &&
	    (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
		return -errno;
	return text_file_write_all(fd, new->byte, new->length);
}

static int interrupted(const struct text_file *file, const char *what, struct problem *p)
{
	struct text_file_beside old = text_file_beside(file, "old");
	char remedy[sizeof(p->remedy)];

	int length = snprintf(remedy, sizeof(remedy), "%s/%s has what it was; %s", file->directory,
			      old.name, what);

	if (length < 0 || length >= (int)sizeof(remedy))
		strcpy(remedy, "a file beside it, .NAME.natloop-old, has what it was");
	return problem(p, -EEXIST, file->path, remedy, "a change of it was interrupted");
}

int text_file_write_in_place(const struct text_file *file, const char *byte, size_t length,
			     struct problem *p)
{
	struct text_file_beside part = text_file_beside(file, "part"),
				old = text_file_beside(file, "old");
	const struct content new = { (char *)byte, length };
	const struct content before = { file->byte, file->length };
	_cleanup_close_ int fd = -1;
	int err = open_for_writing(file, &fd, p);

	if (err)
		return err;
	/* The copy is whole as soon as it has its name. */
	err = text_file_make_beside(file, part.name, false, file->byte, file->length);
	if (!err && renameat(file->dir, part.name, file->dir, old.name)) {
		err = -errno;
		unlinkat(file->dir, part.name, 0);
	}
	if (err)
		return problem(p, err, file->path, "make room in its directory",
			       "cannot be copied before it is changed: %s", strerror(-err));
	fsync(file->dir);
	err = overwrite(fd, &new);
	/* What there was had its room. */
	if (err && overwrite(fd, &before))
		return interrupted(file, "copy that back when there is room", p);
	unlinkat(file->dir, old.name, 0);
	fsync(file->dir);
	return err ? problem(p, err, file->path, "make room on its file system",
			     "cannot be written, and is as it was: %s", strerror(-err)) :
		     0;
}

/* Of both the first so many bytes are the same. */
static size_t same_length(const struct content *a, const struct content *b)
{
	size_t most = a->length < b->length ? a->length : b->length, i = 0;

	while (i < most && a->byte[i] == b->byte[i])
		i++;
	return i;
}

/* Is @now what has been written of @new so far, and behind that still @old? */
static bool is_between(const struct content *now, const struct content *old,
		       const struct content *new)
{
	size_t written = same_length(now, new);

	if (written == now->length)
		return now->length >= old->length || written == new->length;
	return now->length == (old->length > written ? old->length : written) &&
	       !memcmp(now->byte + written, old->byte + written, now->length - written);
}

static int read_beside(const struct text_file *file, const char *what, struct content *ret)
{
	struct text_file_beside beside = text_file_beside(file, what);
	_cleanup_close_ int fd = openat(file->dir, beside.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	/* In a directory that is open to all it may be of anybody. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0))
		return -EPERM;
	return text_file_read_all(fd, &ret->byte, &ret->length);
}

static bool same(const struct content *a, const struct content *b)
{
	return a->byte && b->byte && a->length == b->length && !memcmp(a->byte, b->byte, a->length);
}

static int put_back(const struct text_file *file, const struct content *old, struct problem *p)
{
	_cleanup_close_ int fd = -1;
	int err = open_for_writing(file, &fd, p);

	if (err)
		return err;
	if (overwrite(fd, old))
		return interrupted(file, "copy that back when there is room", p);
	return 0;
}

static int recover(const struct text_file *file, struct content *old, struct content *new,
		   struct problem *p)
{
	const struct content now = { file->byte, file->length };
	struct text_file_beside beside = text_file_beside(file, "old");
	int err;

	if (read_beside(file, "old", old) || !old->byte)
		return interrupted(file, "delete that if the file is right", p);
	err = same(&now, old) || (!read_beside(file, "new", new) && same(&now, new)) ? 0 : 1;
	if (err && (!new->byte || !is_between(&now, old, new)))
		return interrupted(
			file, "copy it back, or delete it if the file is right as it is now", p);
	err = err ? put_back(file, old, p) : 0;
	if (err)
		return err;
	unlinkat(file->dir, beside.name, 0);
	fsync(file->dir);
	return 1;
}

/* What a command left that was killed before it changed the file. */
static void remove_unused(const struct text_file *file)
{
	unlinkat(file->dir, text_file_beside(file, "new").name, 0);
	unlinkat(file->dir, text_file_beside(file, "part").name, 0);
}

int text_file_recover(const struct text_file *file, enum text_file_use use, struct problem *p)
{
	struct content old = { NULL, 0 }, new = { NULL, 0 };
	struct text_file_beside beside = text_file_beside(file, "old");
	struct stat st;
	int err = 0;

	if (!fstatat(file->dir, beside.name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (use != TEXT_FILE_CHANGE)
			return interrupted(file, "the next natloopctl that changes it puts it back",
					   p);
		err = recover(file, &old, &new, p);
	}
	free(old.byte);
	free(new.byte);
	if (use == TEXT_FILE_CHANGE && err >= 0)
		remove_unused(file);
	return err;
}
