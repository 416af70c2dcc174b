#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# [lan] under natloopctl watch: an interface with a rule goes, comes back with another ifindex, and
# keeps its clients out all the time; so does a VLAN of an attached trunk. A name that is not there
# yet is told, holds up nothing, and counts as soon as it is there.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

# config LINE...: the file, with these lines in [lan].
config() {
	{
		printf '%s\n' "[natloop]" "interface = eth1 eth2" "mode = $MODE" \
			"[forward]" "rustdesk = $SERVER" "[lan]" "$@"
	} >"$NL_DIR/natloop.new"
	mv "$NL_DIR/natloop.new" "$NL_DIR/natloop.conf"
}

# again PORT: the guests' interface, with another MAC address than it had.
again() {
	router_port eth2 192.168.13.1 guests "$1"
	ns_exec guest ip neighbour flush all
	[[ $MODE != xdp ]] || finished_checksums guest
}

rules() {
	natloopctl status -j | jq -c .rules
}

rules_are() {
	[[ $(rules) == "$1" ]]
}

# expect_rules WHAT JSON
expect_rules() {
	WAIT_LOG=$WATCH_LOG wait_until 5 "$1: rules $2" rules_are "$2"
}

# is_denied HOST: by natloop's word, this time.
is_denied() {
	local before
	before=$(outcome denied)
	expect_unreachable "$1" "$1" tcp "$PUBLIC" 21116
	(($(outcome denied) > before))
}

# expect_denied WHAT HOST: not let in, and by natloop's word.
expect_denied() {
	is_denied "$2" || fail "$1: not counted as denied: $(natloopctl stats)"
}

# Dials all the time until the file is there; whoever answers makes it a failure.
keep_dialling() {
	local limit
	printf -v limit '%d.%02d' $((NL_PATIENCE / 20)) $((NL_PATIENCE % 20 * 5)) # 50 ms
	while [[ ! -e $NL_DIR/stop ]]; do
		timeout "$limit" nsenter --net="/run/netns/$(ns_name "$1")" -- \
			"$NL_ANSWERER" call udp "$PUBLIC" 21116 && break
	done >"$NL_DIR/dialled" 2>/dev/null
}

topology_make
switch_add guests
router_port eth2 192.168.13.1 guests to-router
host_add guest 192.168.13.66 guests 192.168.13.1
config "eth9 = deny" "eth2 = deny"
watch_start one --config "$NL_DIR/natloop.conf"
expect_lines "a name that is not there" '^natloopctl: eth9: no such interface; \[lan\] has a line' 1
expect_rules "both" '["eth9 = deny","eth2 = deny"]'
expect_saw "the main LAN" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_denied "a guest" guest

keep_dialling client
expect_match "who may dial" "^saw $PUBLIC" "$(<"$NL_DIR/dialled")"

# Again and again, while a guest tries without a pause.
keep_dialling guest &
for i in {1..5}; do
	ns_exec router ip link del eth2
	WAIT_LOG=$WATCH_LOG wait_until 5 "eth2 gone" \
		has_lines '^natloopctl: eth2: gone$' "$i"
	again "to-router$i"
	WAIT_LOG=$WATCH_LOG wait_until 15 "eth2 back" \
		has_lines '^natloopctl: eth2: attached, ifindex' "$i"
done
touch "$NL_DIR/stop"
wait %keep_dialling || true
expect_equal "answers to the guest" "" "$(<"$NL_DIR/dialled")"
expect_rules "after five times" '["eth9 = deny","eth2 = deny"]'
expect_denied "a guest" guest

