#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The DNS cure: a client resolves rustdesk.example.com by the router, where no DNS server runs, and
# reaches the server by name; other names, TCP, and other resolvers go on as they came; it survives
# attach and reload, and detach leaves nothing.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"

expect_no_answer() {
	local what=$1
	shift
	! ask client +short "$@" >"$NL_DIR/dig" 2>&1 || fail "$what: answered: $(<"$NL_DIR/dig")"
}

# resolver_start HOST ADDRESS: a real DNS server, which knows another name, and ours by another
# address.
resolver_start() {
	dnsmasq_start "$1" "$2" /dev/null --host-record=other.example.com,192.0.2.7 \
		--host-record="$NAME,192.0.2.8"
}

need_tools dig dnsmasq
topology_make
expect_refused 1 "is not attached" dns add "$NAME" "$SERVER"
attach
expect_no_answer "before the name" "@$ROUTER" "$NAME"
expect_refused 2 "is no host name" dns add "a b" "$SERVER"
expect_refused 2 "not an IPv4 address" dns add "$NAME" 1.2.3.4.5
expect_refused 2 "is no TTL" dns add "$NAME" "$SERVER" --ttl -1
expect_refused 2 "no option of 'dns list'" dns list --ttl 1
expect_refused 1 "is not configured" dns del "$NAME"
expect_equal "filters before the first name" 0 "$(filters)"
expect_success "dns add" natloopctl dns add "$NAME" "$SERVER,fd00::20"
note_programs
expect_equal "filters" 1 "$(filters)"

expect_answer "A" "$SERVER" client "@$ROUTER" "$NAME" A
expect_answer "AAAA" fd00::20 client "@$ROUTER" "$NAME" AAAA
expect_answer "0x20" "$SERVER" client "@$ROUTER" RuStDesk.Example.COM A
answer=$(ask client "@$ROUTER" "$NAME" HTTPS)
expect_match "HTTPS" "status: NOERROR.*AUTHORITY: 1.*SOA" "$(tr '\n' ' ' <<<"$answer")"
answer=$(ask client +dnssec "@$ROUTER" "$NAME" A)
expect_match "EDNS with DO" "EDNS: version: 0, flags: do; udp: 1232" "$answer"
expect_match "flags" "flags: qr aa rd ra;" "$answer"
answer=$(ask client +noedns "@$ROUTER" "$NAME" A)
expect_match "no EDNS unasked" "ADDITIONAL: 0" "$answer"
expect_no_answer "another name, and nobody is there" "@$ROUTER" other.example.com
expect_no_answer "TCP" +tcp "@$ROUTER" "$NAME"

# By name, as programs do it.
echo "nameserver $ROUTER" >"$NL_DIR/resolv.conf"
# shellcheck disable=SC2016 # expanded in the namespace
found=$(ns_exec client unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf &&
	getent ahostsv4 "$2"' sh "$NL_DIR/resolv.conf" "$NAME")
expect_match "getent" "^$SERVER +STREAM" "$found"
expect_saw "the server by name" "$CLIENT:[0-9]+" client tcp "${found%% *}" 21116

# The other things stay what they are.
expect_saw "translation beside it" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
resolver_start internet "$INTERNET"
expect_answer "another resolver, our name" 192.0.2.8 client "@$INTERNET" "$NAME"
expect_answer "another resolver, another name" 192.0.2.7 client "@$INTERNET" other.example.com
resolver_start router "$ROUTER"
expect_answer "the router's own, another name" 192.0.2.7 client "@$ROUTER" other.example.com
expect_answer "the router's own, our name" "$SERVER" client "@$ROUTER" "$NAME"
expect_answer "the router's own, our name, TCP" 192.0.2.8 client +tcp "@$ROUTER" "$NAME"
dns_stop
expect_answer "the router's other address" "$SERVER" client "@$PUBLIC" "$NAME"

expect_success "a wildcard" natloopctl dns add '*.Home.Example' "$SERVER" --ttl 5 --resolver any
expect_answer "a wildcard" "$SERVER" client "@$ROUTER" a.b.home.example
expect_no_answer "not the name itself" "@$ROUTER" home.example
expect_answer "any resolver" "$SERVER" client "@$INTERNET" "$NAME"
expect_match "TTL" "home.example.[[:space:]]+5[[:space:]]+IN" "$(ask client "@$ROUTER" a.home.example)"
list=$(natloopctl dns list -j)
expect_jq "dns list" '.names == [
	{"name": "*.home.example", "ipv4": "'"$SERVER"'", "ipv6": "", "ttl": 5},
	{"name": "'"$NAME"'", "ipv4": "'"$SERVER"'", "ipv6": "fd00::20", "ttl": 60}] and
	.resolvers == ["router", "any"] and .packets.a > 5 and .packets.other_name > 0' "$list"
expect_match "status" "dns .*home.example $SERVER" "$(natloopctl status | tr '\n' ' ')"

# Programs are replaced, names stay.
attach
expect_equal "filters after attach" 1 "$(filters)"
expect_answer "after attach" "$SERVER" client "@$ROUTER" "$NAME"
expect_success "dns del" natloopctl dns del "$NAME"
expect_no_answer "deleted" "@$ROUTER" "$NAME"
expect_answer "the other one" "$SERVER" client "@$ROUTER" x.home.example
expect_success "dns del" natloopctl dns del '*.home.example'
expect_equal "filters after the last name" 0 "$(filters)"
expect_no_answer "deleted" "@$ROUTER" x.home.example
expect_saw "translation goes on" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_success "dns add" natloopctl dns add "$NAME" "$SERVER"
expect_answer "once more" "$SERVER" client "@$ROUTER" "$NAME"
expect_answer "resolvers are forgotten with the last name" 192.0.2.8 client "@$INTERNET" "$NAME"
note_programs
detach
expect_nothing_left
expect_no_answer "after detach" "@$ROUTER" "$NAME"
