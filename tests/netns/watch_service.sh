#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What natloopctl watch tells a service manager, and that it ends when it is told to: READY when
# attached and not before, RELOADING and READY around what is put in force, mistakes in STATUS; SIGHUP
# reads a file that nobody tells of, and listens to a directory that has another one's place; SIGTERM
# while another command holds the lock; 'detach --all' ends it at once, and gives its lock away.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

conf() {
	printf '%s\n' "[natloop]" "interface = eth1" "mode = $MODE" "$@"
}

messages() {
	tail -n +2 "$NOTIFIED"
}

# expect_message WHAT REGEX [SECONDS]: one of those from the mark on.
expect_message() {
	WAIT_LOG=$NOTIFIED wait_until "${3:-5}" "$1: a message like '$2'" has_message "$2"
}

has_message() {
	grep -Eq "$1" <<<"$(messages | tail -n "+$((marked + 1))")"
}

mark() {
	marked=$(messages | wc -l)
}

has_forward() {
	grep -qx "$1" <<<"$(natloopctl forward list)"
}

# expect_end WHAT MILLISECONDS COMMAND...: watch ends with status 0 so soon after the command.
expect_end() {
	local what=$1 most=$2 begun=${EPOCHREALTIME/./} status=0
	shift 2
	"$@"
	wait "$WATCH" || status=$?
	expect_equal "$what: status" 0 "$status"
	local took=$(((${EPOCHREALTIME/./} - begun) / 1000))
	echo "$what: ended after $took ms"
	expect_quick "$what, ms" "$took" "$most"
}

topology_make
NOTIFIED=$NL_DIR/notified
"$NL_BUILD/tests/netns/notified" "$NL_DIR/socket" >"$NOTIFIED" &
wait_until 5 "the service manager" grep -q ready "$NOTIFIED"
export NOTIFY_SOCKET=$NL_DIR/socket
CONF=$NL_DIR/conf/natloop.conf
mkdir "$NL_DIR/conf" "$NL_DIR/else"
conf "[forward]" "tcp/21116 = $SERVER" >"$NL_DIR/else/natloop.conf"
ln -s "$NL_DIR/else/natloop.conf" "$CONF"

marked=0
watch_start one --config "$CONF"
expect_message "ready" "^READY=1\|STATUS=public: $PUBLIC\$"
expect_equal "READY messages" 1 "$(messages | grep -c '^READY=1')"

# What inotify does not tell of, SIGHUP does; the file is in force when it is said to be.
mark
conf "[forward]" "tcp/21116 = $SERVER" "tcp/443 = $SERVER" >"$NL_DIR/else/natloop.conf"
sleep 0.5
expect_equal "behind a symbolic link" "tcp/21116=$SERVER" "$(natloopctl forward list)"
kill -HUP "$WATCH"
expect_message "reloading" '^RELOADING=1\|MONOTONIC_USEC=[0-9]+$'
expect_message "reloaded" "^READY=1\|STATUS=public: $PUBLIC\$"
has_forward "tcp/443=$SERVER" || fail "READY before the forward was there"
expect_equal "order" "RELOADING=1 READY=1" \
	"$(messages | tail -n "+$((marked + 1))" | grep -Eo '^(RELOADING|READY)=1' | paste -sd ' ')"

mark
conf "[forward]" "tcp/99999 = $SERVER" >"$NL_DIR/else/natloop.conf"
kill -HUP "$WATCH"
expect_message "a mistake" '^READY=1\|STATUS=.*natloop.conf:5.*99999'
mark
conf "[forward]" "tcp/21116 = $SERVER" >"$NL_DIR/else/natloop.conf"
kill -HUP "$WATCH"
expect_message "mended" "^READY=1\|STATUS=public: $PUBLIC\$"

# Another directory in the place of the one that it listens to.
mv "$NL_DIR/conf" "$NL_DIR/old"
sleep 0.3
mkdir "$NL_DIR/conf"
conf "[forward]" "tcp/21116 = $SERVER" "tcp/444 = $SERVER" >"$CONF"
WAIT_LOG=$WATCH_LOG wait_until 5 "a new directory" has_forward "tcp/444=$SERVER"
sleep 0.3
conf "[forward]" "tcp/21116 = $SERVER" "tcp/445 = $SERVER" >"$CONF"
WAIT_LOG=$WATCH_LOG wait_until 5 "the file in it" has_forward "tcp/445=$SERVER"

# A lock that is held does not keep it from its end.
mark
exec {lock}<"$NL_PINS"
flock "$lock"
ns_exec router ip address add 172.16.16.9/24 dev eth0
sleep 0.5
expect_end "SIGTERM while it waits for the lock" 1000 kill "$WATCH"
expect_message "stopping" '^STOPPING=1$'
start_watch --config "$CONF" >"$NL_DIR/second" 2>&1 </dev/null &
WATCH=$!
sleep 0.5
expect_end "SIGTERM while it begins" 1000 kill "$WATCH"
exec {lock}<&-

# Detached: it ends without another event, even if somebody attaches at once.
watch_start two --config "$CONF"
expect_end "detach" 1500 detach
expect_equal "its line" 1 "$(grep -c 'the instance was detached' "$WATCH_LOG")"
expect_nothing_left
watch_start three --config "$CONF"
detach_and_attach() {
	detach
	attach
}
expect_end "detach and attach" 3000 detach_and_attach
watch_start four --config "$CONF"
expect_refused 1 "watched already, by process $WATCH" watch --config "$CONF"

# For the journal each line has its priority.
watch_end
unset NOTIFY_SOCKET
mkfifo "$NL_DIR/journal"
cat "$NL_DIR/journal" >"$NL_DIR/log" &
exec {journal}>"$NL_DIR/journal"
export JOURNAL_STREAM
JOURNAL_STREAM=$(stat -L -c %d:%i "/proc/self/fd/$journal")
start_watch --config "$CONF" >&"$journal" 2>&1 </dev/null &
WATCH=$!
WAIT_LOG=$NL_DIR/log wait_until 5 "what was done" grep -q '^<5>natloopctl: watch: ready' "$NL_DIR/log"
echo nonsense >"$CONF"
WAIT_LOG=$NL_DIR/log wait_until 5 "what went wrong" grep -Eq '^<3>natloopctl: .*natloop.conf:1' "$NL_DIR/log"
watch_end
exec {journal}>&-
detach
expect_nothing_left
