#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A filter that somebody else has at the same place, with its clsact qdisc, is there after attach
# and after detach as it was before, and so is an egress filter; and our own filter is gone.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

filters() {
	ns_exec router tc qdisc show dev eth1
	ns_exec router tc filter show dev eth1 ingress
	ns_exec router tc filter show dev eth1 egress
}

topology_make
# Both classify UDP 9 and see nothing else, so natloop still gets what it needs.
ns_exec router tc qdisc add dev eth1 clsact
ns_exec router tc filter add dev eth1 ingress protocol ip prio 10 u32 \
	match ip protocol 17 0xff match ip dport 9 0xffff flowid 1:9
ns_exec router tc filter add dev eth1 egress protocol ip prio 20 u32 \
	match ip protocol 17 0xff match ip dport 9 0xffff flowid 1:9
filters >"$NL_DIR/before"
attach
expect_saw "with a foreign filter" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_match "our filter is there" "natloop_tc" "$(filters)"
expect_match "the foreign filter, too" "pref 10 u32" "$(filters)"
note_programs
detach
filters >"$NL_DIR/after"
expect_same "filters of eth1" "$NL_DIR/before" "$NL_DIR/after"
expect_nothing_left

# A foreign filter that came while natloop was attached keeps the qdisc that natloop made.
ns_exec router tc qdisc del dev eth1 clsact
attach
ns_exec router tc filter add dev eth1 egress protocol ip prio 20 u32 \
	match ip protocol 17 0xff match ip dport 9 0xffff flowid 1:9
detach
expect_match "the filter that came later" "pref 20 u32" "$(filters)"
[[ $(filters) != *natloop* ]] || fail "our filter is left: $(filters)"
ns_exec router tc qdisc del dev eth1 clsact

# Nothing can be added to a block of filters by the interface.
ns_exec router tc qdisc add dev eth1 ingress_block 7 clsact
filters >"$NL_DIR/before"
expect_refused 1 '^natloopctl: eth1: its clsact or ingress qdisc shares a block of filters' \
	attach eth1 --public "$PUBLIC" --server "$SERVER"
filters >"$NL_DIR/after"
expect_same "filters of eth1 beside a block" "$NL_DIR/before" "$NL_DIR/after"
expect_nothing_left
