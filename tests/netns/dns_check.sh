#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dns check tells what a LAN client would do with the answers of real resolvers (dnsmasq): healthy,
# public, leaking AAAA and HTTPS, rebind protection, none, dead, truncated, differing; by UDP and by
# TCP; beside a running natloop, whose answers on the way are over UDP only. Its text, JSON and status.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"

NAME=rustdesk.example.com
HEALTHY=192.168.11.51
OPEN=192.168.11.52
AAAA=192.168.11.53
HTTPS=192.168.11.54
REBIND=192.168.11.55
NOBODY=192.168.11.56
REFUSED=192.168.11.57
LONG=192.168.11.58
ALIAS=192.168.11.59
SILENT=192.168.11.60
CLOSED=192.168.11.61
KNOWN=(--server "$SERVER" --public "$PUBLIC")

# resolver_start HOST ADDRESS ARGUMENT...
resolver_start() {
	dnsmasq_start "$1" "$2" /dev/null "${@:3}"
}

resolvers_start() {
	local i
	ns_ip dns <<-END
		$(for i in {51..61}; do echo "address add 192.168.11.$i/24 dev eth0"; done)
	END
	for i in {100..139}; do
		echo "192.168.11.$i $NAME"
	done >"$NL_DIR/long"
	ns_exec dns nft -f - <<-END
		table ip silent {
			chain input {
				type filter hook input priority 0;
				ip daddr $SILENT drop
			}
		}
	END
	resolver_start dns "$HEALTHY" --host-record="$NAME,$SERVER" --local="/$NAME/"
	resolver_start dns "$OPEN" --host-record="$NAME,$PUBLIC" --local="/$NAME/"
	resolver_start dns "$AAAA" --host-record="$NAME,$SERVER,2001:db8::1" --local="/$NAME/"
	# 1 . ipv4hint=172.16.16.1
	resolver_start dns "$HTTPS" --host-record="$NAME,$SERVER" --local="/$NAME/" \
		--dns-rr="$NAME,65,00010000040004ac101001"
	resolver_start dns "$REBIND" --server="$HEALTHY" --stop-dns-rebind
	resolver_start dns "$NOBODY" --local=/example.com/
	resolver_start dns "$REFUSED"
	resolver_start dns "$LONG" --addn-hosts="$NL_DIR/long" --local="/$NAME/"
	resolver_start dns "$ALIAS" --cname="$NAME,home.example.net" --local="/$NAME/" \
		--host-record="home.example.net,$SERVER" --local=/home.example.net/
}

# check HOST ARGUMENT...: where no natloop runs.
check() {
	local host=$1
	shift
	ns_exec "$host" "$NL_BIN" dns check "$@" --instance "$NL_PREFIX-none" \
		--config "$NL_DIR/empty.conf"
}

# expect_verdict WHAT STATUS VERDICT REGEX COMMAND...: of the JSON, and that of the text. JSON is set.
expect_verdict() {
	local what=$1 wanted=$2 verdict=$3 regex=$4 status=0 text
	shift 4
	JSON=$("$@" -j) || status=$?
	expect_equal "$what: status ($JSON)" "$wanted" "$status"
	expect_equal "$what: verdict ($JSON)" "$verdict" "$(jq -r .verdict <<<"$JSON")"
	status=0
	text=$("$@" 2>&1) || status=$?
	expect_equal "$what: status of the text" "$wanted" "$status"
	expect_match "$what" "$regex" "$text"
	expect_match "$what: its verdict" $'\n'"verdict +$verdict"$'\n' "$text"
}

# asks RESOLVER[,RESOLVER] ARGUMENT...: of the client.
asks() {
	check client "$NAME" --resolver "$@"
}

need_tools dnsmasq jq
[[ $("$NL_BIN" --version) == *libcares* ]] || skip "natloopctl was built without c-ares"
topology_make
host_add dns 192.168.11.5 switch "$ROUTER"
resolvers_start

# One resolver.
expect_verdict healthy 0 server "reaches the server, $SERVER" asks "$HEALTHY" "${KNOWN[@]}"
expect_jq healthy '.name == "'"$NAME"'" and .server == ["'"$SERVER"'"] and
	.public == ["'"$PUBLIC"'"] and .notes == [] and .next == "" and (.resolvers | length) == 1 and
	.resolvers[0].resolver == "'"$HEALTHY"'" and .resolvers[0].verdict == "server" and
	([.resolvers[0] | .udp, .tcp] | all(.a.addresses == ["'"$SERVER"'"] and
		.aaaa.reply == "nothing" and .https.addresses == [] and .https.target == ""))' "$JSON"
expect_verdict public 1 public "needs NAT loopback" asks "$OPEN" "${KNOWN[@]}"
expect_jq public '.next == "on the router: natloopctl dns add '"$NAME $SERVER"'" and
	(.notes[0] | contains("host on the LAN"))' "$JSON"
