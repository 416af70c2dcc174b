// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lock_holder.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "util.h"

/* Process id, or 0. Waiting processes are listed, too, with an arrow. */
static int find(const struct stat *st)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = fopen("/proc/locks", "re");
	unsigned int major, minor;
	unsigned long inode;
	char line[256];
	int pid;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major, &minor, &inode) ==
			    4 &&
		    major == major(st->st_dev) && minor == minor(st->st_dev) && inode == st->st_ino)
			return pid;
	return 0;
}

/* The words of the command, separated by blanks; cut where there is no more room. */
static void read_command(int pid, char *buf, size_t size)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = NULL;
	char path[64];
	size_t length = 0, i;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	file = fopen(path, "re");
	if (file)
		length = fread(buf, 1, size - 1, file);
	while (length && !buf[length - 1])
		length--;
	buf[length] = '\0';
	for (i = 0; i < length; i++)
		if (!buf[i])
			buf[i] = ' ';
		else if (!isprint((unsigned char)buf[i]))
			buf[i] = '?';
}

const char *lock_holder(int fd, char *buf, size_t size)
{
	struct stat st;

	return lock_holder_process(fstat(fd, &st) ? 0 : find(&st), buf, size);
}

const char *lock_holder_process(int pid, char *buf, size_t size)
{
	char command[96];

	if (!pid) {
		snprintf(buf, size, "another process");
		return buf;
	}
	read_command(pid, command, sizeof(command));
	if (*command)
		snprintf(buf, size, "process %d (%s)", pid, command);
	else
		snprintf(buf, size, "process %d", pid);
	return buf;
}
