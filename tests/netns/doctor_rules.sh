#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl doctor names what is wrong with the router's rules and its natloop, and nothing else: no
# loopback, half a hairpin, forwards that are missing or of TCP only, a program of the router on the
# port, rules that reflect beside natloop, obstacles, facts that contradict each other or are missing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_doctor.sh
. "${BASH_SOURCE[0]%/*}/lib_doctor.sh"

# rules [PREROUTING [POSTROUTING]]: the router's NAT, of rules with those lines.
rules() {
	with_rules <<-END
		table ip nat {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				${1:-}
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname "eth0" masquerade
				${2:-}
			}
		}
	END
}

TCP="tcp dport 21115-21117 dnat to $SERVER;"
UDP="udp dport 21116 dnat to $SERVER;"
BOUND="iifname eth0 $TCP iifname eth0 $UDP"
ANY="ip daddr $PUBLIC $TCP ip daddr $PUBLIC $UDP"

# without natloop
bare() {
	rustdesk_start server
	expect_doctor "no loopback" 1 nat-loopback
	expect_jq "the cure" '.next == "natloopctl attach eth1"' "$JSON"
	expect_doctor "no loopback, works outside" 1 nat-loopback --outside ok
	expect_doctor "fails inside and outside" 1 forward-missing --outside failed
	rules "$ANY"
	expect_doctor "half hairpin" 1 half-hairpin
	expect_check "half hairpin" loopback problem "but not their source"
	rules "$ANY" "ip saddr 192.168.11.0/24 ip daddr $SERVER masquerade"
	expect_doctor "a whole hairpin by rules" 0 healthy
	rules
	expect_doctor "no forward" 1 forward-missing --server "$SERVER"
	expect_doctor "nothing is known" 3 unknown
	expect_doctor "no forward, works outside" 3 unknown --server "$SERVER" --outside ok
	rules "iifname eth0 $TCP"
	expect_doctor "UDP forward missing" 1 udp-forward-missing
	expect_jq "which port" '.says | contains("udp/21116")' "$JSON"
	rules "iifname eth0 $UDP iifname eth0 tcp dport 21115-21116 dnat to $SERVER;"
	expect_doctor "no forward of the relay" 1 forward-missing
	expect_jq "which port" '.says | contains("tcp/21117")' "$JSON"
	serve router tcp/21117
	expect_doctor "docker-proxy on the relay's port" 1 router-answers
	rules "$BOUND"
	expect_doctor "the router answers inside" 1 router-answers
	expect_check "the router answers" listener warning "tcp/21117: a program of this router"
}

# with natloop
attached() {
	local status=0
	rustdesk_start server
	attach
	rules "$ANY" "ip saddr 192.168.11.0/24 ip daddr $SERVER masquerade"
	expect_doctor "other hairpin rule" 1 other-hairpin
	rules "$BOUND"
	natloopctl forward del "udp/21116=$SERVER"
	expect_doctor "natloop without UDP" 1 udp-forward-missing
	expect_jq "the cure" ".next == \"natloopctl forward add udp/21116=$SERVER\"" "$JSON"
	natloopctl forward add "udp/21116=$SERVER"
	natloopctl dns add "$NAME" "$SERVER" 2>/dev/null
	expect_doctor "mixed cures" 1 mixed-cures
	natloopctl dns del "$NAME"
	ns_sysctl router ipv4/ip_forward 0
	expect_doctor "IP forwarding is off" 1 obstacle
	expect_jq "the cure" '.next | contains("ip_forward=1")' "$JSON"
	ns_sysctl router ipv4/ip_forward 1
	echo "[natloop" >"$NL_DIR/broken.conf"
	expect_doctor "broken configuration file" 1 obstacle --config "$NL_DIR/broken.conf"
	expect_check "broken configuration file" config-file problem "broken.conf"
	printf '[lan]\neth1 = allow tcp/443\n' >"$NL_DIR/denied.conf"
	natloopctl reload --config "$NL_DIR/denied.conf"
	expect_doctor "denied by [lan]" 1 obstacle --config "$NL_DIR/denied.conf"
	expect_check "denied by [lan]" lan-rules problem "udp/21116: is denied to hosts behind eth1"
	natloopctl reload
	expect_doctor "fails outside only" 1 forward-missing --outside failed
	expect_doctor "healthy" 0 healthy
	expect_check "strict conntrack" direct-sessions warning "be_liberal: is 0"
	ns_sysctl router netfilter/nf_conntrack_tcp_be_liberal 1
	expect_doctor "healthy, and direct" 0 healthy
	expect_check "liberal conntrack" direct-sessions ok "be_liberal: is 1"

	# What it may not look at it does not know.
	JSON=$(ns_exec router setpriv --reuid 65534 --clear-groups --bounding-set=-all "$NL_BIN" \
		doctor -j --server "$SERVER" --instance "$NL_INSTANCE") || status=$?
	expect_equal "without root: verdict ($JSON)" unknown "$(jq -r .verdict <<<"$JSON")"
	expect_equal "without root: status" 3 "$status"
	expect_check "without root" rules "could not tell" "cannot be read"
	expect_check "without root" attached "could not tell" root
	expect_check "without root" server-answers ok "udp/21116: $SERVER answers"
	say "$(printf '%-42s %-20s %s' "without root" unknown 3)"
}

# A LAN beside the server's.
lans() {
	rustdesk_start server
	switch_add switch2
	router_port eth2 192.168.12.1 switch2 to-router
	rules "$BOUND"
	expect_doctor "two LANs, no loopback" 1 nat-loopback
	expect_jq "two LANs, the cure" '.next == "natloopctl attach eth1 eth2"' "$JSON"
	attach
	expect_doctor "natloop on one LAN of two" 0 healthy
	expect_jq "one LAN of two" '.says | contains("inside the LAN on eth1, ")' "$JSON"
	expect_check "one LAN of two" lan-not-served warning "hosts behind eth2 are not served"
	natloopctl attach eth1 eth2
	expect_doctor "natloop on both LANs" 0 healthy
	expect_jq "both LANs" '(.says | contains("on eth1 eth2, ")) and
		(.checks | all(.id != "lan-not-served"))' "$JSON"
}

# Ctrl-C: what was found so far is shown.
interrupted() {
	local out status=0
	attach
	server_filter "ip protocol { tcp, udp } drop"
	NL_RUN=(timeout -s INT 1)
	out=$(natloopctl doctor 2>&1) || status=$?
	NL_RUN=()
	expect_equal "interrupted: status of timeout ($out)" 124 "$status"
	expect_match "interrupted" "^could not tell: it was interrupted" "$out"
	# On a busy machine it came while another command held the lock.
	expect_match "interrupted: what was found" "eth1: natloop is attached|holds the lock" "$out"
	expect_refused 2 "neither" doctor --outside maybe
	expect_refused 2 "cannot be the port" doctor --base 99999
	expect_refused 2 "address of the LAN on eth1" doctor "$SERVER"
	expect_refused 2 "address of the LAN on eth1" doctor "$ROUTER"
	expect_refused 2 "127.0.0.0/8|loopback" doctor 127.0.0.1
	expect_refused 2 "IPv6" doctor 2001:db8::1
	expect_refused 2 "tcp/0" doctor --port tcp/0
	expect_refused 2 "unexpected 'b'" doctor a.example b
}

need_doctor setpriv
nl_begin
together bare attached lans interrupted
