#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs that others remove are put back by natloopctl watch, with one line for each, and less and
# less often when it happens again and again; what 'natloopctl detach' took away stays away.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

AGAIN='^natloopctl: eth1: attached again: its program was gone, ifindex [0-9]+$'

removed() {
	grep -q 'has removed its program' <<<"$(natloopctl status)"
}

remove() {
	if [[ $MODE == xdp ]]; then
		ns_exec router ip link set eth1 xdp off
	else
		ns_exec router tc qdisc del dev eth1 clsact
	fi
}

lines_again() {
	(($(grep -Ec "$AGAIN" "$WATCH_LOG") >= $1))
}

topology_make
switch_add dmz
router_port eth4 192.168.12.1 dmz to-router
watch_start one eth1 eth4 --server "$SERVER" --mode "$MODE"
# All that its own attach told of is no reason.
sleep 1.5
expect_equal "lines at rest" "" "$(watch_lines)"
remove
expect_line "removed" "$AGAIN" 3
expect_saw "put back" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
! removed || fail "status says that it is removed still"
if [[ $MODE == xdp ]]; then
	ns_exec router tc qdisc del dev eth1 clsact
	WAIT_LOG=$WATCH_LOG wait_until 5 "TC behind XDP" lines_again 2
	! removed || fail "status says that it is removed still"
fi

# Again and again: at most after 1, 2, 4 s.
for ((i = 0; i < 16; i++)); do
	remove 2>/dev/null || true
	sleep 0.25
done
count=$(grep -Ec "$AGAIN" "$WATCH_LOG")
((count <= 4)) || fail "put back $count times in 4 s: $(<"$WATCH_LOG")"
WAIT_LOG=$WATCH_LOG wait_until 15 "put back in the end" eval '! removed'

# By hand: it stays so.
expect_success "detach" natloopctl detach eth4
ns_exec router tc qdisc add dev eth4 clsact
ns_exec router tc qdisc del dev eth4 clsact
sleep 1.5
expect_jq "it stays detached" '[.interfaces[].name] == ["eth1"]' "$(natloopctl status -j)"
watch_end
note_programs
detach
expect_nothing_left
