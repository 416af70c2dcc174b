// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The programs stay loaded from test to test (loaded.h): no test must see what another has left in
 * the maps. By bpf_map_lookup_elem, one element at a time: nothing here uses what fresh.c does.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fresh.h"
#include "loaded.h"
#include "natloop_ctl.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"
#include "tables.h"

#define RUBBISH 0x55
#define MAPS_MOST 64
#define TIMER_LATEST_US 20000000 /* it is due after one second, in a guest later */
#define TIMER_AGAIN_US 1500000

/* All maps: natloop_ctl has those that are shared, the other two have some for themselves. */
static unsigned int maps_of(const struct prog_run *r, struct bpf_map *map[MAPS_MOST])
{
	struct bpf_object *obj[] = { r->dp.ctl_skel->obj, r->dp.tc_skel->obj, r->dp.xdp_skel->obj };
	struct bpf_map *m;
	unsigned int n = 0;

	prog_run_program(r, NATLOOP_HOOK_XDP);
	for (size_t i = 0; i < sizeof(obj) / sizeof(obj[0]); i++) {
		bpf_object__for_each_map (m, obj[i]) {
			if (i && prog_run_map(r, bpf_map__name(m)) >= 0)
				continue;
			CHECK(n < MAPS_MOST, "more than %d maps", MAPS_MOST);
			map[n++] = m;
		}
	}
	return n;
}

static size_t value_bytes(const struct bpf_map *map)
{
	size_t rounded = (bpf_map__value_size(map) + 7) / 8 * 8;

	return bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY ?
		       rounded * libbpf_num_possible_cpus() :
		       rounded;
}

/* Users cannot write to a timer or to a ring. */
static bool is_not_writable(const struct bpf_map *map)
{
	return !strcmp(bpf_map__name(map), "natloop_timer") ||
	       bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF;
}

/* Rubbish in the last element of an array, a new one in any other map. */
static void spoil(const struct bpf_map *map)
{
	uint32_t last = bpf_map__max_entries(map) - 1;
	char *value = malloc(value_bytes(map)), *key = malloc(bpf_map__key_size(map) + 1);
	bool array = bpf_map__type(map) == BPF_MAP_TYPE_ARRAY ||
		     bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;

	CHECK(value && key, "out of memory");
	/* Only the programs write to it: the_ring_is_emptied. */
	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		goto out;
	memset(value, RUBBISH, value_bytes(map));
	memset(key, RUBBISH, bpf_map__key_size(map));
	if (array)
		memcpy(key, &last, sizeof(last));
	CHECK(!bpf_map_update_elem(bpf_map__fd(map), bpf_map__key_size(map) ? key : NULL, value, 0),
	      "%s cannot be written to: %m", bpf_map__name(map));
out:
	free(key);
	free(value);
}

/* A map of the same kind without any element, or only zeros: what @map must be. */
static int twin(const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int fd;

	CHECK(!bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size), "no info: %m");
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = info.map_flags);
	fd = bpf_map_create(info.type, "twin", info.key_size, info.value_size, info.max_entries,
			    &opts);
	CHECK(fd >= 0, "no map like %s: %m", info.name);
	return fd;
}

/* The element behind @key in both maps: the same, or in neither. False: the last one was that. */
static bool expect_same_next(const struct bpf_map *map, int other, void *key)
{
	size_t bytes = value_bytes(map);
	char *a = calloc(1, bytes), *b = calloc(1, bytes);
	bool more = !bpf_map_get_next_key(bpf_map__fd(map), key, key);

	CHECK(a && b, "out of memory");
	if (more) {
		CHECK(!bpf_map_lookup_elem(bpf_map__fd(map), key, a) &&
			      !bpf_map_lookup_elem(other, key, b),
		      "%s: an element that a fresh map has not", bpf_map__name(map));
		CHECK(!memcmp(a, b, bytes), "%s: not what a fresh map has", bpf_map__name(map));
	}
	free(b);
	free(a);
	return more;
}

static void expect_like_twin(const struct bpf_map *map)
{
	uint32_t key[16] = { UINT32_MAX }, value;
	int other = twin(map);

	if (!bpf_map__key_size(map)) {
		CHECK(bpf_map_lookup_elem(bpf_map__fd(map), NULL, &value), "%s is not empty",
		      bpf_map__name(map));
	} else {
		CHECK(bpf_map__key_size(map) <= sizeof(key), "a long key");
		memset(key, UINT8_MAX, sizeof(key));
		while (expect_same_next(map, other, key))
			;
	}
	close(other);
}

