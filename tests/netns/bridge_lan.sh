#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The router's LAN is a bridge with two ports, as on most home routers: attached to the bridge,
# natloop carries clients and servers on one port or on two, as of a DSA switch. Attached to a port
# it says what it misses, until it is on all of them; by XDP it refuses.
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
# A server at a port of its own, too.
serve client3 tcp/22116 udp/22116
expect_success "another server" natloopctl forward add tcp+udp/22116=192.168.11.4
for host in client client3; do
	expect_saw "$host to the other port, TCP" "$PUBLIC:[0-9]+" "$host" --size 100000 \
		tcp "$PUBLIC" 22116
	expect_saw "$host to the other port, UDP" "$PUBLIC:[0-9]+" "$host" udp "$PUBLIC" 22116
done
expect_saw "hosts among themselves" "192.168.11.4:[0-9]+" client3 tcp "$SERVER" 21116
detach
expect_unreachable "after detach" client3 tcp "$PUBLIC" 21116

# A port in the place of the bridge.
told="eth1: a port of br-lan, and natloop is not on port2, another one: .*; attach br-lan instead"
for mode in xdp xdp-generic; do
	expect_refused 1 "eth1: a port of the bridge br-lan: .*; attach br-lan instead, or use --mode tc" \
		attach eth1 --mode "$mode" --public "$PUBLIC" --server "$SERVER"
done
expect_match "attached to one port" "^natloopctl: $told" \
	"$(natloopctl attach eth1 --public "$PUBLIC" --server "$SERVER" 2>&1)"
expect_match "status of one port" "$told" "$(natloopctl status)"
expect_saw "behind that port" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_unreachable "behind the other" client3 tcp "$PUBLIC" 21116
expect_equal "what is said of all ports" "" "$(natloopctl attach eth1 port2 2>&1)"
expect_jq "status of all ports" '[.warnings[] | select(.what | test("a port of"))] == []' \
	"$(natloopctl status -j)"
for host in client client3 server; do
	expect_saw "$host, natloop on all ports" "$PUBLIC:[0-9]+" "$host" tcp "$PUBLIC" 21116
done
detach
