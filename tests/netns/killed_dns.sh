#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which dns add and dns del change something: a name
# is answered or not, never by halves, and the same command again completes what was begun.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

FIRST=first.example.com
SECOND=second.example.com
declare -A points

answer() {
	ns_exec client dig +tries=1 +timeout=1 +short "@$ROUTER" "$1" 2>/dev/null | grep -v '^;' || true
}

listed() {
	natloopctl dns list -j | jq -r '[.names[].name] | sort | join(" ")'
}

# A name that is listed is answered. dig takes a second to find that one is not.
expect_whole() {
	local name
	expect_sane_status "$1"
	for name in $(listed); do
		expect_equal "$name after $1" "$SERVER" "$(answer "$name")"
	done
}

filters() {
	ns_exec router tc filter show dev eth1 ingress | grep -c natloop_dns || true
}

# add_killed N NAME
add_killed() {
	expect_whole "kill $1 of dns add $2"
	expect_success "dns add again" natloopctl dns add "$2" "$SERVER"
	expect_equal "$2 after kill $1 and dns add" "$SERVER" "$(answer "$2")"
	expect_equal "programs after kill $1 and dns add" 1 "$(filters)"
	natloopctl dns del "$2"
}

# del_killed N NAME
del_killed() {
	local status=0
	expect_whole "kill $1 of dns del $2"
	natloopctl dns del "$2" &>"$NL_DIR/del" || status=$?
	((!status)) || expect_match "dns del after kill $1" "is not configured" "$(<"$NL_DIR/del")"
	[[ " $(listed) " != *" $2 "* ]] || fail "$2 is listed after kill $1 and dns del"
	[[ -n $(listed) ]] || expect_equal "programs after kill $1 and dns del" 0 "$(filters)"
	natloopctl dns add "$2" "$SERVER"
}

killed_first_add() {
	add_killed "$1" "$FIRST"
	expect_equal "programs without a name" 0 "$(filters)"
}

killed_second_add() {
	add_killed "$1" "$SECOND"
	expect_equal "the first name after kill $1" "$SERVER" "$(answer "$FIRST")"
}

killed_del() {
	del_killed "$1" "$SECOND"
}

killed_last_del() {
	del_killed "$1" "$FIRST"
}

# each KILL-FUNCTION VERB...
each() {
	each_kill "$@"
	points[${1#killed_}]=$KILLS
}

need_tools dig
topology_make
attach
each killed_first_add dns add "$FIRST" "$SERVER"
each killed_second_add dns add "$SECOND" "$SERVER"
each killed_del dns del "$SECOND"
each killed_last_del dns del "$FIRST"
for name in "${!points[@]}"; do
	echo "$name: killed before each of ${points[$name]} calls"
done
expect_equal "programs at the end" 0 "$(filters)"
note_programs
detach
expect_nothing_left
