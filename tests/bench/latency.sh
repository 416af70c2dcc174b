#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The time of a request and its answer, by UDP and by TCP, on idle ways and on ways that carry load:
# prints records of the measure "latency" (see tests/bench/README.md).
#
# usage: tests/bench/latency.sh [--rounds N] [--seconds S] [SYSTEM...]
#
# Many short rounds: the speed of a virtual machine drifts within seconds, and only what is measured
# soon after one another can be compared. The load is a stream of UDP datagrams by iperf3, from the
# same client to the same server through the same system, at the same rate for each. What of it
# arrived is printed, and is in the record's note if it was less than it should be.

# shellcheck source-path=SCRIPTDIR source=lib_hosts.sh
. "${BASH_SOURCE[0]%/*}/lib_hosts.sh"

TOOL=$NL_BUILD/tests/bench/latency
LOAD_MBIT=${LATENCY_LOAD_MBIT:-300}
LOAD_BYTES=1400 # of payload in each datagram
rounds=12
seconds=0.6
load_pid=
load_arrived=

# load_start SYSTEM: what it reports is in $NL_DIR/load when it is over, which is at the earliest
# when both protocols were measured.
load_start() {
	local duration=$(((seconds_ms * 2 + 2500) / 1000))
	start client taskset -c "$CLIENT_CPU" timeout -k 1 $((duration + 20)) \
		iperf3 -J -u -c "$(hosts_target "$1")" -p "$LOAD_PORT" -b "${LOAD_MBIT}M" \
		-l "$LOAD_BYTES" -t "$duration" >"$NL_DIR/load" &
	load_pid=$!
	sleep 0.5
}

# load_end SYSTEM ROUND: sets load_arrived, in Mbit/s.
load_end() {
	local sent lost
	wait "$load_pid" || fail "$1: the load ended with status $?: $(jq -r .error "$NL_DIR/load")"
	read -r sent lost < <(jq -r '.end.sum | "\(.bits_per_second / 1e6) \(.lost_percent)"' \
		"$NL_DIR/load")
	load_arrived=$(awk "BEGIN { printf \"%.0f\", $sent * (1 - $lost / 100) }")
	say "latency: round $2: load on $1: $load_arrived of $LOAD_MBIT Mbit/s arrived, $lost % lost"
}

# ask SYSTEM ROUND LOAD PROTO: adds its records to $NL_DIR/records.
ask() {
	local system=$1 path requests
	path=$(hosts_path "$system")
	ns_exec client taskset -c "$CLIENT_CPU" "$TOOL" ask "$4" "$(hosts_target "$system")" \
		"$LATENCY_PORT" --seconds "$seconds" --system "$system" --round "$2" --load "$3" \
		>>"$NL_DIR/records" 2>"$NL_DIR/asked" || fail "$system: $(<"$NL_DIR/asked")"
	requests=$(sed -n 's/^latency: \([0-9]*\) requests.*/\1/p' "$NL_DIR/asked")
	((requests > 0)) || fail "$system: no request was answered in time"
	hosts_check_path "$system" "$path" "$requests"
}

# one_turn SYSTEM ROUND idle|loaded
one_turn() {
	local system=$1 round=$2 load=$3 proto
	nl_use "$system"
	: >"$NL_DIR/records"
	[[ $load == idle ]] || load_start "$system"
	for proto in udp tcp; do
		ask "$system" "$round" "$load" "$proto"
	done
	[[ $load == idle ]] || load_end "$system" "$round"
	if [[ $load == loaded ]] && ((load_arrived * 100 < LOAD_MBIT * 95)); then
		jq -c --arg n "less than 95 % of the load, which is $LOAD_MBIT Mbit/s, arrived" \
			'.note = ([.note // empty, $n] | join("; "))' "$NL_DIR/records"
	else
		cat "$NL_DIR/records"
	fi
}

bench_options "$@"
set -- "${SYSTEMS[@]}"
seconds_ms=$(awk "BEGIN { printf \"%d\", $seconds * 1000 }")

hosts_make "$@"
for system in "$@"; do
	nl_use "$system"
	hosts_serve udp "$LATENCY_PORT" "$TOOL" serve udp "$LATENCY_PORT"
	hosts_serve tcp "$LATENCY_PORT" "$TOOL" serve tcp "$LATENCY_PORT"
	hosts_serve tcp "$LOAD_PORT" iperf3 -s -p "$LOAD_PORT"
done
for ((round = 1; round <= rounds; round++)); do
	read -ra turns < <(bench_turns "$round" "$@")
	for load in idle loaded; do
		say "latency: round $round of $rounds: $load"
		for system in "${turns[@]}"; do
			one_turn "$system" "$round" "$load"
		done
	done
done
