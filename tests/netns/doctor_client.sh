#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl doctor --client tells, on a host of the LAN and without root, what is wrong: nothing, no
# loopback, half a hairpin, the router itself, UDP not forwarded, ports at random, the server, the name.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_doctor.sh
. "${BASH_SOURCE[0]%/*}/lib_doctor.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"

HOSTS="127.0.0.1 localhost" # the client's /etc/hosts
RESOLVERS=()                # and the resolvers in its resolv.conf

# client_doctor ARGUMENT...: as nobody, on the client; by the command WITH, if it is set.
client_doctor() {
	local etc
	etc=$(mktemp -d "$NL_DIR/etc.XXXXXX")
	echo "$HOSTS" >"$etc/hosts"
	printf 'nameserver %s\n' "${RESOLVERS[@]}" >"$etc/resolv.conf"
	echo "options timeout:1 attempts:1" >>"$etc/resolv.conf"
	# shellcheck disable=SC2016,SC2086 # expanded in the namespace; several words
	ns_exec client unshare -m sh -c 'mount --bind "$1/hosts" /etc/hosts &&
		mount --bind "$1/resolv.conf" /etc/resolv.conf && shift && exec "$@"' sh "$etc" \
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		${WITH-} "$NL_BIN" doctor --client --config "$NL_DIR/empty.conf" "$@"
}

# expect_client WHAT STATUS VERDICT [ARGUMENT...]: JSON is set. There is a sentence, and a next step
# unless it is healthy.
expect_client() {
	local what=$1 wanted=$2 verdict=$3 status=0 begin=$SECONDS got next=true
	shift 3
	((wanted)) || next='(true|false)'
	JSON=$(client_doctor "$@" -j) || status=$?
	got=$(jq -r '"\(.verdict) \(.says | length > 20) \(.next != "")"' <<<"$JSON")
	expect_match "$what: verdict ($JSON)" "^$verdict true $next\$" "$got"
	expect_equal "$what: status ($JSON)" "$wanted" "$status"
	expect_quick "$what: seconds" $((SECONDS - begin)) 12
	say "$(printf '%-42s %-20s %s' "$what" "$verdict" "$status")"
}

# Waits for all expect_client in the background.
all_done() {
	local pid
	for pid in "${PENDING[@]}"; do
		wait "$pid" || fail "see above"
	done
	PENDING=()
}

PENDING=()
soon() {
	"$@" &
	PENDING+=($!)
}

# resolver ADDRESS [ARGUMENT...]: dnsmasq on another host of the LAN.
resolver() {
	ns_exec client2 ip address add "$1/24" dev eth0
	dnsmasq_start client2 "$1" /dev/null --local=/example.com/ "${@:2}"
}

# hairpin PREROUTING POSTROUTING drop|reject [TCP]: rules for the LAN, those for TCP unless others
# are given, and what the router itself does.
hairpin() {
	local tcp="ip daddr $PUBLIC tcp dport 21115-21117 dnat to $SERVER"
	with_rules <<-END
		table ip nat {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				${4-$tcp}
				$1
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				$2
			}
		}
		table ip filter {
			chain input {
				type filter hook input priority 0;
				iifname eth1 ip daddr $PUBLIC $3
			}
		}
	END
}

