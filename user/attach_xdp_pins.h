/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What libxdp's dispatcher leaves of an interface that vanished. */
#ifndef ATTACH_XDP_PINS_H
#define ATTACH_XDP_PINS_H

#include <linux/types.h>

/*
 * Removes the pins of program @prog_id from libxdp's directories of @ifindex, BPFFS/xdp/
 * dispatch-IFINDEX-ID/ (lib/libxdp/protocol.org of xdp-tools), and such a directory when nothing
 * is left in it. Pins of other programs stay: an ifindex means something in its network namespace
 * only, but the directories are shared by all, which is why libxdp_clean_references will not do.
 * 0, also when there is nothing; or a negative errno.
 */
int attach_xdp_pins_remove(int ifindex, __u32 prog_id);

#endif
