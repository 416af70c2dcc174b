/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The check of the DNS cure, as text and as JSON. */
#ifndef VIEW_DNS_CHECK_H
#define VIEW_DNS_CHECK_H

#include <stdbool.h>

#include "dns_verdict_text.h"
#include "writer.h"

/*
 * Writes all of @c, and @note, a sentence or "", among the remarks. With @deep the replies are
 * objects with their addresses in lists, else a table.
 */
void view_dns_check(struct writer *w, const struct dns_check *c, const char *note, bool deep);

#endif
