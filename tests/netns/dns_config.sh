#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Names of the configuration file and of commands come together in attach and reload as forwards do;
# what is wrong with a name is told and changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"

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

note_programs
detach
expect_nothing_left
