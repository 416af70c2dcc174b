#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Of several natloopctl at once one works and the others wait, and say for whom when that takes
# longer than three seconds; a crowd of mixed commands ends with what all of them together asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

CROWD=8

# waiting_said FILE: one line, that names the holder of the lock.
waiting_said() {
	grep -q "^natloopctl: $NL_PINS: locked by process $holder (flock .*); waiting" "$1"
}

# Somebody holds the lock until we close the pipe. It is the lock of all instances on the machine.
one_waits() {
	local holder waiter quiet hold
	mkfifo "$NL_DIR/hold"
	flock "$NL_PINS" sh -c "echo held >'$NL_DIR/held'; cat '$NL_DIR/hold'" &
	holder=$!
	exec {hold}>"$NL_DIR/hold"
	wait_until 20 "the lock" test -s "$NL_DIR/held"
	natloopctl status >"$NL_DIR/waiter" 2>"$NL_DIR/waiter.err" {hold}>&- &
	waiter=$!
	natloopctl status -j >"$NL_DIR/quiet" 2>"$NL_DIR/quiet.err" {hold}>&- &
	quiet=$!
	sleep 2
	expect_equal "standard error after two seconds" "" "$(<"$NL_DIR/waiter.err")"
	WAIT_LOG=$NL_DIR/waiter.err wait_until 10 "who is waited for" \
		waiting_said "$NL_DIR/waiter.err"
	expect_equal "answer while the lock is held" "" "$(<"$NL_DIR/waiter")"
	exec {hold}>&-
	wait "$holder"
	wait "$waiter" || fail "the waiting one ended with status $?"
	wait "$quiet" || fail "the waiting one with -j ended with status $?"
	expect_match "answer after waiting" "instance +$NL_INSTANCE" "$(<"$NL_DIR/waiter")"
	expect_equal "lines on standard error" 1 "$(grep -c '' "$NL_DIR/waiter.err")"
	expect_equal "standard error with -j" "" "$(<"$NL_DIR/quiet.err")"
}

# crowd NAME FUNCTION: calls "FUNCTION I" for many I at once.
crowd() {
	local i pids=()
	for ((i = 0; i < CROWD; i++)); do
		"$2" "$i" >"$NL_DIR/crowd.$i" 2>&1 &
		pids[i]=$!
	done
	for ((i = 0; i < CROWD; i++)); do
		wait "${pids[i]}" || fail "$1 $i: status $?: $(<"$NL_DIR/crowd.$i")"
	done
}

# Adds, reads, and updates that must not undo each other.
changes() {
	natloopctl forward add "tcp/$((9000 + $1))=$SERVER"
	natloopctl public add "10.99.0.$((1 + $1))"
	natloopctl status -j | jq -e .instance
	natloopctl attach eth1 --client-flows "$((100 + $1))"
	natloopctl flow list -j | jq -e 'type == "array"'
	natloopctl forward add "udp/$((9000 + $1))=$SERVER"
	natloopctl flow flush "server=$SERVER:$((9000 + $1))"
	natloopctl forward del "tcp/$((9000 + $1))=$SERVER"
}

# may_fail REGEX VERB...: success, or a problem that says so.
may_fail() {
	local regex=$1 out
	shift
	out=$(natloopctl "$@" 2>&1) || expect_match "'$*'" "$regex" "$out"
}

comes_and_goes() {
	local gone='is not attached'
	if (($1 % 2)); then
		attach
		may_fail "$gone" detach --all
	else
		may_fail "$gone" detach eth1
		may_fail "$gone" forward add "tcp/$((9000 + $1))=$SERVER"
		attach
	fi
	may_fail "$gone" status
	may_fail "$gone" flow flush
}

topology_make
attach
one_waits

talk_open live client tcp 0 "$PUBLIC" 21116
crowd change changes
status=$(natloopctl status -j)
expect_jq "forwards" "[.forwards[] | select(startswith(\"udp/90\"))] | length == $CROWD" "$status"
expect_jq "forwards that were deleted" '[.forwards[] | select(startswith("tcp/90"))] == []' "$status"
expect_jq "public addresses" ".public | length == 1 + $CROWD" "$status"
talk_say live "through it all"
talk_close live

crowd "attach and detach" comes_and_goes
attach
expect_saw "after the crowd" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
note_programs
detach
expect_nothing_left
