# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The same as nft.sh, by iptables.

system_start() {
	local forward interface
	need_tools iptables
	for forward in "${WIRE_FORWARDS[@]}"; do
		forward_parts "$forward"
		wire_iptables -A PREROUTING -d "$PUBLIC" -p "$PROTO" --dport "${PORTS/-/:}" \
			-j DNAT --to-destination "$TO${TO_PORT:+:$TO_PORT}"
	done
	for interface in eth1 eth2; do
		wire_iptables -A POSTROUTING -s 192.168.0.0/16 -o "$interface" \
			-m conntrack --ctstate DNAT -j SNAT --to-source "$PUBLIC"
	done
	wire_iptables -A POSTROUTING -o eth0 -j MASQUERADE
}

wire_iptables() {
	ns_exec router iptables -t nat "$@"
}

system_stop() {
	wire_iptables -F
}
