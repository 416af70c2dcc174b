/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long a flow may be silent, from what both directions have shown. Pure; also the CLI's. */
#ifndef LIFETIME_H
#define LIFETIME_H

#include <linux/in.h>

#include "compiler.h"
#include "natloop/abi.h"

#define LIFETIME_FIN 0x01
#define LIFETIME_SYN 0x02
#define LIFETIME_RST 0x04
#define LIFETIME_ACK 0x10

enum lifetime_phase {
	LIFETIME_UDP,
	LIFETIME_OPENING,
	LIFETIME_ESTABLISHED,
	LIFETIME_CLOSING,
	LIFETIME_PHASES
};

/*
 * @to_server and @to_client are what lifetime_flags made of each direction. A TCP flow is
 * established once both sides have acknowledged something, which holds for a connection that was
 * picked up in mid-stream, too. It closes when both have sent a FIN, or one a RST (RFC 5382 REQ-5;
 * RFC 7857 section 2: half closed is established still, and RST, too, leaves the transitory time).
 */
static __always_inline enum lifetime_phase lifetime_phase(__u8 proto, __u8 to_server,
							  __u8 to_client)
{
	if (proto != IPPROTO_TCP)
		return LIFETIME_UDP;
	if ((to_server & to_client & LIFETIME_FIN) || ((to_server | to_client) & LIFETIME_RST))
		return LIFETIME_CLOSING;
	if (to_server & to_client & LIFETIME_ACK)
		return LIFETIME_ESTABLISHED;
	return LIFETIME_OPENING;
}

static __always_inline enum natloop_timeout lifetime_timeout(enum lifetime_phase phase)
{
	if (phase == LIFETIME_UDP)
		return NATLOOP_TIMEOUT_UDP;
	if (phase == LIFETIME_ESTABLISHED)
		return NATLOOP_TIMEOUT_TCP_ESTABLISHED;
	return NATLOOP_TIMEOUT_TCP_TRANSITORY;
}

/*
 * Ticks since the last packet of either direction. A tick that another CPU has just set may be
 * ahead of @now.
 */
static __always_inline __u32 lifetime_idle(const struct natloop_flow *to_server,
					   const struct natloop_flow *to_client, __u32 now)
{
	__s32 a = now - to_server->seen, b = now - to_client->seen;
	__s32 idle = a < b ? a : b;

	return idle < 0 ? 0 : idle;
}

/*
 * The flags of a direction after one more packet. A SYN starts over: the port may be used again
 * while the old connection is still closing (RFC 9293 3.6.1). A RST counts until the same side
 * sends something else: then it was not its own, or the other side did not believe it.
 */
static __always_inline __u8 lifetime_flags(__u8 seen, __u8 packet)
{
	return packet & LIFETIME_SYN ? packet : (seen & ~LIFETIME_RST) | packet;
}

#endif
