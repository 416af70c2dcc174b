/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the doctor on a client share. */
#ifndef DOCTOR_CLIENT_PARTS_H
#define DOCTOR_CLIENT_PARTS_H

#include "doctor_run.h"

#define DOCTOR_CLIENT_ADDRESSES 16

/* What programs of this host get for the name. */
struct doctor_resolved {
	int err; /* -EINTR, -ETIMEDOUT; -EREMOTE: .gai tells more */
	int gai; /* of getaddrinfo */
	size_t count;
	struct natloop_addr addr[DOCTOR_CLIENT_ADDRESSES];
};

/*
 * Asks getaddrinfo(3), as programs do: /etc/hosts and whatever else /etc/nsswitch.conf says come
 * before DNS. In a child process, which is given 12 s and ended by a signal that the caller holds.
 */
void doctor_resolve(const char *name, struct doctor_resolved *ret);

/*
 * Asks the public address, and that of the name where it is another, @where programs here go
 * (zero: the same). -EINTR: interrupted.
 */
int doctor_client_probe(struct doctor_run *run, const struct natloop_addr *where);

#endif