# The rules change while it is away; and nothing else is held up. Before, it may have been back by the
# time that watch looked at the rules.
waits='^natloopctl: rules: those of eth2 wait until it is there$'
told=$(grep -c "$waits" "$WATCH_LOG" || true)
ns_exec router ip link del eth2
WAIT_LOG=$WATCH_LOG wait_until 5 "rules that wait" has_lines "$waits" $((told + 1))
config "eth9 = deny" "eth2 = allow tcp/21115"
expect_rules "changed meanwhile" '["eth9 = deny","eth2 = allow tcp/21115"]'
ns_exec router ip address add 172.16.16.9/24 dev eth0
expect_publics "an address meanwhile" "$PUBLIC 172.16.16.9"
again to-router
wait_until 5 "what it may" call guest --timeout 1 tcp "$PUBLIC" 21115
expect_denied "what it may not" guest

# The name that was not there.
switch_add late
router_port eth9 192.168.19.1 late to-router
host_add guest9 192.168.19.66 late 192.168.19.1
expect_unreachable "not attached" guest9 tcp "$PUBLIC" 21116
sed -i 's/^interface = .*/& eth9/' "$NL_DIR/natloop.conf"
expect_line "attached" '^natloopctl: eth9: attached'
expect_denied "the name that was not there" guest9
expect_lines "told once" '^natloopctl: eth9: no such interface' 1

# One that is renamed keeps its rule until another one has the name; then it is that one's.
ns_exec router ip link set eth2 down
ns_exec router ip link set eth2 name old2
ns_exec router ip link set old2 up
expect_denied "by another name" guest
switch_add other
router_port eth2 192.168.14.1 other to-router
host_add guest14 192.168.14.66 other 192.168.14.1
wait_until 5 "what the new one may" call guest14 --timeout 1 tcp "$PUBLIC" 21115
expect_denied "what the new one may not" guest14

# A VLAN of the trunk eth1, where the kernel has VLANs. XDP on veth sees no tags.
if [[ $MODE == auto ]] && ns_exec router ip link add link eth1 name eth1.10 type vlan id 10; then
	ns_exec router ip link del eth1.10
	trunk() {
		ns_exec router ip link add link eth1 name eth1.10 type vlan id 10
		ns_exec router ip address add 192.168.10.1/24 dev eth1.10
		ns_exec router ip link set eth1.10 up
	}
	host_add guest10 192.168.11.66 switch "$ROUTER"
	ns_exec guest10 ip address flush dev eth0
	ns_exec guest10 ip link add link eth0 name eth0.10 type vlan id 10
	ns_exec guest10 ip address add 192.168.10.66/24 dev eth0.10
	ns_exec guest10 ip link set eth0.10 up
	ns_exec guest10 ip route add default via 192.168.10.1
	trunk
	config "eth1.10 = deny"
	expect_rules "of a VLAN" '["eth1.10 = deny"]'
	expect_denied "a VLAN's guest" guest10
	rm "$NL_DIR/stop"
	keep_dialling guest10 &
	for i in {1..5}; do
		ns_exec router ip link del eth1.10
		# Neither before watch has heard of it nor after.
		((i % 2)) || sleep 0.3
		trunk
		ns_exec guest10 ip neighbour flush all
		((i % 2)) || sleep 0.3
	done
	touch "$NL_DIR/stop"
	wait %keep_dialling || true
	expect_equal "answers to the VLAN's guest" "" "$(<"$NL_DIR/dialled")"
	expect_line "it counts again" '^natloopctl: rules: those of eth1.10 count again$'
	# That may have been another time; between them it is a VLAN that natloop does not know.
	WAIT_LOG=$WATCH_LOG wait_until 5 "the VLAN's guest, denied" is_denied guest10
	watch_end
	# Without watch one addition after it came back does what it did before.
	ns_exec router ip link del eth1.10
	expect_success "a change" natloopctl forward add "tcp/21118=$SERVER"
	trunk
	expect_unreachable "known to nobody" guest10 tcp "$PUBLIC" 21116
	# A deletion looks at nothing, so that it always works.
	expect_success "another change" natloopctl forward add "tcp/21119=$SERVER"
	expect_denied "the VLAN's guest" guest10
else
	watch_end
fi
note_programs
detach
expect_nothing_left
