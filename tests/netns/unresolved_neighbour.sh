#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The router does not know the server's MAC address when the first packet comes: a single UDP
# datagram, which nobody repeats, still arrives and is answered. The same when the router forgets
# all neighbours while the flow lives.
# modes: auto tc xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
ns_exec router ip neigh flush all
expect_saw "first datagram" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
ns_exec router ip neigh flush all
expect_saw "first segment" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116

talk_open live client udp 0 "$PUBLIC" 21116
talk_say live "with neighbours"
ns_exec router ip neigh flush all
talk_say live "without neighbours"
wait_until 10 "talking on" talk_say live "a while later"
