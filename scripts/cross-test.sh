#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds natloopctl and the unit tests for other CPUs, from Debian's packages for them, and runs the
# tests under qemu's user emulation. Ends with "N passed, N failed". tests/vm/cross.sh has the
# building, tests/vm/sysroot.sh says where libraries and headers come from.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
BUILD=${BUILD:-$ROOT/build}

usage() {
	cat <<-END
		usage: scripts/cross-test.sh [arm64|armhf|s390x|all] [TEST...]
		  TEST  a unit test, such as test_csum; without any: all of them
		arm64 is 64 bits, armhf 32 bits, s390x big-endian: the programs are built for
		big-endian CPUs then, too, but natloopctl has them for little-endian ones, and is not
		of use there.
		Built in build/ARCH. Libraries are fetched by mmdebstrap, and kept in VM_CACHE
		(~/.cache/natloop-vm).
	END
}

die() {
	echo "cross-test.sh: $*" >&2
	exit 2
}

# run_target ARCH [TEST...]: a build that failed has failed once.
run_target() {
	local arch=$1 wanted=(all unit-programs)
	shift
	[[ $arch != s390x ]] || wanted+=(bpfeb)
	if ! cross_build "$arch" "$BUILD/$arch" "${wanted[@]}"; then
		echo "FAIL  the build, see above"
		echo "0 passed, 1 failed"
		return
	fi
	BUILD=$BUILD/$arch TEST_RUN_UNDER="$CROSS_QEMU -L $CROSS_SYSROOT" \
		"$ROOT/scripts/test.sh" --no-build unit "$@" || true
}

# shellcheck source-path=SCRIPTDIR source=../tests/vm/cross.sh
. "$ROOT/tests/vm/cross.sh"

targets=("${CROSS_TARGETS[@]%%=*}")
case ${1:-all} in
-h | --help)
	usage
	exit 0
	;;
all) (($# == 0)) || shift ;;
-*) die "unknown option $1; see --help" ;;
*)
	if cross_target "$1"; then
		targets=("$1")
		shift
	else
		[[ $1 == test_* ]] || die "no such CPU or test: '$1'; see --help"
	fi
	;;
esac

"$ROOT/scripts/install-deps.sh" build cross
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
for arch in "${targets[@]}"; do
	run_target "$arch" "$@" 2>&1 | sed -u "s/^/[$arch] /"
done | tee "$log"
# A CPU of which nothing was counted has failed.
awk -v targets="${#targets[@]}" '
	/^\[[a-z0-9]+\] [0-9]+ passed, [0-9]+ failed/ { passed += $2; failed += $4; counted++ }
	END {
		failed += targets - counted
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0 || passed == 0
	}' "$log"
