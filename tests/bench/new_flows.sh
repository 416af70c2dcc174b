#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Flows a second that one core of a router makes: prints records of the measure "new-flows" (see
# tests/bench/README.md).
#
# usage: tests/bench/new_flows.sh [--rounds N] [SYSTEM...]
#
# Each of 50,000 client sockets sends its first frame, and no other, to a router of its own that has
# no flow; never so many at once that the router's ring overflows, never so few that it is idle. A
# figure is the flows that the system counts afterwards, over the time that the router's thread has
# had a CPU. natloop makes a binding with each of them, too.
#
# Every system makes all flows once before, in the same router, and forgets them, so that none pays
# for memory that nobody has touched: the tables of natloop are made with its instance, the entries
# of the kernel's NAT are taken from memory that other rounds may have used, or not. Then as many
# megabytes as NEW_FLOWS_SWEEP_MB says (128; 0: none) are written on the router's CPU, so that none
# finds in the caches what it had there.

# shellcheck source-path=SCRIPTDIR source=lib_wires.sh
. "${BASH_SOURCE[0]%/*}/lib_wires.sh"

SYSTEMS=(natloop-xdp natloop-tc nft iptables)
SOCKETS=50000
SWEEP_MB=${NEW_FLOWS_SWEEP_MB:-128}
NOTE="all flows made once before and forgotten"
rounds=7

# The router's caches then have nothing of what the system did before.
sweep() {
	((SWEEP_MB)) || return 0
	taskset -c "$ROUTER_CPU" dd if=/dev/zero of=/dev/null bs="${SWEEP_MB}M" count=1 status=none
}

# sample SYSTEM ROUND
sample() {
	local system=$1 out made
	wires_make "$system"
	wires_outside new --flows "$SOCKETS" >/dev/null
	made=$(wires_flows "$system")
	((made * 100 >= SOCKETS * 90)) || fail "$system: had $made flows before, not $SOCKETS"
	wires_forget "$system"
	sweep
	out=$(wires_outside new --flows "$SOCKETS")
	made=$(wires_flows "$system")
	wires_remove
	say "new-flows: $system: $made flows: $out"
	((made * 100 >= SOCKETS * 99)) || fail "$system: has $made flows, not $SOCKETS"
	expect_jq "$system: what came back was right" ".right * 100 >= $made * 99 and .wrong < 100" "$out"
	bench_record new-flows UDP "$system" "$2" "$(jq "$made / .busy | round" <<<"$out")" flows/s \
		"$NOTE"
}

bench_options "$@"
[[ $SWEEP_MB =~ ^(0|[1-9][0-9]{0,3})$ ]] ||
	fail "NEW_FLOWS_SWEEP_MB is '$SWEEP_MB'; give a number from 0 to 9999"
if ((SWEEP_MB)); then
	NOTE+=", then $SWEEP_MB MB written to sweep the caches"
fi
need_tools conntrack dd
set -- "${SYSTEMS[@]}"
wires_begin new-flows "$@"
for ((round = 1; round <= rounds; round++)); do
	say "new-flows: round $round of $rounds"
	read -ra turns < <(bench_turns "$round" "$@")
	for system in "${turns[@]}"; do
		sample "$system" "$round"
	done
done
