/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame as a row of fields, so that two frames are compared by one loop. Checksums are fields of
 * what they say, not of what they are: the difference from the right one, so that two frames with
 * different ports and both right (or both wrong by the same amount) have the same.
 */
#ifndef DISSECT_H
#define DISSECT_H

#include "craft.h"

#define FIELDS(X)                                                                                  \
	X(WIRE, "interface")                                                                       \
	X(DMAC, "destination MAC")                                                                 \
	X(SMAC, "source MAC")                                                                      \
	X(VLAN, "VLAN tag")                                                                        \
	X(ETHERTYPE, "EtherType")                                                                  \
	X(IHL, "IP version and header length")                                                     \
	X(TOS, "TOS")                                                                              \
	X(LENGTH, "IP length")                                                                     \
	X(ID, "IP ID")                                                                             \
	X(FRAGMENT, "IP flags and offset")                                                         \
	X(TTL, "TTL")                                                                              \
	X(PROTO, "protocol")                                                                       \
	X(IP_CHECK, "IP checksum error")                                                           \
	X(SRC, "source")                                                                           \
	X(DST, "destination")                                                                      \
	X(IP_OPTIONS, "IP options")                                                                \
	X(SPORT, "source port")                                                                    \
	X(DPORT, "destination port")                                                               \
	X(SEQ, "sequence number")                                                                  \
	X(ACKNOWLEDGED, "acknowledgement")                                                         \
	X(FLAGS, "TCP header length and flags")                                                    \
	X(WINDOW, "window")                                                                        \
	X(URGENT, "urgent pointer")                                                                \
	X(TCP_OPTIONS, "TCP options")                                                              \
	X(UDP_LENGTH, "UDP length")                                                                \
	X(CHECK, "checksum error")                                                                 \
	X(CHECK_FORM, "form of checksum 0")                                                        \
	X(ICMP_TYPE, "ICMP type")                                                                  \
	X(ICMP_CODE, "ICMP code")                                                                  \
	X(ICMP_REST, "ICMP rest of header")                                                        \
	X(Q_IHL, "quoted version and header length")                                               \
	X(Q_TOS, "quoted TOS")                                                                     \
	X(Q_LENGTH, "quoted IP length")                                                            \
	X(Q_ID, "quoted IP ID")                                                                    \
	X(Q_FRAGMENT, "quoted IP flags and offset")                                                \
	X(Q_TTL, "quoted TTL")                                                                     \
	X(Q_PROTO, "quoted protocol")                                                              \
	X(Q_IP_CHECK, "quoted IP checksum error")                                                  \
	X(Q_SRC, "quoted source")                                                                  \
	X(Q_DST, "quoted destination")                                                             \
	X(Q_IP_OPTIONS, "quoted IP options")                                                       \
	X(Q_SPORT, "quoted source port")                                                           \
	X(Q_DPORT, "quoted destination port")                                                      \
	X(Q_CHECK, "quoted checksum without addresses and ports")                                  \
	X(PAYLOAD, "length of payload")                                                            \
	X(CONTENT, "payload")                                                                      \
	X(TRAILER, "padding")

enum field {
#define X(NAME, text) F_##NAME,
	FIELDS(X)
#undef X
	FIELD_COUNT
};

#define ABSENT UINT64_MAX
/* A checksum that is not there (UDP 0); one that cannot be judged is without addresses, ports. */
#define CHECK_NONE 0x10000
#define CHECK_PARTIAL 0x20000

struct dissected {
	uint64_t field[FIELD_COUNT];
	bool fragment;	  /* one that is not the whole datagram */
	bool reassembled; /* made from fragments */
	const struct wire *raw;
};

extern const char *const field_name[FIELD_COUNT];

void dissect(const struct wire *raw, struct dissected *out);

#endif
