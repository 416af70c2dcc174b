#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Packets a second that one core of a router translates and sends on: prints records of the measure
# "rate" (see tests/bench/README.md).
#
# usage: tests/bench/rate.sh [--rounds N] [--seconds S] [--only REGEX] [SYSTEM...]
#
# A figure is the frames that the router took, translated and sent, over the time that its thread
# has had a CPU, which on a machine with two CPUs is less than the time of the sample: the other one
# has to make each frame and to look at it, which takes longer than the fastest routers do. What the
# sink counts is right in length, MAC addresses, addresses, ports, TTL and both checksums, as the
# frame of one of the flows that is translated (of xdp-tx: sent back). Frames for which the sink's
# ring had no room were sent, and count if of those that came none was wrong.
#
# More is offered than the router takes, or there is no figure. All flows exist before. Frames go
# from the clients to the server only, and nobody answers: to the kernel's NAT these are unreplied
# UDP flows, which cost it no more than others.

# shellcheck source-path=SCRIPTDIR source=lib_wires.sh
. "${BASH_SOURCE[0]%/*}/lib_wires.sh"

SYSTEMS=(xdp-tx xdp-rewrite natloop-xdp natloop-tc nft iptables)
SIZES=(60 512 1514)
FLOWS=(1 1000 100000)
rounds=7
seconds=1
only=

# sample SYSTEM ROUND SIZE FLOWS
sample() {
	local system=$1 size=$3 flows=$4 options=() out variant note
	variant=$(variant_of "$size" "$flows")
	nl_use "$system"
	[[ $system != xdp-tx ]] || options=(--returned)
	out=$(wires_outside run "${options[@]}" --size "$size" --flows "$flows" --seconds "$seconds")
	say "rate: $system: $out"
	expect_jq "$system: what came back was right" '.right > 0 and .wrong * 1000 < .right' "$out"
	wires_expect_flows "$system" "$flows"
	if jq -e '.generated < .taken * 1.05' <<<"$out" >/dev/null; then
		bench_skip rate "$variant" "$system" "the generator was the limit"
		return
	fi
	# Few steps, so that rounds have the same note.
	note=$(jq -r '1 - .busy / .seconds | if . > 0.1 then
		"the router\u0027s thread was idle more than " +
		"\(if . > 0.5 then 50 elif . > 0.25 then 25 else 10 end) % of the time"
		else empty end' <<<"$out")
	bench_record rate "$variant" "$system" "$2" \
		"$(jq '(.right + .refused) / .busy | round' <<<"$out")" packets/s "$note"
}

variant_of() {
	echo "${1}B $2 flow$( (($2 == 1)) || echo s)"
}

# Why the system cannot hold so many flows; nothing if it can.
no_room() {
	local system=$1 flows=$2 most=$WIRES_FLOWS
	case $system in
	xdp-*) return ;;
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

all_variants() {
	local size flows
	for size in "${SIZES[@]}"; do
		for flows in "${FLOWS[@]}"; do
			variant_of "$size" "$flows"
		done
	done
}

bench_options "$@"
set -- "${SYSTEMS[@]}"
mapfile -t variants < <(all_variants)
bench_expect_match "${variants[@]}"
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
