/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the SNAT port is chosen. A client socket has one for all destinations (RFC 4787 REQ-1), its
 * own if that is free, else a random one of the same parity and range (REQ-3b, REQ-4; RFC 7857
 * section 9), and no two sockets share one (REQ-3, RFC 5382 REQ-7).
 */
#ifndef SNAT_PORT_BPF_H
#define SNAT_PORT_BPF_H

#include "binding.bpf.h"

#define SNAT_PORT_TRIES 24 /* with half of all ports taken, 1 in 16 million finds none */
#define SNAT_PORT_WELL_KNOWN 1024
#define SNAT_PORT_HIGH_PAIRS ((65536 - SNAT_PORT_WELL_KNOWN) / 2)
#define SNAT_PORT_LOW_PAIRS (SNAT_PORT_WELL_KNOWN / 2)

static __always_inline __be16 snat_port_random(__be16 own)
{
	__u16 port = bpf_ntohs(own), parity = port & 1;
	__u32 random = bpf_get_prandom_u32();

	if (port >= SNAT_PORT_WELL_KNOWN)
		return bpf_htons(SNAT_PORT_WELL_KNOWN + random % SNAT_PORT_HIGH_PAIRS * 2 + parity);
	port = random % SNAT_PORT_LOW_PAIRS * 2 + parity;
	return bpf_htons(port ? port : 2);
}

static __always_inline bool snat_port_unfit(enum binding_claim claim)
{
	return claim == BINDING_TAKEN || claim == BINDING_FULL;
}

/*
 * A random port, remembered as the socket's for all destinations, unless it has one already that is
 * no use for this destination only: another one that it was @moved to before, or its own.
 */
static __always_inline enum binding_claim snat_port_other(const struct natloop_socket *socket,
							  bool moved, __be16 *port)
{
	enum binding_claim claim = BINDING_TAKEN;

	for (int i = 0; i < SNAT_PORT_TRIES && snat_port_unfit(claim); i++) {
		*port = snat_port_random(socket->port);
		if (*port != socket->port)
			claim = binding_claim(socket, *port);
	}
	if (claim != BINDING_OURS || moved || binding_owns(socket, socket->port))
		return claim;
	if (!moved_remember(socket, *port))
		return BINDING_OURS;
	binding_release(socket, *port);
	return BINDING_BUSY;
}

/*
 * The entry that says which port @socket moved to, and the binding of that, are not made and
 * removed in one step: after @claim to the binding, do they still agree?
 */
static __always_inline enum binding_claim snat_port_agree(const struct natloop_socket *socket,
							  __be16 port, enum binding_claim claim)
{
	/* The entry was left over, and somebody else has the port now. The next packet finds
	 * another. */
	if (claim == BINDING_TAKEN) {
		moved_forget(socket);
		return BINDING_BUSY;
	}
	if (claim == BINDING_OURS && !moved_port(socket)) {
		long err = moved_remember(socket, port);

		if (err && err != -EEXIST) {
			binding_release(socket, port);
			return BINDING_BUSY;
		}
	}
	return claim;
}

/*
 * The SNAT port of @socket -> *@port, with a reference for one flow, to be given back by
 * binding_release. @avoid (0: none) counts as taken: with it the server's answers could not be told
 * from other packets. That breaks the one-port rule for a socket that dials two public ports which
 * lead to one port of the server; there it cannot be kept. It is kept for what else the socket
 * dials: by its entry in natloop_moved or, without one, by its own port while a flow holds that.
 */
__subprogram enum binding_claim snat_port_acquire(const struct natloop_socket *socket, __be16 avoid,
						  __be16 *port)
{
	enum binding_claim claim = BINDING_TAKEN;
	bool moved;
	__be16 *to;

	if (!socket || !port)
		return BINDING_BUSY;
	to = moved_port(socket);
	moved = to;
	*port = moved ? *to : socket->port;
	if (*port != avoid) {
		claim = binding_claim(socket, *port);
		if (moved)
			claim = snat_port_agree(socket, *port, claim);
	}
	return snat_port_unfit(claim) ? snat_port_other(socket, moved, port) : claim;
}

#endif
