#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Interfaces without an Ethernet header: two telephones in a WireGuard network of the router reach the
# server on the LAN by the public address, LAN hosts reach a server in the WireGuard network, and the
# telephones each other, in whole packets and in fragments, with ICMP errors and path MTU discovery.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

PHONE=10.9.0.2
PHONE2=10.9.0.3

# wg0 in the host's namespace, by the kernel's WireGuard or by wireguard-go and a tun device, whose
# control sockets have their place in the file system, so each gets a mount namespace of its own.
wireguard_start() {
	local host=$1
	if ns_exec "$host" ip link add wg0 type wireguard 2>/dev/null; then
		ns_exec "$host" wg setconf wg0 "$NL_DIR/$host.wg"
		return
	fi
	: >"$NL_DIR/$host.wglog"
	need_tools wireguard-go
	# shellcheck disable=SC2016 # expanded in the namespace
	WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 start "$host" unshare -m sh -c '
		mkdir -p /run/wireguard && mount -t tmpfs none /run/wireguard || exit
		wireguard-go -f wg0 & go=$!
		until [ -S /run/wireguard/wg0.sock ]; do sleep 0.05; done
		wg setconf wg0 "$1" && echo ready && wait $go' sh "$NL_DIR/$host.wg" \
		&>"$NL_DIR/$host.wglog" </dev/null &
	WAIT_LOG=$NL_DIR/$host.wglog wait_until 10 "WireGuard on $host" \
		grep -qx ready "$NL_DIR/$host.wglog"
}

# wireguard_peer HOST OF ALLOWED [ENDPOINT]
wireguard_peer() {
	printf '[Peer]\nPublicKey = %s\nAllowedIPs = %s\n%s\n' "$(wg pubkey <"$NL_DIR/$2.key")" "$3" \
		"${4:+Endpoint = $4}" >>"$NL_DIR/$1.wg"
}

# The telephones are on the LAN's wire, and use its network for nothing but WireGuard.
wireguard_network() {
	local host
	host_add phone 192.168.11.9 switch "$ROUTER"
	host_add phone2 192.168.11.10 switch "$ROUTER"
	for host in router phone phone2; do
		(umask 077 && wg genkey >"$NL_DIR/$host.key")
		printf '[Interface]\nPrivateKey = %s\n' "$(<"$NL_DIR/$host.key")" >"$NL_DIR/$host.wg"
	done
	echo "ListenPort = 51820" >>"$NL_DIR/router.wg"
	wireguard_peer router phone "$PHONE/32"
	wireguard_peer router phone2 "$PHONE2/32"
	for host in phone phone2; do
		wireguard_peer "$host" router 0.0.0.0/0 "$ROUTER:51820"
	done
	for host in router phone phone2; do
		wireguard_start "$host"
		ns_exec "$host" ip link set wg0 mtu 1420 up
	done
	ns_exec router ip address add 10.9.0.1/24 dev wg0
	ns_exec phone ip address add "$PHONE/24" dev wg0
	ns_exec phone2 ip address add "$PHONE2/24" dev wg0
	for host in phone phone2; do
		ns_exec "$host" ip route replace "$PUBLIC" dev wg0
		# So that the router knows the endpoints, before anybody dials them.
		expect_success "WireGuard of $host" ns_exec "$host" ping -q -c 1 -W 5 10.9.0.1 >/dev/null
	done
}

# talk WHAT HOST PORT FROM: TCP, UDP, and UDP in fragments, this from the port FROM.
talk() {
	local what=$1 host=$2 port=$3 from=$4 size
	expect_saw "$what, TCP" "$PUBLIC:[0-9]+" "$host" tcp "$PUBLIC" "$port"
	expect_saw "$what, TCP, 300 kB" "$PUBLIC:[0-9]+" "$host" --size 300000 tcp "$PUBLIC" "$port"
	for size in 10 1392 1393 1473 4000 20000; do
		expect_saw "$what, UDP of $size bytes" "$PUBLIC:$from" "$host" --from-port "$from" \
			--size "$size" udp "$PUBLIC" "$port"
	done
}

