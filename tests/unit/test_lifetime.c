// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <netinet/in.h>

#include "check.h"
#include "lifetime.h"

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16

/* The sentence of the RFCs, flag by flag. */
static enum lifetime_phase expected_phase(int to_server, int to_client)
{
	bool ending = (to_server & FIN && to_client & FIN) || to_server & RST || to_client & RST;

	if (ending)
		return LIFETIME_CLOSING;
	return to_server & ACK && to_client & ACK ? LIFETIME_ESTABLISHED : LIFETIME_OPENING;
}

static void tcp_by_the_flags_of_both_sides(void **state)
{
	(void)state;
	for (int out = 0; out < 256; out++) {
		for (int back = 0; back < 256; back++)
			CHECK(lifetime_phase(IPPROTO_TCP, out, back) == expected_phase(out, back),
			      "flags %#x and %#x", out, back);
	}
}

static void everything_else_is_udp(void **state)
{
	(void)state;
	for (int proto = 0; proto < 256; proto++) {
		if (proto == IPPROTO_TCP)
			continue;
		for (int flags = 0; flags < 256; flags++)
			assert_int_equal(lifetime_phase(proto, flags, ~flags), LIFETIME_UDP);
	}
}

static void each_phase_has_its_timeout(void **state)
{
	(void)state;
	assert_int_equal(lifetime_timeout(LIFETIME_UDP), NATLOOP_TIMEOUT_UDP);
	assert_int_equal(lifetime_timeout(LIFETIME_OPENING), NATLOOP_TIMEOUT_TCP_TRANSITORY);
	assert_int_equal(lifetime_timeout(LIFETIME_ESTABLISHED), NATLOOP_TIMEOUT_TCP_ESTABLISHED);
	assert_int_equal(lifetime_timeout(LIFETIME_CLOSING), NATLOOP_TIMEOUT_TCP_TRANSITORY);
}

static void flags_add_up_until_a_syn_and_a_rst_is_taken_back(void **state)
{
	(void)state;
	for (int seen = 0; seen < 256; seen++) {
		for (int packet = 0; packet < 256; packet++) {
			int expected = packet & SYN ? packet : (seen & ~RST) | packet;

			CHECK(lifetime_flags(seen, packet) == expected, "seen %#x, then %#x", seen,
			      packet);
		}
	}
}

/* The direction that spoke last counts; what another CPU has just set may be ahead. */
static void idle_since_the_last_packet_of_either(void **state)
{
	static const uint32_t nows[] = { 0, 5, 1000, 0x7fffffff, 0x80000000, 0xffffffff };
	static const int ages[] = { -2, -1, 0, 1, 7, 1000, 0x3fffffff };

	(void)state;
	for (size_t n = 0; n < sizeof(nows) / sizeof(nows[0]); n++) {
		for (int i = 0; i < 49; i++) {
			int a = ages[i % 7], b = ages[i / 7], least = a < b ? a : b;
			struct natloop_flow out = { .seen = nows[n] - a };
			struct natloop_flow back = { .seen = nows[n] - b };

			CHECK(lifetime_idle(&out, &back, nows[n]) == (least < 0 ? 0U : least + 0U),
			      "ages %d and %d at %#x", a, b, nows[n]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_by_the_flags_of_both_sides),
		cmocka_unit_test(everything_else_is_udp),
		cmocka_unit_test(each_phase_has_its_timeout),
		cmocka_unit_test(flags_add_up_until_a_syn_and_a_rst_is_taken_back),
		cmocka_unit_test(idle_since_the_last_packet_of_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
