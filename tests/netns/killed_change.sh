#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which forward, public and flow flush change
# something: the same command again, or attach where that has no object any more, completes what
# was begun, and no flow stays that the configuration would not make.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

SECOND=172.16.16.2
declare -A points

no_flows() {
	natloopctl status -j | jq -e '.flows.count == 0' >/dev/null
}

# Nobody sees one any more, and the sweep takes away what is left of them.
expect_no_flows() {
	expect_equal "flows after $1" 0 "$(natloopctl flow list -j | jq length)"
	wait_until 5 "the end of the flows after $1" no_flows
}

killed_forward_add() {
	expect_sane_status "kill $1 of forward add"
	expect_success "forward add again" natloopctl forward add "tcp/8443=$SERVER:21116"
	expect_saw "the new forward" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 8443
	natloopctl forward del "tcp/8443=$SERVER:21116"
	natloopctl flow flush
}

# With a flow that must end.
killed_forward_del() {
	local where="kill $1 of forward del" status=0
	expect_sane_status "$where"
	natloopctl forward del "udp/21116=$SERVER" &>"$NL_DIR/del" || status=$?
	if ((status)); then
		expect_match "forward del after $where" "no such forward" "$(<"$NL_DIR/del")"
		natloopctl attach eth1
	fi
	expect_no_flows "$where"
	expect_unreachable "after $where" client udp "$PUBLIC" 21116
	natloopctl forward add "udp/21116=$SERVER"
	expect_saw "the forward that is back" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
}

killed_public_add() {
	expect_sane_status "kill $1 of public add"
	expect_success "public add again" natloopctl public add "$SECOND"
	expect_jq "public addresses" "sort == [\"$PUBLIC\", \"$SECOND\"]" \
		"$(natloopctl public list -j)"
	expect_saw "the new address" "$SECOND:[0-9]+" client tcp "$SECOND" 21116
	natloopctl public del "$SECOND"
	natloopctl flow flush
}

killed_public_del() {
	local where="kill $1 of public del" status=0
	expect_sane_status "$where"
	natloopctl public del "$SECOND" &>"$NL_DIR/del" || status=$?
	if ((status)); then
		expect_match "public del after $where" "no such public address" "$(<"$NL_DIR/del")"
		natloopctl attach eth1
	fi
	expect_no_flows "$where"
	natloopctl public add "$SECOND"
	expect_saw "the address that is back" "$SECOND:[0-9]+" client udp "$SECOND" 21116
}

make_flows() {
	local proto
	for proto in udp tcp; do
		expect_saw "a new flow" "$PUBLIC:[0-9]+" client "$proto" "$PUBLIC" 21116
	done
}

killed_flush() {
	expect_sane_status "kill $1 of flow flush"
	expect_success "flush again" natloopctl flow flush
	expect_no_flows "kill $1 of flow flush and another"
	make_flows
}

# each KILL-FUNCTION VERB...
each() {
	each_kill "$@"
	points[${1#killed_}]=$KILLS
}

topology_make
ns_exec router ip address add "$SECOND/32" dev eth0
attach
each killed_forward_add forward add "tcp/8443=$SERVER:21116"
natloopctl forward del "tcp/8443=$SERVER:21116"

expect_saw "a flow that will have to end" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
each killed_forward_del forward del "udp/21116=$SERVER"
expect_no_flows "forward del"
natloopctl forward add "udp/21116=$SERVER"

each killed_public_add public add "$SECOND"
expect_saw "a flow that will have to end" "$SECOND:[0-9]+" client udp "$SECOND" 21116
each killed_public_del public del "$SECOND"
expect_no_flows "public del"

make_flows
each killed_flush flow flush
expect_no_flows "flow flush"
for name in "${!points[@]}"; do
	echo "$name: killed before each of ${points[$name]} calls"
done
note_programs
detach
expect_nothing_left
