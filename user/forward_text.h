/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Port forwards as text: the SPEC of DESIGN and of --help. Pure, fuzzed. */
#ifndef FORWARD_TEXT_H
#define FORWARD_TEXT_H

#include <stddef.h>

#include "natloop/abi.h"
#include "problem.h"
#include "settings.h"

#define FORWARD_TEXT_MAX 128

/* What --help says of a SPEC. */
#define FORWARD_TEXT_HELP                                                                          \
	"SPEC is one of\n"                                                                         \
	"  rustdesk=ADDR       tcp 21115-21117 and udp 21116\n"                                    \
	"  rustdesk-pro=ADDR   these and tcp 21114\n"                                              \
	"  rustdesk-web=ADDR   those of rustdesk and tcp 21118-21119\n"                            \
	"  PROTO/PORT[-PORT]=ADDR[:PORT[-PORT]]\n"                                                 \
	"where PROTO is tcp, udp or tcp+udp, the left side is what clients dial, and ADDR the\n"   \
	"server; a single server port begins a range as long as the left one. Examples:\n"         \
	"  tcp/8443=192.168.11.20:443  udp/5000-5010=192.168.11.20  tcp+udp/53=192.168.11.20\n"

/*
 * Parses one SPEC and adds what it means to @s (see settings_add_forward). Either all of it is
 * added or nothing.
 *
 *	rustdesk=ADDR		tcp/21115-21117 and udp/21116
 *	rustdesk-pro=ADDR	these and tcp/21114
 *	rustdesk-web=ADDR	these of rustdesk and tcp/21118-21119
 *	PROTO/PORT[-PORT]=ADDR[:PORT[-PORT]]	PROTO is tcp, udp or tcp+udp
 *
 * The server port defaults to the public port. A server range must have the public one's length; a
 * single server port is the first of such a range.
 *
 * On failure -EINVAL, @s as it was, and a usage problem whose object is @spec.
 */
int forward_parse(const char *spec, struct settings *s, struct problem *p);

/* Public ports of one protocol, in host order, both ends included. */
struct forward_ports {
	__u8 proto;
	__u16 first;
	__u16 last;
};

#define FORWARD_PORTS_MAX 3 /* of one preset */

/*
 * The left side of a SPEC alone: "rustdesk", "tcp/443", "tcp+udp/5000-5010". Into @ret, which has
 * room for FORWARD_PORTS_MAX, and their number into @count. On failure -EINVAL and a usage problem
 * whose object is @text.
 */
int forward_parse_ports(const char *text, struct forward_ports *ret, size_t *count,
			struct problem *p);

/*
 * The canonical SPEC of one forward, "tcp/8443=192.168.11.30:443"; parsing it gives the same
 * forward. Returns @buf.
 */
const char *forward_format(const struct natloop_forward *forward, char *buf, size_t size);

#endif
