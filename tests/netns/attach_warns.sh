#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What is seldom meant is done, but not without a word: XDP over veth, an uplink attached as a LAN,
# the LAN's own address as the public one. Nothing is said where all is as it should be.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

# words ARGUMENT...: what attach says.
words() {
	natloopctl attach "$@" 2>&1 || fail "attach $*"
}

topology_make
expect_equal "words of a plain attach" "" "$(words eth1 --public "$PUBLIC" --server "$SERVER")"
expect_jq "no LAN's address" '[.notes[] | select(test("own in"))] == []' "$(natloopctl status -j)"
for mode in xdp xdp-generic; do
	expect_match "$mode over veth" "eth1: a veth interface by XDP: .*; use --mode tc" \
		"$(words eth1 --mode "$mode")"
	expect_jq "the reason of $mode" ".interfaces[0].reason |
		test(\"asked for by --mode $mode, although it leaves unfinished checksums wrong\")" \
		"$(natloopctl status -j)"
done
expect_equal "words of TC again" "" "$(words eth1 --mode tc)"
detach

wanted="public address $PUBLIC is the router's own in 172.16.16.0/24, whose hosts are clients"
expect_match "the uplink attached" "natloopctl: $wanted" \
	"$(words eth0 eth1 --public "$PUBLIC" --server "$SERVER")"
expect_match "the note on it" "$wanted" "$(natloopctl status)"
detach
expect_match "the LAN's address" "$ROUTER is the router's own in 192.168.11.0/24" \
	"$(words eth1 --public "$ROUTER" --server "$SERVER")"

# Under watch what comes back says nothing of the others, and nothing a second time of what stays.
detach
switch_add dmz
router_port eth4 192.168.12.1 dmz to-router
ns_sysctl router ipv4/conf/eth1/forwarding 0
watch_start warned eth1 eth4 eth0 --mode xdp --public "$PUBLIC" --server "$SERVER"
for i in 1 2; do
	ns_exec router ip link del eth4
	WAIT_LOG=$WATCH_LOG wait_until 5 "gone, $i" has_lines '^natloopctl: eth4: gone$' "$i"
	router_port eth4 192.168.12.1 dmz "again$i"
	WAIT_LOG=$WATCH_LOG wait_until 5 "attached, $i" has_lines '^natloopctl: eth4: attached' "$i"
done
expect_lines "XDP over veth" '^natloopctl: eth1: a veth interface by XDP' 1
expect_lines "of the one that came" '^natloopctl: eth4: a veth interface by XDP' 3
expect_lines "forwarding" '^natloopctl: eth1: IP forwarding is off' 1
expect_lines "the uplink" "^natloopctl: $wanted" 1
watch_end
ns_sysctl router ipv4/conf/eth1/forwarding 1

# Who cannot be told anything is not told that all is well.
expect_status "stats without standard output" 1 natloopctl stats >&- 2>"$NL_DIR/err"
expect_status "stats --watch without it" 1 natloopctl stats --watch >&- 2>"$NL_DIR/err"
detach
expect_nothing_left
