#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The server gets another MAC address (a new machine takes over) while a TCP connection and a UDP
# conversation live: both go on within seconds.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

NEW_MAC=02:00:00:00:11:20

router_knows_new_mac() {
	ns_exec server ip link set eth0 address "$NEW_MAC" # announces itself each time
	[[ $(ns_exec router ip neigh show "$SERVER" dev eth1) == *"$NEW_MAC"* ]]
}

udp_works() {
	call client --from-port 43210 --timeout 1 udp "$PUBLIC" 21116 >"$NL_DIR/udp" 2>&1
}

topology_make
ns_sysctl server ipv4/conf/eth0/arp_notify 1
ns_sysctl router ipv4/neigh/eth1/locktime 0
attach
talk_open live client tcp 0 "$PUBLIC" 21116
talk_say live "to the old address"
expect_saw "UDP before" "$PUBLIC:43210" client --from-port 43210 udp "$PUBLIC" 21116
wait_until 5 "the router hears of the new address" router_knows_new_mac
talk_say live "to the new address"
WAIT_LOG=$NL_DIR/udp wait_until 15 "UDP to the new address" udp_works
expect_match "what the server saw" "^$PUBLIC:43210$" "$(<"$NL_DIR/udp")"
