#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A router, and outside of it nothing but wires: what tests/wire/lab.c works on.
#
#	eth0 172.16.16.1	--- to-eth0	the Internet, behind 172.16.16.254
#	router
#	eth1 192.168.11.1	--- to-eth1	a LAN: 192.168.11.2, .3 (clients) and .20 (server)
#	eth2 192.168.12.1	--- to-eth2	another: 192.168.12.2 (client) and .20 (server)
#
# usage: tests/wire/lab.sh SYSTEM COMMAND...
#
# Makes it, starts the SYSTEM on the router, one of tests/conformance/adaptors, and runs the COMMAND
# with WIRE_NETNS, the name of the namespace with the wires, and WIRE_SYSTEM. Everything is gone
# afterwards, whatever happens. Or source this file, and call wire_make, system_start and
# system_stop.
#
# WIRE_MTU_ETH2 (1500) is the MTU of eth2. WIRE_ADAPTORS is the directory of the adaptors.

# shellcheck source-path=SCRIPTDIR source=../netns/lib.sh
. "${BASH_SOURCE[0]%/*}/../netns/lib.sh"

WIRE_ADAPTORS=${WIRE_ADAPTORS:-$NL_ROOT/tests/conformance/adaptors}
ROUTER_ETH2=192.168.12.1
SERVER_ETH2=192.168.12.20
SERVER_SILENT=192.168.11.99 # not there
GATEWAY=172.16.16.254

# What the public address forwards, as PROTO/PORTS=ADDRESS[:PORT].
WIRE_FORWARDS=(
	"tcp/21115-21117=$SERVER"
	"udp/21116=$SERVER"
	"tcp/8443=$SERVER:443"
	"udp/5353=$SERVER:53"
	"tcp/22117=$SERVER_ETH2"
	"udp/22116=$SERVER_ETH2"
	"udp/5999=$SERVER_SILENT"
)

WIRE_LANS=(eth1 eth2) # where natloop is attached
WIRE_ATTACH=()        # more options for it

# wire_port INTERFACE ADDRESS MAC MTU. Both ends send finished checksums only, and each frame by
# itself.
wire_port() {
	local interface=$1 address=$2 mac=$3 mtu=$4 host name
	ns_exec outside ip link add "to-$interface" mtu "$mtu" type veth \
		peer name "$interface" address "$mac" mtu "$mtu" netns "$(ns_name router)"
	for host in outside router; do
		name=$interface
		[[ $host == router ]] || name=to-$interface
		ns_exec "$host" ethtool -K "$name" tx off tso off gso off gro off >/dev/null
	done
	ns_exec outside ip link set "to-$interface" arp off up
	ns_exec router ip address add "$address/24" dev "$interface"
	ns_exec router ip link set "$interface" up
	[[ $MODE != xdp ]] || xdp_receiver outside "to-$interface"
}

# wire_make SYSTEM: the network, and the functions of the system's adaptor.
wire_make() {
	wire_adaptor "$1"
	nl_begin
	wire_router
}

wire_adaptor() {
	local adaptor=$WIRE_ADAPTORS/$1.sh
	[[ -e $adaptor ]] || fail "no system is named '$1'; known are: $(wire_systems)"
	# shellcheck source=/dev/null # one of several, chosen by name
	. "$adaptor"
}

# The router and its wires, without any NAT.
wire_router() {
	ns_add router
	ns_add outside
	ns_sysctl router ipv4/ip_forward 1
	# One ICMP error a second to each host is too few for what is asked here.
	ns_sysctl router ipv4/icmp_ratelimit 0
	wire_port eth0 "$PUBLIC" 02:00:00:00:10:01 1500
	wire_port eth1 "$ROUTER" 02:00:00:00:0b:01 1500
	wire_port eth2 "$ROUTER_ETH2" 02:00:00:00:0c:01 "${WIRE_MTU_ETH2:-1500}"
	ns_exec router ip route add default via "$GATEWAY"
}

# The names of all systems, in one line.
wire_systems() {
	local adaptor names=()
	for adaptor in "$WIRE_ADAPTORS"/*.sh; do
		adaptor=${adaptor##*/}
		names+=("${adaptor%.sh}")
	done
	echo "${names[*]}"
}

# forward_parts FORWARD: sets PROTO, PORTS, TO and TO_PORT (which may be empty).
forward_parts() {
	local to=${1#*=}
	PROTO=${1%%/*}
	PORTS=${1#*/}
	PORTS=${PORTS%%=*}
	TO=${to%%:*}
	TO_PORT=${to#"$TO"}
	TO_PORT=${TO_PORT#:}
}

# wire_router_nat [MATCH]: the router's own NAT; port forwards for what comes in as MATCH says.
wire_router_nat() {
	local forward match=${1:-}
	{
		echo "table ip nat {"
		echo "chain prerouting { type nat hook prerouting priority dstnat;"
		for forward in "${WIRE_FORWARDS[@]}"; do
			forward_parts "$forward"
			echo "$match ip daddr $PUBLIC $PROTO dport $PORTS" \
				"dnat to $TO${TO_PORT:+:$TO_PORT}"
		done
		echo "}"
		echo "chain postrouting { type nat hook postrouting priority srcnat;"
		echo "oifname eth0 masquerade"
		echo "}"
		echo "}"
	} | ns_exec router nft -f -
}

# natloop_start MODE: the adaptor of natloop, with its programs on the LAN interfaces.
natloop_start() {
	local forward options=()
	wire_router_nat 'iifname eth0'
	for forward in "${WIRE_FORWARDS[@]}"; do
		options+=(--forward "$forward")
	done
	expect_success "natloopctl attach" natloopctl attach "${WIRE_LANS[@]}" \
		--mode "$1" --public "$PUBLIC" "${options[@]}" "${WIRE_ATTACH[@]}" >/dev/null
}

natloop_stop() {
	expect_success "natloopctl detach" natloopctl detach --all >/dev/null
}

wire_run() {
	(($# >= 2)) || {
		say "usage: tests/wire/lab.sh SYSTEM COMMAND..."
		exit 2
	}
	local system=$1 status=0
	shift
	wire_make "$system"
	system_start
	WIRE_NETNS=$(ns_name outside) WIRE_SYSTEM=$system "$@" || status=$?
	system_stop
	exit "$status"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || wire_run "$@"
