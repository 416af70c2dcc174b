// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pure parts of 'trace': its words, its packet, its steps and what follows from them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "trace_frame.h"
#include "trace_text.h"
#include "trace_words.h"
#include "unit.h"
#include "util.h"

#define V4(a, b, c, d) htonl((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define CLIENT V4(192, 168, 11, 2)
#define SERVER V4(192, 168, 11, 20)
#define PUBLIC V4(172, 16, 16, 1)

static struct natloop_addr mapped(__be32 v4)
{
	return (struct natloop_addr){ .w = { 0, 0, htonl(0xffff), v4 } };
}

static struct natloop_key key(__u8 proto, __be32 src, __u16 sport, __be32 dst, __u16 dport)
{
	return (struct natloop_key){
		.src = src,
		.dst = dst,
		.sport = htons(sport),
		.dport = htons(dport),
		.proto = proto,
	};
}

static void words(void **state)
{
	static const char *const bad[] = { "",
					   "x",
					   "192.168.11.2:",
					   "192.168.11.2:0",
					   "::1",
					   "[::1]:1",
					   "192.168.11.2:65536",
					   "1.2.3",
					   "192.168.11.2:1:2" };
	__be32 addr = 7;
	__be16 port = 7;
	__u8 proto = 7;
	struct problem p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&p, 0, sizeof(p));
		CHECK(trace_parse_end(bad[i], &addr, &port, &p) < 0, "'%s' was taken", bad[i]);
		check_usage(bad[i], &p, bad[i]);
		assert_true(addr == 7 && port == 7);
	}
	assert_int_equal(trace_parse_end("192.168.11.2", &addr, &port, &p), 0);
	assert_true(addr == CLIENT && !port);
	assert_int_equal(trace_parse_end("192.168.11.2:21116", &addr, &port, &p), 0);
	assert_true(addr == CLIENT && port == htons(21116));
	assert_true(trace_parse_proto("icmp", &proto, &p) < 0);
	check_usage("proto", &p, "--proto icmp");
	assert_int_equal(proto, 7);
	assert_int_equal(trace_parse_proto(NULL, &proto, &p), 0);
	assert_int_equal(proto, IPPROTO_TCP);
	assert_int_equal(trace_parse_proto("udp", &proto, &p), 0);
	assert_int_equal(proto, IPPROTO_UDP);
}

static void expect_read(const struct trace_head *wrote, const struct trace_frame *frame)
{
	struct trace_head read;

	assert_true(trace_frame_read(frame, &read));
	assert_true(read.intact);
	read.intact = false;
	assert_memory_equal(&read, wrote, sizeof(read));
}

static void frames(void **state)
{
	struct trace_head head = { .ttl = 64, .id = htons(0x1234), .tcp_flags = TH_SYN };
	struct trace_frame frame, broken;
	struct trace_head read;

	(void)state;
	memcpy(head.dmac, "\x02\x00\x00\x00\x00\x01", 6);
	memcpy(head.smac, "\x02\x00\x00\x00\x00\x02", 6);
	head.key = key(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);
	trace_frame_write(&head, &frame);
	assert_int_equal(frame.length, 54);
	/* By hand: 4500 0028 1234 4000 4006 c0a8 0b02 ac10 1001 -> the header's checksum. */
	assert_int_equal(frame.byte[24] << 8 | frame.byte[25], 0xa0e0);
	expect_read(&head, &frame);
	for (__u32 i = 14; i < frame.length; i++) {
		broken = frame;
		broken.byte[i] ^= 0x40;
		CHECK(!trace_frame_read(&broken, &read) || !read.intact, "byte %u", i);
	}
	for (broken = frame; broken.length; broken.length--)
		assert_true(broken.length == frame.length || !trace_frame_read(&broken, &read));
	head.vlan[0] = 10;
	head.vlan[1] = 20;
	trace_frame_write(&head, &frame);
	assert_int_equal(frame.length, 62);
	expect_read(&head, &frame);
	head.key.proto = IPPROTO_UDP;
	head.tcp_flags = 0;
	head.vlan[0] = head.vlan[1] = 0;
	trace_frame_write(&head, &frame);
	assert_int_equal(frame.length, 42);
	expect_read(&head, &frame);
}

