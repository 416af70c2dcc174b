/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to DNS resolvers, by c-ares; -EOPNOTSUPP where the build left that out. */
#ifndef DNS_ASK_H
#define DNS_ASK_H

#include <stddef.h>

#include "dns_verdict.h"
#include "problem.h"

#define DNS_ASK_RESOLVERS 16

/*
 * The resolvers of this machine, as c-ares finds them (/etc/resolv.conf), and the link-local ones
 * there, which it leaves out, into @ret, which has DNS_ASK_RESOLVERS; where systemd-resolved's stub
 * is one, those that it asks (its own resolv.conf) follow with .stub_hides. Their number, at least
 * one, or a negative errno.
 */
int dns_ask_own(struct dns_resolver *ret, struct problem *p);

/*
 * Asks each resolver for each kind over UDP and TCP, on port 53, all at once, and fills .reply. Two
 * tries each, of 2 and 4 s; what has no answer after 7 s is DNS_SILENT. @name is whole: no search
 * list is used. Sockets are made in the network namespace of the caller. -EINTR: a signal that the
 * caller holds has come (signals.h).
 */
int dns_ask(const char *name, struct dns_resolver *resolver, size_t count, struct problem *p);

#endif
