/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A train of packets: what hosts do one after the other, made from a seed and nothing else. What a
 * host sends may depend on what it got, and that differs between systems (the port that was chosen
 * when two clients use the same one), so a train says "the server answers", and play.h makes the
 * frames from it for each system.
 */
#ifndef TRAIN_H
#define TRAIN_H

#include "craft.h"
#include "random.h"

#define CONVERSATIONS_MAX 4
#define STEPS_MAX 40
#define PIECES_MAX 12

/*
 * Trains that run one after the other must not meet: each has 32 ports and 64 IP IDs of its own.
 * After TRAINS_APART seeds in a row ports come again, after ID_TRAINS_APART IP IDs. Within a train
 * an ID must not come again at all: of a fragment that is sent twice the kernel keeps the second
 * for ipfrag_time, and loses the next datagram of that ID (RFC 6864 asks for unique ones).
 */
#define TRAINS_APART 1900
#define SLOT 32
#define ID_TRAINS_APART 1024
#define ID_SLOT 64

struct conversation {
	uint8_t proto;
	uint32_t client;
	uint16_t port;
	uint16_t public_port;
	uint32_t server;
	uint16_t server_port;
};

enum step_kind {
	TALK,	   /* a packet of a conversation */
	PIECES,	   /* a datagram of a conversation, in fragments */
	COMPLAINT, /* an ICMP error about what the sender got last */
	FREE,	   /* a packet that belongs to none of our conversations */
};

enum complaint_sender {
	RECEIVER,	/* who got the packet */
	ROUTER_ON_PATH, /* another address behind the receiver's MAC address */
	OTHER_HOST,	/* another host of the LAN, by its own MAC address */
};

enum complaint_spoil {
	NOTHING,
	QUOTED_PORT,
	QUOTED_ADDRESS,
	QUOTED_PROTO,
	QUOTED_IP_CHECK,
	QUOTED_TTL,	/* not spoilt: a router later on the way saw a smaller one */
	QUOTED_CHECK_0, /* a UDP checksum of 0 stays 0 */
	SPOILS
};

/* What is wrong with a packet, but for checksums, TTL and MAC address, which say so themselves. */
enum flaw {
	NO_FLAW,
	IP_HEADER,	  /* version, lengths */
	IP_OPTION,	  /* malformed */
	TRANSPORT_HEADER, /* lengths, combination of flags */
	CUT,		  /* the frame is shorter than the packet */
};

struct piece {
	uint16_t from;
	uint16_t length;
	bool altered; /* other content than the datagram has there */
};

struct step {
	enum step_kind kind;
	uint8_t conversation;
	bool from_server;
	enum flaw flaw;
	/* Opens or closes a TCP connection for those who got it; it is said again. */
	bool uncounted;
	/* Without addresses and ports, but for FREE. */
	struct craft packet;
	uint8_t pieces;
	struct piece piece[PIECES_MAX]; /* in the order of sending */
	uint16_t quote;			/* bytes behind the quoted IP header, at most */
	enum complaint_sender sender;
	enum complaint_spoil spoil;
	const char *what;
};

struct train {
	uint64_t seed;
	/* Two client sockets want the same SNAT port. */
	bool collides;
	/* The reference verifies checksums (nf_conntrack_checksum), as it does by default. */
	bool verify;
	int conversations;
	struct conversation conversation[CONVERSATIONS_MAX];
	int steps;
	struct step step[STEPS_MAX];
};

void train_generate(uint64_t seed, struct train *t);

/* Parts of the generator. */

struct generator {
	struct random random;
	struct train *train;
	uint32_t slot;
	uint16_t ids;
	struct talk {
		int phase;
		bool spoken;	 /* something was sent, perhaps in vain */
		uint32_t seq[2]; /* of client, server */
	} talk[CONVERSATIONS_MAX];
};

uint16_t generate_id(struct generator *g);

/* The next packet of a conversation, without flaw. */
void generate_talk(struct generator *g, int conversation, struct step *s);

/* Makes it unusual: still right, or wrong. */
void generate_unusual(struct generator *g, struct step *s);
void generate_wrong(struct generator *g, struct step *s);
void generate_ip_options(struct generator *g, struct step *s);

void generate_pieces(struct generator *g, int conversation, struct step *s);
void generate_complaint(struct generator *g, int conversation, struct step *s);
void generate_free(struct generator *g, struct step *s);

#endif
