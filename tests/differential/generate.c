// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who talks to whom in a train, and in which order. */
#include "train.h"

#include <netinet/in.h>

#define POOL_FIRST 100 /* 192.168.11.100 and up are clients */
#define POOL 120

uint16_t generate_id(struct generator *g)
{
	_Static_assert(STEPS_MAX <= ID_SLOT, "a step has an IP ID of its own");

	return g->slot % ID_TRAINS_APART * ID_SLOT + g->ids++;
}

static uint32_t client_of(struct generator *g, int number)
{
	/* From 3 parts of the pool, so that the clients of a train are three. */
	uint32_t host = POOL_FIRST + number % 3 * (POOL / 3) + random_below(&g->random, POOL / 3);

	if (one_in(&g->random, 8))
		return ADDR(192, 168, 12, 0) + host;
	return ADDR(192, 168, 11, 0) + host;
}

/* One of WIRE_FORWARDS in tests/wire/lab.sh. */
static void choose_forward(struct generator *g, struct conversation *c)
{
	static const struct {
		uint8_t proto;
		uint16_t public_port;
		uint32_t server;
		uint16_t server_port;
	} forwards[] = {
		{ IPPROTO_TCP, 21115, SERVER, 21115 },
		{ IPPROTO_TCP, 21116, SERVER, 21116 },
		{ IPPROTO_TCP, 21117, SERVER, 21117 },
		{ IPPROTO_TCP, 8443, SERVER, 443 },
		{ IPPROTO_TCP, 22117, SERVER_ETH2, 22117 },
		{ IPPROTO_UDP, 21116, SERVER, 21116 },
		{ IPPROTO_UDP, 5353, SERVER, 53 },
		{ IPPROTO_UDP, 22116, SERVER_ETH2, 22116 },
	};
	uint32_t i;

	do {
		i = random_below(&g->random, sizeof(forwards) / sizeof(forwards[0]));
	} while (forwards[i].proto != c->proto);
	c->public_port = forwards[i].public_port;
	c->server = forwards[i].server;
	c->server_port = forwards[i].server_port;
}

static void choose_conversation(struct generator *g, int number)
{
	struct conversation *c = &g->train->conversation[number];

	c->proto = one_in(&g->random, 2) ? IPPROTO_TCP : IPPROTO_UDP;
	c->client = client_of(g, number);
	c->port = 2048 + g->slot * SLOT + number;
	if (number == 0 && one_in(&g->random, 12))
		c->port = 1 + g->slot % 1000;
	choose_forward(g, c);
	if (one_in(&g->random, 12))
		c->client = c->server;
	else if (one_in(&g->random, 12))
		c->client = INTERNET;
}

/* The conversation @number gets the port of the first one. */
static void make_collision(struct generator *g, int number)
{
	struct conversation *c = &g->train->conversation[number];
	const struct conversation *first = &g->train->conversation[0];

	c->proto = first->proto;
	c->port = first->port;
	c->public_port = first->public_port;
	c->server = first->server;
	c->server_port = first->server_port;
	if (one_in(&g->random, 3))
		choose_forward(g, c);
	if (one_in(&g->random, 4))
		c->client = first->client;
	if (c->client == first->client && c->public_port == first->public_port)
		c->port++;
}

static void choose_conversations(struct generator *g)
{
	struct train *t = g->train;

	t->conversations = 1 + random_below(&g->random, CONVERSATIONS_MAX - 1);
	for (int i = 0; i < t->conversations; i++) {
		choose_conversation(g, i);
		for (int k = 0; k < 2; k++)
			g->talk[i].seq[k] = random_next(&g->random);
	}
	if (t->conversations > 1 && one_in(&g->random, 5)) {
		t->collides = true;
		make_collision(g, 1);
	}
}

static void choose_step(struct generator *g, struct step *s)
{
	struct random *r = &g->random;
	int conversation = random_below(r, g->train->conversations);
	struct talk before = g->talk[conversation];
	uint32_t dice = random_below(r, 100);
	bool counts = true;

	if (dice < 8) {
		generate_free(g, s);
		return;
	}
	if (dice < 20 && before.phase) {
		generate_pieces(g, conversation, s);
		counts = false;
	} else if (dice < 34 && before.phase) {
		generate_complaint(g, conversation, s);
	} else {
		generate_talk(g, conversation, s);
		if (one_in(r, 4))
			generate_unusual(g, s);
		if (one_in(r, 14)) {
			generate_wrong(g, s);
			counts = false;
		}
		counts = counts && !s->packet.ip_options;
	}
	/* What may get lost is said again, and right; so nobody loses track of the TCP state. */
	if (!counts) {
		g->talk[conversation] = before;
		s->uncounted = s->packet.flags & (SYN | FIN | RST);
	}
	g->talk[conversation].spoken = true;
}

void train_generate(uint64_t seed, struct train *t)
{
	struct generator g = {
		.random = { seed },
		.train = t,
		.slot = seed % TRAINS_APART,
	};

	*t = (struct train){ .seed = seed };
	t->verify = one_in(&g.random, 2);
	choose_conversations(&g);
	t->steps = 6 + random_below(&g.random, STEPS_MAX - 6);
	for (int i = 0; i < t->steps; i++)
		choose_step(&g, &t->step[i]);
}