expect_verdict "leaking AAAA" 1 leaking-aaaa "prefers, with IPv6, the AAAA record's 2001:db8::1" \
	asks "$AAAA" "${KNOWN[@]}"
expect_verdict "the AAAA is the server's" 0 server "reaches" asks "$AAAA" --public "$PUBLIC" \
	--server "$SERVER,2001:db8::1"
expect_verdict "leaking HTTPS" 1 leaking-https "HTTPS record \(browsers\): hints $PUBLIC" \
	asks "$HTTPS" "${KNOWN[@]}"
expect_verdict NXDOMAIN 1 no-address "gets no address: NXDOMAIN" asks "$NOBODY" "${KNOWN[@]}"
expect_verdict REFUSED 1 error "error for A: REFUSED" asks "$REFUSED" "${KNOWN[@]}"
expect_verdict alias 0 server "$SERVER \(alias of home.example.net\)" asks "$ALIAS" "${KNOWN[@]}"
expect_verdict truncated 0 server "\(truncated\)" asks "$LONG"
expect_jq truncated '.resolvers[0].tcp.a.addresses[0] | startswith("192.168.11.1")' "$JSON"
expect_verdict "nobody listens" 1 no-answer "unreachable" asks "$CLOSED" "${KNOWN[@]}"
expect_verdict elsewhere 1 elsewhere "goes to $SERVER, which is neither" asks "$HEALTHY" \
	--server 192.168.11.30
expect_verdict "rebind protection, alone" 1 no-address "gets no address: nothing" asks "$REBIND" \
	"${KNOWN[@]}"

# By the class of addresses, where nothing is known.
expect_verdict "a private address" 0 server "taken from its private address; --server" asks "$HEALTHY"
expect_verdict "another name" 1 no-address "NXDOMAIN" check client nobody.example.com --resolver \
	"$NOBODY"

# Several.
expect_verdict "rebind protection" 1 rebind-protection \
	"where $HEALTHY gives the server's private one: most likely rebind protection" \
	asks "$HEALTHY,$REBIND" "${KNOWN[@]}"
expect_jq "rebind protection" '[.resolvers[].verdict] == ["server", "rebind-protection"]' "$JSON"
expect_verdict "the second differs" 1 different \
	"get different answers: with $OPEN a client goes to .*; with $HEALTHY a client reaches" \
	asks "$HEALTHY,$OPEN" "${KNOWN[@]}"
expect_verdict "alike" 0 server "all resolvers alike" asks "$HEALTHY,$ALIAS" "${KNOWN[@]}"

# A dead one takes two tries, and no longer; an interrupt is not waited for.
start=$SECONDS
status=0
JSON=$(asks "$HEALTHY,$SILENT" "${KNOWN[@]}" -j) || status=$?
expect_equal "dead: status" 1 "$status"
expect_jq "dead" '.verdict == "no-answer" and [.resolvers[].verdict] == ["server", "no-answer"] and
	.resolvers[1].udp.a.reply == "no answer" and .resolvers[1].tcp.a.reply == "no answer" and
	(.next | startswith("dig @'"$SILENT"'"))' "$JSON"
expect_quick "seconds for a dead resolver" $((SECONDS - start)) 9
start=$SECONDS
status=0
ns_exec client timeout -s INT 1 "$NL_BIN" dns check "$NAME" --resolver "$SILENT" \
	>"$NL_DIR/interrupted" 2>&1 || status=$?
expect_equal "interrupted: status of timeout" 124 "$status"
expect_equal "interrupted: output" "" "$(<"$NL_DIR/interrupted")"
expect_quick "seconds until an interrupt" $((SECONDS - start)) 4

# The resolvers of this machine, and those behind the stub of systemd-resolved.
# own RESOLV-CONF RESOLVED-CONF|"" ARGUMENT...
own() {
	local resolv=$1 resolved=$2
	shift 2
	printf '%b' "$resolv" >"$NL_DIR/resolv.conf"
	printf '%b' "$resolved" >"$NL_DIR/resolved.conf"
	# shellcheck disable=SC2016 # expanded in the namespace
	ns_exec client unshare -m sh -c 'mount --bind "$1/resolv.conf" /etc/resolv.conf &&
		mount -t tmpfs none /run && mkdir -p /run/systemd/resolve &&
		cp "$1/resolved.conf" /run/systemd/resolve/resolv.conf && shift && exec "$@"' sh \
		"$NL_DIR" "$NL_BIN" dns check "$NAME" --config "$NL_DIR/empty.conf" "$@"
}
expect_verdict "its own" 1 different "$HEALTHY +udp" own \
	"nameserver $HEALTHY\nnameserver $OPEN\n" "" "${KNOWN[@]}"
expect_verdict "behind the stub" 1 no-answer "127.0.0.53: the stub of systemd-resolved" own \
	"nameserver 127.0.0.53\n" "nameserver $HEALTHY\n" "${KNOWN[@]}"
