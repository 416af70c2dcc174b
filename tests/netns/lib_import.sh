#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the tests of import have in common. Sourced behind lib.sh.

# shellcheck disable=SC2034 # for the scripts that source this file
FIXTURES=$NL_ROOT/tests/fixtures

# forwards_are SPEC...: those of the running natloop, in any order.
forwards_are() {
	expect_equal "forwards" "$(printf '%s\n' "$@" | sort)" "$(natloopctl forward list | sort)"
}

# dmz_holds: the router keeps SSH and what it redirects, the server has the rest, each reached from the
# LAN by the public address. Both ends answer on every port that is asked for.
dmz_holds() {
	expect_saw "the router's own SSH" "$CLIENT:40022" client --from-port 40022 tcp "$PUBLIC" 22
	expect_saw "what the router redirects" "$CLIENT:40023" client --from-port 40023 tcp \
		"$PUBLIC" 2222
	expect_saw "the rest" "$PUBLIC:40024" client --from-port 40024 tcp "$PUBLIC" 2223
}

# attach_alone: with no other word it reflects RustDesk's ports, as the router's rules forward them.
attach_alone() {
	local proto
	expect_success "attach eth1, and no other word" natloopctl attach eth1
	forwards_are "tcp/21115-21117=$SERVER" "udp/21116=$SERVER"
	for proto in tcp udp; do
		expect_saw "$proto to the public address" "$PUBLIC:40001" client --from-port 40001 \
			"$proto" "$PUBLIC" 21116
	done
}
