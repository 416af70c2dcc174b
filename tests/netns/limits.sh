#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# --max-flows and --client-flows are changed while there are flows: with smaller ones the flows
# that exist stay and new ones are refused, with larger ones new flows are made again, and a table
# that cannot hold so many is refused in one line. The maps never take more than status shows.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# flows_make HOST NUMBER: UDP, from as many ports.
flows_make() {
	# shellcheck disable=SC2016 # expanded in the namespace
	ns_exec "$1" bash -c 'for ((i = 0; i < $1; i++)); do
		exec {fd[i]}<>"/dev/udp/$0/21116" && echo "$i" >&"${fd[i]}"; done' "$PUBLIC" "$2"
}

# expect_refused_flow WHAT OUTCOME HOST: a new flow is refused, with that outcome, and the talks go on.
expect_refused_flow() {
	local before
	before=$(outcome "$2")
	! call "$3" --timeout 1 udp "$PUBLIC" 21116 &>/dev/null || fail "$1: a new flow was made"
	(($(outcome "$2") > before)) || fail "$1: the outcome $2 was not counted"
	talk_say live "$1"
	talk_say tcp "$1"
}

expect_flows() {
	expect_jq "$1" ".flows == {\"count\": $2, \"max\": $3}" "$(natloopctl status -j)"
}

# Of all maps that are pinned, and what status shows.
expect_within_memory() {
	local bytes=0 pin shown map
	shown=$(natloopctl status -j | jq .memory.bytes)
	expect_equal "memory shown $1" "$memory" "$shown"
	for pin in "$NL_PINS/$NL_INSTANCE"/*; do
		map=$("$(find_bpftool)" -j map show pinned "$pin" 2>/dev/null) || continue
		bytes=$((bytes + $(jq '.bytes_memlock // 0' <<<"$map")))
	done
	((bytes > 0 && bytes <= shown)) || fail "$1 the maps take $bytes bytes, status shows $shown"
}

topology_make
attach --max-flows 200 --client-flows 150
memory=$(natloopctl status -j | jq .memory.bytes)
expect_within_memory "without a flow"
talk_open live client udp 42424 "$PUBLIC" 21116
talk_open tcp client tcp 42424 "$PUBLIC" 21116
talk_say live "begin"
flows_make client 98
expect_flows "flows" 100 200

# One client's.
natloopctl attach eth1 --client-flows 100
expect_refused_flow "as many as --client-flows" client_limit client
natloopctl attach eth1 --client-flows 50
expect_flows "flows beyond --client-flows stay" 100 200
expect_refused_flow "more than --client-flows" client_limit client
expect_saw "another client" "$PUBLIC:[0-9]+" client2 udp "$PUBLIC" 21116
natloopctl attach eth1 --client-flows 101
expect_saw "room for one more" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
expect_refused_flow "and no more" client_limit client
natloopctl attach eth1 --client-flows 150

# All clients'.
natloopctl attach eth1 --max-flows 64
expect_flows "flows beyond --max-flows stay" 102 64
expect_refused_flow "more than --max-flows" table_full client
expect_refused_flow "more than --max-flows" table_full client2
expect_refused 1 "--client-flows: 65 is more than --max-flows \\(64\\)" \
	attach eth1 --client-flows 65
natloopctl attach eth1 --max-flows 200
expect_saw "room again" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
expect_flows "flows" 103 200
natloopctl forward add "tcp/80=$SERVER"
expect_flows "another change keeps the limits" 103 200
flows_make client2 140
expect_flows "the table is full" 200 200
expect_refused_flow "a full table" table_full client
expect_within_memory "with a full table"

# Beyond the maps.
expect_refused 1 "--max-flows: 201 is more than the running table holds \\(200\\); .*detach --all" \
	attach eth1 --max-flows 201
expect_flows "nothing was changed" 200 200
talk_say tcp "after all"
natloopctl flow flush
expect_flows "flushed" 0 200
expect_within_memory "after all"
