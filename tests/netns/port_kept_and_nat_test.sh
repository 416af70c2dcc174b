#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Endpoint-independent mapping: one local port that talks to 21116 and to 21115 has the same port
# at both, and it is the client's own. RustDesk's NAT type test compares the two.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
for port in 45001 45002 1023; do
	talk_open first client tcp "$port" "$PUBLIC" 21116
	talk_open second client tcp "$port" "$PUBLIC" 21115
	expect_equal "port seen by 21116" "$PUBLIC:$port" "${SAW[first]}"
	expect_equal "port seen by 21115" "$PUBLIC:$port" "${SAW[second]}"
	talk_say first "still here"
	talk_say second "still here"
	talk_close first
	talk_close second
done
expect_saw "UDP from the same port" "$PUBLIC:45001" client --from-port 45001 udp "$PUBLIC" 21116
