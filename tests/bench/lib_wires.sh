#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Routers with nothing but wires around them, for the measures that send raw frames as fast as they
# can. A script sources this file, calls wires_begin once, and then wires_make for each system.
#
# CPUs: the router's eth1 takes its frames in a kernel thread of its own (threaded NAPI) on
# ROUTER_CPU, which does nothing else. On OUTSIDE_CPU are the generator and, with a priority above
# its, the thread of the wire's other end, which counts what comes back: if the router's core had
# to do that, too, every system would look slower, the fastest one most.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

RATE=$NL_BUILD/tests/bench/rate
PRIORITY=50 # of both threads: above all that is not realtime
WIRES_FLOWS=262144 # room in natloop's table; the most that conntrack has on a small machine
WIRE_FORWARDS=("tcp/21115-21117=$SERVER" "udp/21116=$SERVER" "udp/30000-30099=$SERVER")
WIRE_LANS=(eth1)
WIRE_ATTACH=(--max-flows "$WIRES_FLOWS" --client-flows "$WIRES_FLOWS")

# wires_begin MEASURE SYSTEM...: ends the script, with a record for each, if this machine cannot.
wires_begin() {
	local measure=$1 system why=
	shift
	need_tools jq taskset chrt renice comm
	read -r OUTSIDE_CPU ROUTER_CPU < <(bench_cpus)
	nl_begin
	[[ $OUTSIDE_CPU != "$ROUTER_CPU" ]] ||
		why="one CPU only: the generator would take the router's"
	[[ -e /sys/class/net/lo/threaded ]] ||
		why="this kernel has no threaded NAPI (5.12)"
	[[ -n $why ]] || return 0
	for system in "$@"; do
		bench_skip "$measure" all "$system" "$why"
	done
	exit 0
}

# wires_make SYSTEM: its router, with the system started and the threads where they belong.
wires_make() {
	local system=$1
	MODE=auto
	nl_use "$system"
	WIRE_ADAPTORS=$NL_ROOT/tests/bench/adaptors
	[[ -e $WIRE_ADAPTORS/$system.sh ]] || WIRE_ADAPTORS=$NL_ROOT/tests/conformance/adaptors
	wire_adaptor "$system"
	wire_router
	wires_settings
	# Without an XDP program it is GRO that makes veth receive by NAPI, as a network card does.
	[[ $MODE == xdp ]] || ns_exec router ethtool -K eth1 gro on
	ns_exec outside "$RATE" prepare to-eth1
	system_start
	wires_thread router eth1 "$ROUTER_CPU"
	wires_thread outside to-eth1 "$OUTSIDE_CPU"
}

# wires_remove: the router of the last nl_use, and all that it knows.
wires_remove() {
	(nl_remove "$NL_PREFIX" "$NL_DIR/$NL_PREFIX")
}

# wires_outside VERB ARGUMENT...: the generator, on its CPU.
wires_outside() {
	local verb=$1
	shift
	ns_exec outside taskset -c "$OUTSIDE_CPU" "$RATE" "$verb" to-eth1 \
		--thread "$(<"$NL_DIR/$(ns_name router).thread")" "$@"
}

# wires_flows SYSTEM: how many it has.
wires_flows() {
	case $1 in
	natloop-*) natloopctl flow count -j | jq .count ;;
	*) ns_exec router cat /proc/sys/net/netfilter/nf_conntrack_count ;;
	esac
}

# wires_forget SYSTEM: all its flows.
wires_forget() {
	case $1 in
	natloop-*) natloopctl flow flush >/dev/null ;;
	*) ns_exec router conntrack -F 2>/dev/null || fail "$1: 'conntrack -F' failed" ;;
	esac
	expect_equal "flows of $1 after it was told to forget them" 0 "$(wires_flows "$1")"
}

# wires_expect_flows SYSTEM FLOWS: that many there must be, or what was measured is something else.
wires_expect_flows() {
	local count
	[[ $1 != xdp-* ]] || return 0
	count=$(wires_flows "$1")
	((count >= $2)) || fail "$1: has $count flows, not $2"
}

# What would answer or ask beside the packets that are measured, to the kernel's NAT's disadvantage.
wires_settings() {
	local key
	for key in conf/all/rp_filter conf/eth1/rp_filter conf/all/send_redirects \
		conf/eth1/send_redirects; do
		ns_sysctl router "ipv4/$key" 0
	done
	ns_exec router ip neigh replace "$SERVER" lladdr 02:00:00:00:0b:14 dev eth1
}

# The kernel threads of NAPI there are, one id a line.
napi_threads() {
	{ grep -l '^napi/' /proc/[0-9]*/comm 2>/dev/null || true; } | cut -d / -f 3 | sort
}

# wires_thread HOST INTERFACE CPU: the interface receives in a thread of its own, there, whose id
# goes to a file.
wires_thread() {
	local host=$1 interface=$2 cpu=$3 thread lock
	exec {lock}<"$NL_LIB"
	flock "$lock" # the thread is known by being new
	napi_threads >"$NL_DIR/threads"
	# Here "ip netns exec" is right: its own /sys shows the interfaces of the namespace.
	ip netns exec "$(ns_name "$host")" \
		sh -c "echo 1 >'/sys/class/net/$interface/threaded'"
	thread=$(napi_threads | comm -13 "$NL_DIR/threads" -)
	exec {lock}<&-
	[[ $thread =~ ^[0-9]+$ ]] || fail "$interface of $host: no thread of its own ($thread)"
	taskset -cp "$cpu" "$thread" >/dev/null
	chrt -f -p "$PRIORITY" "$thread"
	echo "$thread" >"$NL_DIR/$(ns_name "$host").thread"
}
