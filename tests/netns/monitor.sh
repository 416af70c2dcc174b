#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl monitor tells of each flow: made, refused and why, expired, flushed; as text and as JSON
# lines, without destinations unless they are asked for. One listens at a time; Ctrl-C and detach end
# it; when it is killed, its lease runs out by itself, and nothing is left switched on.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

declare -A MONITOR

# monitor_start NAME [OPTION...]: and waits until it listens. Its output is $NL_DIR/NAME.
monitor_start() {
	local name=$1
	shift
	# A process of its own, not a function in a subshell: signals must reach it.
	"$NL_BIN" monitor -v --netns "$(ns_name router)" --instance "$NL_INSTANCE" "$@" \
		>"$NL_DIR/$name" 2>"$NL_DIR/$name.err" </dev/null &
	MONITOR[$name]=$!
	WAIT_LOG=$NL_DIR/$name.err wait_until 5 "$name to listen" \
		grep -q 'listening$' "$NL_DIR/$name.err"
}

# monitor_ends NAME STATUS
monitor_ends() {
	local status=0
	wait "${MONITOR[$1]}" || status=$?
	expect_equal "status of $1 ($(<"$NL_DIR/$1.err"))" "$2" "$status"
}

# told NAME REGEX: a line like that came.
told() {
	WAIT_LOG=$NL_DIR/$1 wait_until 5 "$1: a line like '$2'" grep -Eq "$2" "$NL_DIR/$1"
}

listening() {
	"$(find_bpftool)" -j map dump pinned "$NL_PINS/$NL_INSTANCE/natloop_config" |
		jq '.[0].formatted.value.listening'
}

nobody_listens() {
	[[ $(listening) == 0 ]]
}

topology_make
expect_refused 1 "is not attached anywhere" monitor
expect_refused 2 "monitor: unexpected 'x'" monitor x
printf '[timeout]\nudp = 1\n' >"$NL_DIR/short.conf"
attach --config "$NL_DIR/short.conf" --client-flows 1
expect_equal "before anybody listens" 0 "$(listening)"

time='[0-9-]{10} [0-9:]{8}\.[0-9]{6}'
monitor_start text
talk_open live client tcp 41000 "$PUBLIC" 21116
told text "^$time made    tcp 192\.168\.11\.2:41000 as 172\.16\.16\.1:41000\$"
! call client --timeout 1 udp "$PUBLIC" 21116 &>/dev/null || fail "a second flow was made"
told text "^$time refused udp 192\.168\.11\.2:[0-9]+, client_limit: new flow refused: --client-flows reached\$"
expect_saw "a flow that expires" "$PUBLIC:40000" client2 --from-port 40000 udp "$PUBLIC" 21116
told text "^$time made    udp 192\.168\.11\.3:40000 as 172\.16\.16\.1:40000\$"
WAIT_LOG=$NL_DIR/text wait_until 15 "it to expire" grep -Eq \
	"^$time expired udp 192\.168\.11\.3:40000 as 172\.16\.16\.1:40000, udp, 2 packets, [0-9]+ bytes\$" "$NL_DIR/text"
expect_equal "destinations" "" "$(grep -E ':21116|192\.168\.11\.20' "$NL_DIR/text" || true)"

# One at a time.
expect_refused 1 "$NL_INSTANCE: is listened to already, by process ${MONITOR[text]} \(.*monitor" monitor
kill -INT "${MONITOR[text]}"
monitor_ends text 0
expect_equal "after it ended" 0 "$(listening)"

# Killed: the lease runs out, while the next one waits for that.
monitor_start killed
expect_equal "while it listens" 1 "$(listening)"
kill -KILL "${MONITOR[killed]}"
monitor_ends killed 137
wait_until 8 "the lease to run out" nobody_listens

monitor_start json -j --destinations
talk_open second client2 tcp 41001 "$PUBLIC" 21116
talk_say second hello
natloopctl flow flush client=192.168.11.3
told json '"event":"flushed"'
expect_jq "made" 'select(.event == "made") == ({"proto": "tcp", "event": "made", "interface": "eth1",
	"client": "192.168.11.3:41001", "snat": "172.16.16.1:41001", "public": "172.16.16.1:21116",
	"server": "192.168.11.20:21116"} + {time})' "$(grep '"made"' "$NL_DIR/json")"
expect_jq "flushed" '.state == "established" and .packets >= 4 and (.time |
	test("^[0-9-]{10}T[0-9:]{8}\\.[0-9]{6}Z$"))' "$(grep '"flushed"' "$NL_DIR/json")"
note_programs
detach
monitor_ends json 1
expect_match "detached" '"what":"has been detached"|has been detached' \
	"$(cat "$NL_DIR/json" "$NL_DIR/json.err")"
expect_nothing_left
