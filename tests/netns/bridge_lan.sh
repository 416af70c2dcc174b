#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The router's LAN is a bridge with two ports, as on most home routers: attached to the bridge,
# natloop carries clients and servers on one port or on two.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
ns_exec router ip address del "$ROUTER/24" dev eth1
ns_exec router ip link add br-lan type bridge stp_state 0 forward_delay 0
ns_exec router ip link set eth1 master br-lan
ns_exec router ip address add "$ROUTER/24" dev br-lan
ns_exec router ip link set br-lan up
# The second port: a client that is plugged into the router directly.
ns_add client3
ns_exec router ip link add port2 type veth peer name eth0 netns "$(ns_name client3)"
ns_exec router ip link set port2 master br-lan up
ns_exec client3 ip address add 192.168.11.4/24 dev eth0
ns_exec client3 ip link set eth0 up
ns_exec client3 ip route add default via "$ROUTER"

attach_interfaces br-lan --public "$PUBLIC" --server "$SERVER"
expect_jq "a bridge is for TC" '.interfaces == [.interfaces[] | select(.name == "br-lan"
	and .mode == "tc" and (.reason | test("bridge")))]' "$(natloopctl status -j)"
watch_checksums server
for host in client client3 server; do
	expect_saw "$host through the bridge, TCP" "$PUBLIC:[0-9]+" "$host" tcp "$PUBLIC" 21116
	expect_saw "$host through the bridge, UDP" "$PUBLIC:[0-9]+" "$host" udp "$PUBLIC" 21116
	expect_saw "$host through the bridge, 1400 bytes" "$PUBLIC:[0-9]+" "$host" --size 1400 \
		udp "$PUBLIC" 21116
done
expect_good_checksums server
expect_saw "hosts among themselves" "192.168.11.4:[0-9]+" client3 tcp "$SERVER" 21116
detach
expect_unreachable "after detach" client3 tcp "$PUBLIC" 21116
