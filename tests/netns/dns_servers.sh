#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A real dnsmasq and unbound with what natloopctl dns export prints answer as natloop does: the name's
# own addresses, no AAAA and no HTTPS of the Internet's, other names as before. Without our lines dnsmasq
# leaks those, and a forwarder with rebind protection lets nothing through.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"

NAME=rustdesk.example.com
LEAK_AAAA=2001:db8::7
LEAK_HTTPS="1 ."

# export_to FILE ARGUMENT...: not even the instance's name is known there.
export_to() {
	local file=$1
	shift
	"$NL_BIN" dns export "$@" --instance nobody >"$file" || fail "dns export $*"
}

# config SERVER FILE: the server's whole configuration, which asks the Internet for other names.
config() {
	case $1 in
	dnsmasq)
		echo "server=$INTERNET"
		cat "$2"
		;;
	unbound) unbound_config "$ROUTER" "$INTERNET" "$2" ;;
	esac >"$NL_DIR/config"
}

# server_start SERVER: on the router, with that configuration.
server_start() {
	case $1 in
	dnsmasq) dnsmasq_start router "$ROUTER" "$NL_DIR/config" ;;
	unbound) unbound_start router "$NL_DIR/config" ;;
	esac
}

# expect_others WHAT: what the server is not told of comes from the Internet.
expect_others() {
	expect_answer "another name: $1" 192.0.2.7 client "@$ROUTER" other.example.com A
	expect_answer "below the name: $1" 203.0.113.8 client "@$ROUTER" "sub.$NAME" A
}

need_tools dig dnsmasq unbound python3
nl_begin
topology_hosts
router_nat

# The Internet's DNS: the name has a public address, of each kind.
cat >"$NL_DIR/internet" <<END
host-record=$NAME,203.0.113.7,$LEAK_AAAA
dns-rr=$NAME,65,000100
host-record=sub.$NAME,203.0.113.8
host-record=other.example.com,192.0.2.7
host-record=x.home.example,203.0.113.9,$LEAK_AAAA
END
dnsmasq_start internet "$INTERNET" "$NL_DIR/internet"
expect_answer "the Internet's A" 203.0.113.7 client "@$INTERNET" "$NAME" A
expect_answer "the Internet's HTTPS" "$LEAK_HTTPS" client "@$INTERNET" "$NAME" HTTPS

# --- one name ------------------------------------------------------------------------------------

for server in dnsmasq unbound; do
	export_to "$NL_DIR/export" "$server" "$NAME" "$SERVER" --ttl 300
	config "$server" "$NL_DIR/export"
	server_start "$server"
	expect_answer "A: $server" "$SERVER" client "@$ROUTER" "$NAME" A
	expect_answer "0x20: $server" "$SERVER" client "@$ROUTER" RuStDesk.Example.COM A
	expect_ttl "$server" 300 client "@$ROUTER" "$NAME" A
	expect_answer "no AAAA: $server" "" client "@$ROUTER" "$NAME" AAAA
	expect_answer "no HTTPS: $server" "" client "@$ROUTER" "$NAME" HTTPS
	expect_answer "TCP: $server" "$SERVER" client +tcp "@$ROUTER" "$NAME" A
	expect_others "$server"
	dns_stop
	export_to "$NL_DIR/export" "$server" "$NAME" "$SERVER,fd00::20"
	config "$server" "$NL_DIR/export"
	server_start "$server"
	expect_answer "A beside AAAA: $server" "$SERVER" client "@$ROUTER" "$NAME" A
	expect_answer "AAAA: $server" fd00::20 client "@$ROUTER" "$NAME" AAAA
	expect_ttl "AAAA: $server" 60 client "@$ROUTER" "$NAME" AAAA
	expect_answer "no HTTPS beside AAAA: $server" "" client "@$ROUTER" "$NAME" HTTPS
	dns_stop
done

# The leak, which our line stops: everything else is the same.
export_to "$NL_DIR/export" dnsmasq "$NAME" "$SERVER"
grep -v '^local=' "$NL_DIR/export" >"$NL_DIR/without"
config dnsmasq "$NL_DIR/without"
server_start dnsmasq
expect_answer "A without local=" "$SERVER" client "@$ROUTER" "$NAME" A
expect_answer "AAAA without local= leaks" "$LEAK_AAAA" client "@$ROUTER" "$NAME" AAAA
expect_answer "HTTPS without local= leaks" "$LEAK_HTTPS" client "@$ROUTER" "$NAME" HTTPS
dns_stop
# And names below it are lost without our other line.
grep -v '^server=' "$NL_DIR/export" >"$NL_DIR/without"
config dnsmasq "$NL_DIR/without"
server_start dnsmasq
expect_match "below the name without server=" "status: NXDOMAIN" \
	"$(ask client "@$ROUTER" "sub.$NAME" A)"
