#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# [lan]: the guests' LAN may use one forward and the main LAN all, and one guest more than the
# others; what is denied is counted. A rule that comes later ends UDP flows, and TCP runs on. The rules
# of an interface that goes, is detached or gets another name are there again when it is.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# config LINE...: the file, with these lines in [lan].
config() {
	{
		printf '%s\n' "[natloop]" "interface = eth1 eth2" "public = $PUBLIC" "mode = $MODE" \
			"[forward]" "rustdesk = $SERVER" "[lan]" "$@"
	} >"$NL_DIR/natloop.conf"
}

with_config() {
	natloopctl "$@" --config "$NL_DIR/natloop.conf"
}

topology_make
switch_add guests
router_port eth2 192.168.13.1 guests to-router
host_add guest 192.168.13.66 guests 192.168.13.1
host_add guest2 192.168.13.67 guests 192.168.13.1

config "192.168.13.67 = allow" "eth2 = allow tcp/21115, udp/21116"
expect_success attach with_config attach
expect_jq "status" '.rules == ["192.168.13.67/32 = allow", "eth2 = allow tcp/21115 udp/21116"]' \
	"$(natloopctl status -j)"
expect_saw "the main LAN" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_saw "a guest, the port that it may use" "$PUBLIC:[0-9]+" guest tcp "$PUBLIC" 21115
before=$(outcome denied)
expect_unreachable "a guest, another port" guest tcp "$PUBLIC" 21116
(($(outcome denied) > before)) || fail "not counted as denied: $(natloopctl stats)"
expect_saw "the guest with a line of its own" "$PUBLIC:[0-9]+" guest2 tcp "$PUBLIC" 21116

# A change of the rules.
talk_open tcp guest tcp 0 "$PUBLIC" 21115
talk_open udp guest udp 0 "$PUBLIC" 21116
talk_open main client udp 0 "$PUBLIC" 21116
talk_say udp one
talk_say main one
config "eth2 = deny"
expect_success reload with_config reload
expect_jq "the guest's UDP flow is gone, the main LAN's is not" \
	'map(select(.proto == "udp") | .client | split(":")[0]) == ["'"$CLIENT"'"]' \
	"$(natloopctl flow list -j)"
talk_say tcp "TCP runs on"
talk_say main two
expect_unreachable "guests are out" guest2 tcp "$PUBLIC" 21115

# What another command changes leaves the rules alone; without a line they go.
natloopctl forward add "tcp/21118=$SERVER"
expect_unreachable "still out" guest tcp "$PUBLIC" 21118
config
expect_success reload with_config reload
expect_jq "no rules" '.rules == []' "$(natloopctl status -j)"
expect_saw "guests are in" "$PUBLIC:[0-9]+" guest tcp "$PUBLIC" 21116

# A name that cannot mean anybody is refused, and nothing changes.
config "eht2 = deny"
expect_refused 1 '^natloopctl: eht2: no such interface' reload --config "$NL_DIR/natloop.conf"
expect_saw "as before" "$PUBLIC:[0-9]+" guest tcp "$PUBLIC" 21116

# A rule outlives its interface: a command that comes meanwhile keeps it, and whoever attaches the
# interface again, by hand and without the file, gets it.
config "eth2 = deny" "eth1 = allow"
expect_success reload with_config reload
rules='.rules == ["eth2 = deny", "eth1 = allow"]'
ns_exec router ip link del eth2
expect_jq "rules without the interface" "$rules" "$(natloopctl status -j)"
expect_success "another change" natloopctl forward add "tcp/21118=$SERVER"
expect_jq "rules after another change" "$rules" "$(natloopctl status -j)"
expect_jq "the note" '[.notes[] | select(test("line for eth2, and there is no such"))] | length == 1' \
	"$(natloopctl status -j)"
sed -i 's/ eth2$//' "$NL_DIR/natloop.conf"
expect_success "the same file, whose name was right once" with_config reload
router_port eth2 192.168.13.1 guests to-router2
ns_exec guest ip neighbour flush all # of the MAC address that is gone
[[ $MODE != xdp ]] || finished_checksums guest
expect_unreachable "nobody's LAN yet" guest tcp "$PUBLIC" 21116
expect_success "attach again" natloopctl attach eth2
expect_saw "the main LAN" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
before=$(outcome denied)
expect_unreachable "the guests of the new interface" guest tcp "$PUBLIC" 21116
(($(outcome denied) > before)) || fail "not counted as denied: $(natloopctl stats)"
expect_success "detach" natloopctl detach eth2
expect_success "and attach" natloopctl attach eth2
expect_unreachable "after detach and attach" guest tcp "$PUBLIC" 21116

# Another name for the same interface.
ns_exec router ip link set eth2 down
ns_exec router ip link set eth2 name guests0 up
expect_success "another change" natloopctl forward add "tcp/21119=$SERVER"
expect_jq "rules" '.rules == ["eth2 = deny", "eth1 = allow"]' "$(natloopctl status -j)"
expect_unreachable "by another name" guest tcp "$PUBLIC" 21116
expect_success "reload" natloopctl reload --config "$NL_DIR/natloop.conf"
expect_unreachable "by another name, after a reload" guest tcp "$PUBLIC" 21116
note_programs
detach
expect_nothing_left
