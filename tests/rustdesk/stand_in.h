/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the stand-ins of hbbs, hbbr and the client have in common: options, clock, sockets, events.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* "255.255.255.255:65535" and its end. */
#define ENDPOINT_TEXT 22

/* Exit statuses of all three. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
};

/* One line on standard error, and the end of the process. */
void __attribute__((noreturn, format(printf, 2, 3))) die(int status, const char *format, ...);

/* One line on standard output, at once: what has happened, for people and for tests that wait. */
void __attribute__((format(printf, 1, 2))) event(const char *format, ...);

/* Milliseconds of a clock that never jumps. */
uint64_t now_ms(void);

/* A decimal number from @least to @most; anything else ends the process with STATUS_USAGE. */
unsigned int parse_number(const char *text, unsigned long least, unsigned long most);

/*
 * A socket of @type that is bound to @port (host order; 0: any) of all the host's own IPv4
 * addresses. Its port may be shared with the process's other sockets, as RustDesk's own are: it
 * connects to several hosts from one port, and listens on it (rustdesk/hbb_common, src/tcp.rs,
 * new_socket). A negative errno on failure.
 */
int bound_socket(int type, uint16_t port);

/* The same, listening, not blocking; ends the process on failure. */
int listening_socket(uint16_t port);

bool same_endpoint(const struct sockaddr_in *a, const struct sockaddr_in *b);

/* ADDRESS:PORT. Returns @text. */
const char *endpoint_text(const struct sockaddr_in *endpoint, char text[ENDPOINT_TEXT]);

#endif
