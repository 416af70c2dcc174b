/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the probes share; others include probe.h. */
#ifndef PROBE_PARTS_H
#define PROBE_PARTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "probe.h"
#include "rustdesk_message.h"

#define PROBE_SOCKETS 2

struct probe_socket {
	struct pollfd *poll; /* .fd -1: none, else closed when the probe is done */
	bool connected;
	size_t got; /* bytes in .in */
	unsigned char in[RUSTDESK_MESSAGE_MAX];
};

/* A probe under way. */
struct probe_task {
	struct probe *probe;
	const struct probe_options *options;
	const struct probe_steps *steps;
	struct probe_socket socket[PROBE_SOCKETS];
	int64_t begun; /* ms of clock_ms() */
	int64_t due;   /* when .due is called */
	int64_t slow;  /* ms that its first connection took, at most .timeout_ms */
	unsigned int sent;
	unsigned int step; /* the kind's own */
	bool done;
	struct natloop_addr own; /* with probe->local: where the first connection was from */
	char name[64];		 /* the ID or uuid that it uses */
};

/* What each kind does. A probe ends when one of them calls probe_done(). */
struct probe_steps {
	void (*begin)(struct probe_task *t);
	/* Something has happened at t->socket[i]. */
	void (*ready)(struct probe_task *t, unsigned int i);
	void (*due)(struct probe_task *t);
};

extern const struct probe_steps probe_tcp_steps;
extern const struct probe_steps probe_udp_steps;
extern const struct probe_steps probe_nat_steps;
extern const struct probe_steps probe_relay_steps;

/* Ends the probe, unless it is done already. @error is an errno or 0. */
void probe_done(struct probe_task *t, enum probe_result result, int error);

/* Ends it by what the kernel said: on a socket that was connected, or on the way there. */
void probe_done_error(struct probe_task *t, int error, bool connected);

/* Its due time: after that many tries from now. */
void probe_due_after(struct probe_task *t, unsigned int tries);
/* Once its first connection stands: after as long as a whole question, and @trips on that way. */
void probe_due_answer(struct probe_task *t, unsigned int trips);

/* What connect and sendto want of an address and port (host order). Its length. */
socklen_t probe_sockaddr(const struct natloop_addr *address, __u16 port,
			 struct sockaddr_storage *ret);
/* The other way round; @port may be NULL. */
struct natloop_addr probe_address(const struct sockaddr_storage *sa, __u16 *port);

/*
 * Makes t->socket[i], of SOCK_STREAM or SOCK_DGRAM, not blocking, bound to @from and @port where
 * they are given (zero: not). Returns whether it did; else the probe is done.
 */
bool probe_open(struct probe_task *t, unsigned int i, int type, const struct natloop_addr *from,
		__u16 port);
void probe_close(struct probe_task *t, unsigned int i);

/* Opens t->socket[i] and begins a connection to @port. As probe_open(). */
bool probe_connect(struct probe_task *t, unsigned int i, __u16 port,
		   const struct natloop_addr *from, __u16 from_port);
/* Something has happened at a socket that is not .connected. Returns whether it is now. */
bool probe_take_connection(struct probe_task *t, unsigned int i);
/* Sends all of @bytes on a fresh connection, where there is room. False: the probe is done. */
bool probe_send(struct probe_task *t, unsigned int i, const void *bytes, size_t length);
/*
 * Adds what came to .in. False: nothing came, or the probe is done: closed by the other side
 * (PROBE_CLOSED if nothing is in .in, PROBE_OTHER if that was something), or .in is full.
 */
bool probe_receive(struct probe_task *t, unsigned int i);

#endif
