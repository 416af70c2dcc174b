#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Packets a second that one core of a router translates and sends on: prints records of the measure
# "rate" (see tests/bench/README.md).
#
# usage: tests/bench/rate.sh [--rounds N] [--seconds S] [--only REGEX] [SYSTEM...]
#
# A figure is the frames that the sink got in the time and found right: length, MAC addresses,
# addresses, ports, TTL and both checksums are those of a frame of one of the flows, translated (of
# xdp-tx: sent back). More were offered than the router took, or there is no figure. All flows exist
# before. Frames go from the clients to the server only, and nobody answers: to the kernel's NAT
# these are unreplied UDP flows, which cost it no more than others.

# shellcheck source-path=SCRIPTDIR source=lib_wires.sh
. "${BASH_SOURCE[0]%/*}/lib_wires.sh"

SYSTEMS=(xdp-tx natloop-xdp natloop-tc nft iptables)
SIZES=(60 512 1514)
FLOWS=(1 1000 100000)
ATTEMPTS=3
LOST_PERCENT=2 # of what the router took, at the sink: more, and the sink was the limit
rounds=7
seconds=1
only=

# measure SYSTEM SIZE FLOWS: sets generated, taken, right and took.
measure() {
	local options=() out
	[[ $1 != xdp-tx ]] || options=(--returned)
	out=$(wires_outside run "${options[@]}" --size "$2" --flows "$3" --seconds "$seconds")
	read -r generated taken right _ _ took <<<"$out"
	((right > 0)) || fail "$1, $2 bytes: no frame came back as it should be: $out"
}

is_lossy() {
	(((taken - right) * 100 > taken * LOST_PERCENT))
}

# sample SYSTEM ROUND SIZE FLOWS
sample() {
	local system=$1 variant attempt note='' generated taken right took
	variant=$(variant_of "$3" "$4")
	nl_use "$system"
	for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
		measure "$system" "$3" "$4"
		is_lossy || break
	done
	if ((generated * 100 < taken * 105)); then
		bench_skip rate "$variant" "$system" "the generator was the limit"
		return
	fi
	wires_expect_flows "$system" "$4"
	! is_lossy || note="the sink lost more than $LOST_PERCENT % of what came, which the figure lacks"
	bench_record rate "$variant" "$system" "$2" \
		"$(awk "BEGIN { printf \"%.0f\", $right / $took }")" packets/s "$note"
}

variant_of() {
	echo "${1}B $2 flow$( (($2 == 1)) || echo s)"
}

# Why the system cannot hold so many flows; nothing if it can.
no_room() {
	local system=$1 flows=$2 most=$WIRES_FLOWS
	case $system in
	xdp-tx) return ;;
	nft | iptables) most=$(</proc/sys/net/netfilter/nf_conntrack_max) ;;
	esac
	((flows < most)) || echo "its table has room for $most flows (nf_conntrack_max)"
}

# one_variant ROUND SIZE FLOWS SYSTEM...: the systems in turn.
one_variant() {
	local round=$1 size=$2 flows=$3 variant system why turns
	variant=$(variant_of "$size" "$flows")
	shift 3
	[[ $variant =~ $only ]] || return 0
	say "rate: round $round of $rounds: $variant"
	read -ra turns < <(bench_turns "$round" "$@")
	for system in "${turns[@]}"; do
		why=$(no_room "$system" "$flows")
		if [[ -z $why ]]; then
			sample "$system" "$round" "$size" "$flows"
		elif ((round == 1)); then
			bench_skip rate "$variant" "$system" "$why"
		fi
	done
}

bench_options "$@"
set -- "${SYSTEMS[@]}"
wires_begin rate "$@"
for system in "$@"; do
	wires_make "$system"
done
for ((round = 1; round <= rounds; round++)); do
	for size in "${SIZES[@]}"; do
		for flows in "${FLOWS[@]}"; do
			one_variant "$round" "$size" "$flows" "$@"
		done
	done
done
