#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# LANs of several wires: bonds (active-backup, with a wire that fails; balance-rr), and a bridge over
# VLANs of two trunks. Attached to what has the address, each works; a port of a bond is refused.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# wire HOST INTERFACE PORT: between a host and the router's port.
wire() {
	ns_exec router ip link add "$3" type veth peer name "$2" netns "$(ns_name "$1")"
	ns_exec "$1" ip link set "$2" up
	ns_exec "$1" ethtool -K "$2" tx off >/dev/null
}

# bond HOST NAME MODE PORT...: of the two ends of the wires, which must be down.
bond() {
	local host=$1 name=$2 mode=$3 port
	shift 3
	ns_exec "$host" ip link add "$name" type bond mode "$mode" miimon 50
	for port in "$@"; do
		ns_exec "$host" ip link set "$port" down
		ns_exec "$host" ip link set "$port" master "$name"
	done
	ns_exec "$host" ip link set "$name" up
}

# expect_reached WHAT HOST...: each host reaches the server by TCP and UDP.
expect_reached() {
	local what=$1 host
	shift
	for host in "$@"; do
		wait_until 5 "$what, $host" call "$host" --timeout 1 udp "$PUBLIC" 21116 >/dev/null
		expect_saw "$what, $host, TCP" "$PUBLIC:[0-9]+" "$host" --size 30000 \
			tcp "$PUBLIC" 21116
		expect_saw "$what, $host, UDP" "$PUBLIC:[0-9]+" "$host" --size 1472 \
			udp "$PUBLIC" 21116
	done
}

# expect_mode INTERFACE REASON
expect_mode() {
	expect_jq "how $1 is attached" ".interfaces[] | select(.name == \"$1\") |
		.mode == \"tc\" and (.reason | test(\"$2\"))" "$(natloopctl status -j)"
}

# The LAN's switch at the router's bond0, by two wires.
make_bond() {
	bond router bond0 "$1" p0 p1
	bond switch trunk "$1" s0 s1
	ns_exec switch ip link set trunk master lan
	ns_exec router ip address add "$ROUTER/24" dev bond0
}

remove_bond() {
	ns_exec router ip link del bond0
	ns_exec switch ip link del trunk
}

# The router has another MAC address than before. A frame for a port's address that comes in by
# another port is not the bridge's, to the kernel as to natloop (br_input.c leaves its pkt_type); so
# hosts must not go on with the address of bond0, as they would for up to 45 s.
forget_router() {
	ns_exec client ip neigh flush dev eth0
	ns_exec server ip neigh flush dev eth0
}

nl_begin
ns_add router
ns_exec router ip link add probe type bond 2>/dev/null || skip "this kernel has no bonds"
ns_exec router ip link del probe
ns_sysctl router ipv4/ip_forward 1
internet_add
need_vlans
router_nat
switch_add switch
host_add client "$CLIENT" switch "$ROUTER"
host_add server "$SERVER" switch "$ROUTER"
serve server tcp/21115-21117 udp/21116
wire switch s0 p0
wire switch s1 p1
# So that br-lan, which takes the lowest, has another one than bond0, which takes the first port's.
ns_exec router ip link set p0 address 02:00:00:00:ff:01
ns_exec router ip link set p1 address 02:00:00:00:00:02
options=(--public "$PUBLIC" --server "$SERVER")

make_bond active-backup
expect_refused 1 "p0: a port of bond0 \(bond\); attach bond0 instead" attach p0 "${options[@]}"
attach_interfaces bond0 "${options[@]}"
expect_mode bond0 "bond: native XDP depends on every port"
watch_checksums server
expect_reached "active-backup" client server
ns_exec router ip link set "$(ns_exec router ip -j -d link show bond0 |
	jq -r '.[0].linkinfo.info_data.active_slave')" down
expect_reached "active-backup, without its first port" client server
expect_good_checksums server
detach
expect_nothing_left
remove_bond

make_bond balance-rr
attach_interfaces bond0 "${options[@]}"
expect_reached "balance-rr" client server
detach
remove_bond

# br-lan over eth1.10 and eth2.10: the client behind one trunk, the server behind the other.
ns_exec router ip link add br-lan type bridge stp_state 0 forward_delay 0
ns_exec router ip link set br-lan up
ns_exec router ip address add "$ROUTER/24" dev br-lan
for trunk in s0:p0 s1:p1; do
	ns_exec switch ip link set "${trunk%:*}" up
	ns_exec router ip link set "${trunk#*:}" up
	ns_exec switch ip link add link "${trunk%:*}" name "${trunk%:*}.10" type vlan id 10
	ns_exec router ip link add link "${trunk#*:}" name "${trunk#*:}.10" type vlan id 10
	ns_exec router ip link set "${trunk#*:}.10" master br-lan up
	ns_exec switch ip link set "${trunk%:*}.10" up
done
ns_exec switch ip link add lan2 type bridge stp_state 0 forward_delay 0
ns_exec switch ip link set lan2 up
ns_exec switch ip link set to-server master lan2
ns_exec switch ip link set s0.10 master lan
ns_exec switch ip link set s1.10 master lan2
attach_interfaces br-lan "${options[@]}"
expect_mode br-lan "bridge: "
forget_router
expect_reached "a bridge over VLANs" client server
detach
expect_nothing_left
