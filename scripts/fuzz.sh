#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Installs what is missing, builds the fuzz targets, runs each for a while from the corpus in the
# tree, and ends with "N passed, N failed". What a target found is left in build/fuzz/found/, with
# the command that repeats it.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
export BUILD
CORPUS=$ROOT/tests/fuzz/corpus
FOUND=$BUILD/fuzz/found
SCRATCH=$BUILD/fuzz/corpus

# A large quarantine costs page faults: most of the time of a target that allocates.
export ASAN_OPTIONS=${ASAN_OPTIONS:-quarantine_size_mb=4:max_malloc_fill_size=64}

seconds=30
build=true
child=
passed=0
failed=0
skipped=0

all_targets() {
	local source name
	for source in "$ROOT"/tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		echo "${name%.c}"
	done
}

usage() {
	cat <<-END
		usage: scripts/fuzz.sh [--seconds N] [--no-build] [TARGET...]
		  --seconds N   run each target so long (default 30)
		  --no-build    the targets have been built
		TARGETs: $(all_targets | xargs)
		The target programs runs frames through the BPF programs and needs root.
	END
}

leave() {
	[[ -z $child ]] || { kill "$child" && wait "$child"; } 2>/dev/null || true
	rm -f "$log"
}

# Runs a target so that an interrupt ends it at once; its output goes to the log.
run() {
	local status=0
	"$@" >"$log" 2>&1 </dev/null &
	child=$!
	wait "$child" || status=$?
	child=
	return "$status"
}

# run_libfuzzer TARGET: what is found is kept as FOUND/TARGET-KIND-HASH. Randomised addresses of
# 32 bits are more than AddressSanitizer of older compilers can bear, so they are switched off.
run_libfuzzer() {
	local dictionary=$ROOT/tests/fuzz/dictionary/$1 options=()
	[[ ! -f $dictionary ]] || options+=(-dict="$dictionary")
	mkdir -p "$SCRATCH/$1"
	run setarch -R "$BUILD/fuzz/fuzz_$1" -max_total_time="$seconds" -max_len=1024 -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$FOUND/$1-" \
		"${options[@]}" "$SCRATCH/$1" "$CORPUS/$1"
}

run_programs() {
	run "$BUILD/fuzz/fuzz_programs" --seconds "$seconds" --corpus "$CORPUS/programs" \
		--found "$FOUND"
}

# How many inputs were tried, from either kind of log.
executions() {
	sed -n -e 's/^stat::number_of_executed_units: *//p' -e 's/^\([0-9]*\) executions in .*/\1/p' \
		"$log"
}

# how_to_repeat TARGET
how_to_repeat() {
	local file
	file=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	[[ -n $file ]] || return 0 # fuzz_programs says it itself
	echo "repeat with: setarch -R $BUILD/fuzz/fuzz_$1 $file"
	echo "and keep it, once mended: cp $file $CORPUS/$1/"
}

run_target() {
	local target=$1 start=$EPOCHREALTIME took count status=0
	if [[ $target == programs ]] && ((EUID != 0)); then
		skipped=$((skipped + 1))
		echo "skip  $target: needs root"
		return
	fi
	if [[ $target == programs ]]; then
		run_programs || status=$?
	else
		run_libfuzzer "$target" || status=$?
	fi
	took=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
	if ((status == 0)); then
		passed=$((passed + 1))
		count=$(executions)
		echo "ok    $target: ${count:-0} executions in $((took / 1000)) s," \
			"$((${count:-0} * 1000 / took)) a second"
		return
	fi
	failed=$((failed + 1))
	echo "FAIL  $target: status $status after $((took / 1000)) s"
	{
		grep -v '^#' "$log" | tail -n 60 || true # none if it died early
		how_to_repeat "$target"
	} | sed 's/^/    | /'
}

targets=()
while (($#)); do
	case $1 in
	--seconds)
		[[ ${2:-} =~ ^[1-9][0-9]*$ ]] || {
			usage >&2
			exit 2
		}
		seconds=$2
		shift
		;;
	--no-build) build=false ;;
	-h | --help)
		usage
		exit 0
		;;
	*)
		grep -qxF -- "$1" <<<"$(all_targets)" || {
			usage >&2
			exit 2
		}
		targets+=("$1")
		;;
	esac
	shift
done
((${#targets[@]})) || mapfile -t targets < <(all_targets)

log=$(mktemp)
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
if $build; then
	"$ROOT/scripts/install-deps.sh" build test
	BPFTOOL=$("$ROOT/scripts/find-bpftool.sh")
	export BPFTOOL
	if ! flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" fuzz-programs >"$log" 2>&1; then
		cat "$log" >&2
		echo "fuzz.sh: the build failed, see above" >&2
		exit 1
	fi
fi
mkdir -p "$FOUND"
for target in "${targets[@]}"; do
	run_target "$target"
done
summary="$passed passed, $failed failed"
((skipped == 0)) || summary+=", $skipped skipped"
echo "$summary"
((failed == 0 && passed > 0))
