// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "loaded.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fresh.h"
#include "natloop_ctl.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"
#include "netns.h"

#define RUN_FRAGS (1U << 5) /* BPF_F_XDP_HAS_FRAGS, of newer linux/bpf.h than the programs need */

static struct loaded loaded = { .pusher = -1, .jumps = -1 };
static struct fresh fresh;
static uint32_t loaded_flows; /* what it was loaded for; 0: nothing is loaded */
static size_t buckets;

/* Takes the tag from skb->mark, which BPF_PROG_RUN can set where it cannot set vlan_tci. */
static void load_pusher(void)
{
	int tc = dataplane_tc_fd(&loaded.dp, false);
	uint32_t key = 0;

	loaded.jumps = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "jumps", 4, 4, 1, NULL);
	CHECK(loaded.jumps >= 0, "no program array: %m");
	CHECK(!bpf_map_update_elem(loaded.jumps, &key, &tc, 0), "no jump to natloop_tc: %m");
	struct bpf_insn insns[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_W, BPF_REG_3, BPF_REG_6, offsetof(struct __sk_buff, mark),
		  0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, __builtin_bswap16(0x8100) },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_vlan_push },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0 },
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, loaded.jumps },
		{ 0, 0, 0, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 99 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	loaded.pusher = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "pusher", "GPL", insns,
				      sizeof(insns) / sizeof(insns[0]), NULL);
	CHECK(loaded.pusher >= 0, "the tag pusher cannot be loaded: %m");
}

static void *map_mapped(enum dataplane_map which, size_t size)
{
	void *mapped =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, loaded.dp.map[which], 0);

	CHECK(mapped != MAP_FAILED, "map %d cannot be mapped: %m", which);
	return mapped;
}

static void load(uint32_t flows)
{
	struct problem p = {};

	dataplane_init(&loaded.dp);
	CHECK(!dataplane_load(&loaded.dp, flows, false, &p), "%s: %s", p.object, p.what);
	bpf_program__set_flags(loaded.dp.xdp_skel->progs.natloop_xdp, RUN_FRAGS);
	load_pusher();
	buckets = loaded.dp.configs->bucket_mask + 1;
	loaded.places = dataplane_capacity(&loaded.dp);
	loaded.pairs = map_mapped(DATAPLANE_FLOWS, loaded.places * sizeof(*loaded.pairs));
	loaded.buckets = map_mapped(DATAPLANE_BUCKETS, buckets * sizeof(*loaded.buckets));
	loaded.bindings = map_mapped(DATAPLANE_BINDING, buckets * sizeof(*loaded.bindings));
	fresh_remember(&fresh, loaded.dp.ctl_skel->obj);
	fresh_remember(&fresh, loaded.dp.tc_skel->obj);
	loaded_flows = flows;
}

const struct loaded *loaded_fresh(uint32_t flows)
{
	const char *difference;

	if (loaded_flows != flows) {
		loaded_drop();
		load(flows);
	} else {
		fresh_restore(&fresh);
		difference = fresh_difference(&fresh);
		CHECK(!difference, "the maps are not fresh: %s", difference);
	}
	loaded.dp.configs->netns = netns_own().inode;
	loaded.dp.configs->netns_cookie = netns_own().cookie;
	return &loaded;
}

int loaded_xdp(void)
{
	const struct bpf_program *xdp = loaded.dp.xdp_skel->progs.natloop_xdp;

	if (bpf_program__fd(xdp) < 0) {
		CHECK(!natloop_xdp__load(loaded.dp.xdp_skel), "natloop_xdp cannot be loaded: %m");
		fresh_remember(&fresh, loaded.dp.xdp_skel->obj);
	}
	return bpf_program__fd(xdp);
}

void loaded_drop(void)
{
	if (!loaded_flows)
		return;
	loaded_flows = 0;
	fresh_forget(&fresh);
	munmap(loaded.bindings, buckets * sizeof(*loaded.bindings));
	munmap(loaded.buckets, buckets * sizeof(*loaded.buckets));
	munmap(loaded.pairs, loaded.places * sizeof(*loaded.pairs));
	close(loaded.pusher);
	close(loaded.jumps);
	dataplane_close(&loaded.dp);
}
