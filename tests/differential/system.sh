#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# One router of the differential test: tests/differential/system.sh SYSTEM makes it with its wires,
# prints "SYSTEM,OUTSIDE,ROUTER,INSTANCE" (names of namespaces, and natloop's instance), and takes
# all away when its standard input ends.

# shellcheck source-path=SCRIPTDIR source=../wire/lab.sh
. "${BASH_SOURCE[0]%/*}/../wire/lab.sh"

# Smaller than the other: packets do not fit.
WIRE_MTU_ETH2=1400

# What keeps a router from answering, or what makes its answers depend on the time.
router_settings() {
	local key
	for key in conf/all/rp_filter conf/default/rp_filter conf/all/send_redirects \
		conf/eth0/send_redirects conf/eth1/send_redirects conf/eth2/send_redirects \
		conf/eth0/rp_filter conf/eth1/rp_filter conf/eth2/rp_filter icmp_ratelimit; do
		ns_sysctl router "ipv4/$key" 0
	done
	for key in icmp_msgs_per_sec icmp_msgs_burst; do
		[[ ! -e /proc/sys/net/ipv4/$key ]] ||
			ns_sysctl router "ipv4/$key" 1000000 2>/dev/null || true
	done
	# As long as natloop keeps what comes before its first fragment.
	ns_sysctl router ipv4/ipfrag_time 2
	# Segments outside of the window are translated, too: natloop does not keep windows.
	ns_sysctl router netfilter/nf_conntrack_tcp_be_liberal 1
}

# All hosts of both LANs, for good: who answers ARP, and when, is another test's question.
router_neighbours() {
	local host
	for host in {2..249}; do
		printf 'neigh replace 192.168.11.%d lladdr 02:00:00:00:0b:%02x dev eth1\n' \
			"$host" "$host"
		printf 'neigh replace 192.168.12.%d lladdr 02:00:00:00:0c:%02x dev eth2\n' \
			"$host" "$host"
	done | ns_exec router ip -batch -
}

# The reference reflects what natloop does: only what comes from an address of the LAN.
nft_start() {
	wire_router_nat 'iifname eth0'
	wire_router_nat 'iifname eth1 ip saddr 192.168.11.0/24'
	wire_router_nat 'iifname eth2 ip saddr 192.168.12.0/24'
	ns_exec router nft add rule ip nat postrouting \
		ct status dnat ip saddr 192.168.0.0/16 oifname '{ eth1, eth2 }' snat to "$PUBLIC"
}

(($# == 1)) || {
	say "usage: tests/differential/system.sh SYSTEM"
	exit 2
}
system=$1
wire_make "$system"
# Trains leave datagrams incomplete faster than anybody else; natloop keeps 512 of them.
printf '[timeout]\nfragment = 2\n' >"$NL_DIR/empty.conf"
if [[ $system == nft ]]; then
	nft_start
else
	system_start
fi
router_settings
router_neighbours
instance=
[[ $system != natloop-* ]] || instance=,$NL_INSTANCE
echo "$system,$(ns_name outside),$(ns_name router)$instance"
cat >/dev/null
