#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl doctor on the router names what is wrong with the server, and nothing else: down, on
# other ports, another service, behind its firewall, absent, with another gateway, or the router
# itself; and the same without a cure.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_doctor.sh
. "${BASH_SOURCE[0]%/*}/lib_doctor.sh"

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

# Nothing is lost for good: a packet or two, a service that hangs, rules that stop or reject.
lossy() {
	rustdesk_start server
	attach
	# Each first try of hbbs over UDP is lost, both datagrams, and so of each address.
	server_filter "udp dport 21116 limit rate over 1/hour burst 4 packets accept" \
		"udp dport 21116 drop"
	expect_doctor "the first datagrams are lost" 0 healthy
	expect_check "lost" unreliable warning "udp/21116: $SERVER answers only sometimes: 1 of 2 questions"
	ns_exec server nft flush ruleset
	kill -STOP "${RUSTDESK_PID[hbbs]}"
	expect_doctor "hbbs hangs" 1 other-service
	expect_jq "hangs" '.says | contains("accepts connections on tcp/21116")' "$JSON"
	kill -CONT "${RUSTDESK_PID[hbbs]}"
	server_filter "ip protocol { tcp, udp } reject with icmp admin-prohibited"
	expect_doctor "the server rejects by ICMP" 1 server-firewall
	expect_jq "rejects" '.says | contains("refused by ICMP")' "$JSON"
	ns_exec server nft flush ruleset
	ns_exec router nft -f - <<-END
		table ip stop {
			chain output {
				type filter hook output priority 0;
				ip daddr $SERVER drop
			}
		}
	END
	expect_doctor "the router's own rules" 3 unknown
	expect_jq "own rules" '.says | contains("own rules stop the questions")' "$JSON"
}

# tcp/443 is another host's, and so is the relay.
others() {
	local other=192.168.11.3
	host_add other $other switch "$ROUTER"
	rustdesk_one server hbbs -p 21116
	serve other tcp/443 tcp/21117
	with_rules <<-END
		table ip nat {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				ip daddr $PUBLIC udp dport 21116 dnat to $SERVER
				ip daddr $PUBLIC tcp dport 21115-21116 dnat to $SERVER
				ip daddr $PUBLIC tcp dport { 443, 21117 } dnat to $other
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				ip saddr 192.168.11.0/24 ip daddr 192.168.11.0/24 masquerade
			}
		}
	END
	expect_doctor "a port of another server" 0 healthy --port tcp/443
	expect_check "its server" server-answers ok "tcp/443: $other answers"
	expect_doctor "the relay is on another server" 0 healthy
	expect_check "the relay" other-server "could not tell" \
		"tcp/21117: is forwarded to $other, which is not asked here"
	expect_jq "how to ask" ".checks | any(.next == \"natloopctl doctor --server $other --port tcp/21117\")" \
		"$JSON"
}

absent() {
	rustdesk_start server
	expect_doctor "all is well, but for the loopback" 1 nat-loopback
	# With a fresh ARP entry, as of a server that was there a moment ago.
	ns_exec server ip link set eth0 down
	expect_doctor "server off" 1 server-absent
	expect_check "server off" server-address problem "nobody on eth1 answers ARP"
	ns_exec router ip link set eth1 down
	expect_doctor "the LAN is down" 1 obstacle --server "$SERVER"
	expect_jq "the LAN" '.says | contains("eth1, which is down")' "$JSON"
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
together answers silent absent gateway lossy others
