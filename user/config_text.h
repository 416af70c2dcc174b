/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of the configuration in the words and units of the configuration file. Pure. */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stddef.h>

#include "natloop/abi.h"

/* "public", "router", or @addr in @buf, which has room for ADDRESS_TEXT_MAX. */
const char *config_text_snat(__u32 mode, const struct natloop_addr *addr, char *buf, size_t size);

/* Seconds, to the nearest. */
static inline unsigned int config_seconds(__u32 ticks)
{
	return (unsigned int)((((__u64)ticks << NATLOOP_TICK_SHIFT) + 500000000) / 1000000000);
}

#endif