dns_stop

# --- all below a name ----------------------------------------------------------------------------

for server in dnsmasq unbound; do
	export_to "$NL_DIR/export" "$server" '*.home.example' "$SERVER"
	config "$server" "$NL_DIR/export"
	server_start "$server"
	for name in x.home.example a.b.home.example; do
		expect_answer "A of $name: $server" "$SERVER" client "@$ROUTER" "$name" A
		expect_answer "no AAAA of $name: $server" "" client "@$ROUTER" "$name" AAAA
		expect_answer "no HTTPS of $name: $server" "" client "@$ROUTER" "$name" HTTPS
	done
	expect_others "$server"
	dns_stop
done

# --- Pi-hole 6: its dnsmasq gets the hosts as a file, and the lines ------------------------------

"$NL_BIN" dns export pihole "$NAME" "$SERVER" >"$NL_DIR/toml"
python3 - "$NL_DIR" <<-'END'
	import sys, tomllib
	with open(sys.argv[1] + "/toml", "rb") as f:
	    wanted = tomllib.load(f)
	with open(sys.argv[1] + "/hosts", "w") as f:
	    f.writelines(line + "\n" for line in wanted["dns"]["hosts"])
	with open(sys.argv[1] + "/export", "w") as f:
	    f.writelines(line + "\n" for line in wanted["misc"]["dnsmasq_lines"])
	    f.write("addn-hosts=" + sys.argv[1] + "/hosts\n")
END
config dnsmasq "$NL_DIR/export"
server_start dnsmasq
expect_answer "A: Pi-hole's lines" "$SERVER" client "@$ROUTER" "$NAME" A
expect_answer "no AAAA: Pi-hole's lines" "" client "@$ROUTER" "$NAME" AAAA
expect_answer "no HTTPS: Pi-hole's lines" "" client "@$ROUTER" "$NAME" HTTPS
expect_others "Pi-hole's lines"
dns_stop

# --- a forwarder in front of the server that has the names ---------------------------------------

{
	"$NL_BIN" dns export dnsmasq "$NAME" "$SERVER"
	"$NL_BIN" dns export dnsmasq '*.home.example' "$SERVER"
} >"$NL_DIR/inner"
dnsmasq_start server "$SERVER" "$NL_DIR/inner"
expect_answer "the server that has the names" "$SERVER" router "@$SERVER" "$NAME" A

# forwarder SERVER FILE
forwarder() {
	case $1 in
	dnsmasq)
		printf 'server=%s\nstop-dns-rebind\n' "$SERVER"
		cat "$2"
		;;
	unbound)
		unbound_config "$ROUTER" "$SERVER" "$2"
		printf 'server:\n\tprivate-address: 192.168.0.0/16\n'
		;;
	esac >"$NL_DIR/config"
}

for server in dnsmasq unbound; do
	: >"$NL_DIR/without"
	forwarder "$server" "$NL_DIR/without"
	server_start "$server"
	expect_equal "what $server lets through without our line" "" \
		"$(ask client +short "@$ROUTER" "$NAME" A)"
	dns_stop
	for name in "$NAME" '*.home.example'; do
		export_to "$NL_DIR/export" "$server" "$name" "$SERVER" --forwarder
		forwarder "$server" "$NL_DIR/export"
		server_start "$server"
		expect_answer "$name through $server" "$SERVER" client "@$ROUTER" "${name/\*/x}" A
		dns_stop
	done
done

# --- refused ---------------------------------------------------------------------------------------

expect_refused 2 'no such DNS server is known; give adguardhome' dns export bind "$NAME" "$SERVER"
expect_refused 2 'is no version of pihole' dns export pihole "$NAME" "$SERVER" --for 7
expect_refused 2 'means nothing to hosts' dns export hosts "$NAME" "$SERVER" --forwarder
expect_refused 2 'has no ADDR; give NAME ADDR, or neither' dns export hosts "$NAME"
expect_refused 2 'is no host name' dns export hosts 'a b' "$SERVER"
expect_refused 2 "option of 'dns export'" dns export hosts "$NAME" "$SERVER" --reload
expect_refused 2 '--ttl: the names have theirs' dns export hosts --ttl 5
expect_refused 1 'hosts file has no wildcards; give each' dns export hosts '*.home.example' "$SERVER"
expect_refused 1 'is not attached' dns export hosts
