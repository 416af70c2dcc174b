#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Installs what is missing, builds, runs the tests, and ends with "N passed, N failed".
#
# A unit or prog test program is a cmocka program, and each of its tests counts. A namespace test
# is a script; one whose header has a line "# modes: auto xdp" runs once for each of them. Each case
# of the conformance suite counts, on each of natloop's two hooks.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
export BUILD=${BUILD:-$ROOT/build}
LIMIT=${TEST_LIMIT:-240} # seconds for one program or script
# Most of a namespace test is waiting, so two at once take little more than half the time.
JOBS=${TEST_JOBS:-$(($(nproc) > 1 ? 2 : 1))}
read -ra RUN_UNDER <<<"${TEST_RUN_UNDER:-}"

child=
declare -A job_name=() job_start=() # of the scripts that run, by their process ids
passed=0
failed=0
skipped=0

usage() {
	cat <<-END
		usage: scripts/test.sh [--no-build] [SUITE] [NAME...]
		  unit   pure code, no root
		  prog   the BPF programs by BPF_PROG_RUN, needs root
		  fuzz   each fuzz target for FUZZ_SECONDS (5), needs root
		  netns  real sockets in network namespaces, needs root
		  nic    real drivers, in a guest that scripts/vm-test.sh makes
		  conformance  raw frames against the RFCs, needs root; scripts/conformance.sh has more
		  differential  random trains of packets against nftables, needs root
		  bench  what the programs cost the verifier, and that the benchmark works, needs root;
		         scripts/bench.sh measures
		  all    all of these but nic (default)
		  vm     some of them on other kernels, in virtual machines; scripts/vm-test.sh has more
		  ci     all, and vm
		With NAMEs only these run: test_csum, tcp_bulk, or one mode of a test: tcp_bulk.xdp,
		natloop-tc. One that no test has fails.
		With --no-build nothing is installed or built.
		BULK_MB=N in the environment sets the size of the bulk streams, TEST_LIMIT=S the
		seconds that one test may take, TEST_JOBS=N how many netns tests run at once (2, but 1
		on one CPU), TEST_RUN_UNDER='COMMAND ARGUMENT...' what runs each unit or prog test
		program, such as an emulator.
	END
}

# report RESULT NAME SECONDS
report() {
	printf '%-5s %s (%s s)\n' "$1" "$2" "$3"
}

seconds_since() {
	local now=${EPOCHREALTIME/./} then=${1/./}
	printf '%d.%d' $(((now - then) / 1000000)) $(((now - then) / 100000 % 10))
}

show() {
	sed 's/^/    | /' "$1"
}

declare -A found=() # those of the names given that some test has

