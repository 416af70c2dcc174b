/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of hosts_file share. The lock is held. */
#ifndef HOSTS_PARTS_H
#define HOSTS_PARTS_H

#include <limits.h>

#include "hosts_file.h"

/* A name beside the file: ".hosts.natloop-new". */
struct hosts_beside {
	char name[NAME_MAX + 32]; /* may be too long, as the kernel then says */
};

/* @what is "new" or "old". */
struct hosts_beside hosts_beside(const struct hosts_file *file, const char *what);

/* From its beginning, up to 64 MiB, else -EFBIG; the caller frees @ret. */
int hosts_read_all(int fd, char **ret, size_t *ret_length);
/* Writes all, from the file's beginning, and waits until it is on the disk. */
int hosts_write_all(int fd, const char *byte, size_t length);

/*
 * Makes a file of that name beside @file, with its content on the disk, in the place of one that a
 * killed command left. With @like it gets owner, mode and attributes of @file; -EXDEV: it cannot
 * have them. On failure there is none.
 */
int hosts_make_beside(const struct hosts_file *file, const char *name, bool like, const char *byte,
		      size_t length);

/* Gives @fd what @file has: owner, mode, ACL, extended attributes. -EXDEV if it may not be. */
int hosts_keep_attributes(const struct hosts_file *file, int fd);

/* Writes to the file itself. ".NAME.natloop-new" has @byte already. */
int hosts_write_in_place(const struct hosts_file *file, const char *byte, size_t length,
			 struct problem *p);

/*
 * With @change takes away what a killed command left, and undoes what it had begun in place; 1: it
 * has, and the file is to be read again. -EEXIST: somebody has changed the file since, or @change
 * is not set.
 */
int hosts_recover(const struct hosts_file *file, bool change, struct problem *p);

#endif
