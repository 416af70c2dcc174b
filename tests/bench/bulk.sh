#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# TCP by iperf3 from a client to the server behind the public address, and the CPU time that it
# takes: prints records of the measures "bulk" and "cpu" (see tests/bench/README.md).
#
# usage: tests/bench/bulk.sh [--rounds N] [--seconds S] [--only REGEX] [SYSTEM...]
#
# CPU time is that of the whole machine, both iperf3 too: user, system and interrupts from
# /proc/stat, less what an idle machine used in the same time, measured at the start of each round.

# shellcheck source-path=SCRIPTDIR source=lib_hosts.sh
. "${BASH_SOURCE[0]%/*}/lib_hosts.sh"

IDLE_SECONDS=2
rounds=5
seconds=3
only=
idle_share=0

# Ticks of work of all CPUs since boot: user, nice, system, irq, softirq.
busy_ticks() {
	awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

# Sets idle_share: ticks of work in a microsecond when nothing is measured.
measure_idle() {
	local before begin=${EPOCHREALTIME/./}
	before=$(busy_ticks)
	sleep "$IDLE_SECONDS"
	idle_share=$(awk "BEGIN { print ($(busy_ticks) - $before) / (${EPOCHREALTIME/./} - $begin) }")
}

# sample SYSTEM ROUND VARIANT OPTION...: one run of iperf3.
sample() {
	local system=$1 round=$2 variant=$3 note='' out path before begin ticks took bytes rate
	shift 3
	nl_use "$system"
	path=$(hosts_path "$system")
	begin=${EPOCHREALTIME/./}
	before=$(busy_ticks)
	out=$(ns_exec client taskset -c "$CLIENT_CPU" timeout -k 1 $((seconds + 20)) \
		iperf3 -J -c "$(hosts_target "$system")" -p "$BULK_PORT" -t "$seconds" "$@") ||
		fail "$system, $variant: iperf3: $(jq -r '.error // "no answer"' <<<"$out")"
	ticks=$(($(busy_ticks) - before))
	took=$((${EPOCHREALTIME/./} - begin))
	read -r bytes rate < <(jq -r '.end.sum_received | "\(.bytes) \(.bits_per_second)"' <<<"$out")
	hosts_check_path "$system" "$path" $((bytes / 65536))
	[[ $system != natloop-xdp ]] || note=$XDP_NOTE
	bench_record bulk "$variant" "$system" "$round" "$rate" bit/s "$note"
	bench_record cpu "$variant" "$system" "$round" "$(awk "BEGIN { print \
		($ticks - $idle_share * $took) / $(getconf CLK_TCK) / ($bytes / 1e9) }")" s/GB "$note"
}

variant_of() {
	echo "$1 stream$([[ $1 == 1 ]] || echo s) $2"
}

# one_round ROUND SYSTEM...: the systems in turn for each variant.
one_round() {
	local round=$1 streams way system variant options turns
	read -ra turns < <(bench_turns "$@")
	measure_idle
	for streams in 1 8; do
		for way in up down; do
			variant=$(variant_of "$streams" "$way")
			[[ $variant =~ $only ]] || continue
			options=(-P "$streams")
			[[ $way == up ]] || options+=(-R)
			say "bulk: round $round of $rounds: $variant"
			for system in "${turns[@]}"; do
				sample "$system" "$round" "$variant" "${options[@]}"
			done
		done
	done
}

bench_options "$@"
set -- "${SYSTEMS[@]}"
bench_expect_match "$(variant_of 1 up)" "$(variant_of 1 down)" "$(variant_of 8 up)" \
	"$(variant_of 8 down)"

hosts_make "$@"
for system in "$@"; do
	nl_use "$system"
	hosts_serve tcp "$BULK_PORT" iperf3 -s -p "$BULK_PORT"
done
for ((round = 1; round <= rounds; round++)); do
	one_round "$round" "$@"
done
