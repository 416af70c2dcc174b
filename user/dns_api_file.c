// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Without a directory there is no file, which is all right if nothing is to be written. */
static bool has_directory(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;

	if (!slash)
		return true;
	slash[slash == copy] = '\0';
	return !access(copy, F_OK) || errno != ENOENT;
}

static int open_state(const struct env *env, struct dns_api_file *file, bool change,
		      struct problem *p)
{
	int err = change ? make_directories(file->path) : 0;

	if (err)
		return problem(p, err, file->path, "give another one by --state",
			       "its directory cannot be made: %s", strerror(-err));
	if (!change && !has_directory(file->path))
		return 0;
	err = text_file_open(env, file->path, change ? TEXT_FILE_CHANGE : TEXT_FILE_PREVIEW,
			     &file->file, p);
	if (err)
		return err;
	file->file.mode = 0600;
	/* Said now, and not when the server has been asked. */
	if (change && faccessat(file->file.dir, ".", W_OK | X_OK, AT_EACCESS))
		return problem(p, -errno, file->path, "give another one by --state",
			       "cannot be written: %s", strerror(errno));
	return 0;
}

static int read_state(struct dns_api_file *file, struct problem *p)
{
	const char *text = file->file.byte ? file->file.byte : "";
	int err = dns_api_state_parse(text, file->file.length, &file->state);

	if (err == -EBADMSG)
		return problem(p, err, file->path,
			       "give another file, or move it away: natloop then takes its entries "
			       "for yours",
			       "is not what 'natloopctl dns apply' writes");
	return err ? out_of_memory(p) : 0;
}

int dns_api_file_open(const struct env *env, const char *path, bool change,
		      struct dns_api_file *ret, struct problem *p)
{
	struct dns_api_file file = { .file = { .dir = -1, .fd = -1 } };
	int err = 0;

	if (path) {
		file.path = strdup(path);
		if (!file.path)
			return out_of_memory(p);
	} else {
		err = default_path(&file.path, p);
	}
	if (err || !file.path)
		return err ? err : out_of_memory(p);
	if (!*file.path || file.path[strlen(file.path) - 1] == '/')
		err = problem_usage(p, "--state", "give a file", "'%s' is none", file.path);
	if (!err)
		err = open_state(env, &file, change, p);
	if (!err)
		err = read_state(&file, p);
	if (err)
		dns_api_file_close(&file);
	else
		*ret = file;
	return err;
}

int dns_api_file_save(struct dns_api_file *file, struct problem *p)
{
	_cleanup_free_ char *text = dns_api_state_text(file->state);
	int err;

	if (!text)
		return out_of_memory(p);
	err = text_file_write(&file->file, text, strlen(text), p);
	return err ? err : text_file_reread(&file->file, p);
}

void dns_api_file_close(struct dns_api_file *file)
{
	dns_api_state_free(file->state);
	text_file_close(&file->file);
	free(file->path);
	*file = (struct dns_api_file){ .file = { .dir = -1, .fd = -1 } };
}