names() {
	rustdesk_start server
	attach
	resolver 192.168.11.51 --host-record="$NAME,$PUBLIC"
	resolver 192.168.11.52 --host-record="$NAME,$SERVER"
	resolver 192.168.11.53 --server=/example.com/192.168.11.52 --stop-dns-rebind
	resolver 192.168.11.54 --host-record="$NAME,$PUBLIC,2001:db8::1"
	resolver 192.168.11.55 --host-record="$NAME,192.168.11.77"

	RESOLVERS=(192.168.11.60)
	soon expect_client "no resolver there" 3 unknown "$NAME" --server "$SERVER"
	RESOLVERS=(192.168.11.51)
	soon expect_client "said to fail outside" 3 unknown "$NAME" --outside failed
	expect_client "healthy" 0 healthy "$NAME" --server "$SERVER"
	expect_check healthy name ok "$PUBLIC"
	expect_check healthy programs ok "programs here get $PUBLIC"
	expect_check healthy server-answers ok "udp/21116: $SERVER answers"
	expect_check healthy public-answers ok "udp/21116: $PUBLIC answers"
	expect_check healthy nat-test ok "asked from port [0-9]+, both saw port"
	expect_check healthy public-answers ok "tcp/21117: $PUBLIC answers"
	JSON=$(ns_exec server "$NL_BIN" doctor --client "$PUBLIC" --server "$SERVER" -j) ||
		fail "on the server: $JSON"
	expect_check "on the server" this-host ok "$SERVER: this host is the server itself"
	expect_match "text" "^healthy: from here $NAME reaches the service"$'\n\n'"ok " \
		"$(client_doctor "$NAME")"
	RESOLVERS=(192.168.11.52)
	soon expect_client "DNS cure, with the server" 0 healthy "$NAME" --server "$SERVER"
	expect_client "DNS cure" 0 healthy "$NAME"
	expect_match "DNS cure" "straight to the server $SERVER" "$(jq -r .says <<<"$JSON")"
	RESOLVERS=(192.168.11.52 192.168.11.53)
	soon expect_client "rebind protection" 1 rebind-protection "$NAME" --server "$SERVER"
	RESOLVERS=(192.168.11.53)
	soon expect_client "rebind protection, alone" 1 no-address "$NAME" --server "$SERVER"
	RESOLVERS=(192.168.11.52 192.168.11.51)
	soon expect_client "resolvers differ" 1 resolvers-differ "$NAME"
	RESOLVERS=(192.168.11.55)
	soon expect_client "another host of the LAN" 1 stale-dns "$NAME" --server "$SERVER"
	RESOLVERS=(192.168.11.51)
	HOSTS="$SERVER $NAME"
	expect_client "hosts file" 0 healthy "$NAME"
	expect_check hosts programs warning "programs here get $SERVER, but the resolvers say $PUBLIC"
	HOSTS=
	RESOLVERS=(192.168.11.54)
	expect_client "AAAA, no way there" 0 healthy "$NAME" --server "$SERVER"
	expect_check AAAA ipv6 warning "2001:db8::1"
	all_done
	ns_sysctl client ipv6/conf/eth0/disable_ipv6 0
	ns_exec client ip address add 2001:db8::2/64 dev eth0 nodad
	soon expect_client "AAAA" 1 ipv6 "$NAME" --server "$SERVER"
	RESOLVERS=(192.168.11.51)
	all_done
	rustdesk_stop hbbr
	expect_client "the relay is down" 1 port-refused "$NAME" --server "$SERVER"
	rustdesk_stop hbbs
	soon expect_client "server down" 1 server-down "$NAME" --server "$SERVER"
	expect_client "server down, and not known" 3 unknown "$NAME"
	all_done
	detach
}

nothing() {
	local status=0 begin
	rustdesk_start server
	hairpin "" "" drop ""
	soon expect_client "no loopback, silent" 3 loopback-or-forward "$PUBLIC" --server "$SERVER"
	soon expect_client "works outside" 1 nat-loopback "$PUBLIC" --server "$SERVER" --outside ok
	soon expect_client "fails outside" 1 forward-missing "$PUBLIC" --server "$SERVER" \
		--outside failed
	soon expect_client "the server is not known" 3 unknown "$PUBLIC"
	begin=$SECONDS
	JSON=$(WITH="timeout --preserve-status -s INT 1" client_doctor "$PUBLIC" -j) || status=$?
	expect_equal "interrupted: status" 3 "$status"
	expect_jq interrupted '.says | contains("interrupted")' "$JSON"
	expect_quick "seconds until an interrupt" $((SECONDS - begin)) 5
	all_done
}

