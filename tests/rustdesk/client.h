/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stand-in for RustDesk's client, and what its files want of each other. Written from facts of
 * rustdesk/rustdesk (src/rendezvous_mediator.rs, src/client.rs, src/common.rs, src/server.rs at
 * 001848b, 00554b6 and 7423dce) and rustdesk/hbb_common (src/socket_client.rs, src/config.rs); the
 * function there is named at each rule.
 *
 * Left out: UDP and IPv6 punches (off where the server is one's own), proxies, WebSockets, keys and
 * encryption, what a session is about.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "rustdesk.pb-c.h"
#include "wire.h"

#define CLIENT_PORT 21116
#define CLIENT_RELAY_PORT 21117
#define CLIENT_UUID_TEXT 33
#define CLIENT_HOST_MAX 280 /* a name, a colon, a port */

/* Times of RustDesk in ms, for client_ms(). */
#define CLIENT_CONNECT_TIMEOUT 18000 /* hbb_common, src/config.rs */
#define CLIENT_SECOND 1000

struct client_options {
	const char *server;   /* NAME[:PORT] of hbbs */
	const char *id;	      /* our own, of serve */
	const char *relay;    /* our own setting, or "" */
	const char *key;      /* or "" */
	const char *hosts;    /* a hosts file instead of the system's, or NULL */
	const char *resolver; /* the only DNS server, or NULL */
	unsigned int speed;
	unsigned int direct_failures; /* how often no direct connection was had to that peer */
	unsigned int hold;	      /* seconds that a session is kept */
	bool force_relay;
	bool silent; /* no TestDelay */
};

extern struct client_options client_options;

/* RustDesk's time, or as much shorter as was asked for. */
static inline unsigned int client_ms(unsigned int ms)
{
	return ms / client_options.speed;
}

/* --- client_net.c: names and connections --- */

/*
 * HOST[:PORT] as an endpoint, with @port if none is there. One address: the first. A negative
 * errno; -ENOENT if the name has none.
 */
int client_resolve(const char *host, uint16_t port, struct sockaddr_in *to);

/*
 * HOST[:PORT] of another port on the same host: PORT, or @port, and @offset. False if it gets too
 * long (common.rs, increase_port).
 */
bool client_other_port(const char *host, uint16_t port, int offset, char other[CLIENT_HOST_MAX]);

/* A TCP connection from @local (host order; 0: any) within @ms. The socket or a negative errno. */
int client_connect(const struct sockaddr_in *to, uint16_t local, unsigned int ms);

/* The same, to HOST[:PORT]. @to, if it is not NULL, is where. */
int client_connect_name(const char *host, uint16_t port, uint16_t local, struct sockaddr_in *to);

/* The socket's own end. */
struct sockaddr_in client_local(int fd);

/* --- client_relay.c --- */

/* A name for a pair at hbbr that nobody else has. */
void client_make_uuid(char text[CLIENT_UUID_TEXT]);

/*
 * Goes to the relay HOST[:PORT], where the other one with that uuid comes to as well; @id is whom A
 * wants, or "" (client.rs, create_relay; server.rs, create_relay_connection_). The socket or a
 * negative errno; @to, if it is not NULL, is where.
 */
int client_connect_relay(const char *relay, const char *uuid, const char *id,
			 struct sockaddr_in *to);

/* --- client_nat.c --- */

/*
 * Which port hbbs sees of connections from one local port to its two ports (test_nat_type_). The
 * type, or UNKNOWN_NAT if there was no answer.
 */
Rustdesk__NatType client_nat_test(void);

const char *client_nat_text(Rustdesk__NatType type);

/* --- client_controlled.c: what B does about what hbbs sends it --- */

/* What the NAT test of the one that is controlled has found, at any time. */
extern _Atomic int client_nat_type;

/* Takes @message, of which it may need long: a thread of its own. @server is where hbbs is. */
void client_controlled(Rustdesk__Message *message);

/* --- client_register.c --- */

/* Stays registered, and is controlled by whoever asks for it. Never returns. */
void __attribute__((noreturn)) client_serve(void);

/* --- client_controlling.c --- */

/* Controls the peer @id: prints what came of it. The exit status. */
int client_control(const char *id);

/* --- client_session.c: what goes over a connection between the two --- */

/* B's side: a TestDelay each second, and an answer to what A asks; until A ends it. */
void client_session_controlled(struct wire *wire);

/* A's side. The first message of B has to come for a session to be one: 0 or a negative errno. */
int client_session_begin(struct wire *wire);

/* Keeps it for .hold seconds and asks B then if it is there; prints what came of it. 0 or -errno.
 */
int client_session_hold(struct wire *wire);

#endif
