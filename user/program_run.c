// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_run.h"

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

#define PATIENCE_MS 10000
/* Far more than rules can be; a program that never ends its answer must not fill the memory. */
#define MOST_OUTPUT (64L << 20)

static bool can_run(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

char *import_run_find(const char *name)
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

static int spawn_with(const posix_spawnattr_t *attributes, char *const argv[], int out, int err,
		      pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, err, 2);
	if (!error)
		error = posix_spawn(ret, argv[0], &actions, attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int spawn(char *const argv[], int out, int err, pid_t *ret)
{
	posix_spawnattr_t attributes;
	int error = posix_spawnattr_init(&attributes);

	if (error)
		return -error;
	error = set_signals(&attributes);
	if (!error)
		error = spawn_with(&attributes, argv, out, err, ret);
	posix_spawnattr_destroy(&attributes);
	/* It was there a moment ago: that is no answer to whether it is installed. */
	return error == ENOENT ? -EIO : -error;
}

/* The status as of waitpid(2), or -ETIMEDOUT and the program is killed. */
static int wait_for(pid_t pid)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	bool late = false;
	int status;

	if (fd >= 0 && !poll(&ended, 1, PATIENCE_MS)) {
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

int import_run_complaint(const char *program, const char *text, int err, struct problem *p)
{
	text += strspn(text, " \n");
	if (strstr(text, "Operation not permitted") || strstr(text, "Permission denied") ||
	    strstr(text, "must be root"))
		return problem(p, -EPERM, program, "run as root", "not allowed to read the rules");
	return problem(p, err, program, "give the forwards by --forward",
		       "the rules cannot be read: %.*s", *text ? (int)strcspn(text, "\n") : INT_MAX,
		       *text ? text : strerror(-err));
}

/* Where a child writes, and who it is. */
struct running {
	int out;
	int complaint;
	pid_t pid;
};

static void running_end(struct running *r)
{
	util_closep(&r->out);
	util_closep(&r->complaint);
}

static int running_begin(struct running *r)
{
	r->out = memfd_create("natloop-out", MFD_CLOEXEC);
	r->complaint = memfd_create("natloop-err", MFD_CLOEXEC);
	return r->out < 0 || r->complaint < 0 ? -errno : 0;
}

static int cannot_run(const char *name, int err, struct problem *p)
{
	return problem(p, err, name, "give the forwards by --forward", "cannot be run: %s",
		       strerror(-err));
}

/* What became of it. */
static int running_answer(const struct running *r, const char *name, char **ret, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	int err, status = wait_for(r->pid);

	if (status == -ETIMEDOUT)
		return problem(p, status, name, "give the forwards by --forward",
			       "did not answer within %d s", PATIENCE_MS / 1000);
	if (status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		return import_run_complaint(name, "", -EFBIG, p);
	err = read_all(status ? r->complaint : r->out, &text);
	if (err || !text)
		return import_run_complaint(name, "", err, p);
	if (status)
		return import_run_complaint(name, text, -EIO, p);
	*ret = TAKE_PTR(text);
	return 0;
}

int import_run(char *const argv[], char **ret, struct problem *p)
{
	struct running r __attribute__((cleanup(running_end))) = { -1, -1, 0 };
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	const struct rlimit most = { MOST_OUTPUT, MOST_OUTPUT };
	int err = running_begin(&r);

	if (!err)
		err = spawn(argv, r.out, r.complaint, &r.pid);
	if (err)
		return cannot_run(name, err, p);
	(void)prlimit(r.pid, RLIMIT_FSIZE, &most, NULL);
	return running_answer(&r, name, ret, p);
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

int import_run_child(const char *name, int (*work)(const void *data), const void *data, char **ret,
		     struct problem *p)
{
	struct running r __attribute__((cleanup(running_end))) = { -1, -1, 0 };
	pid_t parent = getpid();
	int err = running_begin(&r);

	if (!err) {
		r.pid = fork();
		err = r.pid < 0 ? -errno : 0;
	}
	if (err)
		return cannot_run(name, err, p);
	if (!r.pid)
		run_here(&r, parent, work, data);
	return running_answer(&r, name, ret, p);
}
