#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A host of another attached LAN that uses the client's address and port, or the server's, gets
# nothing into the client's flow; the client itself goes on.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
switch_add guests
router_port eth2 192.168.13.1 guests to-router
host_add guest 192.168.13.66 guests 192.168.13.1
attach_interfaces eth1 eth2 --public "$PUBLIC" --server "$SERVER"
expect_saw "the client" "$PUBLIC:50000" client --from-port 50000 udp "$PUBLIC" 21116

# The guest takes the client's address; what it sends leaves by its only interface.
ns_exec guest ip address add "$CLIENT/32" dev eth0
ns_exec guest ip route change default via 192.168.13.1 src "$CLIENT"
before=$(natloopctl flow list -j | jq '.[0].packets')
expect_unreachable "the guest as the client" guest --from-port 50000 udp "$PUBLIC" 21116
ns_exec guest ip address add "$SERVER/32" dev eth0
ns_exec guest ip route change default via 192.168.13.1 src "$SERVER"
expect_unreachable "the guest as the server" guest --from-port 21116 udp "$PUBLIC" 50000
expect_equal "packets of the flow" "$before" "$(natloopctl flow list -j | jq '.[0].packets')"
(($(outcome other_interface) >= 2)) || fail "not counted as other_interface: $(natloopctl stats)"

expect_saw "the client again" "$PUBLIC:50000" client --from-port 50000 udp "$PUBLIC" 21116
detach
