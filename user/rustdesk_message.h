/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages that a probe says to a RustDesk server, and the answers it understands, as bytes.
 * Pure. Without protobuf-c all of it is -EOPNOTSUPP.
 */
#ifndef RUSTDESK_MESSAGE_H
#define RUSTDESK_MESSAGE_H

#include <linux/types.h>
#include <stddef.h>

/* Room for what is said here, and for the longest answer that is waited for, header included. */
#define RUSTDESK_MESSAGE_MAX 2048

/*
 * Each writes a message into @ret and returns its length; -EMSGSIZE: it would not fit. Over UDP a
 * message is bare, over TCP it has its header (rustdesk_frame.h) before it.
 */
int rustdesk_register_peer(const char *id, unsigned char ret[RUSTDESK_MESSAGE_MAX]); /* UDP */
int rustdesk_test_nat(unsigned char ret[RUSTDESK_MESSAGE_MAX]);			     /* TCP */
/* TCP. @key may be NULL. */
int rustdesk_request_relay(const char *uuid, const char *key,
			   unsigned char ret[RUSTDESK_MESSAGE_MAX]);

enum rustdesk_answer_kind {
	RUSTDESK_REGISTERED, /* RegisterPeerResponse */
	RUSTDESK_NAT_TESTED, /* TestNatResponse, with a port */
	RUSTDESK_KEYS,	     /* KeyExchange: the answer is still to come */
	RUSTDESK_ELSE,	     /* another message */
};

struct rustdesk_answer {
	enum rustdesk_answer_kind kind;
	__u16 port; /* of RUSTDESK_NAT_TESTED, host order, never 0 */
};

/* Reads a bare message. 0, or -EBADMSG: it is none. */
int rustdesk_answer_read(const unsigned char *bytes, size_t length, struct rustdesk_answer *ret);

/*
 * Reads the first message of a stream. The bytes it took up; -EAGAIN: it is not whole yet;
 * -EBADMSG: it is none, or longer than RUSTDESK_MESSAGE_MAX.
 */
int rustdesk_answer_next(const unsigned char *bytes, size_t length, struct rustdesk_answer *ret);

#endif
