/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RustDesk's messages on sockets: framed in a TCP stream, bare in a datagram. */
#ifndef WIRE_H
#define WIRE_H

#include <netinet/in.h>

#include "rustdesk.pb-c.h"

/* The longest frame that the stand-ins send or take; theirs stay far below. */
#define WIRE_MAX 2048

/* A stream, and what has been read of it and not been taken. */
struct wire {
	int fd;
	size_t length;
	unsigned char bytes[WIRE_MAX];
};

/* Sends all of it, or returns a negative errno; a socket that does not block must have room. */
int wire_write(int fd, const void *bytes, size_t length);

/* Sends a message in its frame. 0 or a negative errno. */
int wire_send(int fd, const Rustdesk__Message *message);

/* Sends a datagram. 0 or a negative errno. */
int wire_send_to(int fd, const struct sockaddr_in *to, const Rustdesk__Message *message);

/* Reads once. 0, or -EPIPE at the stream's end, -EMSGSIZE if no room is left, another errno. */
int wire_fill(struct wire *wire);

/*
 * The next message, for rustdesk__message__free_unpacked. 1, or 0 if none is whole yet, or -EBADMSG
 * for bytes that are none.
 */
int wire_take(struct wire *wire, Rustdesk__Message **message);

/* Waits for input until @deadline of now_ms(), and reads once: -ETIMEDOUT, or as wire_fill(). */
int wire_more(struct wire *wire, uint64_t deadline);

/* Waits for the next message until @deadline of now_ms(). 0, -ETIMEDOUT, or as the two above. */
int wire_wait(struct wire *wire, uint64_t deadline, Rustdesk__Message **message);

/* Frees a message when it goes out of scope. */
#define _cleanup_message_ __attribute__((cleanup(wire_message_freep)))

static inline void wire_message_freep(Rustdesk__Message **message)
{
	if (*message)
		rustdesk__message__free_unpacked(*message, NULL);
}

#endif
