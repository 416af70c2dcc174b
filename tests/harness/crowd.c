// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "crowd.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <string.h>

#include "frame_icmp.h"
#include "hostile.h"
#include "tables.h"

struct member {
	struct dialogue d;
	bool silent;
	struct natloop_flow entry[2]; /* both directions, as they must stay while it is silent */
};

static struct member crowd[CROWD_FLOWS];

bool crowd_has(const struct natloop_addr *client)
{
	uint32_t v4 = ntohl(client->w[3]);

	return v4 >= CROWD_CLIENT && v4 < CROWD_CLIENT + CROWD_CLIENTS;
}

const struct dialogue *crowd_pick(bool silent_too)
{
	const struct member *m;

	do
		m = &crowd[hostile_pick(CROWD_FLOWS)];
	while (m->silent && !silent_too);
	return &m->d;
}

bool crowd_carried(struct prog_run *r, const struct dialogue *d, bool from_server, uint8_t flags)
{
	struct frame in = from_server ? server_says(d) : client_says(d), out;
	enum natloop_hook hook = r->hook;
	struct wire before = {}, after = {};
	struct prog_result result = {};

	in.flags = flags;
	out = from_server ? client_hears(d, &in) : server_hears(d, &in);
	frame_write(&in, &before);
	frame_write(&out, &after);
	if (prog_run_uncounted(r, hook, &before, &result))
		return false;
	if (hook == NATLOOP_HOOK_XDP && result.verdict == XDP_PASS) {
		hook = NATLOOP_HOOK_TC;
		if (prog_run_uncounted(r, hook, &before, &result))
			return false;
	}
	return result.verdict == verdict_sent(hook, in.interface, out.interface) &&
	       wire_equal(&result.out, &after);
}

/* What becomes of @in: by the hook, or by TC behind it. */
static int verdict_of(struct prog_run *r, const struct wire *in)
{
	static struct prog_result result;

	if (prog_run_uncounted(r, r->hook, in, &result))
		return -1;
	if (r->hook == NATLOOP_HOOK_XDP && result.verdict == XDP_PASS &&
	    prog_run_uncounted(r, NATLOOP_HOOK_TC, in, &result))
		return -1;
	return result.verdict;
}

void crowd_say_in_fragments(struct prog_run *r)
{
	static uint16_t id = 0xff00; /* not among the hostile numbers */
	const struct dialogue *d;
	struct wire w = {};
	struct frame f;

	do
		d = crowd_pick(false);
	while (d->proto != IPPROTO_UDP);
	f = client_says(d);
	f.fragment = 0;
	f.id = id++ | 0xff00;
	f.payload = 1600;
	for (int later = 0; later < 2; later++) {
		w.length = 0;
		frame_fragment_write(&f, later * 800, later ? 808 : 800, !later, &w);
		CHECK(verdict_of(r, &w) == verdict_sent(NATLOOP_HOOK_TC, ETH1, ETH1),
		      "%s: a datagram in two fragments: the %s is not carried", r->label,
		      later ? "second" : "first");
	}
}

void crowd_say(struct prog_run *r, const struct dialogue *d, bool from_server, uint8_t flags)
{
	CHECK(crowd_carried(r, d, from_server, flags),
	      "%s: the %s's packet is not carried: client %u.%u, proto %u, port %u to %u", r->label,
	      from_server ? "server" : "client", d->client >> 8 & 0xff, d->client & 0xff, d->proto,
	      d->port, d->dialled);
}

void crowd_speak(struct prog_run *r, const struct dialogue *d)
{
	crowd_say(r, d, false, ACK);
	crowd_say(r, d, true, ACK);
}

void crowd_speak_all(struct prog_run *r)
{
	for (int i = 0; i < CROWD_FLOWS; i++)
		crowd_speak(r, &crowd[i].d);
}

static struct dialogue member_dialogue(int i, enum crowd_protocols protocols)
{
	int client = i / 2 / CROWD_SOCKETS, socket = i / 2 % CROWD_SOCKETS;
	bool udp = protocols == CROWD_ALL && socket % 2, second = i % 2;
	struct dialogue d = dialogue_with(udp ? IPPROTO_UDP : IPPROTO_TCP);

	d.client = CROWD_CLIENT + client;
	d.port = 40000 + socket;
	if (second) {
		d.dialled = udp ? 9000 : 21115;
		d.server_port = udp ? 7000 : 21115;
	}
	return d;
}

static void fall_silent(struct prog_run *r, struct member *m)
{
	struct frame out = client_says(&m->d), back = server_says(&m->d);
	uint32_t silence = m->d.proto == IPPROTO_TCP ? TICKS(7000) : TICKS(100);

	m->silent = true;
	tables_age_seen(r, &out, silence);
	tables_age_seen(r, &back, silence);
	assert_true(tables_flow(r, &out, &m->entry[0]) && tables_flow(r, &back, &m->entry[1]));
}

void crowd_open(struct prog_run *r, enum crowd_protocols protocols)
{
	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = TICKS(300);
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED] = TICKS(7440);
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY] = TICKS(240);
	/* They are answered by frames with the MAC address that frame.h gives to strangers. */
	for (int i = 0; i < CROWD_CLIENTS; i++)
		world_ip("neigh add 192.168.11.%d lladdr 02:00:00:00:ee:ee dev eth1 nud permanent",
			 (CROWD_CLIENT & 0xff) + i);
	for (int i = 0; i < CROWD_FLOWS; i++) {
		struct member *m = &crowd[i];

		*m = (struct member){ .d = member_dialogue(i, protocols) };
		dialogue_open_moved(r, &m->d);
		CHECK(i % 2 == 0 || m->d.snat_port == crowd[i - 1].d.snat_port,
		      "a socket's second flow has another port than its first");
		crowd_say(r, &m->d, true, SYN | ACK);
		crowd_speak(r, &m->d);
		if (i / 4 % 2)
			fall_silent(r, m);
	}
}

void crowd_expect_untouched(struct prog_run *r)
{
	for (int i = 0; i < CROWD_FLOWS; i++) {
		struct frame out = client_says(&crowd[i].d), back = server_says(&crowd[i].d);
		struct natloop_flow now[2] = {};

		if (!crowd[i].silent)
			continue;
		CHECK(tables_flow(r, &out, &now[0]) && tables_flow(r, &back, &now[1]),
		      "%s: a silent flow is gone", r->label);
		CHECK(!memcmp(now, crowd[i].entry, sizeof(now)),
		      "%s: a packet that is not of the silent flow %d has changed it", r->label, i);
		crowd_speak(r, &crowd[i].d);
		fall_silent(r, &crowd[i]);
	}
}

void crowd_expect_alone(struct prog_run *r)
{
	tables_expect(r, &(struct census){ .flows = 2 * CROWD_FLOWS,
					   .binding = CROWD_FLOWS / 2,
					   .moved = CROWD_SOCKETS * (CROWD_CLIENTS - 1),
					   .clients = CROWD_CLIENTS,
					   .places = CROWD_FLOWS,
					   .state = CROWD_FLOWS });
}
