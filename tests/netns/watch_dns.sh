#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# watch follows the names of the file, keeps those of others, and puts natloop_dns back; programs
# whose pins are gone are told of.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

need_tools dig
topology_make
FILE=$NL_DIR/natloop.conf
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
