#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The server is in a network with a smaller MTU behind the router: a client that may not fragment is
# told the MTU by the router itself and goes on with smaller packets, one that may has its packets
# cut; a TCP stream goes through in both cases.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

DMZ_SERVER=192.168.12.20
MTU=1300

topology_make
switch_add dmz
router_port eth2 192.168.12.1 dmz to-router
host_add dmzserver "$DMZ_SERVER" dmz 192.168.12.1
serve dmzserver tcp/21115-21117 udp/21116
# Of the route: a veth with a small MTU of its own would not take large frames either.
ns_exec router ip route replace 192.168.12.0/24 dev eth2 src 192.168.12.1 mtu lock "$MTU"
attach_interfaces eth1 eth2 --public "$PUBLIC" --server "$DMZ_SERVER"

watch_checksums dmzserver
watch_checksums client
expect_saw "TCP, segments too big at first" "$PUBLIC:[0-9]+" client --size 1000000 \
	tcp "$PUBLIC" 21116
(($(outcome too_big) > 0)) || fail "no segment was too big: $(natloopctl stats)"
expect_match "the client has learned the MTU" "mtu $MTU" \
	"$(ns_exec client ip route get "$PUBLIC")"

# A socket that may not fragment meets the MTU that is known by now: its kernel cuts for it.
expect_saw "UDP, cut by the client" "$PUBLIC:[0-9]+" client --size 1400 udp "$PUBLIC" 21116
expect_equal "cut by the router so far" 0 "$(outcome split)"

# Path MTU discovery off: no DF, and the router cuts, fragments of large datagrams, too.
ns_exec client ip route flush cache
ns_sysctl client ipv4/ip_no_pmtu_disc 1
for size in 1273 1400 1472 4000 20000; do
	expect_saw "UDP of $size bytes, cut by the router" "$PUBLIC:40002" client --from-port 40002 \
		--size "$size" udp "$PUBLIC" 21116
done
(($(outcome split) > 0)) || fail "nothing was cut: $(natloopctl stats)"
expect_equal "cut in vain" 0 "$(outcome cannot_split)"
expect_good_checksums dmzserver
expect_good_checksums client
