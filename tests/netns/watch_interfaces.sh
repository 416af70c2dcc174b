#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Interfaces go and come back under natloopctl watch: down and up, deleted and made again with another
# ifindex, two uplinks by metric and by a policy table, and an uplink that is without an address for
# a while. Double NAT is noted in status, and a global address takes the note away.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

topology_make
watch_start one eth1 --server "$SERVER" --mode "$MODE"
expect_publics "auto" "$PUBLIC"
expect_match "status in words" "double NAT.*--public NAME" "$(natloopctl status)"
expect_jq "notes" '.notes | length == 1' "$(natloopctl status -j)"

# Two uplinks: another default route of the main table, then one of a policy table.
for i in 2 3; do
	ns_exec internet ip link add "eth$i" type veth peer name "wan$i" netns "$(ns_name router)"
	ns_exec internet ip link set "eth$i" up
	ns_exec router ip address add "198.51.$i.1/24" dev "wan$i"
	ns_exec router ip link set "wan$i" up
done
ns_exec router ip route add default via 198.51.2.254 metric 100
expect_publics "two uplinks" "$PUBLIC 198.51.2.1"
expect_saw "by the second uplink" "198.51.2.1:[0-9]+" client udp 198.51.2.1 21116
expect_jq "no note with a global address" '.notes == []' "$(natloopctl status -j)"
ns_exec router ip route add default via 198.51.3.254 table 300
sleep 0.3
expect_equal "a table that no rule refers to" "$PUBLIC 198.51.2.1" "$(publics)"
ns_exec router ip rule add fwmark 3 lookup 300
expect_publics "a policy table" "$PUBLIC 198.51.2.1 198.51.3.1"
ns_exec router ip link set wan2 down
expect_publics "an uplink that is down" "$PUBLIC 198.51.3.1"
expect_line "the change" "^natloopctl: public: $PUBLIC, 198.51.2.1, 198.51.3.1 -> $PUBLIC, 198.51.3.1\$"
ns_exec router ip rule del fwmark 3
expect_publics "without the rule" "$PUBLIC"

# No address for a while: what was stays, one line, and it works again as soon as there is one.
ns_exec router ip address flush dev eth0
expect_line "no address" "public: (no default route|interface eth0 has no global)"
sleep 2.5
expect_equal "reports in: $(<"$WATCH_LOG")" 1 "$(grep -Ec 'public: (no default|interface eth0)' "$WATCH_LOG")"
expect_equal "public meanwhile" "$PUBLIC" "$(publics)"
ns_exec router ip address add 172.16.16.9/24 dev eth0
ns_exec router ip route add default via 172.16.16.254
expect_publics "with an address again" 172.16.16.9
expect_line "and said so" "^natloopctl: watch: up to date again\$"

# The LAN's interface.
talk_open live client tcp 0 172.16.16.9 21116
talk_say live one
ns_exec router ip link set eth1 down
sleep 0.3
ns_exec router ip link set eth1 up
talk_say live "after down and up"
talk_close live
mac=$(ns_exec router ip -j link show eth1 | jq -r '.[0].address')
ns_exec router ip link del eth1
expect_line "gone" "^natloopctl: eth1: gone\$"
router_port eth1 "$ROUTER" switch to-router
expect_line "back" "^natloopctl: eth1: attached, ifindex [0-9]+\$"
# The client has its MAC address in its ARP table; this is a change, too.
ns_exec router ip link set eth1 address "$mac"
expect_line "another MAC address" "^natloopctl: links: \\+ eth1 $mac, - eth1 "
expect_saw "after it came back" "172.16.16.9:[0-9]+" client tcp 172.16.16.9 21116
expect_jq "interfaces" '[.interfaces[].name] == ["eth1"]' "$(natloopctl status -j)"

# One of two goes, and does not keep the other from what changes.
switch_add dmz
router_port eth4 192.168.12.1 dmz to-router
watch_end
watch_start two eth1 eth4 --server "$SERVER" --forward "tcp/443=192.168.12.20"
ns_exec router ip link del eth4
expect_line "the second one" "^natloopctl: eth4: gone\$"
ns_exec router ip address add 172.16.16.10/24 dev eth0
expect_publics "an address meanwhile" "172.16.16.9 172.16.16.10"
router_port eth4 192.168.12.1 dmz to-router2
expect_line "the second one is back" "^natloopctl: eth4: attached"
expect_jq "both" '[.interfaces[].name] | sort == ["eth1", "eth4"]' "$(natloopctl status -j)"
expect_success "detached by hand" natloopctl forward del "tcp/443=192.168.12.20"
expect_success "detached by hand" natloopctl detach eth4
ns_exec router ip address del 172.16.16.10/24 dev eth0
expect_publics "and an event" 172.16.16.9
expect_jq "it stays detached" '[.interfaces[].name] == ["eth1"]' "$(natloopctl status -j)"

# Nor does another interface that goes and comes back undo it, or the other things that were done by
# hand; and what stays is not touched.
ns_exec router ip address add 172.16.16.11/24 dev eth0
expect_publics "one more" "172.16.16.9 172.16.16.11"
expect_success "deleted by hand" natloopctl public del 172.16.16.11
expect_success "added by hand" natloopctl forward add "tcp/8443=$SERVER:21118"
router_port eth5 192.168.15.1 dmz to-router5
expect_success "attached by hand" natloopctl attach eth5
program() {
	ns_exec router tc filter show dev eth5 ingress | grep -Eo ' id [0-9]+'
}
before=$(program)
lines=$(grep -c 'eth1: attached' "$WATCH_LOG" || true)
ns_exec router ip link del eth1
expect_line "eth1 gone" "^natloopctl: eth1: gone\$"
router_port eth1 "$ROUTER" switch to-router
eth1_again() {
	(($(grep -c 'eth1: attached' "$WATCH_LOG" || true) > lines))
}
WAIT_LOG=$WATCH_LOG wait_until 5 "eth1 is back" eth1_again
ns_exec router ip link set eth1 down
ns_exec router ip link set eth1 address "$mac"
ns_exec router ip link set eth1 up
sleep 0.3
expect_jq "detached by hand, and eth1 came back" '[.interfaces[].name] | sort == ["eth1", "eth5"]' \
	"$(natloopctl status -j)"
expect_equal "public, deleted by hand" 172.16.16.9 "$(publics)"
expect_jq "forward, added by hand" 'index("tcp/8443=192.168.11.20:21118") != null' \
	"$(natloopctl forward list -j)"
expect_equal "the program of what stayed" "$before" "$(program)"
expect_saw "after it came back again" "172.16.16.9:[0-9]+" client tcp 172.16.16.9 21116
watch_end
note_programs
detach
expect_nothing_left
