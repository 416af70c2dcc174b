#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which attach as an update, with other options, and
# detach change something: an update that is killed harms no flow, and what either leaves the next
# attach or detach puts right. KILL_TURNS=3 tries each of three ways to go on after detach.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

killed_update() {
	where="kill $1 of an update"
	expect_sane_status "$where"
	talk_say live "after $where"
	talk_say liveudp "after $where"
	expect_works udp
	if (($1 % 2)); then
		expect_success "attach after $where" natloopctl "${UPDATE[@]}"
		expect_jq "forwards after $where" '.forwards | length == 3' "$(natloopctl status -j)"
	fi
	expect_success "back again" natloopctl "${FRESH[@]}"
	expect_jq "forwards" '.forwards | length == 2' "$(natloopctl status -j)"
	talk_say live "after all"
}

killed_detach() {
	where="kill $1 of detach"
	expect_sane_status "$where"
	case $((($1 + turn) % 3)) in
	0) detach_rest --all ;;
	1) detach_rest eth1 ;;
	esac
	expect_success "attach after $where" natloopctl "${FRESH[@]}"
	expect_works tcp
}

topology_make
natloopctl "${FRESH[@]}"
talk_open live client tcp 42424 "$PUBLIC" 21116
talk_open liveudp client udp 42424 "$PUBLIC" 21116
each_kill killed_update "${UPDATE[@]}"
update=$KILLS
talk_say live "to the end"
talk_say liveudp "to the end"
expect_equal "the UDP source to the end" "$PUBLIC:42424" "${SAW[liveudp]}"
talk_close live
talk_close liveudp

for ((turn = 0; turn < KILL_TURNS; turn++)); do
	each_kill killed_detach detach eth1
	expect_clean "the last detach"
	natloopctl "${FRESH[@]}"
done
note_programs
detach
expect_nothing_left
echo "$MODE: killed before each of $update (update), $KILLS (detach) calls"
