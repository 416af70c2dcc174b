#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Native XDP on a real driver, virtio-net, with its offloads as it leaves them: "auto" takes it, TCP
# and UDP by the public address work, a stream is not changed and no checksum is wrong, over several
# queues and CPUs; with frames of 9000 bytes, too, by XDP or by TC, as the driver has it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

mode() {
	natloopctl status -j | jq -r '.interfaces[0].mode'
}

# xdp_sent: frames that the driver has sent for XDP.
xdp_sent() {
	ns_exec router ethtool -S eth1 | awk '/^ *tx.*_xdp_tx: / { n += $2 } END { print n + 0 }'
}

# bulk_by_xdp: the stream, of which XDP itself carried all but what waited for the next hop. By the
# driver's count: of what XDP never saw natloop's own tell only that TC carried it.
bulk_by_xdp() {
	local before sent
	before=$(xdp_sent)
	bulk 2
	sent=$(($(xdp_sent) - before))
	((sent >= 400)) || fail "XDP sent $sent frames of 4 MB"
	expect_jq "XDP itself carried the stream" '([to_entries[] | select(.key | startswith("defer_")) |
		.value.packets] | add) * 10 < .to_server.packets' "$(natloopctl stats -j)"
}

# spread_interrupts: queue N belongs to CPU N, modulo the number of CPUs.
spread_interrupts() {
	local device file irq cpus
	cpus=$(nproc)
	device=$(ns_exec router ethtool -i eth1 | sed -n 's/^bus-info: //p')
	for file in "/sys/bus/pci/devices/$device"/virtio*; do
		sed -n "s/^ *\([0-9]*\):.*${file##*/}-[a-z]*put\.\([0-9]*\)$/\1 \2/p" /proc/interrupts |
			while read -r irq queue; do
				echo $((queue % cpus)) >"/proc/irq/$irq/smp_affinity_list"
			done
	done
}

# queues rx|tx: how many of the queues had packets of XDP; Linux 6.9 changed the names.
queues() {
	ns_exec router ethtool -S eth1 |
		grep -Ec "^ *$1(_queue_)?_?[0-9]+_xdp_(packets|tx): [1-9]" || true
}

mtu() {
	ns_exec router ip link set eth1 mtu "$1"
	ns_exec client ip link set eth0 mtu "$1"
	ns_exec server ip link set eth0 mtu "$1"
}

nic_topology virtio
attach
expect_equal "mode that auto took" xdp "$(mode)"
natloopctl status >&2
expect_saw TCP "$PUBLIC:40001" client --from-port 40001 tcp "$PUBLIC" 21116
expect_saw UDP "$PUBLIC:40001" client --from-port 40001 udp "$PUBLIC" 21116
expect_saw "UDP of 1472 bytes" "$PUBLIC:40001" client --from-port 40001 --size 1472 udp "$PUBLIC" 21116
expect_saw "the server to itself" "$PUBLIC:[0-9]+" server tcp "$PUBLIC" 21116
bulk_by_xdp

if (($(nproc) > 1)); then
	spread_interrupts
	for _ in {1..12}; do
		expect_saw "UDP over all queues" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
	done
	ns_exec router ethtool -S eth1 | grep -v ': 0$' >&2
	(($(queues rx) >= 2)) || fail "all packets came by one queue"
	(($(queues tx) >= 2)) || fail "all packets went by one queue"
fi

# Before 6.3 the driver has no XDP for frames larger than a page, and keeps a program that is there.
mtu 9000
if ! kernel_since 6.3; then
	expect_refused 1 "eth1: the driver does not let the XDP program go with this MTU" detach --all
	[[ $(ns_exec router tc filter show dev eth1 ingress) == *natloop_tc* ]] ||
		fail "XDP has stayed without TC, to which it hands over"
	mtu 1500
	detach
	mtu 9000
fi
attach
say "with frames of 9000 bytes: $(natloopctl status -j | jq -c '.interfaces[0]')"
expect_saw "large UDP" "$PUBLIC:[0-9]+" client --size 8900 udp "$PUBLIC" 21116
if kernel_since 6.3; then
	expect_equal "mode for large frames" xdp "$(mode)"
	bulk_by_xdp
else
	expect_equal "mode for large frames" tc "$(mode)"
	bulk 2
fi
(($(largest_seen server) > 8000)) || fail "no large frame: $(largest_seen server) bytes at most"
detach
[[ $(ns_exec router ip -d link show eth1) != *xdp* ]] || fail "XDP is left on eth1"