itself() {
	# Not heard of yet, so that its answer to ARP is known to be new without root.
	server_filter "ip protocol { tcp, udp } drop"
	expect_client "firewall on the server" 1 server-firewall "$PUBLIC" --server "$SERVER"
	ns_exec server nft flush ruleset
	rustdesk_start server
	with_rules </dev/null
	expect_client "the router refuses" 1 router-answers "$PUBLIC" --server "$SERVER"
	expect_check "the router refuses" who-answers ok "$PUBLIC: .*this host's router, 192.168.11.1"
	serve router tcp/21115-21117 udp/21116
	soon expect_client "the router answers" 1 router-answers "$PUBLIC" --server "$SERVER"
	JSON=$(ns_exec router "$NL_BIN" doctor --client "$PUBLIC" --config "$NL_DIR/empty.conf" -j) || true
	expect_equal "on the router" unknown "$(jq -r .verdict <<<"$JSON")"
	expect_check "on the router" this-host "could not tell" "$PUBLIC: is this host's own"
	all_done
	expect_refused 2 "cannot know what is dialled" doctor --client
	expect_refused 2 "is neither" doctor --client "$NAME" --outside perhaps

	rustdesk_stop hbbr
	rustdesk_one server hbbr -p 21117 -k secret
	soon expect_client "a key" 0 healthy "$SERVER" --key secret
	expect_client "no key" 0 healthy "$SERVER"
	expect_check "no key" public-answers "could not tell" "tcp/21117: $SERVER closed"
	expect_client "a wrong key" 1 other-service "$PUBLIC" --server "$SERVER" --key wrong
	expect_match "a wrong key" "--key is not its key" "$(jq -r .says <<<"$JSON")"
	all_done
	rustdesk_stop
	rustdesk_start router 31116
	expect_client "RustDesk on the router" 1 router-answers "$PUBLIC" --base 31116
	expect_check "RustDesk on the router" public-answers problem "the answer came from 192.168.11.1"
	rustdesk_stop
	serve server tcp/21115-21117 udp/21116
	soon expect_client "another service" 1 other-service "$PUBLIC" --server "$SERVER"
	soon expect_client "nobody has the address" 1 server-absent "$PUBLIC" --server 192.168.11.99
	soon expect_client "plain ports" 0 healthy "$PUBLIC" --port tcp/21115,tcp/21117
	all_done
}

hairpins() {
	local udp="ip daddr $PUBLIC udp dport 21116 dnat to $SERVER"
	local snat="ip saddr 192.168.11.0/24 ip daddr $SERVER"
	rustdesk_start server
	hairpin "$udp" "$snat masquerade; oifname eth0 masquerade" drop
	expect_client "a stranger refuses" 3 unknown "$INTERNET" --server "$SERVER"
	expect_check "a stranger refuses" who-answers "could not tell" "$INTERNET: .*behind this host's"
	expect_client "hairpin of nft" 0 healthy "$PUBLIC" --server "$SERVER"
	hairpin "$udp" "$snat snat to $PUBLIC random,fully-random" drop
	expect_client "ports at random" 1 symmetric "$PUBLIC" --server "$SERVER"
	expect_check symmetric nat-test problem "a symmetric NAT to RustDesk"
	hairpin "" "$snat masquerade" reject
	expect_client "UDP is not forwarded, refused" 1 udp-forward-missing "$PUBLIC" --server "$SERVER"
	hairpin "" "$snat masquerade" drop
	expect_client "UDP is not forwarded" 1 udp-forward-missing "$PUBLIC" --server "$SERVER"
	hairpin "$udp" "" drop
	expect_client "half a hairpin" 1 half-hairpin "$PUBLIC" --server "$SERVER"
	expect_check half public-answers problem "udp/21116: .*the answer came from $SERVER"
}

nl_begin
need_doctor dnsmasq setpriv
[[ $("$NL_BIN" --version) == *libcares* ]] || skip "natloopctl was built without c-ares"
together names nothing itself hairpins
