/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The text of a host name, as people type it. Pure. */
#ifndef HOSTNAME_H
#define HOSTNAME_H

#include <stdbool.h>

#define HOSTNAME_MAX 254 /* of the text, with its NUL: 255 bytes on the wire (RFC 1035 2.3.4) */
#define HOSTNAME_LABEL_MAX 63

/*
 * Labels of letters, digits, hyphens and underscores between dots, no hyphen at the ends of one
 * (RFC 952, RFC 1123 2.1; names of services have underscores, RFC 2782); at most 63 bytes each and
 * 253 together, without a final dot. Not what reads as an IPv4 address: the last label is not all
 * digits.
 */
bool hostname_valid(const char *text);

/* The same name? Upper and lower case of ASCII are one (RFC 4343). */
bool hostname_same(const char *a, const char *b);

#endif
