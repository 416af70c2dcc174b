#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which attach (first, and as an update with other
# options) and detach change something: what is left is no obstacle to any command, the next attach
# makes it work, the next detach takes everything away, and an update that is killed harms no flow.
# KILL_TURNS=3 tries each of three ways to go on at each point, else they take turns.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

KILL_TURNS=${KILL_TURNS:-1}
FRESH=(attach eth1 --public "$PUBLIC" --server "$SERVER" --mode "$MODE" --max-flows 1000)
UPDATE=(attach eth1 --server "$SERVER" --forward "tcp/8443=$SERVER:443" --lan 10.0.0.0/8)

# Nothing of ours on the interface, not even an empty qdisc, and no pin. Without asking for every
# program of the machine, because it is asked often; expect_nothing_left follows once.
expect_clean() {
	[[ ! -e $NL_PINS/$NL_INSTANCE ]] ||
		fail "pins are left after $1: $(ls "$NL_PINS/$NL_INSTANCE")"
	expect_equal "qdisc or program after $1" "" \
		"$(ns_exec router sh -c 'tc qdisc show dev eth1; ip link show eth1' |
			grep -E 'clsact|ingress|xdp' || true)"
}

# detach, if there is something to detach.
detach_rest() {
	local status=0
	natloopctl detach "$@" >"$NL_DIR/detach" 2>&1 || status=$?
	if [[ $status != 0 ]]; then
		expect_match "detach after $where" "is not attached anywhere" "$(<"$NL_DIR/detach")"
	fi
	expect_clean "$where and detach"
}

# expect_works PROTO
expect_works() {
	expect_saw "$1 after $where" "$PUBLIC:[0-9]+" client "$1" "$PUBLIC" 21116
}

killed_fresh() {
	where="kill $1 of the first attach"
	expect_sane_status "$where"
	case $((($1 + turn) % 3)) in
	0) detach_rest --all ;;
	1) # without --max-flows: the table of the one that was killed may be there
		expect_success "attach after $where" natloopctl attach eth1 --public "$PUBLIC" \
			--server "$SERVER" --mode "$MODE"
		expect_works udp
		detach_rest eth1
		;;
	2) # killed again, in the midst of repairing
		NL_RUN=("$NL_BUILD/tests/netns/killer" 5)
		natloopctl "${FRESH[@]}" &>/dev/null && fail "not killed after $where"
		NL_RUN=()
		expect_success "attach after $where and another" natloopctl "${FRESH[@]}"
		expect_works tcp
		detach_rest --all
		;;
	esac
}

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
# In each turn, each point meets another of the three ways to go on.
for ((turn = 0; turn < KILL_TURNS; turn++)); do
	each_kill killed_fresh "${FRESH[@]}"
	first=$KILLS
	note_programs
	detach
	expect_clean "the last detach"
	expect_nothing_left
done

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
echo "$MODE: killed before each of $first (attach), $update (update), $KILLS (detach) calls"
