/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of text_file share. The lock is held. */
#ifndef TEXT_FILE_PARTS_H
#define TEXT_FILE_PARTS_H

#include <limits.h>

#include "text_file.h"

/* A name beside the file: ".hosts.natloop-new". */
struct text_file_beside {
	char name[NAME_MAX + 32]; /* may be too long, as the kernel then says */
};

/* @what is "new" or "old". */
struct text_file_beside text_file_beside(const struct text_file *file, const char *what);

/* From its beginning, up to 64 MiB, else -EFBIG; the caller frees @ret. */
int text_file_read_all(int fd, char **ret, size_t *ret_length);
/* Writes all, from the file's beginning, and waits until it is on the disk. */
int text_file_write_all(int fd, const char *byte, size_t length);

/*
 * Makes a file of that name beside @file, with its content on the disk, in the place of one that a
 * killed command left. With @like it gets owner, mode and attributes of @file; -EXDEV: it cannot
 * have them. On failure there is none.
 */
int text_file_make_beside(const struct text_file *file, const char *name, bool like,
			  const char *byte, size_t length);

/* Gives @fd what @file has: owner, mode, ACL, extended attributes. -EXDEV if it may not be. */
int text_file_keep_attributes(const struct text_file *file, int fd);

/* Writes to the file itself. ".NAME.natloop-new" has @byte already. */
int text_file_write_in_place(const struct text_file *file, const char *byte, size_t length,
			     struct problem *p);

/*
 * With TEXT_FILE_CHANGE takes away what a killed command left, and undoes what it had begun in
 * place; 1: it has, and the file is to be read again. -EEXIST: somebody has changed the file since,
 * or @use is another one.
 */
int text_file_recover(const struct text_file *file, enum text_file_use use, struct problem *p);

#endif
