#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Routers with nothing but wires around them, for the measures that send raw frames as fast as they
# can. A script sources this file, calls nl_begin, and then wires_make for each system.
#
# CPUs: the router's eth1 takes its frames in a kernel thread of its own (threaded NAPI) on
# ROUTER_CPU, which does nothing else. On OUTSIDE_CPU are the generator and, with a priority above
# its, the thread of the wire's other end, which counts what comes back: if the router's core had
# to do that, too, every system would look slower, the fastest one most.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

RATE=$NL_BUILD/tests/bench/rate
WIRES_FLOWS=262144 # room in natloop's table; the most that conntrack has on a small machine
WIRE_FORWARDS=("tcp/21115-21117=$SERVER" "udp/21116=$SERVER" "udp/30000-30099=$SERVER")
WIRE_LANS=(eth1)
WIRE_ATTACH=(--max-flows "$WIRES_FLOWS" --client-flows "$WIRES_FLOWS")

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
	wires_thread outside to-eth1 "$OUTSIDE_CPU" realtime
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

# wires_thread HOST INTERFACE CPU [realtime]: the interface receives in a thread of its own, there.
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
	if [[ ${4:-} == realtime ]]; then
		chrt -f -p 50 "$thread"
	else
		renice -n -19 -p "$thread" >/dev/null
	fi
}
