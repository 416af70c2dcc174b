#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Which network cards has a guest? To be sourced; and run as "devices.sh wired COMMAND...", in a
# network namespace of its own, it makes what the cards are plugged into, and becomes COMMAND.
#
# All cards of a guest are on one bridge outside of it, each by a tap device. So packets cross the
# guest's real rings, and taps have what hubs of qemu have not: several queues, and the header by
# which a virtio card leaves checksums and segmentation to the other side. The bridge and the taps
# are in a namespace without a name, which goes when qemu does, however it ends.

VM_DEVICES=$(readlink -f "${BASH_SOURCE[0]}")

# NAME MODEL QUEUES DRIVER. The router has one card of each model, of which a test uses one. With
# two CPUs and two queues in use, the driver has two more for what XDP sends. Client and server leave
# checksums and segmentation to others when they send, as drivers do, but what they get has crossed
# a wire: the tap before their card finishes it, so that they see a checksum that is wrong. virtio-old
# cannot switch off what its driver takes unfinished, and so that driver refuses XDP.
VM_WIRE=guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off
VM_CARDS=(
	"client virtio-net-pci,$VM_WIRE 2 virtio_net"
	"server virtio-net-pci,$VM_WIRE 2 virtio_net"
	"virtio virtio-net-pci 4 virtio_net"
	"virtio-old virtio-net-pci,ctrl_guest_offloads=off 1 virtio_net"
	"vmxnet3 vmxnet3 1 vmxnet3"
	"e1000e e1000e 1 e1000e"
	"rtl8139 rtl8139 1 8139cp"
)

VM_OPTIONS=() # for vm_boot: see vm_devices

# vm_card_mac NAME VARIABLE: sets it to the address by which the guest knows that card.
vm_card_mac() {
	local i
	for ((i = 0; i < ${#VM_CARDS[@]}; i++)); do
		[[ ${VM_CARDS[i]%% *} != "$1" ]] ||
			printf -v "$2" '52:54:00:4e:4c:%02x' $((i + 1))
	done
}

# vm_devices RESULTS: gives the guest its cards. Options of qemu in VM_OPTIONS, what qemu is started
# by in VM_INSIDE, both for vm_boot; the drivers in RESULTS/load, the cards' names in RESULTS/cards.
# With status 1 and a reason on standard error if this machine cannot.
vm_devices() {
	local card name model queues driver several mac
	VM_OPTIONS=() VM_INSIDE=()
	if ((EUID != 0)) || [[ ! -c /dev/net/tun ]]; then
		echo "no network cards for the guest: they need root and /dev/net/tun" >&2
		return 1
	fi
	: >"$1/cards"
	for card in "${VM_CARDS[@]}"; do
		read -r name model queues driver <<<"$card"
		several=
		vm_card_mac "$name" mac
		((queues == 1)) || several=,mq=on,vectors=$((2 * queues + 2))
		VM_OPTIONS+=(
			-netdev "tap,id=$name,ifname=$name,queues=$queues,vhost=off,script=no,downscript=no"
			-device "$model,netdev=$name,mac=$mac$several")
		echo "$driver" >>"$1/load"
		echo "$name" >>"$1/cards"
	done
	# shellcheck disable=SC2034 # for boot.sh
	VM_INSIDE=(unshare --net -- "$VM_DEVICES" wired)
}

vm_wire() {
	local card name queues several
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
	ip link add lan type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	ip link set lan up
	for card in "${VM_CARDS[@]}"; do
		read -r name _ queues _ <<<"$card"
		several=(multi_queue)
		((queues > 1)) || several=()
		ip tuntap add dev "$name" mode tap vnet_hdr "${several[@]}"
		ip link set "$name" mtu 9000 master lan up
	done
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	set -euo pipefail
	export PATH=$PATH:/usr/sbin:/sbin
	[[ ${1:-} == wired && $# -gt 1 ]] || { echo "this file is to be sourced" >&2 && exit 2; }
	shift
	vm_wire
	exec "$@"
fi
