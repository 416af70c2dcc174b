#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A port that is forwarded, but closed on the server: the client's socket is told so at once, and a
# client that has closed its port tells the server.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach --forward udp/5000="$SERVER" --forward rustdesk="$SERVER"

status=0
call client --timeout 5 udp "$PUBLIC" 5000 || status=$?
expect_equal "a closed UDP port: connection refused" 3 "$status"
(($(outcome icmp_error) == 1)) || fail "the error was not translated: $(natloopctl stats)"

# The error neither ends the flow nor counts as one of its packets.
expect_jq "the flow is there, with one packet" \
	'map(select(.public == "172.16.16.1:5000")) | length == 1 and .[0].packets == 1' \
	"$(natloopctl flow list -j)"
serve server udp/5000
expect_saw "the same port, open now" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 5000
