#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs tests on other kernels than this machine's: Debian's, under qemu's software emulation. Ends
# with "N passed, N failed". tests/vm has the parts: kernel.sh (where a kernel comes from), boot.sh
# (how a guest is started), devices.sh (which network cards it has), init and guest.sh (what runs in
# it), cross.sh (how it is built for another CPU).

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
export BUILD=${BUILD:-$ROOT/build}

KERNELS=(6.1 6.12)
# The last line of scripts/test.sh.
COUNTS='^[0-9][0-9]* passed, [0-9][0-9]* failed\(, [0-9][0-9]* skipped\)\?$'
# Under emulation everything takes 5 to 20 times as long.
PATIENCE=${VM_PATIENCE:-10}

usage() {
	cat <<-END
		usage: scripts/vm-test.sh [--minutes N] [--results DIR] [KERNEL|all] [TEST...]
		  KERNEL  6.1, 6.12, or that of another CPU: 6.12-arm64 (not in "all")
		  TEST  a suite of scripts/test.sh, such as prog, or one test, such as
		        netns/tcp_bulk.xdp; "full" is all of prog, netns and nic.
		        Without any: those of tests/vm/ci-tests, which CI runs; on arm64 prog.
		  --minutes N    for each kernel, 30
		  --results DIR  keep each guest's log and console there
		Kernels are fetched by apt, and kept in VM_CACHE (~/.cache/natloop-vm). The guests have
		the machine's root, read-only, and no network. For tests of the suite nic they have
		network cards, which are joined by tap devices in a namespace of their own. A guest of
		another CPU has a root of a few packages for it, kept there, too, and no such cards.
	END
}

die() {
	echo "vm-test.sh: $*" >&2
	exit 2
}

# guest_command BUILD TEST...: what the guest runs, for standard output.
guest_command() {
	local build=$1 test suite
	shift
	local -A names=() whole=()
	for test in "$@"; do
		suite=${test%%/*}
		if [[ $test == */* ]]; then
			names[$suite]+=" ${test#*/}"
		else
			whole[$suite]=1
			names[$suite]+=
		fi
	done
	printf 'export BUILD=%q NL_PATIENCE=%q TEST_LIMIT=%d TEST_JOBS=1\n' "$build" "$PATIENCE" \
		$((PATIENCE * 120))
	[[ -z ${KILL_EVERY:-} ]] || printf 'export KILL_EVERY=%q\n' "$KILL_EVERY"
	echo "status=0"
	for suite in "${!names[@]}"; do
		[[ -z ${whole[$suite]:-} ]] || names[$suite]=
		printf '%q --no-build %s%s || status=1\n' "$ROOT/scripts/test.sh" "$suite" \
			"${names[$suite]}"
	done
	# shellcheck disable=SC2016 # for the guest
	echo 'exit $status'
}

