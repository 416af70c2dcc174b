#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A trunk: clients and servers in VLANs 10 and 20 of a switch reach each other by the public address,
# in the same VLAN and between them, and every frame has the right tag. So does a host behind two
# tags, and one that sends priority tags. Attached to the VLAN interfaces (auto), or to the trunk by
# XDP, which is refused as long as the driver takes the tags off.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

SERVER20=192.168.20.20

vlan_interface() {
	local host=$1 parent=$2 id=$3 address=$4
	ns_exec "$host" ip link add link "$parent" name "$parent.$id" type vlan id "$id"
	ns_exec "$host" ip address add "$address/24" dev "$parent.$id"
	ns_exec "$host" ip link set "$parent.$id" mtu 1500 up
}

# switch_vlan PORT ID [untagged]
switch_vlan() {
	ns_exec switch bridge vlan del dev "$1" vid 1 2>/dev/null || true
	ns_exec switch bridge vlan add dev "$1" vid "$2" ${3:+pvid untagged}
}

# Room for a second tag; Linux gives it for one only.
room_for_tags() {
	ns_exec "$1" ip link set "$2" mtu 1504
}

# On a wire tags are in the frame; veth would carry them beside it, where XDP cannot see them.
tags_in_frames() {
	ns_exec "$1" ethtool -K "$2" txvlan off >/dev/null
}

make_network() {
	nl_begin
	ns_add router
	ns_sysctl router ipv4/ip_forward 1
	internet_add
	need_vlans
	router_nat
	switch_add switch
	ns_exec switch ip link set lan type bridge vlan_filtering 1
	router_port eth1 192.168.13.1 switch to-router
	ns_exec switch bridge vlan add dev to-router vid 10
	ns_exec switch bridge vlan add dev to-router vid 20
	room_for_tags switch to-router
	room_for_tags router eth1
	tags_in_frames switch to-router
	vlan_interface router eth1 10 "$ROUTER"
	vlan_interface router eth1 20 192.168.20.1
	vlan_interface router eth1.20 40 192.168.40.1
	host_add client "$CLIENT" switch "$ROUTER"
	host_add server "$SERVER" switch "$ROUTER"
	host_add client20 192.168.20.2 switch 192.168.20.1
	host_add server20 "$SERVER20" switch 192.168.20.1
	switch_vlan to-client 10 untagged
	switch_vlan to-server 10 untagged
	switch_vlan to-client20 20 untagged
	switch_vlan to-server20 20 untagged
}

# A host behind two tags, 20 and in it 40.
add_deep() {
	host_add deep 192.168.99.2 switch 192.168.99.1
	switch_vlan to-deep 20
	room_for_tags switch to-deep
	room_for_tags deep eth0
	vlan_interface deep eth0 20 192.168.98.2
	vlan_interface deep eth0.20 40 192.168.40.2
	ns_exec deep ip route replace default via 192.168.40.1
}

# A host at the router's own eth3 that gives everything a priority, and no VLAN.
add_priority() {
	ns_add priority
	ns_exec router ip link add eth3 type veth peer name eth0 netns "$(ns_name priority)"
	ns_exec router ip address add 192.168.30.1/24 dev eth3
	ns_exec router ip link set eth3 up
	ns_exec priority ip address add 192.168.30.2/24 dev eth0
	ns_exec priority ip link set eth0 up
	ns_exec priority ip route add default via 192.168.30.1
	ns_exec priority ethtool -K eth0 tx off >/dev/null
	tags_in_frames priority eth0
	[[ $MODE != xdp ]] || xdp_receiver priority eth0
	ns_exec priority tc qdisc add dev eth0 clsact
	ns_exec priority tc filter add dev eth0 egress protocol ip matchall \
		action vlan push id 0 priority 5
}

# watch_wire HOST INTERFACE
watch_wire() {
	start "$1" tcpdump -i "$2" -e -n -l -B 65536 'tcp or udp or vlan' >"$NL_DIR/$2.dump" \
		2>"$NL_DIR/$2.err" </dev/null &
	WIRE_PID=$!
	wait_until 5 "tcpdump on $2" grep -q 'listening on' "$NL_DIR/$2.err"
}

# The one LAN address that a frame has tells its VLAN.
expect_right_tags() {
	local wrong
	sleep 0.5
	kill -TERM "$WIRE_PID"
	wait "$WIRE_PID" || true
	wrong=$(awk '/ARP/ { next }
		/192\.168\.11\./ { n[10]++; if (!/vlan 10,/ || /vlan 20,/) print }
		/192\.168\.20\./ { n[20]++; if (!/vlan 20,/ || /vlan 40,/) print }
		/192\.168\.40\./ { n[40]++; if (!/vlan 20,.*vlan 40,/) print }
		END {
			for (id = 10; id <= 40; id += id)
				if (n[id] < 10)
					print "only " n[id] + 0 " frames of VLAN " id
		}' "$NL_DIR/to-router.dump")
	[[ -z $wrong ]] || fail "wrong tags: $wrong"
}

need_tools bridge tcpdump
make_network
add_deep
add_priority
serve server tcp/21115-21117 udp/21116
serve server20 tcp/22116 udp/22116
forwards=(--public "$PUBLIC" --server "$SERVER" --forward "tcp+udp/22116=$SERVER20")
interfaces=(eth1.10 eth1.20 eth3)
if [[ $MODE == xdp ]]; then
	interfaces=(eth1 eth3)
	expect_refused 1 "eth1: takes VLAN tags off .*ethtool -K eth1 rxvlan off, or use --mode tc" \
		attach eth1 --mode xdp "${forwards[@]}"
	ns_exec router ethtool -K eth1 rxvlan off >/dev/null
fi
attach_interfaces "${interfaces[@]}" "${forwards[@]}"
note_programs

watch_wire switch to-router
watch_checksums server
watch_checksums server20
for host in client client20 server server20 deep priority; do
	for port in 21116 22116; do
		expect_saw "$host, TCP $port" "$PUBLIC:[0-9]+" "$host" --size 30000 tcp "$PUBLIC" "$port"
		expect_saw "$host, UDP $port" "$PUBLIC:[0-9]+" "$host" --size 1472 udp "$PUBLIC" "$port"
	done
done
for port in 21116 22116; do
	expect_saw "fragments, $port" "$PUBLIC:[0-9]+" client --size 3000 udp "$PUBLIC" "$port"
done
expect_good_checksums server
expect_good_checksums server20
expect_right_tags
if [[ $MODE == xdp ]]; then
	# Between two VLANs TC sends, within one XDP does.
	left=$(($(outcome defer_egress) + $(outcome defer_nexthop) + $(outcome defer_fragment)))
	(($(outcome to_server) + $(outcome to_client) > left + 100)) ||
		fail "XDP has left too much to TC: $(natloopctl stats)"
fi
expect_equal "packets that the kernel refused to edit" 0 "$(outcome fault)"
detach
expect_unreachable "after detach" client tcp "$PUBLIC" 21116
expect_nothing_left
