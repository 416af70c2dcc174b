#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A long TCP stream goes through natloop and comes back, both ways at once, without a byte changed
# (SHA-256), and no packet arrives with a wrong checksum, neither at the server nor at the client.
# BULK_MB sets the size.
# modes: auto tc xdp xdp-generic
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

case $MODE in
xdp*) mb=${BULK_MB:-16} ;;
*) mb=${BULK_MB:-64} ;;
esac

topology_make
attach
head -c "${mb}M" /dev/urandom >"$NL_DIR/data"
wanted=$(sha256sum <"$NL_DIR/data")
watch_checksums server
watch_checksums client
ns_exec client "$NL_ANSWERER" call --pipe --timeout 110 tcp "$PUBLIC" 21117 \
	<"$NL_DIR/data" >"$NL_DIR/echo" || fail "the stream broke off with status $?"
expect_match "first line of the stream" "^saw $PUBLIC:[0-9]+$" "$(head -n 1 "$NL_DIR/echo")"
got=$(tail -n +2 "$NL_DIR/echo" | sha256sum)
expect_equal "SHA-256 of $mb MB there and back" "$wanted" "$got"
expect_good_checksums server
expect_good_checksums client

if [[ $MODE == xdp* ]]; then
	expect_jq "XDP itself carried the stream" '([to_entries[] | select(.key | startswith("defer_")) |
		.value.packets] | add) * 20 < .to_server.packets' "$(natloopctl stats -j)"
fi
