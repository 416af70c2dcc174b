#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl doctor NAME names what is wrong with the name and the public address, and nothing else:
# an old entry, NAT before the router (CGNAT), AAAA, rebind protection, a second resolver that says
# otherwise, mixed cures, no address, a dead resolver; and the cure by DNS as healthy. Real resolvers
# (dnsmasq), which the router has in its resolv.conf.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"
# shellcheck source-path=SCRIPTDIR source=lib_doctor.sh
. "${BASH_SOURCE[0]%/*}/lib_doctor.sh"

# resolver ADDRESS ARGUMENT...: on the router's loopback, from 127.0.1.1 on, or its LAN address.
resolver() {
	dnsmasq_start router "$1" /dev/null "${@:2}"
}

# asks ADDRESS...: the router's resolvers, for what runs from now on.
asks() {
	local file
	file=$(mktemp "$NL_DIR/resolv.XXXXXX")
	printf 'nameserver %s\n' "$@" >"$file"
	# shellcheck disable=SC2016 # expanded there
	NL_RUN=(unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$file")
}

works_outside() {
	natloopctl doctor "$NAME" -j | jq -e '.checks | any(.id == "outside" and .level == "ok")' >/dev/null
}

addresses() {
	rustdesk_start server
	resolver 127.0.1.1 --host-record="$NAME,$PUBLIC" --local="/$NAME/"
	resolver 127.0.1.2 --host-record="$NAME,172.16.16.77" --local="/$NAME/"
	resolver 127.0.1.3 --host-record="$NAME,8.8.4.4" --local="/$NAME/"
	resolver 127.0.1.4 --host-record="$NAME,$PUBLIC,2001:db8::1" --local="/$NAME/"
	resolver 127.0.1.5 --local=/example.com/
	asks 127.0.1.1
	expect_doctor "no loopback, by name" 1 nat-loopback "$NAME"
	attach
	expect_doctor "healthy, by name" 0 healthy "$NAME"
	expect_check "healthy, by name" name ok "which natloop leads to the server"
	asks 127.0.1.2
	expect_doctor "stale DDNS" 1 stale-dns "$NAME"
	expect_jq "stale DDNS" '.says | contains("172.16.16.77")' "$JSON"
	asks 127.0.1.5
	expect_doctor "no address" 1 no-address "$NAME"

	# A global address, and the router has a private one.
	asks 127.0.1.3
	expect_doctor "double NAT" 1 double-nat "$NAME"
	expect_check "double NAT" double-nat warning "$PUBLIC: is private"
	expect_doctor "double NAT, by its address" 1 double-nat 8.8.4.4
	expect_doctor "double NAT, natloop has not its address" 1 nat-loopback "$NAME" --outside ok
	expect_jq "the cure" '.next == "natloopctl public add 8.8.4.4"' "$JSON"
	detach
	natloopctl attach eth1 --public 8.8.4.4 --server "$SERVER" --mode "$MODE"
	expect_doctor "double NAT, translated" 3 unknown "$NAME"
	expect_doctor "double NAT, translated, fails outside" 1 double-nat "$NAME" --outside failed
	expect_doctor "double NAT, and works outside" 0 healthy "$NAME" --outside ok
	if [[ -e /proc/net/nf_conntrack || -e /proc/sys/net/netfilter/nf_conntrack_count ]]; then
		# As through the other router; it ends with its address.
		start internet bash -c "exec 3<>/dev/tcp/$PUBLIC/21117; sleep 30" &
		wait_until 5 "a session from outside" works_outside
		expect_doctor "double NAT, and a session from outside" 0 healthy "$NAME"
	fi
	ns_exec router ip address replace 100.64.0.7/24 dev eth0
	ns_exec router ip address del "$PUBLIC/24" dev eth0
	expect_doctor CGNAT 1 double-nat "$NAME"
	expect_check CGNAT double-nat problem "the provider's own \(CGNAT"
}

test_flow() {
	[[ $(natloopctl flow list -j | jq '.[0].state') == '"established"' ]]
}

cures() {
	rustdesk_start server
	resolver 127.0.1.1 --host-record="$NAME,$SERVER" --local="/$NAME/"
	resolver 127.0.1.2 --server=127.0.1.1 --stop-dns-rebind
	resolver 127.0.1.3 --host-record="$NAME,$PUBLIC" --local="/$NAME/"
	asks 127.0.1.1
	expect_doctor "the cure is DNS" 0 healthy "$NAME"
	asks 127.0.1.1 127.0.1.2
	expect_doctor "rebind protection" 1 rebind-protection "$NAME"
	asks 127.0.1.1 127.0.1.3
	expect_doctor "secondary DNS" 1 resolvers-differ "$NAME"
	asks 127.0.1.1 127.0.1.99
	expect_doctor "a dead second resolver" 3 unknown "$NAME"
	attach
	# A client that has the public address.
	start client bash -c "exec 3<>/dev/tcp/$PUBLIC/21117; sleep 30" &
	NL_RUN=()
	wait_until 5 "a flow" test_flow
	asks 127.0.1.1
	expect_doctor "mixed cures, by flows" 1 mixed-cures "$NAME"
	asks 127.0.1.1 127.0.1.3
	expect_doctor "mixed cures, secondary DNS" 1 mixed-cures "$NAME"
}

# With a way to IPv6, and without one.
ipv6() {
	rustdesk_start server
	attach
	resolver 127.0.1.1 --host-record="$NAME,$PUBLIC,2001:db8::1" --local="/$NAME/"
	asks 127.0.1.1
	expect_doctor "AAAA, and no IPv6" 0 healthy "$NAME"
	expect_check "AAAA, and no IPv6" ipv6 warning "2001:db8::1, to which there is no way"
	[[ -e /proc/sys/net/ipv6 ]] || return 0
	ns_sysctl router ipv6/conf/all/disable_ipv6 0
	ns_sysctl router ipv6/conf/eth0/disable_ipv6 0
	ns_exec router ip -6 address add 2001:db8:1::2/64 dev eth0 nodad
	ns_exec router ip -6 route add default via 2001:db8:1::1
	expect_doctor AAAA 1 ipv6 "$NAME"
}

need_doctor dnsmasq unshare
[[ $("$NL_BIN" --version) == *libcares* ]] || skip "natloopctl was built without c-ares"
nl_begin
together addresses cures ipv6
