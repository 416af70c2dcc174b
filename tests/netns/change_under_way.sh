#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Forwards and public addresses are taken away while conversations go on: TCP runs to its end, UDP
# ends at once, new conversations follow the new configuration. And what is not given is kept.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

SECOND=172.16.16.2

topology_make
ns_exec router ip address add "$SECOND/32" dev eth0
attach --public "$SECOND" --snat "$PUBLIC"

talk_open old client tcp 0 "$PUBLIC" 21116
talk_say old "before"
expect_saw "by the second address" "$PUBLIC:40001" client --from-port 40001 udp "$SECOND" 21116
natloopctl public del "$PUBLIC"
talk_say old "the public address is gone, and the connection is not"
expect_saw "--snat of an address that is not dialled" "$PUBLIC:40002" \
	client --from-port 40002 tcp "$SECOND" 21116
expect_unreachable "an address that is gone" client tcp "$PUBLIC" 21115
expect_refused 1 "last public address" public del "$SECOND"
expect_jq "public addresses" '. == ["172.16.16.2"]' "$(natloopctl status -j | jq .public)"

talk_open udp client udp 40003 "$SECOND" 21116
talk_say udp "one"
natloopctl forward del "udp/21116=$SERVER"
expect_jq "no UDP flow is left" 'map(select(.proto == "udp")) == []' "$(natloopctl flow list -j)"
expect_unreachable "a forward that is gone" client udp "$SECOND" 21116
natloopctl forward add "udp/21116=$SERVER"
talk_say udp "two"
talk_say old "still there"

# What a command does not say stays as it is.
natloopctl attach eth1 --mode tc
natloopctl attach eth1 --client-flows 7
expect_jq "mode, SNAT and forwards kept" \
	'.interfaces[0].mode == "tc" and (.interfaces[0].reason | test("--mode tc")) and
	.snat == "172.16.16.1" and (.forwards | length) == 2' "$(natloopctl status -j)"
talk_say old "after two updates"
talk_close old
talk_close udp
detach
