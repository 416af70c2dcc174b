#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Bytes a flow, of natloop (both hooks share its tables) and of the kernel's NAT under nftables:
# prints records of the measure "memory" (see tests/bench/README.md). What is counted and how:
# tests/bench/memory.c. The kernel's hash tables of connections are left out, in its favour: they
# were made at boot.
#
# usage: tests/bench/memory.sh [--rounds N]

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

HERE=$(readlink -f "${BASH_SOURCE[0]%/*}")
MEMORY=${BUILD:-$HERE/../../build}/tests/bench/memory
SIZES=(10000 100000 1000000)
MOST_SENT=$((2 * (65536 - 1024))) # flows that "memory send" can make
SERVER=192.168.11.20 SERVER_MAC=02:00:00:00:0b:14
BUSY=75 # status of MEMORY
rounds=3

# around_nft FLOWS ROUND: in a lab of its own, where lab.sh calls it.
around_nft() {
	local flows=$1 round=$2 router=/run/netns/${WIRE_NETNS%-outside}-router count record
	nsenter --net="$router" ip neigh replace "$SERVER" lladdr "$SERVER_MAC" dev eth1
	record=$("$MEMORY" around "$WIRE_SYSTEM" "$flows" "$round" \
		nsenter --net="/run/netns/$WIRE_NETNS" "$MEMORY" send to-eth1 "$flows")
	count=$(nsenter --net="$router" cat /proc/sys/net/netfilter/nf_conntrack_count)
	((count >= flows)) || {
		echo "memory.sh: $WIRE_SYSTEM has $count flows, not $flows" >&2
		exit 1
	}
	echo "$record"
}

# quietly COMMAND...: again, while others in this machine take or give memory.
quietly() {
	local status
	for _ in {1..5}; do
		status=0
		"$@" || status=$?
		((status == BUSY)) || return "$status"
		echo "memory.sh: others were busy" >&2
	done
	return 1
}

# Why the kernel's NAT cannot have so many flows; nothing if it can.
no_room() {
	local flows=$1 limit
	limit=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null || echo "$flows")
	if ((flows > limit)); then
		echo "the machine's limit (nf_conntrack_max) is $limit connections"
	elif ((flows > MOST_SENT)); then
		echo "the sender makes at most $MOST_SENT flows"
	fi
}

nft_flows() {
	local flows=$1 round=$2 why
	why=$(no_room "$flows")
	if [[ -z $why ]]; then
		quietly "$HERE/../wire/lab.sh" nft "$0" --around "$flows" "$round"
	elif ((round == 1)); then
		printf '{"measure":"memory","variant":"%s flows","system":"nft","skipped":"%s"}\n' \
			"$flows" "$why"
	fi
}

case ${1:-} in
--around)
	around_nft "$2" "$3"
	exit
	;;
--rounds) rounds=${2:?} ;;
'') ;;
*)
	echo "usage: tests/bench/memory.sh [--rounds N]" >&2
	exit 2
	;;
esac

for ((round = 1; round <= rounds; round++)); do
	for flows in "${SIZES[@]}"; do
		quietly "$MEMORY" natloop "$flows" "$round"
		nft_flows "$flows" "$round"
	done
done
