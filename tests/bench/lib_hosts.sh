#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Hosts with real sockets, for the measures that need TCP: each system has a network of its own, as
# in tests/netns/lib.sh, that stays for the whole run. A script sources this file and calls
# hosts_make once, then nl_use SYSTEM before it works with one.
#
# Segmentation and checksum offload are on everywhere, as on a machine that nobody has changed, but
# for natloop-xdp: XDP on veth needs finished checksums, and switches segmentation offload off.
#
# The client's programs run on the first CPU and the server's on the last; what the router does runs
# where the packet was sent.

# shellcheck disable=SC2034 # results are for the scripts that source this file
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

WIRE_FORWARDS=("tcp/21115-21117=$SERVER" "udp/21115-21117=$SERVER")
WIRE_LANS=(eth1)
SYSTEMS=(natloop-tc nft iptables natloop-xdp direct)
LATENCY_PORT=21115
LOAD_PORT=21116
BULK_PORT=21117
XDP_NOTE="XDP on veth switches segmentation offload off, so each frame of 1514 bytes goes by itself"

# hosts_make SYSTEM...: a network for each, with the system started on its router.
hosts_make() {
	local system
	need_tools jq taskset ss iperf3
	read -r CLIENT_CPU SERVER_CPU < <(bench_cpus)
	nl_begin
	for system in "$@"; do
		nl_use "$system"
		hosts_make_one "$system"
	done
}

hosts_make_one() {
	local system=$1 host
	MODE=auto
	system_start() { :; }
	[[ $system == direct ]] || wire_adaptor "$system"
	topology_hosts
	if [[ $MODE != xdp ]]; then
		for host in client server; do
			ns_exec switch ethtool -K "to-$host" tx on >/dev/null
		done
	fi
	system_start
}

# The address that the client dials.
hosts_target() {
	if [[ $1 == direct ]]; then
		echo "$SERVER"
	else
		echo "$PUBLIC"
	fi
}

# hosts_serve PROTO PORT COMMAND...: in the background on the server, until all is taken away.
hosts_serve() {
	local proto=$1 port=$2 log
	shift 2
	log=$(mktemp "$NL_DIR/serve.XXXXXX")
	start server taskset -c "$SERVER_CPU" "$@" >"$log" 2>&1 </dev/null &
	WAIT_LOG=$log wait_until 5 "$1 on the server" hosts_listens "$proto" "$port"
}

hosts_listens() {
	[[ -n $(ns_exec server ss -Hln "--$1" "sport = :$2") ]]
}

# shellcheck disable=SC2016 # awk's dollar, not the shell's
# hosts_path SYSTEM: packets that the system has carried. Of "direct", those that reached a router,
# which has nothing to do with it.
hosts_path() {
	case $1 in
	natloop-*) natloopctl stats -j | jq '.to_server.packets + .to_client.packets' ;;
	direct) ns_exec router ip -j -s link show eth1 | jq '.[0].stats64.rx.packets' ;;
	*) ns_exec router awk '/^Ip: [0-9]/ { print $7 }' /proc/net/snmp ;;
	esac
}

# hosts_check_path SYSTEM BEFORE PACKETS: since hosts_path told BEFORE, the system must have carried
# so many; else what was measured is something else.
hosts_check_path() {
	local system=$1 carried=$(($(hosts_path "$1") - $2)) wanted=$3
	if [[ $system == direct ]]; then
		((carried < 100)) || fail "direct: $carried packets went by the router"
		return
	fi
	((carried >= wanted)) ||
		fail "$system: carried $carried packets only, of $wanted or more: another way was taken"
	[[ $system != natloop-xdp ]] || expect_jq "XDP itself carried the packets" \
		'([to_entries[] | select(.key | startswith("defer_")) | .value.packets] | add) * 20 <
		.to_server.packets' "$(natloopctl stats -j)"
}
