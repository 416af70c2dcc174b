#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl watch says in one line what has come into natloop's way, and in another that it is gone:
# at its start, after events (but not those of shaping what leaves), after a reload, and by polling
# where there is no event.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

FORWARDING="IP forwarding is off, so nothing is reflected"

# A look rests for 20 times as long as it took, so that it takes a twentieth of the time: on a busy
# machine the next one may be 10 s later.
topology_make
watch_start one eth1 --server "$SERVER"
sleep 1
expect_equal "lines on a plain router" "" "$(watch_lines)"

# Told by an address that comes and goes; twice, so that the second time is told, too.
for i in 1 2; do
	ns_exec router ip address add "$SERVER/32" dev lo
	WAIT_LOG=$WATCH_LOG wait_until 30 "the server's address is ours, $i" \
		has_lines "^natloopctl: warning: udp/21116=$SERVER: .* address of this router now; .*forward del" "$i"
	ns_exec router ip address del "$SERVER/32" dev lo
	WAIT_LOG=$WATCH_LOG wait_until 30 "and is not any more, $i" \
		has_lines "^natloopctl: udp/21116=$SERVER: $SERVER is an address of this router now: gone\$" "$i"
done

# A change by a link's event, and no line twice while it lasts.
xdp_receiver router eth1
expect_line "an XDP program" '^natloopctl: warning: eth1: XDP program [0-9]+ \(xdp_pass\)'
for i in 1 2 3; do
	ns_exec router ip address add "172.16.16.9/24" dev eth0
	sleep 0.7
	ns_exec router ip address del "172.16.16.9/24" dev eth0
	sleep 0.7
done
expect_lines "while it lasts" '^natloopctl: warning: eth1: XDP program' 1
ns_exec router ip link set dev eth1 xdp off
expect_line "without the XDP program" '^natloopctl: eth1: XDP program .*: gone$'

# No event: another one's, or SIGHUP, shows it; but not the shaping of what leaves.
shape() {
	for rate in 10 20 30 40 50; do
		ns_exec router tc qdisc replace dev eth0 root tbf rate "${rate}mbit" burst 20k latency 50ms
		sleep 0.1
	done
}
# What went before may be looked at still: a look is followed by a rest of twenty times its length.
sleep 12
ns_sysctl router ipv4/conf/eth1/forwarding 0
shape
sleep 2
expect_lines "while the way out is shaped" "$FORWARDING" 0
ns_exec router tc qdisc add dev eth0 clsact
ns_exec router tc filter add dev eth0 ingress pref 9 bpf bytecode '1,6 0 0 0'
expect_line "after a filter" "^natloopctl: warning: eth1: $FORWARDING; sysctl"
sleep 1
ns_sysctl router ipv4/conf/eth1/forwarding 1
kill -HUP "$WATCH"
WAIT_LOG=$WATCH_LOG wait_until 30 "gone, after SIGHUP" \
	has_lines "^natloopctl: eth1: $FORWARDING: gone\$" 1

# The same by a flow table.
ns_exec router nft add table inet fw4
sleep 1
ns_sysctl router ipv4/conf/eth1/forwarding 0
if ! ns_exec router nft add flowtable inet fw4 ft \
	'{ hook ingress priority 0; devices = { eth0 }; }' 2>"$NL_DIR/nft"; then
	say "not tested: a flow table's event, this kernel has none: $(head -n 1 "$NL_DIR/nft")"
	kill -HUP "$WATCH"
fi
WAIT_LOG=$WATCH_LOG wait_until 30 "after a flow table" \
	has_lines "^natloopctl: warning: eth1: $FORWARDING; sysctl" 2
sleep 1
ns_sysctl router ipv4/conf/eth1/forwarding 1
start=$EPOCHREALTIME
WAIT_LOG=$WATCH_LOG wait_until 65 "gone, by polling" \
	has_lines "^natloopctl: eth1: $FORWARDING: gone\$" 2
echo "without an event: told after $(((${EPOCHREALTIME/./} - ${start/./}) / 1000000)) s"
watch_end

# Those that exist at its start; in JSON, too.
ns_sysctl router ipv4/conf/eth1/forwarding 0
watch_start two eth1 --server "$SERVER"
expect_line "at the start" "^natloopctl: warning: eth1: $FORWARDING"
watch_end
start_watch -j eth1 --server "$SERVER" >"$NL_DIR/json" 2>"$NL_DIR/json.err" </dev/null &
WATCH=$!
wait_until 5 "in JSON" grep -q '"remedy"' "$NL_DIR/json"
ns_sysctl router ipv4/conf/eth1/forwarding 1
kill -HUP "$WATCH"
wait_until 30 "gone in JSON" grep -q ': gone"' "$NL_DIR/json"
expect_jq "each line" 'has("object") and has("text")' "$(<"$NL_DIR/json")"
watch_end