/* As if TC had sent it on, and the answer back. */
static struct trace *good(void)
{
	struct trace *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->config.publics = t->config.addresses = 1;
	t->config.address[0] = mapped(PUBLIC);
	t->config.lans = 1;
	t->config.lan[0] = (struct natloop_lan){
		.net = mapped(V4(192, 168, 11, 0)),
		.mask = { .w = { ~0u, ~0u, ~0u, htonl(0xffffff00) } },
		.router = mapped(V4(192, 168, 11, 1)),
		.ifindex = 3,
	};
	t->config.forwards = 1;
	t->config.forward[0] = (struct natloop_forward){
		.server = mapped(SERVER),
		.first = 21116,
		.last = 21116,
		.server_first = 21116,
		.proto = IPPROTO_TCP,
	};
	t->arrival = 3;
	t->asked = t->there.sent.key = key(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);
	t->there.sent.ttl = 64;
	t->there.sent.tcp_flags = TH_SYN;
	t->there.left.key = key(IPPROTO_TCP, PUBLIC, 40000, SERVER, 21116);
	t->there.left.intact = t->there.gone = t->has_flow = true;
	t->there.left.ttl = 63;
	t->there.outcome = t->there.run[NATLOOP_HOOK_TC].outcome = NATLOOP_NEW_FLOW;
	t->there.run[NATLOOP_HOOK_TC].attached = t->there.run[NATLOOP_HOOK_TC].ran = true;
	snprintf(t->there.interface, IF_NAMESIZE, "eth1");
	snprintf(t->there.layer3, IF_NAMESIZE, "eth1");
	snprintf(t->there.egress, IF_NAMESIZE, "eth1");
	t->pair.key[0] = t->asked;
	t->pair.flow[0].src = PUBLIC;
	t->pair.flow[0].sport = htons(40000);
	t->pair.flow[0].mtu = 1500;
	t->back = t->there;
	t->back.sent.key = key(IPPROTO_TCP, SERVER, 21116, PUBLIC, 40000);
	t->back.sent.tcp_flags = TH_SYN | TH_ACK;
	t->back.left.key = key(IPPROTO_TCP, PUBLIC, 21116, CLIENT, 40000);
	t->back.outcome = t->back.run[NATLOOP_HOOK_TC].outcome = NATLOOP_TO_CLIENT;
	return t;
}

static void expect_step(const struct trace *t, const char *packet, const char *name,
			const char *says)
{
	struct trace_step step[TRACE_STEPS_MAX];
	size_t count = trace_steps(t, step);

	assert_true(count < TRACE_STEPS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(step[i].packet, packet) != 0 || strcmp(step[i].step, name) != 0)
			continue;
		CHECK(says, "%s: there is a step '%s'", packet, name);
		check_text(name, step[i].says, says);
		return;
	}
	CHECK(!says, "%s: no step '%s'", packet, name);
}

static void through(void **state)
{
	_cleanup_free_ struct trace *t = good();
	char text[TRACE_SAYS_MAX];

	(void)state;
	assert_int_equal(trace_result(t), TRACE_THROUGH);
	expect_step(t, "client", "sent",
		    "tcp 192.168.11.2:40000 -> 172.16.16.1:21116 SYN, in by eth1 to "
		    "00:00:00:00:00:00, TTL 64");
	expect_step(t, "client", "address", "172.16.16.1 is a public address");
	expect_step(t, "client", "forward", "tcp/21116=192.168.11.20");
	expect_step(t, "client", "client",
		    "192.168.11.2 is in the LAN of eth1, and may use this forward");
	expect_step(t, "client", "XDP", NULL);
	expect_step(t, "client", "TC", "new_flow: first packet of a flow, sent to the server");
	expect_step(t, "client", "flow", "made, and removed again at the end");
	expect_step(t, "client", "binding",
		    "192.168.11.2:40000 has 172.16.16.1:40000, its own port");
	expect_step(t, "client", "edits",
		    "now 172.16.16.1:40000 -> 192.168.11.20:21116, TTL 63, checksums right");
	expect_step(t, "answer", "edits",
		    "now 172.16.16.1:21116 -> 192.168.11.2:40000, TTL 63, checksums right");
	expect_step(t, "answer", "next hop", "on eth1, to where the client's packet came from");
	expect_step(t, "answer", "verdict", "sent");
	check_text("says", trace_says(t, text),
		   "192.168.11.2:40000 reaches 192.168.11.20:21116 by 172.16.16.1:21116, and the "
		   "answer comes back");
	t->known = true;
	t->pair.flow[0].sport = htons(40001);
	t->there.run[NATLOOP_HOOK_XDP].err = -EOPNOTSUPP;
	expect_step(t, "client", "flow", "known: opening, and left as it is");
	expect_step(t, "client", "binding",
		    "192.168.11.2:40000 has 172.16.16.1:40001, another port, because its own is "
		    "taken");
	expect_step(t, "client", "forward", NULL);
	expect_step(t, "client", "XDP",
		    "the kernel did not run it on a made-up packet (Operation not supported); "
		    "what TC does follows");
	t->pair.flow[0].mtu = 0;
	assert_int_equal(trace_result(t), TRACE_UNRESOLVED);
	assert_non_null(strstr(trace_next(t, text), "'ping 192.168.11.20'"));
}

