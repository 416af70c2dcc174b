/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The configuration that is in force. */
#ifndef CONFIG_BPF_H
#define CONFIG_BPF_H

#include "maps.bpf.h"

/* NULL only to please the verifier: the one element of an array is always there. */
static __always_inline const struct natloop_configs *config_all(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&natloop_config, &key);
}

static __always_inline const struct natloop_config *
config_active(const struct natloop_configs *configs)
{
	return &configs->slot[configs->active & 1];
}

#endif
