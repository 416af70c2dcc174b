#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the measuring scripts share: options, whose turn it is, and records (tests/bench/README.md).
# A script sources this file, or one of the two that make networks: lib_hosts.sh, lib_wires.sh.

# shellcheck disable=SC2034 # results are for the scripts that source this file
# shellcheck source-path=SCRIPTDIR source=../wire/lab.sh
. "${BASH_SOURCE[0]%/*}/../wire/lab.sh"

# bench_options ARGUMENT...: sets rounds, seconds, only and SYSTEMS, as far as they are given. An
# option that is not in the script's line of usage is refused.
bench_options() {
	local number='^[0-9]+([.][0-9]+)?$' known
	known=$(sed -n 's/^# usage: //p' "$0")
	while [[ ${1:-} == --* ]]; do
		[[ $known == *"[$1 "* ]] || fail "$1 is not understood; usage: $known"
		[[ $1 == --only && -n ${2:-} || $1 == --seconds && ${2:-} =~ $number ||
			$1 == --rounds && ${2:-} =~ ^[1-9][0-9]*$ ]] ||
			fail "usage: $known"
		printf -v "${1#--}" %s "$2"
		shift 2
	done
	((!$#)) || SYSTEMS=("$@")
}

# bench_expect_match VARIANT...: does --only mean at least one of them?
bench_expect_match() {
	local variant
	for variant in "$@"; do
		[[ ! $variant =~ ${only:-} ]] || return 0
	done
	printf -v variant '"%s", ' "$@"
	fail "--only '$only': no variant matches; there are ${variant%, }"
}

# The first and the last CPU that may be used.
bench_cpus() {
	awk '/^Cpus_allowed_list/ {
		n = split($2, cpu, /[-,]/); print cpu[1], cpu[n] }' /proc/self/status
}

# bench_turns ROUND SYSTEM...: the order of this round. Another one begins each time, so that none
# always comes after the same pause or the same other one's heat.
bench_turns() {
	local first=$((($1 - 1) % ($# - 1)))
	shift
	echo "${@:first+1}" "${@:1:first}"
}

# bench_record MEASURE VARIANT SYSTEM ROUND VALUE UNIT [NOTE]
bench_record() {
	jq -nc --arg m "$1" --arg v "$2" --arg s "$3" --argjson r "$4" --argjson x "$5" --arg u "$6" \
		--arg n "${7:-}" '{measure: $m, variant: $v, system: $s, round: $r, value: $x, unit: $u}
		+ if $n == "" then {} else {note: $n} end'
}

# bench_skip MEASURE VARIANT SYSTEM REASON
bench_skip() {
	say "$1: $2: $3: skipped: $4"
	jq -nc --arg m "$1" --arg v "$2" --arg s "$3" --arg why "$4" \
		'{measure: $m, variant: $v, system: $s, skipped: $why}'
}
