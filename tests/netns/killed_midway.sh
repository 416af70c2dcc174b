#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl is killed at many points of attach: the next attach repairs what it left, reflection
# works, and detach takes everything away, on a fresh instance and on a running one.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# killed_after MILLISECONDS: attach, and kill -9 it then.
killed_after() {
	natloopctl attach eth1 --public "$PUBLIC" --server "$SERVER" --mode "$MODE" \
		>/dev/null 2>&1 &
	local pid=$! child
	sleep "$(printf '0.%03d' "$1")"
	# natloopctl runs in a subshell: the process is its child, if there still is one.
	child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true)
	# shellcheck disable=SC2086 # one word or none
	if kill -KILL $child 2>/dev/null; then
		kills=$((kills + 1))
	fi
	wait "$pid" 2>/dev/null || true
}

kills=0
topology_make
for ms in {0..200..8}; do
	killed_after "$ms"
	case $((ms / 8 % 3)) in
	0) # attached again at once
		attach
		expect_saw "after a kill at $ms ms" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
		note_programs
		;;
	1) # killed twice, the second time as an update of what may be there
		killed_after "$ms"
		attach
		expect_saw "after kills at $ms ms" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
		note_programs
		;;
	esac
	[[ ! -e $NL_PINS/$NL_INSTANCE ]] || detach
	expect_nothing_left
	expect_equal "clsact after a kill at $ms ms" "" \
		"$(ns_exec router tc qdisc show dev eth1 | grep clsact || true)"
done
((kills >= 5)) || fail "only $kills kills came while natloopctl ran"
