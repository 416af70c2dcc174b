# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# nftables as in nft.sh, with a flow table in software: once both sides have sent, packets of a flow
# go past the forward chain, and past most of the kernel's way of a routed packet.

system_start() {
	need_flow_tables
	wire_router_nat
	ns_exec router nft add rule ip nat postrouting \
		ct status dnat ip saddr 192.168.0.0/16 oifname '{ eth1, eth2 }' snat to "$PUBLIC"
	ns_exec router nft -f - <<-END
		table ip fast {
			flowtable f { hook ingress priority filter; devices = { eth1, eth2 }; }
			chain forward {
				type filter hook forward priority filter;
				meta l4proto { tcp, udp } flow add @f
			}
		}
	END
}

system_stop() {
	ns_exec router nft delete table ip fast
	ns_exec router nft delete table ip nat
}