static void no_return(void **state)
{
	_cleanup_free_ struct trace *t = good();
	char text[TRACE_SAYS_MAX];

	(void)state;
	t->back.gone = false;
	t->back.outcome = NATLOOP_OTHER_INTERFACE;
	assert_int_equal(trace_result(t), TRACE_NO_RETURN);
	assert_non_null(strstr(trace_says(t, text), "the answer stops: packet of a flow"));
	assert_non_null(strstr(trace_next(t, text), "ip route"));
	t->no_answer = TRACE_NOT_ATTACHED;
	snprintf(t->answers, IF_NAMESIZE, "eth2");
	assert_int_equal(trace_result(t), TRACE_NO_RETURN);
	expect_step(t, "answer", "sent", "would come in by eth2, where natloop is not attached");
	check_text("next", trace_next(t, text), "'natloopctl attach eth2'");
}

/* Every outcome has words, and they fit. */
static void stopped(void **state)
{
	static const struct {
		enum natloop_outcome outcome;
		const char *next;
	} cases[] = {
		{ NATLOOP_UNRELATED, "public add 172.16.16.1" },
		{ NATLOOP_NOT_FORWARDED, "forward add tcp/21116=192.168.11.20" },
		{ NATLOOP_NOT_LAN, "attach eth1 --lan CIDR" },
		{ NATLOOP_DENIED, "allow tcp/21116" },
		{ NATLOOP_NO_ROUTE, "ip route get 192.168.11.20" },
		{ NATLOOP_TABLE_FULL, "--max-flows" },
		{ NATLOOP_CLIENT_LIMIT, "--client-flows" },
		{ NATLOOP_NO_PORT, "flow flush client=192.168.11.2" },
		{ NATLOOP_UNKNOWN_VLAN, "attach eth1" },
	};
	_cleanup_free_ struct trace *t = good();
	char text[TRACE_SAYS_MAX];

	(void)state;
	t->there.gone = t->has_flow = false;
	t->no_answer = TRACE_NOT_SENT;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		t->there.outcome = cases[i].outcome;
		CHECK(strstr(trace_next(t, text), cases[i].next), "%s is not in '%s'",
		      cases[i].next, text);
	}
	for (unsigned int outcome = 0; outcome <= NATLOOP_OUTCOME_COUNT; outcome++) {
		t->there.outcome = t->there.run[NATLOOP_HOOK_TC].outcome = outcome;
		assert_int_equal(trace_result(t), TRACE_STOPPED);
		assert_true(strlen(trace_says(t, text)) + 1 < sizeof(text));
		assert_true(strlen(trace_next(t, text)) + 1 < sizeof(text));
		expect_step(t, "answer", "sent", NULL);
	}
	t->config.forwards = 0;
	expect_step(t, "client", "forward", "none for tcp/21116");
	t->config.publics = 0;
	expect_step(t, "client", "address", "172.16.16.1 is no public address of natloop's");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),     cmocka_unit_test(frames),	cmocka_unit_test(through),
		cmocka_unit_test(no_return), cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
