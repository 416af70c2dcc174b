/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What can happen to a packet: one closed list, shared by the programs and the controller. */
#ifndef NATLOOP_OUTCOME_H
#define NATLOOP_OUTCOME_H

/*
 * NATLOOP_OUTCOMES(X) calls X(NAME, name, FATE, help) once for each outcome, in the order in which
 * a packet can meet them. The order is part of the ABI: the counters are indexed by it.
 *
 * FATE says who has the packet afterwards:
 *	PASS	the kernel, bit for bit as it came
 *	SEND	the wire, translated
 *	DROP	nobody
 *	ANSWER	nobody; its sender is told so by an ICMP error, as far as their rate allows
 *	HOLD	natloop, for a while: it comes in again, whole or in pieces
 *	DEFER	the TC program of the same interface, bit for bit as it came; only XDP does this
 */
#define NATLOOP_OUTCOMES(X)                                                                        \
	X(NOT_IPV4, not_ipv4, PASS, "not an IPv4 packet")                                          \
	X(UNRELATED, unrelated, PASS, "not for a public address")                                  \
	X(OTHER_MAC, other_mac, PASS, "frame for another host's MAC address")                      \
	X(UNKNOWN_VLAN, unknown_vlan, PASS, "VLAN tag without a VLAN interface on this router")    \
	X(BAD_HEADER, bad_header, PASS, "malformed IPv4, TCP, UDP or ICMP header")                 \
	X(ICMP, icmp, PASS, "ICMP to a public address, but no error message")                      \
	X(ICMP_BAD, icmp_bad, PASS, "ICMP error with a wrong checksum, or without a whole quote")  \
	X(ICMP_STRAY, icmp_stray, PASS, "ICMP error about no flow, or not from who received it")   \
	X(FRAGMENT, fragment, PASS, "IPv4 fragment of a datagram that is not ours")                \
	X(FRAGMENT_LIMIT, fragment_limit, PASS, "fragment that there was no room to hold")         \
	X(FRAGMENT_HELD, fragment_held, HOLD, "fragment that came before the first one")           \
	X(FRAGMENT_TINY, fragment_tiny, DROP, "first fragment without the whole TCP header")       \
	X(FRAGMENT_OVERLAP, fragment_overlap, DROP, "fragment whose bytes came before")            \
	X(FRAGMENT_ENDLESS, fragment_endless, DROP,                                                \
	  "fragment in too many pieces, or beyond the end")                                        \
	X(FRAGMENT_REFUSED, fragment_refused, DROP, "fragment of a datagram that was refused")     \
	X(OTHER_PROTOCOL, other_protocol, PASS, "neither TCP nor UDP nor ICMP")                    \
	X(OTHER_INTERFACE, other_interface, PASS,                                                  \
	  "packet of a flow, from an interface where its sender does not live")                    \
	X(NOT_FORWARDED, not_forwarded, PASS, "port without a forward")                            \
	X(STRAY_RST, stray_rst, PASS, "TCP RST that belongs to no flow")                           \
	X(LOOPBACK_SOURCE, loopback_source, PASS, "source in 127.0.0.0/8")                         \
	X(MULTICAST_SOURCE, multicast_source, PASS, "source in 224.0.0.0/4")                       \
	X(BROADCAST_SOURCE, broadcast_source, PASS, "source is a broadcast or network address")    \
	X(OWN_SOURCE, own_source, PASS, "source is an address of this router")                     \
	X(NOT_LAN, not_lan, PASS, "source outside the LAN prefixes of this interface")             \
	X(DENIED, denied, PASS, "client that may not use this forward, by [lan]")                  \
	X(NO_ROUTE, no_route, PASS, "no route to the server, or IP forwarding is off")             \
	X(TTL_EXPIRED, ttl_expired, ANSWER, "TTL would reach 0")                                   \
	X(TABLE_FULL, table_full, ANSWER, "new flow refused: --max-flows reached")                 \
	X(CLIENT_LIMIT, client_limit, ANSWER, "new flow refused: --client-flows reached")          \
	X(NO_PORT, no_port, ANSWER, "new flow refused: no free SNAT port found")                   \
	X(NO_NEIGHBOUR, no_neighbour, ANSWER, "the next hop has not answered ARP for 3 seconds")   \
	X(TOO_BIG, too_big, ANSWER, "larger than the MTU of the way, and not to be fragmented")    \
	X(SPLIT, split, HOLD, "larger than the MTU of the way: cut into fragments")                \
	X(CANNOT_SPLIT, cannot_split, DROP, "larger than the MTU of the way, and cannot be cut")   \
	X(NEW_FLOW, new_flow, SEND, "first packet of a flow, sent to the server")                  \
	X(TO_SERVER, to_server, SEND, "packet of a flow, sent to the server")                      \
	X(TO_CLIENT, to_client, SEND, "packet of a flow, sent to the client")                      \
	X(ICMP_ERROR, icmp_error, SEND, "ICMP error about a flow, translated")                     \
	X(BUSY, busy, DROP, "flow or binding was being changed at that instant")                   \
	X(FAULT, fault, DROP, "the kernel refused an edit of the packet")                          \
	X(DEFER_BUSY, defer_busy, DEFER, "XDP left it to TC: flow or binding was being changed")   \
	X(DEFER_FRAGMENT, defer_fragment, DEFER, "XDP left it to TC: IPv4 fragment")               \
	X(DEFER_ICMP, defer_icmp, DEFER,                                                           \
	  "XDP left it to TC: ICMP error, or to be answered by one, or to be cut")                 \
	X(DEFER_ARRIVAL, defer_arrival, DEFER, "XDP left it to TC: came in on another interface")  \
	X(DEFER_NEXTHOP, defer_nexthop, DEFER,                                                     \
	  "XDP left it to TC: next hop unknown or to refresh")                                     \
	X(DEFER_EGRESS, defer_egress, DEFER, "XDP left it to TC: cannot transmit on that interface")

enum natloop_outcome {
#define X(NAME, name, FATE, help) NATLOOP_##NAME,
	NATLOOP_OUTCOMES(X)
#undef X
	NATLOOP_OUTCOME_COUNT
};

enum natloop_fate {
	NATLOOP_FATE_PASS,
	NATLOOP_FATE_SEND,
	NATLOOP_FATE_DROP,
	NATLOOP_FATE_ANSWER,
	NATLOOP_FATE_HOLD,
	NATLOOP_FATE_DEFER,
};

#endif