# give_devices RESULTS TEST...: what the guest needs for these tests. If this machine has it not, they
# are skipped in the guest.
give_devices() {
	local results=$1
	shift
	: >"$results/load"
	rm -f "$results/cards"
	VM_OPTIONS=() VM_INSIDE=()
	[[ " $*" == *" nic"* && ${#VM_SHARED[@]} == 0 ]] || return 0
	vm_devices "$results" || true
}

# ci_tests SERIES: those that CI runs on that kernel.
ci_tests() {
	awk -v series="$1" '/^[^#]/ && (NF == 1 || $2 == series) { print $1 }' \
		"$ROOT/tests/vm/ci-tests"
}

# make_ready KERNEL: builds for it and finds it. Leaves in GUEST_BUILD where the former is. Status 3 if
# this release of Debian has no such kernel.
make_ready() {
	local series=${1%%-*} arch=amd64
	GUEST_BUILD=$BUILD
	if [[ $1 == *-* ]]; then
		arch=${1#*-}
		GUEST_BUILD=$BUILD/$arch
		cross_build "$arch" "$GUEST_BUILD" all unit-programs prog-programs \
			conformance-programs || return
	fi
	vm_machine "$arch" "$ROOT" "$GUEST_BUILD" || return
	vm_kernel "$series" "$arch"
}

# run_kernel KERNEL [TEST...]: its report, with the kernel before each line.
run_kernel() {
	local kernel=$1 results=$RESULTS/$1 status=0 tests
	shift
	if (($# == 0)); then
		mapfile -t tests < <(ci_tests "$kernel")
		[[ $kernel != *-* ]] || tests=(prog)
		set -- "${tests[@]}"
	fi
	mkdir -p "$results"
	make_ready "$kernel" 2>"$results/kernel" || status=$?
	if ((status == 3)); then
		echo "skip  kernel $kernel: $(<"$results/kernel")"
		echo "0 passed, 0 failed, 1 skipped" >"$results/log"
		return
	elif ((status != 0)); then
		echo "FAIL  kernel $kernel: $(<"$results/kernel")"
		echo "0 passed, 1 failed" >"$results/log"
		return
	fi
	guest_command "$GUEST_BUILD" "$@" >"$results/command"
	give_devices "$results" "$@" 2>&1
	: >"$results/log"
	vm_boot "$results" $((MINUTES * 60)) "${VM_OPTIONS[@]}" 2>"$results/error" &
	# shellcheck disable=SC2064 # this guest
	trap "kill $! 2>/dev/null; exit 143" TERM
	tail -n +1 --pid=$! -s 1 -f "$results/log" &
	wait $! # not in the foreground, which would hold up a signal
	if wait %1; then
		all_ended "$results" && return
		echo "a suite did not come to its end, see above" >"$results/error"
	fi
	echo "FAIL  the guest: $(<"$results/error")"
	echo "0 passed, 1 failed" >>"$results/log"
}

# all_ended RESULTS: has each suite counted its tests? One that broke off has no such line, and would
# be missed by nobody where the other kernel's passed.
all_ended() {
	(($(grep -c "$COUNTS" "$1/log") >= $(grep -c -- ' --no-build ' "$1/command")))
}

leave() {
	local pids
	mapfile -t pids < <(jobs -p)
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
	wait
	[[ -n $KEEP ]] || rm -rf "$RESULTS"
}

# A kernel of which nothing was counted, whatever ended its part of this script, has failed.
count_missing() {
	local series
	for series in "${KERNELS[@]}"; do
		! grep -qs "$COUNTS" "$RESULTS/$series/log" || continue
		echo "[$series] FAIL  the kernel: nothing was counted"
		mkdir -p "$RESULTS/$series"
		echo "0 passed, 1 failed" >>"$RESULTS/$series/log"
	done
}

# Adds up the last lines of all suites in all guests of this run.
report_sum() {
	grep -h "$COUNTS" "${KERNELS[@]/#/$RESULTS/}" --include=log -r | awk '
		{ passed += $1; failed += $3; skipped += $5 }
		END {
			printf "%d passed, %d failed", passed, failed
			if (skipped)
				printf ", %d skipped", skipped
			print ""
			exit failed > 0 || passed == 0
		}'
}

MINUTES=30
KEEP=
while (($#)); do
	case $1 in
	--minutes | --results)
		(($# > 1)) || die "$1 needs a value; see --help"
		if [[ $1 == --minutes ]]; then MINUTES=$2; else KEEP=$2; fi
		[[ $MINUTES =~ ^[1-9][0-9]*$ ]] || die "--minutes: '$MINUTES' is no number of minutes"
		shift 2
		;;
	-h | --help)
		usage
		exit 0
		;;
	-*) die "unknown option $1; see --help" ;;
	*) break ;;
	esac
done
case ${1:-all} in
all) (($# == 0)) || shift ;;
[0-9]*.[0-9]*)
	[[ $1 =~ ^[0-9.]+(-arm64)?$ ]] || die "no such kernel: '$1'; see --help"
	KERNELS=("$1")
	shift
	;;
esac
[[ $* != full ]] || set -- prog netns nic
for test in "$@"; do
	[[ $test =~ ^(unit|prog|netns|conformance|differential|bench|nic)(/.+)?$ ]] ||
		die "no suite of the test '$test'; see --help"
done

parts=(build test vm)
[[ ${KERNELS[0]} != *-* ]] || parts+=(cross)
"$ROOT/scripts/install-deps.sh" "${parts[@]}"
if ! log=$(flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" all test-programs 2>&1); then
	echo "$log" >&2
	die "the build failed, see above"
fi
# shellcheck source-path=SCRIPTDIR source=../tests/vm/boot.sh
. "$ROOT/tests/vm/boot.sh"
# shellcheck source-path=SCRIPTDIR source=../tests/vm/cross.sh
. "$ROOT/tests/vm/cross.sh"
# shellcheck source-path=SCRIPTDIR source=../tests/vm/devices.sh
. "$ROOT/tests/vm/devices.sh"

RESULTS=${KEEP:-$(mktemp -d)}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
for series in "${KERNELS[@]}"; do
	rm -f "$RESULTS/$series/log" # of another run
	run_kernel "$series" "$@" | sed -u "s/^/[$series] /" &
done
wait
count_missing
report_sum
