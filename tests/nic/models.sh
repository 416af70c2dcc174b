#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What "auto" takes on the drivers of four models of network card, and that TCP and UDP by the public
# address work through each: vmxnet3 has native XDP since Linux 6.6; e1000e and rtl8139 have none;
# virtio-net refuses it where the host cannot be told to finish checksums. All four are the router's
# at once, each with a network of its own, so that the programs are verified once.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

CARDS=(vmxnet3 e1000e rtl8139 virtio-old)

# use_network N: client and server have the router's card N for their way out.
use_network() {
	local host
	for host in client server; do
		ns_exec "$host" ip route replace default via "192.168.2$1.1"
	done
}

# check CARD N MODE REASON
check() {
	local card=$1 n=$2 interface
	interface=$(natloopctl status -j | jq -c ".interfaces[] | select(.name == \"eth$n\")")
	expect_equal "mode of $card" "$3" "$(jq -r .mode <<<"$interface")"
	expect_match "reason of $card" "^$4\$" "$(jq -r .reason <<<"$interface")"
	say "$card: $(jq -r '.mode + ", " + .reason' <<<"$interface")"
	use_network "$n"
	expect_saw "TCP through $card" "$PUBLIC:4000$n" client --from-port "4000$n" \
		tcp "$PUBLIC" "500$n"
	expect_saw "UDP through $card" "$PUBLIC:4000$n" client --from-port "4000$n" \
		udp "$PUBLIC" "500$n"
	bulk 1 "500$n"
}

nic_hosts
# Each card answers for its own address only, as if the networks were apart.
ns_sysctl router ipv4/conf/all/arp_ignore 1
ns_sysctl router ipv4/conf/all/arp_announce 2
interfaces=() forwards=()
for n in 1 2 3 4; do
	claim "${CARDS[n - 1]}" router "eth$n"
	plug router "eth$n" "192.168.2$n.1"
	plug client eth0 "192.168.2$n.2"
	plug server eth0 "192.168.2$n.20"
	interfaces+=("eth$n")
	forwards+=(--forward "tcp+udp/500$n=192.168.2$n.20:21116")
done
for n in 1 2 3 4; do
	for host in client server; do
		wait_until 10 "the router's ${CARDS[n - 1]} at $host" answers "$host" "192.168.2$n.1"
	done
done
serve server tcp/21116 udp/21116
attach_interfaces "${interfaces[@]}" --public "$PUBLIC" "${forwards[@]}"

if kernel_since 6.6; then
	check vmxnet3 1 xdp "hardware: native XDP"
else
	check vmxnet3 1 tc "no native XDP: .*"
fi
check e1000e 2 tc "no native XDP: .*"
check rtl8139 3 tc "no native XDP: .*"
check virtio-old 4 tc "no native XDP: .*"
detach
on_cards=$(for n in 1 2 3 4; do ns_exec router ip -d link show "eth$n"; done)
[[ $on_cards != *xdp* ]] || fail "XDP is left: $on_cards"
