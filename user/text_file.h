/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A text file on disk: read, locked, and replaced as a whole. */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "command.h"
#include "problem.h"

enum text_file_use {
	TEXT_FILE_READ,
	TEXT_FILE_PREVIEW, /* as TEXT_FILE_READ, but a file that is not there counts as empty */
	TEXT_FILE_CHANGE,
};

struct text_file {
	const char *path; /* as the user wrote it */
	char *name;	  /* in @dir: where symbolic links lead to in the end */
	char *directory;  /* its path */
	int dir;
	int fd;		/* -1: there is no such file */
	struct stat st; /* of the file, if there is one */
	mode_t mode;	/* that one gets which is made; 0644 if the caller does not say */
	char *byte;
	size_t length;
};

/*
 * Reads the file at @path. For a change it is locked against other natloopctl until
 * text_file_close(), what a killed one left is put right, and a file that is not there counts as
 * an empty one. The lock is on the directory, which is never replaced, and on the file. -ENOENT,
 * -EFBIG (over 64 MiB), -EINVAL (no regular file), -EEXIST (a change in place was interrupted, and
 * that cannot be put right, or not without a change), or what the kernel says.
 */
int text_file_open(const struct env *env, const char *path, enum text_file_use use,
		   struct text_file *ret, struct problem *p);
void text_file_close(struct text_file *file);

/*
 * Puts @byte in the place of what the file has: by another one that has the same owner, mode, ACL
 * and extended attributes, and is moved over it. Where that cannot be (a mount of its own, another
 * name of the same file, a foreign owner) it is written in place, and a copy in
 * ".NAME.natloop-old" beside it holds what it had until that is done. All or nothing, but for what
 * others read while it is written in place. @file must be open for a change.
 */
int text_file_write(const struct text_file *file, const char *byte, size_t length,
		    struct problem *p);

/* After text_file_write(): @file is what is there now, to be written again. Still locked. */
int text_file_reread(struct text_file *file, struct problem *p);

/*
 * After text_file_write() of @byte: puts back what the file had, or takes it away if there was
 * none. -EAGAIN: it is what another program has written since, and stays.
 */
int text_file_undo(const struct text_file *file, const char *byte, size_t length,
		   struct problem *p);

#endif
