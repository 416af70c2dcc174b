#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The house of tests/netns/lib.sh with network cards instead of veth: router, client and server have
# a card each, and what is between them is outside of the machine. So the tests run in a guest that
# scripts/vm-test.sh made (tests/vm/devices.sh says which cards it has), and are skipped elsewhere.
# Client and server have virtio-net with what its driver leaves on; the router has the card that is
# tested. Its WAN is a veth. One test at a time, as there is one set of cards.

# shellcheck source-path=SCRIPTDIR source=../netns/lib.sh
. "${BASH_SOURCE[0]%/*}/../netns/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../vm/devices.sh
. "$NL_ROOT/tests/vm/devices.sh"

# card_is_here CARD: in the first namespace, by the name CARD_NAME.
card_is_here() {
	local file mac
	vm_card_mac "$1" mac
	for file in /sys/class/net/*/address; do
		CARD_NAME=${file%/address} CARD_NAME=${CARD_NAME##*/}
		[[ $(<"$file") != "$mac" ]] || return 0
	done
	return 1
}

# claim CARD HOST INTERFACE: the host's until the end, when it comes back by itself, after a moment,
# with what a test left there that failed.
claim() {
	wait_until 5 "the card $1" card_is_here "$1"
	# In two steps: a driver may keep XDP while its MTU is large.
	ip link set "$CARD_NAME" mtu 1500
	ip link set "$CARD_NAME" xdp off
	ip link set "$CARD_NAME" name "$3" netns "$(ns_name "$2")"
}

# kernel_since VERSION
kernel_since() {
	[[ $(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1) == "$1" ]]
}

# plug HOST INTERFACE ADDRESS
plug() {
	ns_exec "$1" ip address add "$3/24" dev "$2"
	ns_exec "$1" ip link set "$2" up
}

answers() {
	ns_exec "$1" ping -q -c 1 -W 1 "$2" >/dev/null
}

# nic_hosts: all hosts; what is on the LAN has no addresses yet, and the router no card.
nic_hosts() {
	local host
	[[ -e /run/vm/cards ]] ||
		skip "no network cards for tests here; scripts/vm-test.sh makes a guest with some"
	nl_begin
	ns_add router
	ns_sysctl router ipv4/ip_forward 1
	internet_add
	for host in client server; do
		ns_add "$host"
		claim "$host" "$host" eth0
		# Or else the stack merges segments before tcpdump sees their checksums.
		ns_exec "$host" ethtool -K eth0 gro off
	done
}

# nic_topology CARD: the picture of tests/netns/lib.sh, without client2, and that card is eth1.
nic_topology() {
	local host
	nic_hosts
	claim "$1" router eth1
	plug router eth1 "$ROUTER"
	plug client eth0 "$CLIENT"
	plug server eth0 "$SERVER"
	for host in client server; do
		ns_exec "$host" ip route add default via "$ROUTER"
		wait_until 10 "the router at $host" answers "$host" "$ROUTER"
	done
	router_nat
	serve server tcp/21115-21118 udp/21116 udp/21119
}

# bulk MB: a stream through natloop and back without a byte changed, and no packet arrives with a
# wrong checksum.
bulk() {
	local wanted got
	head -c "${1}M" /dev/urandom >"$NL_DIR/data"
	wanted=$(sha256sum <"$NL_DIR/data")
	watch_checksums server
	watch_checksums client
	ns_exec client "$NL_ANSWERER" call --pipe --timeout 110 tcp "$PUBLIC" "${2:-21117}" \
		<"$NL_DIR/data" >"$NL_DIR/echo" || fail "the stream broke off with status $?"
	got=$(tail -n +2 "$NL_DIR/echo" | sha256sum)
	expect_equal "SHA-256 of $1 MB there and back" "$wanted" "$got"
	expect_good_checksums server
	expect_good_checksums client
}

# largest_seen HOST: bytes of the largest IP packet that the watcher there saw.
largest_seen() {
	sed -n 's/.*IP (.*, length \([0-9]*\)).*/\1/p' "$NL_DIR/watch.$1" | sort -n | tail -n 1
}
