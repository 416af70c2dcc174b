#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How natloop is built for another CPU than this machine's. To be sourced, with ROOT set.

CROSS_DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# ARCH=TRIPLET=QEMU: 64 bits; 32 bits; big-endian.
CROSS_TARGETS=(arm64=aarch64-linux-gnu=qemu-aarch64 armhf=arm-linux-gnueabihf=qemu-arm
	s390x=s390x-linux-gnu=qemu-s390x)
# What install-deps.sh installs for the machine's own CPU, "build" and "test".
CROSS_PACKAGES=(libc6-dev linux-libc-dev libbpf-dev libxdp-dev libmnl-dev libjson-c-dev
	libinih-dev libelf-dev zlib1g-dev libnftables-dev libcmocka-dev)

# cross_target ARCH: sets CROSS_TRIPLET and CROSS_QEMU. Status 1 if there is no such target.
cross_target() {
	local target arch
	for target in "${CROSS_TARGETS[@]}"; do
		# shellcheck disable=SC2034 # for the caller
		IFS='=' read -r arch CROSS_TRIPLET CROSS_QEMU <<<"$target"
		[[ $arch != "$1" ]] || return 0
	done
	return 1
}

# cross_build ARCH BUILD TARGET...: makes these targets in BUILD, with libraries of that CPU, whose
# directory it leaves in CROSS_SYSROOT.
cross_build() {
	local arch=$1 build=$2
	shift 2
	cross_target "$arch" || return
	CROSS_SYSROOT=$("$CROSS_DIR/sysroot.sh" sysroot "$arch" "${CROSS_PACKAGES[@]}") || return
	PKG_CONFIG_SYSROOT_DIR=$CROSS_SYSROOT \
		PKG_CONFIG_LIBDIR=$CROSS_SYSROOT/usr/lib/$CROSS_TRIPLET/pkgconfig:$CROSS_SYSROOT/usr/share/pkgconfig \
		flock "$ROOT/Makefile" make -s -C "$ROOT" -j "$(nproc)" BUILD="$build" \
		CC="$CROSS_TRIPLET-gcc --sysroot=$CROSS_SYSROOT" AR="$CROSS_TRIPLET-ar" "$@" >/dev/null
}
