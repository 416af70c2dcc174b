#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl doctor on the router names what is wrong with the server, and nothing else: down, on
# other ports, another service, behind its firewall, absent, with another gateway, or the router
# itself; and the same without a cure.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_doctor.sh
. "${BASH_SOURCE[0]%/*}/lib_doctor.sh"

# server_filter RULE...: of the server's input.
server_filter() {
	ns_exec server nft flush ruleset
	ns_exec server nft -f - <<-END
		table ip filter {
			chain input {
				type filter hook input priority 0;
				$1
				${2:-}
			}
		}
	END
}

answers() {
	local text
	rustdesk_start server
	attach
	expect_doctor "healthy" 0 healthy
	expect_check healthy server-answers ok "udp/21116: $SERVER answers"
	expect_check healthy server-answers ok "tcp/21116\+21115: $SERVER answers"
	expect_check healthy way-back ok "answers to $PUBLIC come back"
	expect_check healthy attached ok "eth1: natloop is attached by"
	text=$(natloopctl doctor) || fail "healthy, as text: $text"
	expect_match "the verdict is the first line" "^healthy: the server $SERVER answers" "$text"
	expect_doctor "healthy, by its address" 0 healthy "$PUBLIC" --outside ok
	expect_doctor "server, by --server" 0 healthy --server "$SERVER" --base 21116

	rustdesk_stop hbbr
	expect_doctor "the relay is down" 1 port-refused
	expect_jq "the relay's port" '.says | contains("tcp/21117")' "$JSON"
	rustdesk_stop hbbs
	expect_doctor "server down" 1 server-down
	rustdesk_start server 21216
	expect_doctor "wrong port" 1 server-down
	expect_doctor "wrong port, --base" 1 forward-missing --base 21216
	rustdesk_stop
	serve server tcp/21115-21117 udp/21116
	expect_doctor "another service on the ports" 1 other-service
	expect_doctor "plain ports" 0 healthy --port tcp/21115,tcp/21116
}

silent() {
	rustdesk_start server
	attach
	server_filter "ip protocol { tcp, udp } drop"
	expect_doctor "firewall on the server" 1 server-firewall
	expect_check firewall server-address ok "$SERVER: a host on eth1 answers ARP"
	server_filter "udp dport 21116 drop"
	expect_doctor "firewall on the server, UDP only" 1 server-firewall
	expect_jq "which port" '.says | contains("udp/21116")' "$JSON"
	server_filter "ip saddr 192.168.11.0/24 accept" "ip protocol { tcp, udp } drop"
	expect_doctor "firewall on the server, LAN only" 1 wrong-gateway
}

absent() {
	rustdesk_start server
	expect_doctor "all is well, but for the loopback" 1 nat-loopback
	# With a fresh ARP entry, as of a server that was there a moment ago.
	ns_exec server ip link set eth0 down
	expect_doctor "server off" 1 server-absent
	expect_check "server off" server-address problem "nobody on eth1 answers ARP"
}

gateway() {
	host_add gate 192.168.11.254 switch "$ROUTER"
	rustdesk_start server
	ns_exec server ip route replace default via 192.168.11.254
	expect_doctor "wrong gateway" 1 wrong-gateway
	expect_jq "the cure" '.next | contains("--snat router")' "$JSON"
	attach
	expect_doctor "wrong gateway, with natloop" 1 wrong-gateway
	detach
	attach --snat router
	expect_doctor "wrong gateway, --snat router" 0 healthy
	expect_check "wrong gateway, --snat router" way-back warning "from outside gets no answer"
	detach
	ns_exec server ip route replace default via "$ROUTER"

	# The server's address is the router's.
	ns_exec router nft flush ruleset
	rustdesk_start router
	expect_doctor "server is router" 0 server-is-router --server "$ROUTER"
	rustdesk_stop
	expect_doctor "server is router, and down" 1 server-down --server "$ROUTER"
}

need_doctor
nl_begin
together answers silent absent gateway
