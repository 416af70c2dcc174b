#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# UDP datagrams of many sizes, 0 bytes among them, reach the server and the answers come back, also
# with checksum 0; no packet arrives with a wrong checksum, and checksum 0 stays 0.
# modes: auto tc xdp xdp-generic
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
serve server --no-check udp/5000
attach --forward udp/5000="$SERVER" --forward rustdesk="$SERVER"
watch_checksums server
watch_checksums client
for size in 0 1 2 3 5 17 18 19 63 64 100 511 512 1000 1399 1400 1471 1472; do
	expect_saw "datagram of $size bytes" "$PUBLIC:[0-9]+" client --size "$size" \
		udp "$PUBLIC" 21116
	expect_saw "datagram of $size bytes from a fixed port" "$PUBLIC:40001" \
		client --from-port 40001 --size "$size" udp "$PUBLIC" 21116
done
expect_good_checksums server
expect_good_checksums client

watch_checksums server
watch_checksums client
for size in 0 1 100 1400; do
	expect_saw "datagram of $size bytes, checksum 0" "$PUBLIC:[0-9]+" client --no-check \
		--size "$size" udp "$PUBLIC" 5000
done
expect_good_checksums server
expect_good_checksums client
for host in server client; do
	expect_equal "packets at the $host with checksum 0" "$WATCH_SEEN" \
		"$(grep -c '\[no cksum\]' "$NL_DIR/watch.$host")"
done
