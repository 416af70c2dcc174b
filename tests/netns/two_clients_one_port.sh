#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two clients use the same local port to the same public address and port: the server sees two
# different ports of one parity and class, and both conversations work at the same time, TCP and
# UDP. A socket that got another port keeps it towards another destination, too.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
for proto in tcp udp; do
	for port in 50000 50001 999; do
		talk_open one client "$proto" "$port" "$PUBLIC" 21116
		talk_say one "hello from one"
		talk_open two client2 "$proto" "$port" "$PUBLIC" 21116
		talk_say two "hello from two"
		one=${SAW[one]} two=${SAW[two]}
		expect_equal "$proto: the first keeps its port" "$PUBLIC:$port" "$one"
		expect_match "$proto: address of the second" "^$PUBLIC:[0-9]+$" "$two"
		expect_different "$proto: what the server saw" "$one" "$two"
		expect_equal "$proto: parity" $((port % 2)) $((${two##*:} % 2))
		expect_equal "$proto: below 1024" $((port < 1024)) $((${two##*:} < 1024))
		for text in a b c; do
			talk_say one "$text from one"
			talk_say two "$text from two"
			expect_equal "$proto: the first stays" "$one" "${SAW[one]}"
			expect_equal "$proto: the second stays" "$two" "${SAW[two]}"
		done
		talk_close one
		talk_close two
	done
done

talk_open one client tcp 51000 "$PUBLIC" 21116
talk_open two client2 tcp 51000 "$PUBLIC" 21116
talk_open three client2 tcp 51000 "$PUBLIC" 21115
expect_different "the port was taken" "$PUBLIC:51000" "${SAW[two]}"
expect_equal "one port towards two destinations" "${SAW[two]}" "${SAW[three]}"
