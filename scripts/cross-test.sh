#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds natloopctl and the unit tests for other CPUs, from Debian's packages for them, and runs the
# tests under qemu's user emulation. Ends with "N passed, N failed". tests/vm/sysroot.sh says where
# libraries and headers come from.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
BUILD=${BUILD:-$ROOT/build}

# ARCH=TRIPLET=QEMU: 64 bits; 32 bits; big-endian.
TARGETS=(arm64=aarch64-linux-gnu=qemu-aarch64 armhf=arm-linux-gnueabihf=qemu-arm
	s390x=s390x-linux-gnu=qemu-s390x)
# What install-deps.sh installs for the machine's own CPU, "build" and "test".
PACKAGES=(libc6-dev linux-libc-dev libbpf-dev libxdp-dev libmnl-dev libjson-c-dev libinih-dev
	libelf-dev zlib1g-dev libnftables-dev libcmocka-dev)

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

# build_target ARCH TRIPLET SYSROOT
build_target() {
	local wanted=(all unit-programs)
	[[ $1 != s390x ]] || wanted+=(bpfeb)
	export PKG_CONFIG_SYSROOT_DIR=$3
	export PKG_CONFIG_LIBDIR=$3/usr/lib/$2/pkgconfig:$3/usr/share/pkgconfig
	flock "$ROOT/Makefile" make -s -C "$ROOT" -j "$(nproc)" BUILD="$BUILD/$1" \
		CC="$2-gcc --sysroot=$3" AR="$2-ar" "${wanted[@]}" >/dev/null
}

# run_target ARCH TRIPLET QEMU [TEST...]: a build that failed has failed once.
run_target() {
	local arch=$1 triplet=$2 qemu=$3 sysroot
	shift 3
	if ! sysroot=$("$ROOT/tests/vm/sysroot.sh" sysroot "$arch" "${PACKAGES[@]}") ||
		! build_target "$arch" "$triplet" "$sysroot"; then
		echo "FAIL  the build, see above"
		echo "0 passed, 1 failed"
		return
	fi
	BUILD=$BUILD/$arch TEST_RUN_UNDER="$qemu -L $sysroot" \
		"$ROOT/scripts/test.sh" --no-build unit "$@" || true
}

targets=("${TARGETS[@]}")
case ${1:-all} in
-h | --help)
	usage
	exit 0
	;;
all) (($# == 0)) || shift ;;
-*) die "unknown option $1; see --help" ;;
*)
	for target in "${TARGETS[@]}"; do
		[[ $target != "$1="* ]] || targets=("$target")
	done
	if [[ ${targets[0]} == "$1="* ]]; then
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
for target in "${targets[@]}"; do
	IFS='=' read -r arch triplet qemu <<<"$target"
	run_target "$arch" "$triplet" "$qemu" "$@" 2>&1 | sed -u "s/^/[$arch] /"
done | tee "$log"
# A CPU of which nothing was counted has failed.
awk -v targets="${#targets[@]}" '
	/^\[[a-z0-9]+\] [0-9]+ passed, [0-9]+ failed/ { passed += $2; failed += $4; counted++ }
	END {
		failed += targets - counted
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0 || passed == 0
	}' "$log"
