#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# RustDesk sessions through natloop that last: 45 s without a packet; natloopctl reload, attach, detach,
# and a change of the public address while they run. The parts run at once, each in a network of its
# own, and take RustDesk's own times but where it is said. SILENCE=N is for less than 45 s.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_rustdesk.sh
. "${BASH_SOURCE[0]%/*}/lib_rustdesk.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

SILENCE=${SILENCE:-45}
GAP=$((2 * NL_PATIENCE)) # seconds; RustDesk sends something each second
NEW_PUBLIC=172.16.16.77

log_of() {
	echo "$NL_DIR/$NL_PREFIX.$1"
}

# hold NAME SECONDS [OPTION...]: a relayed session of client with client2, kept that long; HELD is its
# process.
hold() {
	local log
	log=$(log_of "$1")
	rustdesk_connect client client2 --force-relay --hold "$2" "${@:3}" >"$log" &
	HELD=$!
	WAIT_LOG=$log wait_until 5 "session $1" grep -qs '"result":"relayed"' "$log"
}

# expect_held NAME FILTER: what its last line says, when it is over.
expect_held() {
	wait "$HELD"
	expect_jq "$NL_PREFIX: session $1" "$2" "$(tail -n 1 "$(log_of "$1")")"
	say "${NL_PREFIX##*-}: session $1: $(tail -n 1 "$(log_of "$1")")"
}

expect_direct() {
	expect_jq "$1" '.result == "direct"' "$(rustdesk_connect client client2)"
}

# Both legs of a relayed session are silent, and so is the registration of another peer: natloop's
# flows and bindings outlast that. hbbs and hbbr have more patience here than RustDesk's, which end
# such a session and such a peer after 30 s.
part_silence() {
	attach
	HBBR_WITH=(--timeout 100)
	rustdesk_server --reg-timeout 100
	rustdesk_serve server
	SERVE_WITH=(--silent)
	rustdesk_serve client2
	rustdesk_ready client2 server
	# A process that stands still sends no registrations, and gets what comes when it goes on.
	kill -STOP "${SERVE_PID[server]}"
	hold silent "$SILENCE" --silent
	expect_held silent ".survived and .received == 0 and .seconds >= $SILENCE"
	rustdesk_connect client server >"$(log_of pushed)" &
	HELD=$!
	sleep 0.5
	kill -CONT "${SERVE_PID[server]}"
	expect_held pushed '.result == "direct"'
}

# With the real hbbr, silence ends a session after 30 s, whatever the router does; RustDesk's own
# TestDelay each second keeps it.
part_relay() {
	attach
	rustdesk_server
	rustdesk_serve client2
	rustdesk_ready client2
	hold busy "$SILENCE"
	local busy=$HELD
	SERVE_WITH=(--silent)
	DESK=silent
	rustdesk_serve client2
	rustdesk_ready client2
	hold silent 40 --silent
	expect_held silent '(.survived | not) and .seconds > 30 and .seconds < 36'
	expect_match "hbbr" "closed [0-9.:]+ silent" "$(<"$(log_of hbbr)")"
	HELD=$busy
	expect_held busy ".survived and .received >= $SILENCE - 1 and .longest_gap < $GAP"
}

config() {
	printf '%s\n' "[natloop]" "interface = eth1" "public = eth0" "mode = $MODE" "$@" "[forward]" \
		"rustdesk = $SERVER" >"$NL_DIR/$NL_PREFIX.conf"
}

with_config() {
	natloopctl "$@" --config "$NL_DIR/$NL_PREFIX.conf"
}

# The flows are what they were.
part_reload() {
	local i
	config
	expect_success attach with_config attach
	rustdesk_server
	rustdesk_serve client2
	rustdesk_ready client2
	hold reloaded 8
	for i in 1 2 3; do
		sleep 1
		config "client-flows = $((200 + i))"
		expect_success reload with_config reload
		expect_success attach with_config attach
	done
	expect_held reloaded ".survived and .received >= 7 and .longest_gap < $GAP"
	expect_direct "after reload"

	# Without natloop the router answers what is for its public address itself, with RST, and after a
	# detach nothing tells the server's packets of a session from others. The next session waits for
	# the peer's next registration at most, 15 s, and RustDesk asks for it three times in 18 s.
	hold detached 4
	detach
	expect_held detached '.survived | not'
	expect_success attach with_config attach
	expect_direct "after detach and attach"
}

# Everybody dials the new address as soon as a name is looked up; a client that is registered looks its
# server up again after four misses, and a minute after it has done so last.
part_address() {
	local started=$SECONDS
	SPEED=3
	config
	watch_start address --config "$NL_DIR/$NL_PREFIX.conf"
	expect_publics "at first" "$PUBLIC"
	rustdesk_server
	rustdesk_serve client2
	rustdesk_ready client2
	hold changed 12
	ns_ip router <<-END
		address del $PUBLIC/24 dev eth0
		address add $NEW_PUBLIC/24 dev eth0
		route add default via 172.16.16.254
	END
	rustdesk_names "$NEW_PUBLIC"
	expect_publics "after the change" "$NEW_PUBLIC"
	expect_jq "client2, which is registered by the old address still" '.result == "failed"' \
		"$(rustdesk_connect client client2)"
	expect_held changed ".survived and .longest_gap < $GAP"
	WAIT_LOG=$(log_of client2.desk) wait_until 40 "registration by the new address" \
		grep -q '^online again' "$(log_of client2.desk)"
	expect_quick "seconds until the registration by the new address" $(((SECONDS - started) * SPEED)) 90
	expect_direct "by the new address"
}

# run_part NAME: the name of an instance is short.
run_part() {
	nl_use "${1:0:4}"
	rustdesk_topology
	"part_$1"
}

need_rustdesk
nl_begin
pids=()
for part in silence relay reload address; do
	run_part "$part" &
	pids+=("$!")
done
for pid in "${pids[@]}"; do
	wait "$pid" || fail "see above"
done