expect_jq "behind the stub" '[.resolvers[].resolver] == ["127.0.0.53", "'"$HEALTHY"'"] and
	(.notes | any(endswith("hidden behind systemd-resolved'"'"'s stub")))' "$JSON"

# Over IPv6.
ns_sysctl dns ipv6/conf/lo/disable_ipv6 0
resolver_start dns ::1 --host-record="$NAME,$SERVER" --local="/$NAME/"
expect_verdict "over IPv6" 0 server "reaches the server" check dns "$NAME" --resolver ::1 "${KNOWN[@]}"

# A link-local one, as routers announce (RFC 8106), which c-ares leaves out.
for host in client dns; do
	ns_sysctl "$host" ipv6/conf/eth0/disable_ipv6 0
done
ns_exec client ip address add fe80::2/64 dev eth0 nodad
ns_exec dns ip address add fe80::5/64 dev eth0 nodad
resolver_start dns fe80::5 --host-record="$NAME,$PUBLIC" --local="/$NAME/"
expect_verdict "link-local" 1 public "fe80::5%eth0 +udp" own "nameserver fe80::5%eth0\n" "" "${KNOWN[@]}"
expect_jq "link-local" '[.resolvers[].resolver] == ["fe80::5%eth0"]' "$JSON"
expect_verdict "link-local beside another" 1 different "with fe80::5%eth0 a client goes to" own \
	"nameserver $HEALTHY\nnameserver fe80::5%eth0\n" "" "${KNOWN[@]}"
index=$(ns_exec client ip -j link show eth0 | jq '.[0].ifindex')
expect_verdict "link-local behind the stub" 1 public "fe80::5%eth0: is hidden behind" own \
	"nameserver 127.0.0.53\n" "nameserver fe80::5%$index\n" "${KNOWN[@]}"

# Without rights it cannot know what runs here, and says so.
expect_verdict "not root" 0 server "natloop is not compared with" ns_exec client setpriv \
	--reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$NL_BIN" dns check "$NAME" \
	--resolver "$HEALTHY" --server "$SERVER" --config "$NL_DIR/empty.conf"

# Beside a running natloop: it knows the server, and leads the public address there.
attach
expect_verdict "translated" 0 translated "which natloop leads to the server" \
	natloopctl dns check "$NAME" --resolver "$OPEN"
expect_jq "translated" '.server == ["'"$SERVER"'"] and .public == ["'"$PUBLIC"'"]' "$JSON"
expect_verdict "another server" 1 public "needs NAT loopback" natloopctl dns check "$NAME" \
	--resolver "$OPEN" --server 192.168.11.30
expect_verdict "both cures" 1 different "different answers" natloopctl dns check "$NAME" \
	--resolver "$HEALTHY,$OPEN"
resolver_start router "$ROUTER" --host-record="$NAME,$PUBLIC" --local="/$NAME/"
expect_success "dns add" natloopctl dns add "$NAME" "$SERVER"
expect_verdict "on the way, as the router knows" 0 server "answered on the way by natloop" \
	natloopctl dns check "$NAME" --resolver "$ROUTER"
expect_jq "on the way" '.resolvers[0] | .udp.a.addresses == ["'"$SERVER"'"] and
	.tcp.a.addresses == ["'"$PUBLIC"'"]' "$JSON"
expect_verdict "on the way, as a client sees it" 1 udp-tcp-differ \
	"natloop answers on the way over UDP only" asks "$ROUTER" "${KNOWN[@]}"
dns_stop
expect_verdict "on the way, and no server" 0 server "does not answer over TCP" asks "$ROUTER" \
	"${KNOWN[@]}"
expect_verdict "not for another resolver" 1 different "$PUBLIC" natloopctl dns check "$NAME" \
	--resolver "$ROUTER,$OPEN"
expect_success "dns add" natloopctl dns add "$NAME" "$SERVER" --resolver "$OPEN"
expect_verdict "as it was told" 0 server "all resolvers alike" natloopctl dns check "$NAME" \
	--resolver "$ROUTER,$OPEN"

# Bad words.
expect_refused 2 "is no host name" dns check "a b"
expect_refused 2 "is no host name" dns check "*.example.com"
expect_refused 2 "beyond ASCII.*xn--" dns check "müll.example"
expect_refused 2 "needs a name" dns check
expect_refused 2 "is no address of a host.*without a port" dns check "$NAME" --resolver "$ROUTER:53"
expect_refused 2 "is no address of a host" dns check "$NAME" --server fe80::1
expect_refused 2 "is the second --resolver; give one" dns check "$NAME" --resolver "$HEALTHY" \
	--resolver "$OPEN"
expect_refused 2 "is no address of a host" dns check "$NAME" --public eth0
expect_refused 2 "option of 'dns check'" dns check "$NAME" --ttl 5
expect_refused 2 "option of 'dns list'" dns list --server "$SERVER"
note_programs
detach
expect_nothing_left
