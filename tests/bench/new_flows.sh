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
# natloop's tables are made with its instance, those of the kernel's NAT with the machine: their
# memory was used by rounds before, or by others. So natloop makes all flows once before, and forgets
# them: else it would pay for a page that nobody has touched with every twentieth flow.

# shellcheck source-path=SCRIPTDIR source=lib_wires.sh
. "${BASH_SOURCE[0]%/*}/lib_wires.sh"

SYSTEMS=(natloop-xdp natloop-tc nft iptables)
SOCKETS=50000
rounds=7

# sample SYSTEM ROUND
sample() {
	local system=$1 out made
	wires_make "$system"
	if [[ $system == natloop-* ]]; then
		wires_outside new --flows "$SOCKETS" >/dev/null
		natloopctl flow flush >/dev/null
		(($(wires_flows "$system") == 0)) || fail "$system: flows are left after the flush"
	fi
	out=$(wires_outside new --flows "$SOCKETS")
	made=$(wires_flows "$system")
	wires_remove
	say "new-flows: $system: $made flows: $out"
	((made * 100 >= SOCKETS * 99)) || fail "$system: has $made flows, not $SOCKETS"
	expect_jq "$system: what came back was right" ".right * 100 >= $made * 99 and .wrong < 100" "$out"
	bench_record new-flows UDP "$system" "$2" "$(jq "$made / .busy | round" <<<"$out")" flows/s
}

bench_options "$@"
set -- "${SYSTEMS[@]}"
wires_begin new-flows "$@"
for ((round = 1; round <= rounds; round++)); do
	say "new-flows: round $round of $rounds"
	read -ra turns < <(bench_turns "$round" "$@")
	for system in "${turns[@]}"; do
		sample "$system" "$round"
	done
done
