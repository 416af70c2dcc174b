// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_text.h"

#include "address.h"

const char *config_text_snat(__u32 mode, const struct natloop_addr *addr, char *buf, size_t size)
{
	switch ((enum natloop_snat_mode)mode) {
	case NATLOOP_SNAT_PUBLIC:
		return "public";
	case NATLOOP_SNAT_ROUTER:
		return "router";
	case NATLOOP_SNAT_ADDR:
		return address_format(addr, buf, size);
	}
	return "unknown";
}
