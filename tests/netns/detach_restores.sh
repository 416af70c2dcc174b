#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Detach leaves the router exactly as it was: addresses, routes, rules, nftables, qdiscs, filters,
# links, interface features and settings; and nothing of ours in the kernel: no program, no map, no
# pin, no qdisc. With flows in the table, and for all source modes.
# modes: auto tc xdp xdp-generic
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
expect_saw "before" "$INTERNET:[0-9]+" internet tcp "$PUBLIC" 21116
router_snapshot >"$NL_DIR/before"
router_snapshot >"$NL_DIR/again"
expect_same "the snapshot itself" "$NL_DIR/before" "$NL_DIR/again"

for snat in public router; do
	attach --snat "$snat"
	expect_saw "attached" ".*:[0-9]+" client tcp "$PUBLIC" 21116
	expect_saw "attached" ".*:[0-9]+" client udp "$PUBLIC" 21116
	router_snapshot >"$NL_DIR/attached"
	! diff -q "$NL_DIR/before" "$NL_DIR/attached" >/dev/null ||
		fail "the snapshot does not notice natloop"
	note_programs
	expect_success "detach" natloopctl detach eth1
	expect_nothing_left
	router_snapshot >"$NL_DIR/after"
	expect_same "the router after detach" "$NL_DIR/before" "$NL_DIR/after"
done
