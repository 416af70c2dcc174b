// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "program_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util.h"

/* Far more than anybody reads; a program that never ends its answer must not fill the memory. */
#define MOST_OUTPUT (64L << 20)

static bool can_run(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

char *program_find(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *all = NULL;
	char *rest = NULL, *dir;

	if (asprintf(&all, "%s:/usr/sbin:/sbin", path ? path : "") < 0)
		return NULL;
	for (dir = strtok_r(all, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest)) {
		char *found;

		/* Not what happens to lie in the working directory. */
		if (*dir != '/' || asprintf(&found, "%s/%s", dir, name) < 0)
			continue;
		if (can_run(found))
			return found;
		free(found);
	}
	return NULL;
}

/* The caller may have blocked and ignored signals that end a program. */
static int set_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int error;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	error = posix_spawnattr_setsigmask(attributes, &none);
	if (!error)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	if (!error)
		error = posix_spawnattr_setflags(attributes,
						 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return error;
}

/* Where a child reads and writes, and who it is. */
struct running {
	int input; /* -1: nothing to read */
	int out;
	int complaint;
	pid_t pid;
};

static int spawn_with(const posix_spawnattr_t *attributes, char *const argv[], struct running *r)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = r->input < 0 ?
			posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) :
			posix_spawn_file_actions_adddup2(&actions, r->input, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, r->out, 1);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, r->complaint, 2);
	if (!error)
		error = posix_spawn(&r->pid, argv[0], &actions, attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int spawn(char *const argv[], struct running *r)
{
	posix_spawnattr_t attributes;
	int error = posix_spawnattr_init(&attributes);

	if (error)
		return -error;
	error = set_signals(&attributes);
	if (!error)
		error = spawn_with(&attributes, argv, r);
	posix_spawnattr_destroy(&attributes);
	/* It was there a moment ago: that is no answer to whether it is installed. */
	return error == ENOENT ? -EIO : -error;
}

/* The status as of waitpid(2), or -ETIMEDOUT and the program is killed. */
static int wait_for(pid_t pid, unsigned int seconds)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	bool late = false;
	int status;

	if (fd >= 0 && !poll(&ended, 1, (int)seconds * 1000)) {
		late = true;
		(void)kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return late ? -ETIMEDOUT : status;
}

static int read_all(int fd, char **ret)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size > MOST_OUTPUT)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	got = pread(fd, text, (size_t)st.st_size, 0);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	*ret = TAKE_PTR(text);
	return 0;
}

static void running_end(struct running *r)
{
	util_closep(&r->input);
	util_closep(&r->out);
	util_closep(&r->complaint);
}

static int running_begin(struct running *r)
{
	r->out = memfd_create("natloop-out", MFD_CLOEXEC);
	r->complaint = memfd_create("natloop-err", MFD_CLOEXEC);
	return r->out < 0 || r->complaint < 0 ? -errno : 0;
}

static int make_input(const char *input, size_t length, struct running *r)
{
	size_t done = 0;

	if (!input)
		return 0;
	r->input = memfd_create("natloop-in", MFD_CLOEXEC);
	if (r->input < 0)
		return -errno;
	while (done < length) {
		ssize_t wrote = pwrite(r->input, input + done, length - done, (off_t)done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		done += wrote < 0 ? 0 : (size_t)wrote;
	}
	return 0;
}

/* What became of it. */
static void running_wait(const struct running *r, unsigned int seconds, struct program_end *ret)
{
	int status = wait_for(r->pid, seconds);

	if (status < 0)
		ret->err = status;
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		ret->err = -EFBIG;
	else
		ret->err = read_all(r->out, &ret->out);
	if (!ret->err)
		ret->err = read_all(r->complaint, &ret->complaint);
	if (!ret->err && status)
		ret->err = -EIO;
}

int program_run(const struct program *program, struct program_end *ret)
{
	struct running r __attribute__((cleanup(running_end))) = { -1, -1, -1, 0 };
	const struct rlimit most = { MOST_OUTPUT, MOST_OUTPUT };
	struct program_end end = { 0, NULL, NULL };
	int err = running_begin(&r);

	if (!err)
		err = make_input(program->input, program->length, &r);
	if (!err)
		err = spawn(program->argv, &r);
	if (err)
		return err;
	if (!program->starts_daemons)
		(void)prlimit(r.pid, RLIMIT_FSIZE, &most, NULL);
	running_wait(&r, program->seconds, &end);
	*ret = end;
	return 0;
}

/* It holds nothing of its parent's, such as a lock, does not outlive it, and leaves no core. */
static void __attribute__((noreturn))
run_here(const struct running *r, pid_t parent, int (*work)(const void *data), const void *data)
{
	const struct rlimit most = { MOST_OUTPUT, MOST_OUTPUT }, none = { 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || dup2(r->out, 1) < 0 ||
	    dup2(r->complaint, 2) < 0)
		_exit(1);
	(void)syscall(SYS_close_range, 3U, ~0U, 0U);
	(void)setrlimit(RLIMIT_FSIZE, &most);
	(void)setrlimit(RLIMIT_CORE, &none);
	_exit(work(data) ? 1 : 0);
}

int program_run_child(int (*work)(const void *data), const void *data, unsigned int seconds,
		      struct program_end *ret)
{
	struct running r __attribute__((cleanup(running_end))) = { -1, -1, -1, 0 };
	struct program_end end = { 0, NULL, NULL };
	pid_t parent = getpid();
	int err = running_begin(&r);

	if (err)
		return err;
	r.pid = fork();
	if (r.pid < 0)
		return -errno;
	if (!r.pid)
		run_here(&r, parent, work, data);
	running_wait(&r, seconds, &end);
	*ret = end;
	return 0;
}

void program_end_free(struct program_end *end)
{
	free(end->out);
	free(end->complaint);
	*end = (struct program_end){ 0, NULL, NULL };
}
