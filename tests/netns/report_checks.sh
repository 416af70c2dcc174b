#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a user is told, and what must not be told wrongly: programs that somebody removed, IP
# forwarding off, a LAN that is down, a source address that cannot work; and a bridge keeps its LAN
# when one of its ports is detached.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
ns_exec router tc qdisc del dev eth1 clsact
expect_jq "a program that was removed" '.interfaces[0].reason | test("removed.*attach")' \
	"$(natloopctl status -j)"
attach
expect_saw "attached again" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
detach
expect_nothing_left

ns_sysctl router ipv4/ip_forward 0
attach 2>"$NL_DIR/warning"
expect_match "the warning" "eth1: IP forwarding is off.*sysctl -w net.ipv4.ip_forward=1" \
	"$(<"$NL_DIR/warning")"
ns_sysctl router ipv4/ip_forward 1
expect_saw "forwarding on again" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
detach

for snat in "$SERVER" "$CLIENT"; do
	expect_refused 1 "$snat: .*another host of the LAN" \
		attach eth1 --public "$PUBLIC" --server "$SERVER" --snat "$snat"
done
ns_exec router ip link set eth1 down
expect_refused 1 "eth1: .*down.*ip link set eth1 up" \
	attach eth1 --public "$PUBLIC" --server "$SERVER"
ns_exec router ip link set eth1 up

ns_exec router ip link add br0 type bridge
for port in port0 port1; do
	ns_exec router ip link add "$port" type veth peer name "$port-peer"
	ns_exec router ip link set "$port" master br0 up
	ns_exec router ip link set "$port-peer" up
done
ns_exec router ip address add 192.168.14.1/24 dev br0
ns_exec router ip link set br0 up
natloopctl attach br0 port0 port1 --public "$PUBLIC" --server 192.168.14.20
natloopctl detach port0
natloopctl detach br0
expect_match "the LAN that br0 had, too" 'lan +192\.168\.14\.0/24' "$(natloopctl status)"
detach
expect_nothing_left
