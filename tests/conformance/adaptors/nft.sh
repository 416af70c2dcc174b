# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# nftables: the port forwards hold for the LANs, too, and what they translate gets the public
# address as its source.

system_start() {
	wire_router_nat
	ns_exec router nft add rule ip nat postrouting \
		ct status dnat ip saddr 192.168.0.0/16 oifname '{ eth1, eth2 }' snat to "$PUBLIC"
}

system_stop() {
	ns_exec router nft delete table ip nat
}
