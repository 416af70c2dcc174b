#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which attach as an update, with other options, and
# detach change something: an update that is killed harms no flow, and what either leaves the next
# attach or detach puts right; the same detach of several interfaces, too. KILL_TURNS=3 tries each of
# three ways to go on after detach.
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

# expect_lans WHAT REGEX
expect_lans() {
	expect_match "LANs $1" "^$2\$" \
		"$(natloopctl status | (grep -oE '10\.0\.[23]\.0/24' || true) | tr '\n' ' ')"
}

# Of three interfaces two are detached; the same again, or the first one alone, completes it.
killed_detach_two() {
	local status=0
	where="kill $1 of detach eth2 eth3"
	expect_sane_status "$where"
	if (($1 % 2)); then
		natloopctl detach eth2 eth3 &>"$NL_DIR/detach" || status=$?
		# The last kill comes when all is done, and then there is nothing to detach.
		((status == 0)) || expect_match "detach after $where" "eth2: is not attached" \
			"$(<"$NL_DIR/detach")"
		expect_lans "after $where" ''
	else
		natloopctl detach eth2 &>"$NL_DIR/detach" || status=$?
		((status == 0)) || expect_match "detach of one after $where" \
			"eth2: is not attached" "$(<"$NL_DIR/detach")"
		expect_lans "after $where and detach eth2" '(10\.0\.3\.0/24 )?'
	fi
	expect_works udp
	attach_three
}

attach_three() {
	expect_success "attach of three" natloopctl attach eth1 eth2 eth3
	expect_lans "of three" '10\.0\.2\.0/24 10\.0\.3\.0/24 '
}

topology_make
switch_add switch2
router_port eth2 10.0.2.1 switch2 to-router2
router_port eth3 10.0.3.1 switch2 to-router3
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
update_detach=$KILLS
attach_three
each_kill killed_detach_two detach eth2 eth3
expect_lans "after detach eth2 eth3" ''
note_programs
detach
expect_nothing_left
echo "$MODE: killed before each of $update (update), $update_detach (detach)," \
	"$KILLS (detach of two) calls"
