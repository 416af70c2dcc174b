#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which dns del changes something: a name that is
# listed is answered, and the same command again completes what was begun.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

FIRST=first.example.com
SECOND=second.example.com

# del_killed N NAME
del_killed() {
	local status=0
	expect_whole "kill $1 of dns del $2"
	natloopctl dns del "$2" &>"$NL_DIR/del" || status=$?
	((!status)) || expect_match "dns del after kill $1" "is not configured" "$(<"$NL_DIR/del")"
	[[ " $(names) " != *" $2 "* ]] || fail "$2 is listed after kill $1 and dns del"
	[[ -n $(names) ]] || expect_equal "programs after kill $1 and dns del" 0 "$(filters)"
	natloopctl dns add "$2" "$SERVER"
}

killed_one() {
	del_killed "$1" "$SECOND"
}

killed_last() {
	del_killed "$1" "$FIRST"
}

need_tools dig
topology_make
attach
natloopctl dns add "$FIRST" "$SERVER"
natloopctl dns add "$SECOND" "$SERVER"
each_kill killed_one dns del "$SECOND"
echo "one of two: killed before each of $KILLS calls"
each_kill killed_last dns del "$FIRST"
echo "the last: killed before each of $KILLS calls"
expect_equal "programs at the end" 0 "$(filters)"
note_programs
detach
expect_nothing_left
