#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the tests share that kill natloopctl; for them to source behind lib.sh.

# shellcheck disable=SC2034 # results are for the scripts that source this file
where= # what was done last, for messages
KILL_TURNS=${KILL_TURNS:-1}
# Every how many calls: where the kernel is emulated, the verifier takes half a minute of each turn.
KILL_EVERY=${KILL_EVERY:-$((NL_PATIENCE > 1 ? 4 : 1))}
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

# each_kill CHECK VERB...: runs the command again and again, killed before the first, the second ...
# of its system calls that change something, and calls "CHECK N" after each kill, which must leave
# all as it was before the command. KILLS is their number; in the end the command runs through.
each_kill() {
	local check=$1 status n
	shift
	KILLS=0
	for ((n = 1; ; n += KILL_EVERY)); do
		NL_RUN=("$NL_BUILD/tests/netns/killer" "$n")
		status=0
		natloopctl "$@" >"$NL_DIR/killed" 2>&1 || status=$?
		NL_RUN=()
		((status == 137)) || break
		KILLS=$((KILLS + 1))
		"$check" "$n"
	done
	expect_equal "status of '$*', not killed ($(<"$NL_DIR/killed"))" 0 "$status"
	((KILLS > 0)) || fail "'$*' changes nothing"
	((KILL_EVERY == 1)) || say "'$1': killed before one call of $KILL_EVERY only"
}

# status works, or says that nothing is attached or the attach unfinished; each in JSON.
expect_sane_status() {
	local out status=0
	out=$(natloopctl status -j) || status=$?
	case $status in
	0) expect_jq "status after $1" '.instance and .flows.count >= 0' "$out" ;;
	1) expect_jq "status after $1" '.error.what | test("not attached|attach was interrupted")' "$out" ;;
	*) fail "status after $1 ended with status $status: $out" ;;
	esac
}
