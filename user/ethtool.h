/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What ethtool(8) knows of an interface. */
#ifndef ETHTOOL_H
#define ETHTOOL_H

/*
 * Does the driver take the VLAN tag out of received frames ("rxvlan")? 1, 0, or a negative errno:
 * -EOPNOTSUPP where the driver has no such thing.
 */
int ethtool_rx_vlan(const char *name);

/* Does the driver merge TCP segments that it receives (large receive offload)? As above. */
int ethtool_lro(const char *name);

#endif
