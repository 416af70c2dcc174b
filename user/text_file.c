// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "lock_wait.h"
#include "text_file_parts.h"
#include "util.h"

#define LARGEST (64UL << 20)
#define CHUNK (64UL << 10)

int text_file_read_all(int fd, char **ret, size_t *ret_length)
{
	_cleanup_free_ char *byte = NULL;
	size_t length = 0;

	for (;;) {
		char *larger = realloc(byte, length + CHUNK);
		ssize_t got;

		if (!larger)
			return -ENOMEM;
		byte = larger;
		got = pread(fd, byte + length, CHUNK, (off_t)length);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (!got)
			break;
		length += got < 0 ? 0 : (size_t)got;
		if (length > LARGEST)
			return -EFBIG;
	}
	*ret = TAKE_PTR(byte);
	*ret_length = length;
	return 0;
}

static int read_content(struct text_file *file, struct problem *p)
{
	int err;

	free(file->byte);
	file->byte = NULL;
	if (fstat(file->fd, &file->st))
		err = -errno;
	else if (!S_ISREG(file->st.st_mode))
		return problem(p, -EINVAL, file->path, "give another path",
			       "is not a regular file");
	else
		err = text_file_read_all(file->fd, &file->byte, &file->length);
	if (err == -EFBIG)
		return problem(p, err, file->path, "is it the right file?",
			       "is larger than %lu MiB", LARGEST >> 20);
	return err ? problem(p, err, file->path, "", "cannot be read: %s", strerror(-err)) : 0;
}

/* Where @path, which is there, leads to in the end. */
static int split(struct text_file *file, char *real)
{
	char *slash = strrchr(real, '/');

	file->name = strdup(slash + 1);
	slash[slash == real] = '\0';
	file->directory = strdup(real);
	return file->name && file->directory ? 0 : -ENOMEM;
}

/* A file that is not there: its directory must be. */
static int find_directory(struct text_file *file)
{
	_cleanup_free_ char *copy = strdup(file->path);
	char *slash, *name = copy;
	struct stat st;

	if (!copy)
		return -ENOMEM;
	if (!lstat(file->path, &st))
		return -ENOENT; /* a symbolic link that leads nowhere */
	slash = strrchr(copy, '/');
	if (slash)
		name = slash + 1;
	if (!*name)
		return -EISDIR;
	file->name = strdup(name);
	*name = '\0';
	file->directory = realpath(*copy ? copy : ".", NULL);
	if (!file->name)
		return -ENOMEM;
	return file->directory ? 0 : -errno;
}

static int find_file(struct text_file *file, enum text_file_use use, struct problem *p)
{
	_cleanup_free_ char *real = realpath(file->path, NULL);
	int err;

	if (real)
		err = strcmp(real, "/") ? split(file, real) : -EISDIR;
	else
		err = errno == ENOENT && use != TEXT_FILE_READ && *file->path ?
			      find_directory(file) :
			      -errno;
	if (!err && file->directory)
		return 0;
	err = err ? err : -ENOENT;
	problem(p, err, *file->path ? file->path : "--file", "check the path",
		"cannot be opened: %s", strerror(-err));
	return err;
}

static int wait_for_lock(const struct env *env, const struct text_file *file, int how,
			 struct problem *p)
{
	int err = lock_wait(file->dir, how, file->directory, env->json);

	return err ? problem(p, err, file->directory, "use a local file system",
			     "cannot be locked: %s", strerror(-err)) :
		     0;
}

/* What is no file is told by read_content(), and must not be waited for. */
static int open_name(const struct text_file *file)
{
	return openat(file->dir, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static int open_locked(const struct env *env, struct text_file *file, enum text_file_use use,
		       struct problem *p)
{
	int how = use == TEXT_FILE_CHANGE ? LOCK_EX : LOCK_SH;
	int err;

	file->dir = open(file->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir < 0)
		return problem(p, -errno, file->directory, "run it as root", "cannot be read: %s",
			       strerror(errno));
	err = wait_for_lock(env, file, how, p);
	if (err)
		return err;
	file->fd = open_name(file);
	if (file->fd < 0 && (errno != ENOENT || use == TEXT_FILE_READ))
		return problem(p, -errno, file->path, "check the path and its permissions",
			       "cannot be opened: %s", strerror(errno));
	/* A file that is mounted in several places has several directories. */
	if (file->fd >= 0)
		(void)flock(file->fd, how);
	return 0;
}

static int open_file(const struct env *env, enum text_file_use use, struct text_file *file,
		     struct problem *p)
{
	int err = find_file(file, use, p);

	if (!err)
		err = open_locked(env, file, use, p);
	if (err || file->fd < 0)
		return err;
	err = read_content(file, p);
	if (!err)
		err = text_file_recover(file, use, p);
	return err == 1 ? read_content(file, p) : err;
}

int text_file_open(const struct env *env, const char *path, enum text_file_use use,
		   struct text_file *ret, struct problem *p)
{
	struct text_file file = { .path = path, .dir = -1, .fd = -1, .mode = 0644 };
	int err = open_file(env, use, &file, p);

	if (err)
		text_file_close(&file);
	else
		*ret = file;
	return err;
}

static int open_again(const struct text_file *file, struct text_file *ret, struct problem *p)
{
	struct text_file now = *file;
	int err;

	now.byte = NULL;
	now.fd = open_name(file);
	if (now.fd < 0)
		return problem(p, -errno, file->path, "write it anew", "cannot be opened: %s",
			       strerror(errno));
	(void)flock(now.fd, LOCK_EX | LOCK_NB);
	err = read_content(&now, p);
	if (err) {
		close(now.fd);
		free(now.byte);
	} else {
		*ret = now;
	}
	return err;
}

int text_file_reread(struct text_file *file, struct problem *p)
{
	struct text_file now = { .dir = -1, .fd = -1 };
	int err = open_again(file, &now, p);

	if (err)
		return err;
	util_closep(&file->fd);
	free(file->byte);
	*file = now;
	return 0;
}

static int take_away(const struct text_file *file, struct problem *p)
{
	int err = unlinkat(file->dir, file->name, 0) && errno != ENOENT ? -errno : 0;

	fsync(file->dir);
	return err ? problem(p, err, file->path, "delete it", "cannot be deleted: %s",
			     strerror(-err)) :
		     0;
}

int text_file_undo(const struct text_file *file, const char *byte, size_t length, struct problem *p)
{
	struct text_file now = { .dir = -1, .fd = -1 };
	int err = open_again(file, &now, p);

	if (err)
		return err;
	if (!now.byte || now.length != length || memcmp(now.byte, byte, length) != 0)
		err = problem(p, -EAGAIN, file->path, "see that it is right",
			      "was changed by another program since it was written");
	else if (file->fd < 0)
		err = take_away(file, p);
	else
		err = text_file_write(&now, file->byte ? file->byte : "", file->length, p);
	close(now.fd);
	free(now.byte);
	return err;
}

void text_file_close(struct text_file *file)
{
	util_closep(&file->fd);
	util_closep(&file->dir);
	free(file->byte);
	free(file->name);
	free(file->directory);
	*file = (struct text_file){ .dir = -1, .fd = -1 };
}
