#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The server is in another network of the router, a DMZ on eth2, and both interfaces are attached:
# clients on eth1 reach it by the public address, whether or not XDP can transmit on eth2.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

DMZ_SERVER=192.168.12.20

# The network behind eth2.
dmz_add() {
	switch_add dmz
	router_port eth2 192.168.12.1 dmz to-router
	host_add dmzserver "$DMZ_SERVER" dmz 192.168.12.1
	serve dmzserver tcp/21115-21117 udp/21116
}

# talk_to_dmz WHAT
talk_to_dmz() {
	expect_saw "$1, TCP" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
	expect_saw "$1, UDP" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
	expect_saw "$1, UDP, 1400 bytes" "$PUBLIC:40404" client --from-port 40404 --size 1400 \
		udp "$PUBLIC" 21116
}

topology_make
dmz_add
attach_interfaces eth1 eth2 --public "$PUBLIC" --server "$DMZ_SERVER"
expect_jq "both interfaces in status" '[.interfaces[].name] | sort == ["eth1", "eth2"]' \
	"$(natloopctl status -j)"
watch_checksums dmzserver
watch_checksums client
talk_to_dmz "eth1 and eth2"
expect_saw "from the server itself" "$PUBLIC:[0-9]+" dmzserver tcp "$PUBLIC" 21115
expect_good_checksums dmzserver
expect_good_checksums client
detach

if [[ $MODE == xdp ]]; then
	# Now the peer of eth2 takes no XDP frames: TC has to finish what XDP cannot send.
	ns_exec dmz ip link set dev to-router xdp off
	attach_interfaces eth1 eth2 --public "$PUBLIC" --server "$DMZ_SERVER"
	talk_to_dmz "eth2 without XDP transmit"
	detach
fi
