/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells the service manager how we are: sd_notify(3) without its library. */
#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Sends one datagram to the socket that $NOTIFY_SOCKET names: lines such as "READY=1". Without that
 * variable, or when nobody listens, nothing happens: no service manager is no reason to fail.
 */
__attribute__((format(printf, 1, 2))) void notify(const char *format, ...);

#endif
