#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl watch lives beside other commands: it attaches, a second one is refused and told by whom,
# what others change stays until the file changes in the same place, a broken file changes nothing,
# a file renamed over the old one is read, SIGHUP without a change says nothing (watch_service has one
# with a change), and killing and restarting it loses no packet.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"
# shellcheck source-path=SCRIPTDIR source=lib_stream.sh
. "${BASH_SOURCE[0]%/*}/lib_stream.sh"

# conf LINE...: a new file in the place of the old one, as editors do it.
conf() {
	printf '%s\n' "[natloop]" "interface = eth1" "mode = $MODE" "$@" >"$CONF.new"
	mv "$CONF.new" "$CONF"
}

forwards() {
	natloopctl forward list -j | jq -r 'sort | join(" ")'
}

has_forwards() {
	[[ $(forwards) == "$1" ]]
}

expect_forwards() {
	WAIT_LOG=$WATCH_LOG wait_until 5 "$1" has_forwards "$2"
}

topology_make
CONF=$NL_DIR/conf/natloop.conf
mkdir "$NL_DIR/conf"
FILE=(--config "$CONF")

expect_refused 1 "nosuch0: no such interface" watch nosuch0 --server "$SERVER"
expect_refused 2 "no interface given" watch --server "$SERVER"
expect_refused 2 "--nonsense: no such option" watch eth1 --nonsense
expect_nothing_left

conf "[forward]" "tcp/21116 = $SERVER" "udp/21116 = $SERVER"
watch_start one "${FILE[@]}"
first=$WATCH
expect_saw "by watch" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_refused 1 "watched already, by process $first \(.*natloopctl watch" watch "${FILE[@]}"

# Others may change things, and an event does not undo that.
expect_success "add a forward" natloopctl forward add "tcp/8443=$SERVER:21118"
expect_success "add an address" natloopctl public add 203.0.113.1
expect_success "delete a forward" natloopctl forward del "tcp/21116=$SERVER"
ns_exec router ip address add 172.16.16.5/24 dev eth0
expect_publics "an event" "$PUBLIC 172.16.16.5 203.0.113.1"
expect_equal "forwards after an event" "tcp/8443=$SERVER:21118 udp/21116=$SERVER" "$(forwards)"
expect_saw "a forward that was added" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 8443

# The file changes where nobody else did, then where somebody did.
conf "[forward]" "tcp/21116 = $SERVER" "udp/21116 = $SERVER" "tcp/443 = $SERVER:21118"
expect_forwards "a new forward in the file" "tcp/443=$SERVER:21118 tcp/8443=$SERVER:21118 udp/21116=$SERVER"
expect_line "a new forward" "^natloopctl: forwards: \+ tcp/443=$SERVER:21118\$"
conf "[forward]" "udp/21116 = $SERVER" "tcp/8000-9000 = $SERVER"
expect_forwards "the file wins over what overlaps" "tcp/8000-9000=$SERVER udp/21116=$SERVER"
conf "[forward]" "tcp/21116 = $SERVER" "udp/21116 = $SERVER"
expect_forwards "back in the file" "tcp/21116=$SERVER udp/21116=$SERVER"

# A broken file, or none.
before=$(natloopctl status -j | jq -c 'del(.flows)')
conf "[forward]" "tcp/99999 = $SERVER"
expect_line "a broken file" "natloop.conf:5: .*99999"
expect_lines "a broken file" "99999" 1
rm "$CONF"
expect_line "no file" "natloop.conf: is gone; what it said stays|natloop.conf: is gone"
expect_equal "what is in force" "$before" "$(natloopctl status -j | jq -c 'del(.flows)')"
printf '%s\n' "[natloop]" "interface = eth1" "mode = $MODE" "[forward]" "tcp/21116 = $SERVER" \
	"udp/21116 = $SERVER" "udp/5000 = $SERVER" >"$CONF"
expect_forwards "written again" "tcp/21116=$SERVER udp/21116=$SERVER udp/5000=$SERVER"
lines=$(watch_lines | wc -l)
kill -HUP "$WATCH"
sleep 0.5
expect_equal "lines after SIGHUP without a change: $(watch_lines)" "$lines" "$(watch_lines | wc -l)"

# Killed and started again under a stream.
stream_serve server
stream_send client "$PUBLIC" "$(stream_rate 20000)"
sleep 0.3
for i in 1 2 3; do
	watch_end KILL
	sleep 0.2
	watch_start "again$i" "${FILE[@]}"
done
watch_end TERM
sleep 0.2
watch_start again4 "${FILE[@]}"
line=$(stream_stop client)
echo "$MODE: watch killed and started 3 times, ended and started once: $line"
expect_match "the stream" ' lost 0 duplicated 0 ' "$line"
expect_equal "lines of a start without a change" "" "$(watch_lines)"

# In JSON, each line is an object.
watch_end INT
start_watch -j "${FILE[@]}" >"$NL_DIR/json" 2>"$NL_DIR/json.err" </dev/null &
WATCH=$!
wait_until 5 "ready in JSON" grep -q ready "$NL_DIR/json"
ns_exec router ip address del 172.16.16.5/24 dev eth0
wait_until 5 "a change in JSON" grep -q '"object": *"public"' "$NL_DIR/json"
expect_jq "each line" 'has("object") and has("text")' "$(<"$NL_DIR/json")"

# Whoever detaches it does not want it back.
detach
ns_exec router ip address add 172.16.16.6/24 dev eth0
expect_success "watch after detach" wait "$WATCH"
expect_nothing_left
