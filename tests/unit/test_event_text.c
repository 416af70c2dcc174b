// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Events as lines and as JSON. */
#include "event_text.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "lifetime.h"
#include "unit.h"
#include "util.h"

#define V4(a, b, c, d) htonl((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

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

static struct natloop_event event(enum natloop_event_kind kind, __u8 proto)
{
	struct natloop_event e = { .kind = kind, .packets = 5, .bytes = 420 };

	e.before = key(proto, V4(192, 168, 11, 2), 40000, V4(172, 16, 16, 1), 21116);
	e.after = key(proto, V4(192, 168, 11, 20), 21116, V4(172, 16, 16, 1), 40000);
	return e;
}

static void expect_line(const struct natloop_event *e, bool destinations, const char *wanted)
{
	struct event_shown shown = {
		.event = e,
		.time = 1700000000123456789,
		.interface = "eth1",
		.destinations = destinations,
	};
	char line[EVENT_LINE_MAX], whole[EVENT_LINE_MAX];

	snprintf(whole, sizeof(whole), "2023-11-14 22:13:20.123456 %s", wanted);
	check_text(wanted, event_line(&shown, line, sizeof(line)), whole);
}

static void expect_json(const struct natloop_event *e, bool destinations, const char *wanted)
{
	struct event_shown shown = {
		.event = e,
		.time = 1700000000123456789,
		.interface = "eth1",
		.destinations = destinations,
	};
	_cleanup_free_ char *text = NULL;
	char whole[1024];
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct writer *w = writer_json(file);

	assert_non_null(w);
	event_write(w, &shown);
	assert_int_equal(writer_finish(w), 0);
	fclose(file);
	snprintf(whole, sizeof(whole), "{\"time\":\"2023-11-14T22:13:20.123456Z\",%s}\n", wanted);
	check_text(wanted, text, whole);
}

static void flows(void **state)
{
	struct natloop_event e = event(NATLOOP_EVENT_MADE, IPPROTO_UDP);

	(void)state;
	expect_line(&e, false, "made    udp 192.168.11.2:40000 as 172.16.16.1:40000");
	expect_line(&e, true,
		    "made    udp 192.168.11.2:40000 as 172.16.16.1:40000 to 172.16.16.1:21116 "
		    "at 192.168.11.20:21116");
	expect_json(&e, false,
		    "\"event\":\"made\",\"proto\":\"udp\",\"interface\":\"eth1\","
		    "\"client\":\"192.168.11.2:40000\",\"snat\":\"172.16.16.1:40000\"");
	e = event(NATLOOP_EVENT_EXPIRED, IPPROTO_TCP);
	e.tcp_flags[0] = LIFETIME_SYN | LIFETIME_ACK;
	expect_line(&e, false,
		    "expired tcp 192.168.11.2:40000 as 172.16.16.1:40000, opening, 5 packets, "
		    "420 bytes");
	e.kind = NATLOOP_EVENT_FLUSHED;
	e.tcp_flags[1] = LIFETIME_SYN | LIFETIME_ACK;
	expect_json(&e, true,
		    "\"event\":\"flushed\",\"proto\":\"tcp\",\"interface\":\"eth1\","
		    "\"client\":\"192.168.11.2:40000\",\"snat\":\"172.16.16.1:40000\","
		    "\"public\":\"172.16.16.1:21116\",\"server\":\"192.168.11.20:21116\","
		    "\"state\":\"established\",\"packets\":5,\"bytes\":420");
}

static void refused(void **state)
{
	struct natloop_event e = event(NATLOOP_EVENT_REFUSED, IPPROTO_TCP);

	(void)state;
	e.outcome = NATLOOP_NO_PORT;
	e.hook = NATLOOP_HOOK_TC;
	memset(&e.after, 0, sizeof(e.after));
	expect_line(&e, false,
		    "refused tcp 192.168.11.2:40000, no_port: new flow refused: no free SNAT port "
		    "found");
	expect_json(&e, true,
		    "\"event\":\"refused\",\"proto\":\"tcp\",\"interface\":\"eth1\","
		    "\"client\":\"192.168.11.2:40000\",\"public\":\"172.16.16.1:21116\","
		    "\"reason\":\"no_port\",\"meaning\":\"new flow refused: no free SNAT port "
		    "found\",\"hook\":\"tc\"");
	e.outcome = 255;
	expect_line(&e, false, "refused tcp 192.168.11.2:40000, ?: ?");
}

static void packets(void **state)
{
	struct natloop_event e = event(NATLOOP_EVENT_PACKET, IPPROTO_TCP);

	(void)state;
	e.outcome = NATLOOP_NEW_FLOW;
	e.tcp_flags[0] = LIFETIME_SYN;
	e.bytes = 60;
	e.after = key(IPPROTO_TCP, V4(172, 16, 16, 1), 40000, V4(192, 168, 11, 20), 21116);
	expect_line(&e, false,
		    "tcp 192.168.11.2:40000 -> 172.16.16.1:21116 S became 172.16.16.1:40000 -> "
		    "192.168.11.20:21116, 60 bytes, XDP: new_flow (first packet of a flow, sent to "
		    "the server)");
	expect_json(&e, false,
		    "\"event\":\"packet\",\"proto\":\"tcp\",\"interface\":\"eth1\","
		    "\"source\":\"192.168.11.2:40000\",\"destination\":\"172.16.16.1:21116\","
		    "\"flags\":\"S\",\"new_source\":\"172.16.16.1:40000\","
		    "\"new_destination\":\"192.168.11.20:21116\",\"bytes\":60,"
		    "\"outcome\":\"new_flow\",\"meaning\":\"first packet of a flow, sent to the "
		    "server\",\"hook\":\"xdp\"");
	e = event(NATLOOP_EVENT_PACKET, IPPROTO_ICMP);
	e.outcome = NATLOOP_ICMP;
	e.hook = NATLOOP_HOOK_TC;
	memset(&e.after, 0, sizeof(e.after));
	expect_line(&e, false,
		    "icmp 192.168.11.2 -> 172.16.16.1, 420 bytes, TC: icmp (ICMP to a public "
		    "address, but no error message)");
}

/* The longest of each fits, and a short buffer cuts it off. */
static void lengths(void **state)
{
	struct natloop_event e = event(NATLOOP_EVENT_PACKET, IPPROTO_TCP);
	struct event_shown shown = { .event = &e, .interface = "", .destinations = true };
	char line[EVENT_LINE_MAX];

	(void)state;
	memset(&e, 0xff, sizeof(e));
	e.before.proto = e.after.proto = IPPROTO_TCP;
	for (unsigned int kind = 0; kind <= NATLOOP_EVENT_KINDS; kind++) {
		for (unsigned int outcome = 0; outcome <= NATLOOP_OUTCOME_COUNT; outcome++) {
			e.kind = (__u8)kind;
			e.outcome = (__u8)outcome;
			event_line(&shown, line, sizeof(line));
			CHECK(strlen(line) + 1 < sizeof(line), "kind %u, outcome %u: cut off", kind,
			      outcome);
			event_line(&shown, line, 40);
			assert_true(strlen(line) < 40);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows),
		cmocka_unit_test(refused),
		cmocka_unit_test(packets),
		cmocka_unit_test(lengths),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
