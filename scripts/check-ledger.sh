#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Is tests/conformance/RFC.md complete, and do the tests that it names exist? With --counts it prints
# the line of counts that belongs at its end.

set -euo pipefail
export LC_ALL=C
cd "$(dirname "$(readlink -f "$0")")/.."

LEDGER=tests/conformance/RFC.md
declare -A count=([met]=0 [in part]=0 [not met]=0 [kernel]=0 [n/a]=0)
declare -A seen
bad=0

complain() {
	echo "$LEDGER: $*"
	bad=1
}

# test_exists REFERENCE
test_exists() {
	local layer file name
	IFS=/ read -r layer file name <<<"$1"
	case $layer in
	prog)
		grep -qsE "PROG_TEST_(BOTH|TC|XDP)\($name\)" "tests/prog/$file.c"
		;;
	unit)
		grep -qs "cmocka_unit_test($name)" "tests/unit/$file.c"
		;;
	netns)
		[[ -z $name && -f tests/netns/$file.sh ]]
		;;
	conformance)
		[[ -z $name ]] && grep -qs "{ \"$file\"," tests/conformance/*.c
		;;
	*)
		return 1
		;;
	esac
}

# check_row ID VERDICT REASON TESTS
check_row() {
	local id=$1 verdict=$2 reason=$3 tests=$4 reference
	[[ ! -v seen[$id] ]] || complain "$id is there twice"
	seen[$id]=1
	if [[ ! -v count[$verdict] ]]; then
		complain "$id: '$verdict' is no verdict"
		return
	fi
	count[$verdict]=$((count[$verdict] + 1))
	[[ -n $reason ]] || complain "$id: '$verdict' without a reason"
	[[ $verdict == n/a || -n $tests ]] || complain "$id: '$verdict' without a test"
	for reference in ${tests//[\`,]/ }; do
		test_exists "$reference" || complain "$id: there is no test $reference"
	done
}

trim() {
	local text=$1
	text=${text#"${text%%[![:space:]]*}"}
	printf '%s' "${text%"${text##*[![:space:]]}"}"
}

while IFS='|' read -r _ id _ verdict reason tests _; do
	id=$(trim "$id")
	[[ $id =~ ^[0-9]+(\ [Rs][0-9.]+[a-z]?)?(\\\*)?$ ]] || continue
	# The line of counts looks alike.
	[[ -n ${tests:-} && ! $(trim "$verdict") =~ ^[0-9]+$ ]] || continue
	check_row "${id%\\\*}" "$(trim "$verdict")" "$(trim "$reason")" "$(trim "$tests")"
done <"$LEDGER"

# Every numbered requirement: RFC, how many it has.
while read -r rfc last; do
	for ((i = 1; i <= last; i++)); do
		[[ -v seen["$rfc R$i"] ]] || complain "requirement $i of RFC $rfc is missing"
	done
done <<-END
	4787 14
	5382 10
	5508 11
	6888 15
END
for section in 2 2.1a 2.1b 2.2 3 4 5 6 7 7.1 8 9 10 11 12; do
	[[ -v seen["7857 s$section"] ]] || complain "section $section of RFC 7857 is missing"
done

counts="| ${count[met]} | ${count[in part]} | ${count[not met]} | ${count[kernel]} | ${count[n/a]} |"
if [[ ${1:-} == --counts ]]; then
	echo "$counts"
elif ! grep -qxF "$counts" "$LEDGER"; then
	complain "the counts should be: $counts"
fi
exit "$bad"