static void a_test_sees_nothing_of_the_last(void **state)
{
	struct prog_run *r = *state, *next;
	struct natloop_configs *configs = malloc(sizeof(*configs));
	struct bpf_map *map[MAPS_MOST];
	unsigned int maps = maps_of(r, map);

	CHECK(configs, "out of memory");
	memcpy(configs, r->configs, sizeof(*configs));
	for (unsigned int i = 0; i < maps; i++)
		spoil(map[i]);
	next = prog_run_make(r->hook, PROG_RUN_FLOWS);
	for (unsigned int i = 0; i < maps; i++) {
		if (!is_not_writable(map[i]) && strcmp(bpf_map__name(map[i]), "natloop_config"))
			expect_like_twin(map[i]);
	}
	CHECK(next->configs->netns_cookie != configs->netns_cookie, "the same namespace");
	configs->netns = next->configs->netns;
	configs->netns_cookie = next->configs->netns_cookie;
	/* The interfaces may have other numbers. */
	world_configure(&configs->slot[1], next->ifindex);
	assert_memory_equal(next->configs, configs, sizeof(*configs));
	free(configs);
	free(next);
}

/* For every map, whatever is added later. */
static void each_map_is_looked_at(void **state)
{
	struct prog_run *r = *state;
	struct bpf_map *map[MAPS_MOST];
	unsigned int maps = maps_of(r, map);
	struct fresh fresh = {};

	fresh_remember(&fresh, r->dp.ctl_skel->obj);
	fresh_remember(&fresh, r->dp.tc_skel->obj);
	fresh_remember(&fresh, r->dp.xdp_skel->obj);
	for (unsigned int i = 0; i < maps; i++) {
		const char *name = bpf_map__name(map[i]);
		const char *difference = fresh_difference(&fresh);

		CHECK(!difference, "%s", difference);
		if (is_not_writable(map[i]))
			continue;
		spoil(map[i]);
		difference = fresh_difference(&fresh);
		CHECK(difference, "rubbish in %s was not seen", name);
		CHECK(!strncmp(difference, name, strnlen(name, BPF_OBJ_NAME_LEN - 1)), "not %s: %s",
		      name, difference);
		fresh_restore(&fresh);
	}
	fresh_forget(&fresh);
}

/* As if there had been a flow, so that the sweep counts its turns. */
static void make_sweep_visible(const struct prog_run *r)
{
	struct natloop_state state = { .fresh = 1 };
	uint32_t key = 0;

	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &state, 0),
	      "natloop_state cannot be changed: %m");
}

static int count_event(void *count, void *data, size_t size)
{
	(void)data, (void)size;
	++*(int *)count;
	return 0;
}

static int events_of(const struct prog_run *r)
{
	int count = 0;
	struct ring_buffer *ring =
		ring_buffer__new(prog_run_map(r, "natloop_events"), count_event, &count, NULL);

	CHECK(ring && ring_buffer__consume(ring) >= 0, "natloop_events cannot be read: %m");
	ring_buffer__free(ring);
	return count;
}

static void refuse_one(struct prog_run *r)
{
	struct frame f = frame_from(IPPROTO_TCP, INTERNET, 40000, PUBLIC, 21116);
	struct prog_result result = {};
	struct wire w = {};

	r->configs->lease.until = UINT64_MAX;
	r->configs->listening = NATLOOP_LISTEN_FLOWS;
	frame_write(&f, &w);
	prog_run(r, &w, &result);
}

static void the_ring_is_emptied(void **state)
{
	struct prog_run *r = *state, *next;

	refuse_one(r);
	assert_int_equal(events_of(r), 1);
	refuse_one(r);
	next = prog_run_make(r->hook, PROG_RUN_FLOWS);
	assert_int_equal(next->configs->listening, 0);
	assert_int_equal(events_of(next), 0);
	free(next);
}

static void the_timer_is_ended(void **state)
{
	struct prog_run *r = *state, *next;
	int waited = 0;

	make_sweep_visible(r);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_START, NULL, 0), 0);
	for (; !tables_state(r).swept && waited < TIMER_LATEST_US; waited += 10000)
		usleep(10000);
	CHECK(tables_state(r).swept, "the timer did not run at all");
	next = prog_run_make(r->hook, PROG_RUN_FLOWS);
	make_sweep_visible(next);
	usleep(TIMER_AGAIN_US);
	assert_int_equal(tables_state(next).swept, 0);
	free(next);
	/* For the audit: no place was ever taken. */
	loaded_fresh(PROG_RUN_FLOWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_TC(a_test_sees_nothing_of_the_last),
		PROG_TEST_TC(each_map_is_looked_at),
		PROG_TEST_TC(the_ring_is_emptied),
		PROG_TEST_TC(the_timer_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
