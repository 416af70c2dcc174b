#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the server sees as the client's address: by default the public address that was dialled,
# with --snat router the router's own address in the LAN, with --snat ADDR that address; for TCP
# and UDP, always with the client's own port.
# modes: auto tc xdp xdp-generic
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# expect_source WHAT ADDRESS PORT
expect_source() {
	local port=$3
	expect_saw "$1, TCP" "$2:$port" client --from-port "$port" tcp "$PUBLIC" 21116
	expect_saw "$1, UDP" "$2:$port" client --from-port "$port" udp "$PUBLIC" 21116
}

topology_make
attach
expect_source "default" "$PUBLIC" 30001
detach

attach --snat public
expect_source "--snat public" "$PUBLIC" 30003
expect_equal "snat in status" public "$(natloopctl status -j | jq -r .snat)"
detach

attach --snat router
expect_source "--snat router" "$ROUTER" 30005
expect_equal "snat in status" router "$(natloopctl status -j | jq -r .snat)"
detach

# An address that the server's answers to come back through the router.
attach --snat 10.99.99.1
expect_source "--snat ADDR" 10.99.99.1 30007
expect_equal "snat in status" 10.99.99.1 "$(natloopctl status -j | jq -r .snat)"
detach
expect_unreachable "after detach" client tcp "$PUBLIC" 21116