need_tools wg ping unshare nstat
topology_make
wireguard_network
serve router --bind "$PUBLIC" tcp/22 udp/9999
# No socket of these sets DF in UDP: what does not fit into the tunnel is cut, not refused.
for host in server client phone phone2; do
	ns_sysctl "$host" ipv4/ip_no_pmtu_disc 1
done
serve server tcp/8081 udp/8081
serve phone tcp/8080 udp/8080

# eth1 by the hook under test, wg0 always by TC.
expect_refused 1 "wg0: its packets have no Ethernet header" attach wg0 --public "$PUBLIC" \
	--server "$SERVER" --mode xdp
attach
expect_success "attach wg0, too" natloopctl attach wg0 --mode auto
for spec in "tcp+udp/8080=$PHONE" "tcp+udp/8081=$SERVER" "udp/9000=$SERVER" "udp/9001=$PHONE"; do
	expect_success "forward $spec" natloopctl forward add "$spec"
done
expect_jq "how wg0 is attached" '.interfaces[] | select(.name == "wg0") |
	.mode == "tc" and .reason == "no Ethernet header"' "$(natloopctl status -j)"
note_programs

watch_checksums server
watch_checksums client
talk "phone to the server on the LAN" phone 8081 40001
talk "client to the server on the phone" client 8080 40002
talk "phone2 to the server on the phone" phone2 8080 40003
expect_good_checksums server
expect_good_checksums client
(($(outcome split) > 0)) || fail "nothing was cut: $(natloopctl stats)"

# What is not forwarded is the router's own, whole and in fragments.
expect_saw "the router's own service, TCP" "$PHONE:[0-9]+" phone tcp "$PUBLIC" 22
for size in 100 1393 4000; do
	expect_saw "the router's own service, UDP of $size bytes" "$PHONE:40004" phone \
		--from-port 40004 --size "$size" udp "$PUBLIC" 9999
done
expect_success "ping of the public address" ns_exec phone ping -q -c 1 -W 2 "$PUBLIC" >/dev/null

# ICMP errors in both directions, of the servers and of the router.
expect_status "a closed port of the server" 3 call phone udp "$PUBLIC" 9000
expect_status "a closed port of the phone" 3 call client udp "$PUBLIC" 9001
expect_status "a closed port of the phone, for phone2" 3 call phone2 udp "$PUBLIC" 9001
ns_sysctl phone ipv4/ip_default_ttl 1
expect_status "the TTL ends on the router" 4 call phone --timeout 1 udp "$PUBLIC" 21116
ns_sysctl phone ipv4/ip_default_ttl 64
expect_match "the router has told the phone" "IcmpInTimeExcds +1 " \
	"$(ns_exec phone nstat -asz IcmpInTimeExcds)"

# A datagram with DF that is too big for the tunnel is lost, and the client learns the MTU by it.
ns_sysctl client ipv4/ip_no_pmtu_disc 0
expect_status "too big for the tunnel" 1 call client --timeout 1 --size 1400 udp "$PUBLIC" 8080
expect_match "the client has learned the MTU" "mtu 1420" \
	"$(ns_exec client ip route get "$PUBLIC")"
expect_saw "cut by the client" "$PUBLIC:[0-9]+" client --size 1400 udp "$PUBLIC" 8080
expect_equal "packets that the kernel refused to edit" 0 "$(outcome fault)"

# Nobody could be told a name: refused as a whole.
note_programs
detach
expect_success "attach wg0 alone" natloopctl attach wg0 --mode auto --public "$PUBLIC" \
	--forward "tcp/8082=$PHONE"
expect_refused 1 "no interface with an Ethernet header is attached; attach one" \
	dns add rustdesk.example.com "$SERVER"
expect_jq "no name" '.names == []' "$(natloopctl dns list -j)"
detach
expect_nothing_left
