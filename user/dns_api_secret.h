/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A password from a file. */
#ifndef DNS_API_SECRET_H
#define DNS_API_SECRET_H

#include "problem.h"

/*
 * The only line of the file, without its end. Refuses a file that others than owner and group can
 * read, and one that is empty, has several lines or more than 1 KiB. dns_api_secret_free() @ret.
 */
int dns_api_secret_read(const char *path, char **ret, struct problem *p);
/* Overwrites it first. NULL: nothing to do. */
void dns_api_secret_free(char *secret);

#endif
