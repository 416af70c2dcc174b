#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Flows end by themselves, without a daemon: with a UDP timeout of 2 seconds in the configuration
# file the flow vanishes from the list and from the table, while a TCP connection stays; a
# conversation that keeps talking is not ended, one that is only traced is. The client's port is free
# again afterwards.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

flows_of() {
	natloopctl flow list "proto=$1" -j | jq length
}

no_udp_flow() {
	[[ $(flows_of udp) == 0 ]]
}

traced_and_gone() {
	natloopctl trace 192.168.11.2:40000 "$PUBLIC:21116" --proto udp >/dev/null || true
	no_udp_flow
}

flow_count_is() {
	[[ $(natloopctl status -j | jq .flows.count) == "$1" ]]
}

topology_make
printf '[timeout]\nudp = 2\n' >"$NL_DIR/short.conf"
attach --config "$NL_DIR/short.conf"
talk_open tcp client tcp 0 "$PUBLIC" 21116
talk_open udp client udp 40000 "$PUBLIC" 21116
talk_say tcp hello
for i in 1 2 3 4 5 6 7 8; do
	talk_say udp "packet $i"
	expect_equal "source of packet $i" "$PUBLIC:40000" "${SAW[udp]}"
	expect_equal "UDP flows while it talks" 1 "$(flows_of udp)"
	sleep 0.5
done
wait_until 10 "the UDP flow to expire" traced_and_gone
expect_equal "the TCP flow stays" 1 "$(flows_of tcp)"
wait_until 10 "the table to be swept" flow_count_is 1
expect_saw "the port is free for another client" "$PUBLIC:40000" client2 --from-port 40000 \
	udp "$PUBLIC" 21116
talk_say udp "after a pause"
talk_say tcp "still here"
