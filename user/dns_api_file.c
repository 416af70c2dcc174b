// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock_wait.h"
#include "text_file_parts.h"
#include "util.h"

static int out_of_memory(struct problem *p)
{
	return problem(p, -ENOMEM, "--state", "", "out of memory");
}

static int default_path(char **ret, struct problem *p)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int length;

	if (!geteuid())
		length = asprintf(ret, "%s", DNS_API_FILE_ROOT);
	else if (base && *base == '/')
		length = asprintf(ret, "%s/natloop/dns-apply.json", base);
	else if (home && *home == '/')
		length = asprintf(ret, "%s/.local/state/natloop/dns-apply.json", home);
	else
		return problem_usage(p, "--state", "give a file",
				     "is needed, as there is no $HOME to keep it in");
	return length < 0 ? out_of_memory(p) : 0;
}

/* Makes the directories in @path, which ends with a file. */
static int make_directories(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *slash = copy; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(copy, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int open_directory(const struct dns_api_file *file)
{
	_cleanup_free_ char *directory = NULL;
	int fd;

	if (file->name == file->path)
		directory = strdup(".");
	else
		directory = strndup(file->path, (size_t)(file->name - file->path));
	if (!directory)
		return -ENOMEM;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Locks what the file lies in: the file itself is replaced. */
static int open_locked(const struct env *env, struct dns_api_file *file, bool change,
		       struct problem *p)
{
	const char *remedy = "give another one by --state";
	int err = change ? make_directories(file->path) : 0;

	if (!err) {
		file->dir = open_directory(file);
		err = file->dir < 0 ? file->dir : 0;
	}
	if (err == -ENOENT && !change)
		return 0;
	if (err)
		return problem(p, err, file->path, remedy, "its directory cannot be used: %s",
			       strerror(-err));
	err = lock_wait(file->dir, change ? LOCK_EX : LOCK_SH, file->path, env->json);
	if (!err && change && faccessat(file->dir, ".", W_OK | X_OK, AT_EACCESS))
		err = -errno;
	return err ? problem(p, err, file->path, remedy, "cannot be written: %s", strerror(-err)) :
		     0;
}

static int read_state(struct dns_api_file *file, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length = 0;
	int err = 0;

	if (file->dir >= 0) {
		fd = openat(file->dir, file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0 && errno != ENOENT)
			err = -errno;
	}
	if (fd >= 0)
		err = text_file_read_all(fd, &text, &length);
	if (!err)
		err = dns_api_state_parse(text, length, &file->state);
	if (err == -EBADMSG)
		return problem(p, err, file->path,
			       "give another file, or move it away: natloop then takes its entries "
			       "for yours",
			       "is not what 'natloopctl dns apply' writes");
	return err ? problem(p, err, file->path, "give another one by --state",
			     "cannot be read: %s", strerror(-err)) :
		     0;
}

int dns_api_file_open(const struct env *env, const char *path, bool change,
		      struct dns_api_file *ret, struct problem *p)
{
	struct dns_api_file file = { .dir = -1 };
	char *slash;
	int err = 0;

	if (path) {
		file.path = strdup(path);
		if (!file.path)
			return out_of_memory(p);
	} else {
		err = default_path(&file.path, p);
	}
	if (err)
		return err;
	slash = strrchr(file.path, '/');
	file.name = slash ? slash + 1 : file.path;
	if (!*file.name)
		err = problem_usage(p, "--state", "give a file", "'%s' is none", file.path);
	if (!err)
		err = open_locked(env, &file, change, p);
	if (!err)
		err = read_state(&file, p);
	if (err)
		dns_api_file_close(&file);
	else
		*ret = file;
	return err;
}

static int replace(const struct dns_api_file *file, const char *text)
{
	_cleanup_close_ int fd = -1;
	char name[NAME_MAX + 16];
	int err;

	snprintf(name, sizeof(name), ".%.*s.new", NAME_MAX, file->name);
	if (unlinkat(file->dir, name, 0) && errno != ENOENT)
		return -errno;
	fd = openat(file->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = text_file_write_all(fd, text, strlen(text));
	if (!err && renameat(file->dir, name, file->dir, file->name))
		err = -errno;
	if (err)
		unlinkat(file->dir, name, 0);
	else
		fsync(file->dir);
	return err;
}

int dns_api_file_save(const struct dns_api_file *file, struct problem *p)
{
	_cleanup_free_ char *text = dns_api_state_text(file->state);
	int err = text ? replace(file, text) : -ENOMEM;

	return err ? problem(p, err, file->path, "give another one by --state",
			     "cannot be written: %s", strerror(-err)) :
		     0;
}

void dns_api_file_close(struct dns_api_file *file)
{
	dns_api_state_free(file->state);
	free(file->path);
	if (file->dir >= 0)
		close(file->dir);
	*file = (struct dns_api_file){ .dir = -1 };
}
