// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TCP connections from their beginning to after their end. */
#include "flow.h"

#include <netinet/in.h>

static struct flow connect_to(struct suite *s)
{
	return flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);
}

static void close_by(struct suite *s, struct flow *f, enum side first)
{
	flow_say(s, f, first, FIN | ACK, 0, "the first FIN");
	flow_say(s, f, !first, ACK, 0, "its ACK");
	flow_say(s, f, !first, FIN | ACK, 0, "the second FIN");
	flow_say(s, f, first, ACK, 0, "the last ACK");
}

static void handshake(struct suite *s)
{
	struct flow f = flow_open(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);
	struct frame again = flow_frame(&f, FROM_CLIENT);

	again.flags = SYN;
	again.ack = 0;
	again.payload = 0;
	again.seq--;
	flow_pass(s, &f, FROM_CLIENT, &again, "a SYN once more");
	flow_say(s, &f, FROM_SERVER, SYN | ACK, 0, "SYN ACK");
	f.seq[FROM_SERVER]--;
	flow_say(s, &f, FROM_SERVER, SYN | ACK, 0, "the SYN ACK once more");
	flow_say(s, &f, FROM_CLIENT, ACK, 0, "ACK");
	flow_talk(s, &f, "data");
	passed(s, "a handshake with segments sent twice passes");
}

static void simultaneous_open(struct suite *s)
{
	struct flow f = flow_open(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);

	flow_say(s, &f, FROM_SERVER, SYN, 0, "the server's own SYN");
	f.seq[FROM_CLIENT]--;
	flow_say(s, &f, FROM_CLIENT, SYN | ACK, 0, "SYN ACK");
	f.seq[FROM_SERVER]--;
	flow_say(s, &f, FROM_SERVER, SYN | ACK, 0, "SYN ACK");
	flow_talk(s, &f, "data");
	passed(s, "two SYNs that cross make a connection");
}

static void half_close(struct suite *s)
{
	struct flow f = connect_to(s);

	flow_say(s, &f, FROM_CLIENT, FIN | ACK, 0, "FIN");
	for (int i = 0; i < 5; i++) {
		flow_say(s, &f, FROM_SERVER, PSH | ACK, 500, "data after the client's FIN");
		flow_say(s, &f, FROM_CLIENT, ACK, 0, "ACK after the client's FIN");
	}
	passed(s, "the server goes on sending after the client's FIN");
}

static void close_both(struct suite *s)
{
	struct flow f = connect_to(s);

	close_by(s, &f, FROM_CLIENT);
	f.seq[FROM_SERVER]--;
	flow_say(s, &f, FROM_SERVER, FIN | ACK, 0, "the FIN once more, after the close");
	flow_say(s, &f, FROM_CLIENT, ACK, 0, "the last ACK once more");
	f = connect_to(s);
	close_by(s, &f, FROM_SERVER);
	f.seq[FROM_CLIENT]--;
	flow_say(s, &f, FROM_CLIENT, FIN | ACK, 0, "the FIN once more, after the close");
	passed(s, "either side may close, and what is sent again after that still passes");
}

static void after_rst(struct suite *s)
{
	for (int side = 0; side < SIDES; side++) {
		struct flow f = connect_to(s);

		flow_talk(s, &f, "data");
		flow_say(s, &f, side, RST | ACK, 0, "RST");
		flow_say(s, &f, !side, PSH | ACK, 20, "data that crossed with the RST");
		flow_say(s, &f, side, RST, 0, "the RST once more");
	}
	passed(s, "the mapping is still there after a RST");
}

/* One connection after another from the same port, at once: RustDesk does that. */
static void reuse(struct suite *s)
{
	uint16_t port = suite_port(s), mapped = 0;

	for (int i = 0; i < 3; i++) {
		struct flow f = flow_open(s, IPPROTO_TCP, CLIENT, port, 21116);

		if (mapped && f.mapped_port != mapped)
			failed(s, "port %u was %u, and is %u after FIN", port, mapped,
			       f.mapped_port);
		mapped = f.mapped_port;
		f.seq[FROM_SERVER] += i * 1000;
		flow_say(s, &f, FROM_SERVER, SYN | ACK, 0, "SYN ACK");
		flow_say(s, &f, FROM_CLIENT, ACK, 0, "ACK of the handshake");
		flow_talk(s, &f, "data");
		close_by(s, &f, i % 2 ? FROM_CLIENT : FROM_SERVER);
	}
	passed(s, "three connections follow each other on one port, with the same mapping");
}

static void mapping_outlives_fin(struct suite *s)
{
	uint16_t port = suite_port(s);
	struct flow f = flow_establish(s, IPPROTO_TCP, CLIENT, port, 21116), other;

	close_by(s, &f, FROM_CLIENT);
	other = flow_establish(s, IPPROTO_TCP, CLIENT, port, 22117);
	if (other.mapped_port != f.mapped_port)
		failed(s, "port %u was %u, and is %u for another server after FIN", port,
		       f.mapped_port, other.mapped_port);
	/* Nobody else gets it meanwhile, at least towards the same server. */
	other = flow_establish(s, IPPROTO_TCP, CLIENT2, port, 21116);
	if (other.mapped_port == f.mapped_port)
		failed(s, "another client has port %u at once after FIN", f.mapped_port);
	f.seq[FROM_SERVER]--;
	flow_say(s, &f, FROM_SERVER, FIN | ACK, 0, "a late FIN for the first client");
	passed(s, "the mapping stays its client's after FIN");
}

const struct suite_case tcp_cases[] = {
	{ "tcp-handshake", "5382 R2", handshake },
	{ "tcp-simultaneous-open", "5382 R2a", simultaneous_open },
	{ "tcp-half-close", "5382 R2", half_close },
	{ "tcp-close", "5382 R5", close_both },
	{ "tcp-after-rst", "7857 s2.2", after_rst },
	{ "tcp-port-reuse", "5382 R2", reuse },
	{ "tcp-mapping-after-fin", "5382 R5", mapping_outlives_fin },
	{ 0 },
};
