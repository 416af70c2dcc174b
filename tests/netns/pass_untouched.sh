#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What is not ours works as before: the router's own service on the public address (another port),
# ping to it, DNS-like UDP to the router, traffic to the Internet, and TCP 21118 and UDP 21119 that
# LAN hosts use among themselves. Our counters agree that none of it was translated.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

all_of_it() {
	local when=$1
	expect_saw "$when: router's service, TCP 22" "$CLIENT:[0-9]+" client tcp "$PUBLIC" 22
	expect_saw "$when: router's service, UDP 53" "$CLIENT:[0-9]+" client udp "$PUBLIC" 53
	expect_saw "$when: router's service on the LAN address" "$CLIENT:[0-9]+" client \
		tcp "$ROUTER" 22
	expect_saw "$when: the Internet" "$PUBLIC:[0-9]+" client tcp "$INTERNET" 80
	expect_saw "$when: LAN hosts, TCP 21118" "$CLIENT:[0-9]+" client tcp "$SERVER" 21118
	expect_saw "$when: LAN hosts, UDP 21119" "$CLIENT:[0-9]+" client udp "$SERVER" 21119
	expect_saw "$when: LAN hosts, TCP 21116" "$CLIENT:[0-9]+" client tcp "$SERVER" 21116
	expect_saw "$when: the port forward" "$INTERNET:[0-9]+" internet tcp "$PUBLIC" 21116
	expect_saw "$when: the port forward, UDP" "$INTERNET:[0-9]+" internet udp "$PUBLIC" 21116
	expect_success "$when: ping" ns_exec client ping -c 1 -W 3 "$PUBLIC" >/dev/null
	expect_unreachable "$when: a closed port" client tcp "$PUBLIC" 21118
}

need_tools ping
topology_make
serve router tcp/22
serve router --bind "$PUBLIC" udp/53
serve internet tcp/80
all_of_it "before"
attach
all_of_it "attached"
for name in new_flow to_server to_client; do
	expect_equal "counter $name" 0 "$(outcome "$name")"
done
expect_equal "flows" 0 "$(natloopctl flow list -j | jq length)"
expect_saw "and natloop works" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
detach
all_of_it "after"
