#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Datagrams larger than the MTU go both ways in fragments, up to the largest there is; those to a port
# that is not forwarded reach the router's own socket. Nothing is left in the tables of fragments.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
serve router --bind "$PUBLIC" udp/9999
watch_checksums server
watch_checksums client
for size in 1473 1480 1481 2000 2960 2961 4000 9000 30000 65000 65507; do
	expect_saw "datagram of $size bytes" "$PUBLIC:[0-9]+" client --size "$size" \
		udp "$PUBLIC" 21116
	expect_saw "datagram of $size bytes from a fixed port" "$PUBLIC:40001" \
		client --from-port 40001 --size "$size" udp "$PUBLIC" 21116
	expect_saw "datagram of $size bytes to the router itself" "$CLIENT:[0-9]+" \
		client --size "$size" udp "$PUBLIC" 9999
done
expect_good_checksums server
expect_good_checksums client
for name in fragment_held fragment_overlap fragment_endless fragment_tiny fragment_limit; do
	expect_equal "packets counted as $name" 0 "$(outcome "$name")"
done
