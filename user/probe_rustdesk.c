// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The probes by RustDesk's connections. The NAT test does what rustdesk/rustdesk does,
 * src/common.rs, test_nat_type_; the pair at the relay is what rustdesk/rustdesk-server expects,
 * src/relay_server.rs, make_pair_.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "probe_parts.h"

/*
 * hbbr handles two requests at once without an order, and two that come together may miss each
 * other: it has to have the first one in its list before the second comes.
 */
#define RELAY_GAP 200 /* ms, beside a round trip */

enum relay_step {
	RELAY_CONNECTING,
	RELAY_FIRST,  /* waits alone */
	RELAY_SECOND, /* has asked, too, and has sent its greeting */
	RELAY_ANSWER, /* the first one has it, and has sent another */
};

static const char greeting[] = "natloop: is anybody there?";
static const char reply[] = "natloop: yes";

/* Takes the next message, but keys, which a Pro server may send first. False: none, or done. */
static bool take_answer(struct probe_task *t, unsigned int i, struct rustdesk_answer *ret)
{
	struct probe_socket *s = &t->socket[i];

	if (!probe_receive(t, i))
		return false;
	for (;;) {
		int length = rustdesk_answer_next(s->in, s->got, ret);

		if (length == -EAGAIN)
			return false;
		if (length < 0) {
			probe_done(t, PROBE_OTHER, 0);
			return false;
		}
		s->got -= (size_t)length;
		memmove(s->in, s->in + length, s->got);
		if (ret->kind != RUSTDESK_KEYS)
			return true;
	}
}

static void silent(struct probe_task *t)
{
	bool any = t->socket[0].got || t->socket[1].got;

	probe_done(t, any ? PROBE_OTHER : PROBE_SILENT, 0);
}

static void nat_begin(struct probe_task *t)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX];
	int length = rustdesk_test_nat(message);

	if (length < 0) {
		probe_done(t, PROBE_FAILED, -length);
		return;
	}
	probe_due_after(t, t->options->tries);
	probe_connect(t, 0, t->probe->port, &t->probe->from, 0);
}

static void nat_ask(struct probe_task *t)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX];
	struct sockaddr_storage sa;
	socklen_t size = sizeof(sa);
	int length = rustdesk_test_nat(message);

	if (getsockname(t->socket[0].poll->fd, (struct sockaddr *)&sa, &size)) {
		probe_done(t, PROBE_FAILED, errno);
		return;
	}
	/* The second connection is from the address and port of the first. */
	t->own = probe_address(&sa, &t->probe->local);
	probe_due_answer(t, 1);
	probe_send(t, 0, message, (size_t)length);
}

static void nat_ready(struct probe_task *t, unsigned int i)
{
	struct rustdesk_answer answer;

	if (!t->socket[i].connected) {
		if (probe_take_connection(t, i))
			nat_ask(t);
		return;
	}
	if (!take_answer(t, i, &answer))
		return;
	if (answer.kind != RUSTDESK_NAT_TESTED) {
		probe_done(t, PROBE_OTHER, 0);
	} else if (t->probe->seen) {
		t->probe->seen2 = answer.port;
		probe_done(t, PROBE_OK, 0);
	} else {
		t->probe->seen = answer.port;
		probe_close(t, 0);
		t->probe->connected = false;
		probe_due_answer(t, 1);
		probe_connect(t, 0, t->probe->port2, &t->own, t->probe->local);
	}
}

const struct probe_steps probe_nat_steps = { nat_begin, nat_ready, silent };

static void relay_begin(struct probe_task *t)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX], r[16] = {};
	int length;

	(void)!getrandom(r, sizeof(r), GRND_NONBLOCK);
	snprintf(t->name, sizeof(t->name),
		 "%02x%02x%02x%02x-%02x%02x-4%01x%02x-8%01x%02x-%02x%02x%02x%02x%02x%02x", r[0],
		 r[1], r[2], r[3], r[4], r[5], r[6] & 15, r[7], r[8] & 15, r[9], r[10], r[11],
		 r[12], r[13], r[14], r[15]);
	length = rustdesk_request_relay(t->name, t->probe->key, message);
	if (length < 0) {
		probe_done(t, PROBE_FAILED, -length);
		return;
	}
	probe_due_after(t, t->options->tries);
	if (probe_connect(t, 0, t->probe->port, &t->probe->from, 0))
		probe_connect(t, 1, t->probe->port, &t->probe->from, 0);
}

static bool relay_request(struct probe_task *t, unsigned int i)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX];
	int length = rustdesk_request_relay(t->name, t->probe->key, message);

	return probe_send(t, i, message, (size_t)length);
}

static void relay_connecting(struct probe_task *t, unsigned int i)
{
	if (!probe_take_connection(t, i) || !t->socket[0].connected || !t->socket[1].connected)
		return;
	t->step = RELAY_FIRST;
	probe_due_answer(t, 0);
	if (relay_request(t, 0))
		t->due = clock_ms() + RELAY_GAP + t->slow;
}

/* Has @text come, whole? Other bytes end the probe. */
static bool came(struct probe_task *t, unsigned int i, const char *text, size_t length)
{
	struct probe_socket *s = &t->socket[i];

	if (!probe_receive(t, i))
		return false;
	if (s->got > length || memcmp(s->in, text, s->got) != 0) {
		probe_done(t, PROBE_OTHER, 0);
		return false;
	}
	return s->got == length;
}

static void relay_ready(struct probe_task *t, unsigned int i)
{
	if (!t->socket[i].connected) {
		relay_connecting(t, i);
	} else if (t->step == RELAY_SECOND && i == 0) {
		if (!came(t, 0, greeting, sizeof(greeting)))
			return;
		t->step = RELAY_ANSWER;
		t->socket[0].got = 0;
		probe_send(t, 0, reply, sizeof(reply));
	} else if (t->step == RELAY_ANSWER && i == 1) {
		if (came(t, 1, reply, sizeof(reply)))
			probe_done(t, PROBE_OK, 0);
	} else if (probe_receive(t, i)) {
		probe_done(t, PROBE_OTHER, 0); /* bytes that nobody has sent */
	}
}

static void relay_due(struct probe_task *t)
{
	if (t->step != RELAY_FIRST) {
		silent(t);
		return;
	}
	t->step = RELAY_SECOND;
	probe_due_answer(t, 2);
	if (relay_request(t, 1))
		probe_send(t, 1, greeting, sizeof(greeting));
}

const struct probe_steps probe_relay_steps = { relay_begin, relay_ready, relay_due };
