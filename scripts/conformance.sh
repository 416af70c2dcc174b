#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Asks a NAT loopback, from outside and by raw frames, whether it does what the RFCs want, and prints
# a table of what was seen.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
export BUILD=${BUILD:-$ROOT/build}
LIMIT=120 # seconds for one system
ADAPTORS=${WIRE_ADAPTORS:-$ROOT/tests/conformance/adaptors}
SYSTEMS=(nft nft-flowtable iptables natloop-tc natloop-xdp)

usage() {
	cat <<-END
		usage: scripts/conformance.sh [-v] SYSTEM|all [CASE...]
		  SYSTEM has an adaptor of its name: ${SYSTEMS[*]}
		  all    each of these; only natloop's failures count
		  -v     say what was seen in each case, not only in those that did not pass
		A CASE is a name from the table, or the first word of some: icmp, fragments.
		Another router needs two shell functions in a file SYSTEM.sh in tests/conformance/adaptors,
		or in the directory that WIRE_ADAPTORS names: system_start and system_stop.
		Needs root. "4787 R9a" in the table is requirement 9 a) of RFC 4787; s is a section.
	END
}

verbose=
while (($#)); do
	case $1 in
	-v) verbose=1 ;;
	-h | --help)
		usage
		exit 0
		;;
	*) break ;;
	esac
	shift
done
if (($# == 0)) || [[ $1 != all && ! -e $ADAPTORS/$1.sh ]]; then
	usage >&2
	exit 2
fi
systems=("$1")
[[ $1 != all ]] || systems=("${SYSTEMS[@]}")
shift
if ((EUID != 0)); then
	echo "conformance.sh: network namespaces need root: run 'sudo scripts/conformance.sh'" >&2
	exit 1
fi

# counts SYSTEM: do its failures make this script fail? Those of others are there to compare with.
counts() {
	((${#systems[@]} == 1)) || [[ $1 == natloop-* ]]
}

leave() {
	[[ -z $child ]] || { kill "$child" && wait "$child"; } 2>/dev/null || true
	rm -rf "$dir"
}

# run_system SYSTEM [CASE...]: the results go to a file of its name. Ctrl-C ends it at once. A system
# that this machine cannot run has none.
run_system() {
	local status=0
	timeout -k 10 "$LIMIT" "$ROOT/tests/conformance/run.sh" "$@" \
		>"$dir/$1" 2>"$dir/$1.err" </dev/null &
	child=$!
	wait "$child" || status=$?
	child=
	case $status in
	0)
		ran+=("$1")
		return
		;;
	77)
		echo "conformance.sh: $1: $(<"$dir/$1.err")" >&2
		skipped=$((skipped + 1))
		return
		;;
	esac
	ran+=("$1")
	echo "conformance.sh: $1: the suite ended with status $status: $(<"$dir/$1.err")" >&2
	! counts "$1" || broken=$((broken + 1))
}

# The results of all systems, side by side.
table() {
	local system files=()
	for system in "${ran[@]}"; do
		files+=("$dir/$system")
	done
	awk -F '\t' -v OFS='\t' '
		FNR == 1 { column = FILENAME; sub(/.*\//, "", column); head = head OFS column; n++ }
		!($2 in rfc) { name[++rows] = $2; rfc[$2] = $3 }
		{ verdict[$2, n] = $1 }
		END {
			print "case", "RFC" head
			for (i = 1; i <= rows; i++) {
				line = name[i] OFS rfc[name[i]]
				for (j = 1; j <= n; j++)
					line = line OFS ((name[i], j) in verdict ? \
						verdict[name[i], j] : "-")
				print line
			}
		}' "${files[@]}" | column -t -s $'\t'
}

# What was seen, under the table.
sentences() {
	local system
	for system in "${ran[@]}"; do
		awk -F '\t' -v column="$system" -v verbose="$verbose" '
			verbose || $1 != "pass" { print column ": " $2 ": " $1 ": " $4 }' "$dir/$system"
	done
}

# count VERDICT: in the columns that count.
count() {
	local system sum=0 n
	for system in "${ran[@]}"; do
		counts "$system" || continue
		n=$(awk -F '\t' -v verdict="$1" '$1 == verdict { n++ } END { print n + 0 }' \
			"$dir/$system")
		sum=$((sum + n))
	done
	echo "$sum"
}

"$ROOT/scripts/install-deps.sh" build test
BPFTOOL=$("$ROOT/scripts/find-bpftool.sh")
export BPFTOOL
child=
broken=0
skipped=0
ran=() # those of the systems that have results
dir=$(mktemp -d)
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
if ! flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" conformance-programs \
	>"$dir/build" 2>&1; then
	cat "$dir/build" >&2
	echo "conformance.sh: the build failed, see above" >&2
	exit 1
fi

for system in "${systems[@]}"; do
	run_system "$system" "$@"
done
if ((${#ran[@]})); then
	table
	echo
	sentences
fi
passed=$(count pass)
failed=$(($(count fail) + broken))
echo "$passed passed, $failed failed, $(($(count n/a) + skipped)) skipped"
((passed + failed > 0)) || exit 77
((failed == 0 && passed > 0))
