#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Flows that begin while a forward or a public address is taken away, at each point of the command:
# no UDP flow stays that the new configuration would not make, and TCP runs on. And when the flows
# cannot be seen to once the new configuration is in force, it stays, and so do the programs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

SECOND=172.16.16.2

stopped_or_ended() {
	[[ -e $AT ]] || ! kill -0 "$RUNNING" 2>/dev/null
}

# stall SYSCALL N VERB...: natloopctl, which waits before call N of that kind. False: it ended before.
stall() {
	NL_RUN=("$NL_BUILD/tests/netns/killer" stall "$1" "$2" "$HOOK")
	natloopctl "${@:3}" >"$NL_DIR/stalled" 2>&1 &
	RUNNING=$!
	NL_RUN=()
	wait_until 10 "natloopctl ${*:3}" stopped_or_ended
	[[ -e $AT ]]
}

go_on() {
	local status=0
	rm -f "$AT"
	wait "$RUNNING" || status=$?
	expect_equal "status ($(<"$NL_DIR/stalled"))" 0 "$status"
}

dials() {
	timeout "$((200 * NL_PATIENCE))e-3" nsenter --net="/run/netns/$(ns_name client)" -- \
		"$NL_ANSWERER" call "$1" "$2" 21116 &>/dev/null
}

# Number of points at which the call was stopped, and of those at which a flow could begin.
points=0 begun=0

# each_udp SYSCALL
each_udp() {
	local n
	for ((n = 1; ; n++)); do
		stall "$1" "$n" forward del "udp/21116=$SERVER" || break
		points=$((points + 1))
		! dials udp "$PUBLIC" || begun=$((begun + 1))
		go_on
		expect_jq "UDP flows, stopped before $1 $n" 'map(select(.proto == "udp")) == []' \
			"$(natloopctl flow list -j)"
		natloopctl forward add "udp/21116=$SERVER"
	done
	go_on
	natloopctl forward add "udp/21116=$SERVER"
}

each_tcp() {
	local n open
	for ((n = 1; ; n++)); do
		stall "$1" "$n" public del "$SECOND" || break
		points=$((points + 1)) open=
		if dials tcp "$SECOND"; then
			open=1 begun=$((begun + 1))
			talk_open tcp client tcp 0 "$SECOND" 21116
		fi
		go_on
		if [[ $open ]]; then
			talk_say tcp "stopped before $1 $n"
			talk_close tcp
		fi
		natloopctl public add "$SECOND"
	done
	go_on
	natloopctl public add "$SECOND"
}

topology_make
AT=$NL_DIR/at
HOOK="touch '$AT'; while [ -e '$AT' ]; do sleep 0.01; done"
ns_exec router ip address add "$SECOND/32" dev eth0
attach --public "$SECOND"
for kind in udp tcp; do
	points=0 begun=0
	for call in munmap membarrier; do
		"each_$kind" "$call"
	done
	echo "$kind: $points points, $begun flows"
	((begun > 0 && begun < points)) || fail "$kind: $begun flows at $points points"
done

# Without memory from the first grace period on, which is behind the switch.
need_tools prlimit
HOOK="prlimit --pid \$KILLER_PID --as=1"
for verb in "attach eth1 --forward tcp/21115=$SERVER" "forward add tcp/21117=$SERVER"; do
	NL_RUN=("$NL_BUILD/tests/netns/killer" stall membarrier 1 "$HOOK")
	# shellcheck disable=SC2086 # words
	expect_status "$verb, without memory" 1 natloopctl $verb 2>"$NL_DIR/refused"
	NL_RUN=()
	expect_match "the message" "the new configuration is in force, but flows" "$(<"$NL_DIR/refused")"
done
expect_jq "the new forwards, on the interface" '.forwards == ["tcp/21115=192.168.11.20",
	"tcp/21117=192.168.11.20"] and .interfaces[0].name == "eth1"' "$(natloopctl status -j)"
expect_saw "the new configuration" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21115
detach
NL_RUN=("$NL_BUILD/tests/netns/killer" stall membarrier 1 "$HOOK")
expect_status "a first attach, without memory" 1 natloopctl attach eth1 --public "$PUBLIC" \
	--server "$SERVER" --mode "$MODE" 2>"$NL_DIR/refused"
NL_RUN=()
expect_match "the message" "the new configuration is in force" "$(<"$NL_DIR/refused")"
expect_saw "it is attached" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
note_programs
detach
expect_nothing_left
