#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Names of the configuration file and of commands, through attach, reload and watch; what others do
# to natloop_dns and to its interfaces is told and mended; status warns where a name leads to a
# server whose RustDesk forwards are reflected.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

NAME=rustdesk.example.com
FILE=

# config [LINE...]: the file, with these lines of [dns].
config() {
	{
		printf '%s\n' "[natloop]" "interface = eth1" "public = $PUBLIC" "mode = $MODE" \
			"[forward]" "tcp/443 = $SERVER"
		((!$#)) || printf '%s\n' "[dns]" "$@"
	} >"$FILE.new"
	mv "$FILE.new" "$FILE"
}

with_config() {
	natloopctl "$@" --config "$FILE"
}

# answer [HOST [ROUTER]] NAME
answer() {
	local host=client router=$ROUTER
	(($# < 2)) || { host=$1 && shift; }
	(($# < 2)) || { router=$1 && shift; }
	ns_exec "$host" dig +tries=1 +timeout=1 +short "@$router" "$1" 2>/dev/null | grep -v '^;' || true
}

names() {
	natloopctl dns list -j | jq -r '[.names[].name] | join(" ")'
}

# filters [IFACE]
filters() {
	ns_exec router tc filter show dev "${1:-eth1}" ingress | grep -c natloop_dns || true
}

# Takes natloop_dns off eth1, and nothing else.
remove_program() {
	local handle pref
	read -r pref handle < <(ns_exec router tc filter show dev eth1 ingress |
		sed -n 's/.* pref \([0-9]*\) bpf .*handle \(0x[0-9a-f]*\) natloop_dns.*/\1 \2/p')
	ns_exec router tc filter del dev eth1 ingress pref "$pref" handle "$handle" bpf
	expect_equal "filters after its removal" 0 "$(filters)"
}

has_program() {
	(($(filters) == 1))
}

warnings() {
	natloopctl status -j | jq -c "[.warnings[] | select(.object == \"$NAME\")]"
}

need_tools dig
topology_make
FILE=$NL_DIR/natloop.conf

# --- the file, attach and reload
config "$NAME = $SERVER fd00::20 7" "*.home.example = $SERVER" "resolver = $INTERNET"
expect_success "a good file" natloopctl config check "$FILE"
expect_success attach with_config attach
expect_equal "a name of the file" "$SERVER" "$(answer "$NAME")"
expect_equal "a wildcard of the file" "$SERVER" "$(answer a.home.example)"
expect_equal "a resolver of the file" "$SERVER" "$(answer client "$INTERNET" "$NAME")"
expect_jq "config show" ".dns == [{value: \"*.home.example = $SERVER 60\", from: \"$FILE:9\"},
	{value: \"$NAME = $SERVER,fd00::20 7\", from: \"$FILE:8\"},
	{value: \"resolver = $INTERNET\", from: \"$FILE:10\"}]" "$(with_config config show -j)"
with_config config show >"$NL_DIR/shown.conf"
expect_success "what show prints is a file" natloopctl config check "$NL_DIR/shown.conf"
natloopctl dns add hand.example "$SERVER"
expect_match "whose it is" "hand.example = $SERVER 60 ; from running instance" \
	"$(with_config config show)"
natloopctl dns del "$NAME"
expect_equal "by hand" "*.home.example hand.example" "$(names)"
expect_success reload with_config reload
expect_equal "reload: the list is the file's" "*.home.example $NAME" "$(names)"
natloopctl dns add hand.example "$SERVER"
expect_success attach with_config attach
expect_equal "attach: the same" "*.home.example $NAME" "$(names)"

for line in "a b = $SERVER" "*.com = $SERVER" "$NAME = 192.168.11" "a.b = $SERVER 1h" "resolver = x" \
	"a.b = $SERVER
a.b = $SERVER"; do
	config "$NAME = $CLIENT" "$line"
	expect_refused 1 "$FILE:(9|10): " reload --config "$FILE"
done
config "resolver = any"
expect_refused 1 "there is no name to answer for" reload --config "$FILE"
expect_equal "after bad files" "$SERVER" "$(answer "$NAME")"
config "$NAME = $CLIENT"
expect_success reload with_config reload
expect_equal "another address" "$CLIENT" "$(answer "$NAME")"
expect_equal "the one that has gone" "" "$(answer a.home.example)"
expect_equal "the resolver that has gone" "" "$(answer client "$INTERNET" "$NAME")"
config
expect_success reload with_config reload
expect_equal "a file without names" " 0" "$(names) $(filters)"
natloopctl dns add hand.example "$SERVER"
expect_success reload with_config reload
expect_equal "what the file is silent of stays" "hand.example" "$(names)"
expect_refused 1 "is on no LAN" attach eth1 --forward tcp/80=10.99.99.99 --config "$FILE"
expect_equal "after an attach that failed" "hand.example" "$(names)"

# --- bad words
expect_refused 2 "whole top-level domain" dns add '*.com' "$SERVER"
expect_refused 2 "is no TTL" dns add a.b "$SERVER" --ttl 86401
expect_refused 2 "give the address of a resolver" dns add a.b "$SERVER" --resolver router
expect_refused 2 "is no host name" dns add "$(printf 'a%.0s' {1..64}).b" "$SERVER"
long=$(printf 'abcdefghi.%.0s' {1..25})abc
expect_success "253 characters" natloopctl dns add "$long" "$SERVER"
expect_equal "253 characters" "$SERVER" "$(answer "$long")"
expect_refused 2 "is no host name" dns add "${long}d" "$SERVER"
natloopctl dns del "$long"

# --- several at once
jobs=()
for i in {1..8}; do
	natloopctl dns add "host$i.example" "192.168.11.$i" &
	jobs+=($!)
done
wait "${jobs[@]}"
expect_equal "eight at once" "hand.example host{1..8}.example" \
	"$(names | sed 's/host1\.example.*host8\.example/host{1..8}.example/')"
expect_jq "eight at once" '.names | length == 9' "$(natloopctl dns list -j)"
expect_equal "programs" 1 "$(filters)"
expect_equal "one of eight" 192.168.11.5 "$(answer host5.example)"
expect_jq "memory with names" '.memory.bytes > 2000000' "$(natloopctl status -j)"

# --- the two cures
natloopctl dns add "$NAME" "$SERVER"
expect_equal "a name and another forward" "[]" "$(warnings)"
natloopctl forward add "rustdesk=$SERVER"
expect_jq "a name and RustDesk's forward" "length == 1 and (.[0].remedy |
	test(\"natloopctl dns del '$NAME'.*forward del tcp/21115-21117=$SERVER udp/21116=$SERVER\"))" \
	"$(warnings)"
expect_match "status" "warning: $NAME: leads clients to $SERVER, .* cannot connect directly; drop" \
	"$(natloopctl status | grep "^warning: $NAME")"
natloopctl dns add "$NAME" "$CLIENT"
expect_equal "a name to another host" "[]" "$(warnings)"
natloopctl dns add "$NAME" "$SERVER"
natloopctl forward del "tcp/21115-21117=$SERVER" "udp/21116=$SERVER"
expect_equal "without the forwards" "[]" "$(warnings)"

# --- the program is taken off
note_programs
remove_program
expect_match "status" "somebody has removed its DNS program; attach it again" "$(natloopctl status)"
natloopctl dns add other.example "$SERVER"
expect_equal "dns add puts it back" "$SERVER" "$(answer other.example)"
remove_program
expect_success attach with_config attach
expect_equal "attach puts it back" "1 $SERVER" "$(filters) $(answer "$NAME")"
ns_exec router tc qdisc del dev eth1 clsact
expect_equal "without a qdisc" "" "$(answer "$NAME")"
expect_refused 1 "cannot attach the DNS program" dns add third.example "$SERVER"
expect_success attach with_config attach
expect_equal "attach makes it again" "1 $SERVER" "$(filters) $(answer "$NAME")"

# --- a second interface comes and goes
switch_add lan2
router_port eth2 192.168.12.1 lan2 to-router
host_add client2 192.168.12.2 lan2 192.168.12.1
expect_success "attach eth2" with_config attach eth2
expect_equal "on the other" "1 $SERVER" "$(filters eth2) $(answer client2 192.168.12.1 "$NAME")"
ns_exec router ip link del eth2
expect_success "dns add beside one that is gone" natloopctl dns add gone.example "$SERVER"
router_port eth2 192.168.12.1 lan2 to-router
expect_equal "not attached" 0 "$(filters eth2)"
expect_success "attach eth2" with_config attach eth2
expect_equal "on it again" "1 $SERVER" "$(filters eth2) $(answer client2 192.168.12.1 gone.example)"
expect_success "detach eth2" natloopctl detach eth2
expect_equal "detached" "0 1 $SERVER" "$(filters eth2) $(filters) $(answer "$NAME")"
note_programs
detach
expect_nothing_left
expect_equal "after detach" "" "$(answer "$NAME")"

# --- watch follows the file, and keeps what others did
config "$NAME = $SERVER" "old.example = $SERVER"
watch_start names --config "$FILE"
expect_equal "watch attaches names" "$NAME old.example" "$(names | tr ' ' '\n' | sort -r | xargs)"
natloopctl dns add hand.example "$SERVER"
config "$NAME = $CLIENT" "new.example = $SERVER"
expect_line "changes" "dns: $NAME $CLIENT changed, new.example $SERVER added, old.example deleted"
expect_equal "watch keeps names of others" "hand.example new.example $NAME" "$(names)"
remove_program
WAIT_LOG=$WATCH_LOG wait_until 5 "the program that is back" has_program
expect_equal "watch put it back" "$CLIENT" "$(answer "$NAME")"
config
expect_line "no names any more" "dns: .*new.example deleted"
expect_equal "watch leaves those of others" "hand.example" "$(names)"
watch_end

# --- pins are gone
rm -r "${NL_PINS:?}/$NL_INSTANCE"
out=$(attach 2>&1)
expect_match "orphans" "TC filter natloop_dns of preference 1 belongs to no instance" "$out"
ns_exec router tc filter del dev eth1 ingress pref 1
note_programs
detach
expect_nothing_left