# wanted NAME: is it among the names given?
wanted() {
	local name status=1
	((${#names[@]})) || return 0
	for name in "${names[@]}"; do
		[[ $1 == "$name" || ${1%%.*} == "$name" ]] || continue
		found[$name]=1
		status=0
	done
	return "$status"
}

# A test that was renamed must not go unmissed where others are run with it.
fail_unknown() {
	local name
	for name in "${names[@]}"; do
		[[ -z ${found[$name]:-} ]] || continue
		failed=$((failed + 1))
		report FAIL "$suite: no test '$name'" 0
	done
}

# bounded COMMAND...: with the time limit, and so that an interrupt ends it at once.
bounded() {
	local status=0
	timeout -k 10 "$LIMIT" "$@" &
	child=$!
	wait "$child" || status=$?
	child=
	return "$status"
}

leave() {
	local pid
	for pid in $child "${!job_name[@]}"; do
		{ kill "$pid" && wait "$pid"; } 2>/dev/null || true
	done
	rm -f "$log" "$log".*
}

# count_lines WORD: tests of which cmocka said so; its summary repeats some.
count_lines() {
	awk -v word="$1" '
		$0 ~ "^\\[ *" word " *\\]" && !/test\(s\)/ && !seen[$0]++ { n++ }
		END { print n + 0 }' "$log.tests"
}

# run_cmocka SUITE PROGRAM: counts the tests that the program reports. A test that began and was
# neither good nor skipped has failed, so has a program without any test or with a bad status.
run_cmocka() {
	local suite=$1 program=$2 name=${2##*/} start status=0 run ok bad skip result=ok
	wanted "$name" || return 0
	start=$EPOCHREALTIME
	CMOCKA_MESSAGE_OUTPUT=stdout bounded "${RUN_UNDER[@]}" "$program" \
		>"$log.tests" 2>"$log" </dev/null || status=$?
	run=$(count_lines RUN) ok=$(count_lines OK) skip=$(count_lines SKIPPED)
	bad=$((run - ok - skip))
	((bad > 0 || (status == 0 && run > 0))) || bad=1
	if ((status >= 124 || run == 0)); then
		{ tail -n 5 "$log.tests" && echo "$name ended with status $status"; } >>"$log"
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	skipped=$((skipped + skip))
	((bad == 0)) || result=FAIL
	report "$result" "$suite/$name: $ok passed, $bad failed" "$(seconds_since "$start")"
	((bad == 0)) || show "$log"
}

# count_script STATUS NAME START LOG
count_script() {
	local status=$1 name=$2 start=$3 output=$4
	case $status in
	0)
		passed=$((passed + 1))
		report ok "$name" "$(seconds_since "$start")"
		;;
	77)
		skipped=$((skipped + 1))
		report skip "$name" "$(seconds_since "$start")"
		show "$output"
		;;
	*)
		failed=$((failed + 1))
		((status != 124)) || echo "not finished after $LIMIT s" >>"$output"
		report FAIL "$name" "$(seconds_since "$start")"
		show "$output"
		;;
	esac
}

# run_script NAME COMMAND...
run_script() {
	local name=$1 start=$EPOCHREALTIME status=0
	shift
	bounded "$@" >"$log" 2>&1 </dev/null || status=$?
	count_script "$status" "$name" "$start" "$log"
}

# finish_jobs MOST: waits until no more than that many scripts run.
finish_jobs() {
	local pid status
	while ((${#job_name[@]} > $1)); do
		status=0
		wait -n -p pid "${!job_name[@]}" || status=$?
		count_script "$status" "${job_name[$pid]}" "${job_start[$pid]}" "$log.$pid"
		rm -f "$log.$pid"
		unset "job_name[$pid]" "job_start[$pid]"
	done
}

# start_script NAME COMMAND...: returns while it runs; finish_jobs counts it.
start_script() {
	local name=$1 start pid
	shift
	finish_jobs $((JOBS - 1))
	start=$EPOCHREALTIME
	# The process has the number in BASHPID, and exec keeps it.
	(exec timeout -k 10 "$LIMIT" "$@" >"$log.$BASHPID" 2>&1 </dev/null) &
	pid=$!
	job_name[$pid]=$name
	job_start[$pid]=$start
}

# run_scripts SUITE: netns or nic. A guest's cards serve one test at a time.
run_scripts() {
	local script name modes mode run=start_script
	[[ $1 != nic ]] || run=run_script
	for script in "$ROOT/tests/$1"/*.sh; do
		name=${script##*/}
		name=${name%.sh}
		[[ $name != lib && $name != lib_* ]] || continue
		modes=$(sed -n 's/^# modes: //p' "$script")
		for mode in ${modes:-auto}; do
			wanted "$name${modes:+.$mode}" || continue
			MODE=$mode "$run" "$1/$name${modes:+.$mode}" "$script"
		done
	done
	finish_jobs 0
}

# A system whose run ended badly has failed once more.
run_conformance() {
	local system start status ok bad skip result
	for system in natloop-tc natloop-xdp; do
		wanted "$system" || continue
		start=$EPOCHREALTIME status=0 result=ok
		bounded "$ROOT/tests/conformance/run.sh" "$system" \
			>"$log.tests" 2>"$log" </dev/null || status=$?
		ok=$(grep -c '^pass' "$log.tests" || true)
		bad=$(grep -c '^fail' "$log.tests" || true)
		skip=$(grep -c '^n/a' "$log.tests" || true)
		if ((status != 0 || ok + bad == 0)); then
			echo "the suite ended with status $status" >>"$log"
			bad=$((bad + 1))
		fi
		passed=$((passed + ok))
		failed=$((failed + bad))
		skipped=$((skipped + skip))
		grep -v '^pass' "$log.tests" >>"$log" || true
		((bad == 0)) || result=FAIL
		report "$result" "conformance/$system: $ok passed, $bad failed" \
			"$(seconds_since "$start")"
		((bad + skip == 0)) || show "$log"
	done
}

# Longer runs, and what to do about a finding: scripts/fuzz.sh.
run_fuzz() {
	local source name
	for source in "$ROOT"/tests/fuzz/fuzz_*.c; do
		name=${source##*/}
		name=${name%.c}
		wanted "$name" || continue
		run_script "fuzz/$name" "$ROOT/scripts/fuzz.sh" --no-build \
			--seconds "${FUZZ_SECONDS:-5}" "${name#fuzz_}"
	done
}

# The same trains each time, and others each time.
run_differential() {
	local seed=$((EPOCHSECONDS * 1000)) trains="$ROOT/scripts/differential.sh"
	run_cmocka differential "$BUILD/tests/differential/test_compare"
	! wanted known_trains ||
		run_script differential/known_trains "$trains" --trains 300 --seed 1
	! wanted new_trains ||
		run_script "differential/new_trains --seed $seed" "$trains" --trains 100 --seed "$seed"
}

# cost fails when a packet has another outcome than the one that it is to measure. How long anything
# takes is not judged: this machine may be busy.
run_bench() {
	local program
	for program in "$BUILD"/tests/bench/test_*; do
		[[ ! -f $program || ! -x $program ]] || run_cmocka bench "$program"
	done
	! wanted test_report || run_script bench/test_report "$ROOT/tests/bench/test_report.py"
	! wanted test_stack || run_script bench/test_stack "$ROOT/tests/bench/test_stack.py"
	! wanted cost || run_script bench/cost "$BUILD/tests/bench/cost" --quick --most 100000
}

# Its lines are shown as they come, but for the last, which is added to ours. No pipe leads from it:
# what is killed is the script, which ends its guests.
run_vm() {
	local ok="" bad="" skip="" shown
	: >"$log.tests"
	"$ROOT/scripts/vm-test.sh" >"$log.tests" 2>&1 </dev/null &
	child=$!
	tail -n +1 -s 1 --pid="$child" -f "$log.tests" | sed -u '$d' &
	shown=$!
	wait "$child" || true # it counts what failed
	child=
	wait "$shown" || true
	read -r ok _ bad _ skip _ < <(tail -n 1 "$log.tests" | tr -d ,) || true
	if [[ ! $ok$bad =~ ^[0-9]+$ ]]; then
		tail -n 1 "$log.tests"
		report FAIL "vm: scripts/vm-test.sh did not come to its end" 0
		ok=0 bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	skipped=$((skipped + ${skip:-0}))
}

run_suite() {
	local program
	case $1 in
	netns | nic)
		run_scripts "$1"
		return
		;;
	vm | fuzz | conformance | differential | bench)
		"run_$1"
		return
		;;
	esac
	for program in "$BUILD/tests/$1"/test_*; do
		[[ ! -f $program || ! -x $program ]] || run_cmocka "$1" "$program"
	done
}

build=1
[[ ${1:-} != --no-build ]] || { build= && shift; }
suite=${1:-all}
(($# == 0)) || shift
names=("$@")
case $suite in
unit | prog | fuzz | netns | nic | conformance | differential | bench | vm) suites=("$suite") ;;
all) suites=(unit prog fuzz netns conformance differential bench) ;;
ci) suites=(unit prog fuzz netns conformance differential bench vm) ;;
-h | --help)
	usage
	exit 0
	;;
*)
	echo "test.sh: no suite '$suite'; see --help" >&2
	exit 2
	;;
esac
if [[ $suite == vm ]] && ((${#names[@]})); then
	echo "test.sh: vm takes no names; scripts/vm-test.sh does" >&2
	exit 2
fi
if [[ $suite != unit ]] && ((EUID != 0)); then
	echo "test.sh: all but the unit tests need root: run 'sudo scripts/test.sh $suite'" >&2
	exit 1
fi

[[ -z $build ]] || "$ROOT/scripts/install-deps.sh" build test
BPFTOOL=$("$ROOT/scripts/find-bpftool.sh")
export BPFTOOL
log=$(mktemp)
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
if [[ -n $build ]] &&
	! flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" all test-programs >"$log" 2>&1; then
	cat "$log" >&2
	echo "test.sh: the build failed, see above" >&2
	exit 1
fi

for name in "${suites[@]}"; do
	run_suite "$name"
done
fail_unknown
summary="$passed passed, $failed failed"
((skipped == 0)) || summary+=", $skipped skipped"
echo "$summary"
((failed == 0 && passed > 0))
