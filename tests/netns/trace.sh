#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl trace runs the attached programs on a made-up packet and its answer: says that it gets
# through, or each reason that a user can meet and what to do; nothing is sent, no flow, binding or
# client stays that was not there, a flow that is there stays as it is, and who monitors hears nothing
# of it. --watch follows the real packets of one client only.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# What a trace must leave alone: flows, the bindings in use, the flows of each client.
tables() {
	local map
	for map in state binding moved clients; do
		echo "map dump pinned $NL_PINS/$NL_INSTANCE/natloop_$map"
	done | "$bpftool" -j batch file - | jq -c '.[].output[].formatted |
		if .value.way? then .value.way[] | select(.flows > 0)
		elif .value.fresh? then .value.flows else . end'
	natloopctl flow list -j | jq -c 'map(del(.idle_s, .expires_s))'
}

# After real packets: the tables are these from here on, when the last acknowledgement has come.
note() {
	local now=
	noted=-
	until [[ $now == "$noted" ]]; do
		noted=$now
		sleep 0.1
		now=$(tables)
	done
}

# traces WHAT STATUS FILTER WORD...: FILTER holds for the JSON, and the tables are as noted.
traces() {
	local what=$1 wanted=$2 filter=$3 status=0 out
	shift 3
	out=$(natloopctl trace -j "$@") || status=$?
	expect_equal "$what: status of trace $* ($out)" "$wanted" "$status"
	expect_jq "$what" "$filter" "$out"
	expect_equal "$what: nothing is left" "$noted" "$(tables)"
}

# stops WHAT OUTCOME NEXT WORD...: the packet does not get through for that reason.
stops() {
	traces "$1" 1 ".result == \"stopped\" and .outcome == \"$2\" and (.next | test(\"$3\"))" "${@:4}"
}

step() {
	printf 'any(.steps[]; .packet == "%s" and .step == "%s" and (.says | test("%s")))' "$@"
}

topology_make
expect_refused 1 "is not attached anywhere" trace 192.168.11.2 "$PUBLIC:21116"
expect_refused 2 "trace: needs a CLIENT and a PUBLIC:PORT" trace 192.168.11.2
expect_refused 2 "$PUBLIC: has no port" trace 192.168.11.2 "$PUBLIC"
expect_refused 2 "192.168.11.2:x: 'x' is not a port" trace 192.168.11.2:x "$PUBLIC:21116"
expect_refused 2 "--proto icmp: no such protocol" trace 192.168.11.2 "$PUBLIC:21116" --proto icmp
expect_refused 2 "--watch follows all ports" trace --watch 192.168.11.2:1
expect_refused 2 "0.0.0.0: 0.0.0.0/8 is no host's address" trace --watch 0.0.0.0
expect_refused 2 "255.255.255.255: a broadcast or reserved" trace --watch 255.255.255.255
attach --max-flows 64 --client-flows 3 # small tables are soon read
bpftool=$(find_bpftool)
note

# Before anybody talked the server's MAC address is not known.
ns_ip router neigh flush all
traces "not resolved" 0 '.result == "unresolved"' 192.168.11.2 "$PUBLIC:21116"
expect_saw "a real packet" "$PUBLIC:40000" client --from-port 40000 udp "$PUBLIC" 21116
note
hook=TC
[[ $MODE == auto ]] || hook=XDP
traces "through" 0 ".result == \"through\" and .outcome == \"new_flow\"
	and $(step client sent 'tcp 192.168.11.2:45678 -> 172.16.16.1:21116 SYN, in by eth1')
	and $(step client forward "tcp/21115-21117=$SERVER") and $(step client "$hook" new_flow)
	and $(step client binding 'has 172.16.16.1:45678, its own port')
	and $(step client edits "172.16.16.1:45678 -> $SERVER:21116, TTL 63, checksums right")
	and $(step client 'next hop' ':.* on eth1')
	and $(step answer "$hook" to_client)
	and $(step answer edits '172.16.16.1:21116 -> 192.168.11.2:45678, TTL 63, checksums right')" \
	192.168.11.2:45678 "$PUBLIC:21116"
traces "UDP, another port" 0 ".result == \"through\"
	and $(step client binding 'another port, because its own is taken')" \
	192.168.11.3:40000 "$PUBLIC:21116" --proto udp

# A flow that is there.
talk_open live client tcp 42000 "$PUBLIC" 21116
talk_say live hello
note
traces "known" 0 ".result == \"through\" and .outcome == \"to_server\"
	and $(step client flow 'known: established, and left') and $(step client sent ' ACK,')" \
	192.168.11.2:42000 "$PUBLIC:21116"
traces "shares the port" 0 ".result == \"through\"" 192.168.11.2:42000 "$PUBLIC:21115"

stops "no public address" unrelated "public add 172.16.16.99" 192.168.11.2 172.16.16.99:21116
stops "no forward" not_forwarded "forward add tcp/22=SERVER" 192.168.11.2 "$PUBLIC:22"
stops "outside the LAN" not_lan "lan CIDR" 10.9.9.9 "$PUBLIC:21116"
stops "the router itself" own_source "LAN host" 192.168.11.1 "$PUBLIC:21116"
stops "broadcast" broadcast_source "LAN host" 192.168.11.255 "$PUBLIC:21116"
expect_saw "the last flow of the client" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
note
stops "too many of the client's" client_limit "client=192.168.11.2" 192.168.11.2 "$PUBLIC:21116"
natloopctl flow flush proto=udp
note
ns_sysctl router ipv4/ip_forward 0
stops "no forwarding" no_route "ip_forward" 192.168.11.2 "$PUBLIC:21116"
ns_sysctl router ipv4/ip_forward 1
talk_say live "still there"

# Real packets, of one client; and a trace is nobody's event.
"$NL_BIN" trace --watch 192.168.11.3 -v --netns "$(ns_name router)" --instance "$NL_INSTANCE" \
	>"$NL_DIR/watched" 2>"$NL_DIR/watched.err" </dev/null &
watch=$!
WAIT_LOG=$NL_DIR/watched.err wait_until 5 "it to listen" grep -q 'listening$' "$NL_DIR/watched.err"
expect_refused 1 "is listened to already, by process $watch" monitor
note
traces "while somebody listens" 0 '.result == "through"' 192.168.11.3 "$PUBLIC:21116"
talk_say live "not followed"
expect_saw "followed" "$PUBLIC:43000" client2 --from-port 43000 udp "$PUBLIC" 21116
! call client2 --timeout 1 --from-port 43001 udp "$PUBLIC" 7 &>/dev/null || fail "port 7 answered"
# Line by line, in this order.
for regex in "udp 192.168.11.3:43000 -> $PUBLIC:21116 became $PUBLIC:43000 -> $SERVER:21116, .*: new_flow" \
	"udp $SERVER:21116 -> $PUBLIC:43000 became $PUBLIC:21116 -> 192.168.11.3:43000, .*: to_client" \
	"udp 192.168.11.3:43001 -> $PUBLIC:7, .*: not_forwarded"; do
	WAIT_LOG=$NL_DIR/watched wait_until 5 "a line like '$regex'" grep -Eq "$regex" "$NL_DIR/watched"
done
expect_equal "others" "" "$(grep -vE '192\.168\.11\.3:4300[01]' "$NL_DIR/watched" || true)"
kill -TERM "$watch"
wait "$watch" || fail "trace --watch ended with status $?: $(<"$NL_DIR/watched.err")"
