/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does the kernel forward packets that come in on an interface? */
#ifndef FORWARDING_H
#define FORWARDING_H

#include <stdbool.h>

#define FORWARDING_OFF "IP forwarding is off, so nothing is reflected"
#define FORWARDING_REMEDY "sysctl -w net.ipv4.ip_forward=1"

/* In the current network namespace. False also where it cannot be read. */
bool forwarding_is_off(const char *interface);

#endif
