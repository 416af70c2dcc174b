// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* binding.h: how flows are counted, and whether SNAT ports spread over the buckets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "binding.h"
#include "check.h"
#include "random.h"

#define BUCKETS (1u << 14)
#define LOAD 2 /* bindings in a bucket, on average: a full table */

static struct natloop_snat snat_of(uint32_t addr, uint16_t port, uint8_t proto)
{
	return (struct natloop_snat){ .addr = htonl(addr), .port = htons(port), .proto = proto };
}

static void a_port_is_for_itself_only(void **state)
{
	struct natloop_binding binding = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct natloop_snat snat =
			snat_of(random_u32(), random_u32(), i % 2 ? IPPROTO_TCP : IPPROTO_UDP);
		struct natloop_snat other = snat;

		binding_set_snat(&binding, &snat);
		assert_true(binding_is_for(&binding, &snat));
		((uint8_t *)&other)[random_below(7)] ^= 1 << random_below(8);
		assert_false(binding_is_for(&binding, &other));
	}
}

static void flows_are_counted(void **state)
{
	struct natloop_socket socket = { .client = htonl(0xc0a80b16), .port = htons(40000) };
	struct natloop_binding binding = { .client = socket.client, .port = socket.port };

	(void)state;
	assert_false(binding_is_of(&binding, &socket));
	for (unsigned int flows = 1; flows <= 0xffff; flows++) {
		*binding_word(&binding) += BINDING_FLOW;
		assert_int_equal(binding.flows, flows);
		assert_int_equal(binding.port, socket.port);
		assert_int_equal(*binding_word(&binding), binding_count(socket.port, flows));
		assert_true(binding_is_of(&binding, &socket));
	}
	socket.port = htons(40001);
	assert_false(binding_is_of(&binding, &socket));
}

/* Of a full table, the share whose bucket had no room: by the Poisson distribution 0.0007. */
#define MOST_WITHOUT_ROOM 0.002

/* SNAT ports are few addresses with many ports each, the ports mostly in sequence. */
static void ports_spread(void **state)
{
	static const unsigned int addresses[] = { 1, 2, 5, 60 };

	(void)state;
	for (size_t n = 0; n < sizeof(addresses) / sizeof(addresses[0]); n++) {
		uint64_t seed = (uint64_t)random_u32() << 32 | random_u32();
		unsigned int refused = 0, all = BUCKETS * LOAD;
		uint8_t *count = calloc(BUCKETS, 1);

		CHECK(count, "out of memory");
		for (uint32_t i = 0; i < all; i++) {
			struct natloop_snat snat =
				snat_of(0xac101001 + i % addresses[n], 1024 + i / addresses[n],
					i % 2 ? IPPROTO_TCP : IPPROTO_UDP);
			uint8_t *bucket = &count[binding_hash(&snat, seed) & (BUCKETS - 1)];

			if (*bucket < NATLOOP_BINDING_WAYS)
				(*bucket)++;
			else
				refused++;
		}
		free(count);
		CHECK(refused < all * MOST_WITHOUT_ROOM, "%u addresses: %u of %u found no room",
		      addresses[n], refused, all);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_for_itself_only),
		cmocka_unit_test(flows_are_counted),
		cmocka_unit_test(ports_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
