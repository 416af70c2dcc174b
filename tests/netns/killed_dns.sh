#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which dns add changes something: a name that is
# listed is answered, and the same command again completes what was begun.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

FIRST=first.example.com
SECOND=second.example.com

# add_killed N NAME
add_killed() {
	expect_whole "kill $1 of dns add $2"
	expect_success "dns add again" natloopctl dns add "$2" "$SERVER"
	expect_equal "$2 after kill $1 and dns add" "$SERVER" "$(answer "$2")"
	expect_equal "programs after kill $1 and dns add" 1 "$(filters)"
	natloopctl dns del "$2"
}

killed_first() {
	add_killed "$1" "$FIRST"
	expect_equal "programs without a name" 0 "$(filters)"
}

killed_second() {
	add_killed "$1" "$SECOND"
	expect_equal "the first name after kill $1" "$SERVER" "$(answer "$FIRST")"
}

need_tools dig
topology_make
attach
each_kill killed_first dns add "$FIRST" "$SERVER"
echo "the first name: killed before each of $KILLS calls"
each_kill killed_second dns add "$SECOND" "$SERVER"
echo "the second name: killed before each of $KILLS calls"
natloopctl dns del "$SECOND"
natloopctl dns del "$FIRST"
expect_equal "programs at the end" 0 "$(filters)"
note_programs
detach
expect_nothing_left
