#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed before each system call by which the first attach changes something: what is
# left is no obstacle to any command, the next attach makes it work, the next detach takes everything
# away. KILL_TURNS=3 tries each of three ways to go on at each point, else they take turns.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

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

topology_make
for ((turn = 0; turn < KILL_TURNS; turn++)); do
	each_kill killed_fresh "${FRESH[@]}"
	note_programs
	detach
	expect_clean "the last detach"
	expect_nothing_left
done
echo "$MODE: killed before each of $KILLS calls of the first attach"
