#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How a guest is started, and how its results come back. To be sourced.
#
# A guest has the machine's own root, read-only, under an overlay that is forgotten: the same
# programs, the same working tree, another kernel. A guest of another CPU has a root of its own, and
# of the machine's only some directories (vm_machine). What it writes stays in one directory, the
# RESULTS:
#	command  to be run there by bash          status   of the command, when it has ended
#	log      what the command printed         console  what the kernel printed
#	load     modules to load first
# It has no network but the devices that the caller gives to it.

VM_DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
VM_MEMORY=${VM_MEMORY:-2G}
VM_CPUS=${VM_CPUS:-2}
VM_INSIDE=() # what qemu is started by, if anything: see devices.sh
# What that root has: what scripts/test.sh needs for the suites unit and prog, and much of netns.
VM_ROOT_PACKAGES=(bash bpftool bsdextrautils busybox-static coreutils diffutils ethtool findutils
	gawk grep hostname iperf3 iproute2 iputils-ping jq kmod libc6 libbpf1 libcmocka0 libinih1
	libjson-c5 libmnl0 libnftables1 libxdp1 mawk mount nftables procps sed tcpdump util-linux)

# vm_machine ARCH [DIRECTORY...]: what the guest is. One of another CPU than the machine's gets these
# of the machine's directories, read-only.
vm_machine() {
	VM_QEMU=(qemu-system-x86_64 -machine "q35,accel=tcg" -cpu max)
	VM_CONSOLE=ttyS0 VM_ROOT=/ VM_SHARED=()
	[[ $1 != "$(dpkg --print-architecture)" ]] || return 0
	[[ $1 == arm64 ]] || { echo "boot.sh: no guest of $1" >&2 && return 1; }
	# Without impdef=on most of the time goes into the signing of pointers.
	VM_QEMU=(qemu-system-aarch64 -machine "virt,accel=tcg" -cpu "max,pauth-impdef=on")
	VM_CONSOLE=ttyAMA0
	VM_ROOT=$("$VM_DIR/sysroot.sh" guest "$1" "${VM_ROOT_PACKAGES[@]}") || return
	export VM_BUSYBOX=$VM_ROOT/bin/busybox
	VM_SHARED=("${@:2}")
}

# vm_kernel SERIES ARCH: has vm_boot boot that kernel, see kernel.sh, whose status it is.
vm_kernel() {
	local found
	found=$("$VM_DIR/kernel.sh" "$1" "$2") || return
	{ read -r KERNEL_DIR && read -r KERNEL_INITRD; } <<<"$found"
}

# vm_boot RESULTS SECONDS [QEMU-OPTION...]: boots the kernel that vm_kernel chose, runs
# RESULTS/command and waits until the guest is off. Status 0 if the command has ended, whatever its
# own status; 1, with a reason on standard error, if the guest never came so far. To be called in the
# background: the guest ends with that shell, and with the script, whatever ends those.
vm_boot() {
	local results seconds=$2 status=0 guest
	results=$(readlink -f "$1")
	shift 2
	echo "$VM_DIR/guest.sh" >"$results/guest"
	echo "$KERNEL_DIR/lib/modules/$(<"$KERNEL_DIR/release")" >"$results/modules"
	[[ -e $results/load ]] || : >"$results/load"
	rm -f "$results/status" "$results/shared"
	if ((${#VM_SHARED[@]})); then
		printf '%s\n' "${VM_SHARED[@]}" "$KERNEL_DIR" >"$results/shared"
		set -- "$@" -virtfs \
			local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap
	fi
	timeout -k 5 "$seconds" "${VM_INSIDE[@]}" "${VM_QEMU[@]}" -m "$VM_MEMORY" -smp "$VM_CPUS" \
		-nodefaults -no-reboot -display none \
		-kernel "$KERNEL_DIR/vmlinuz" -initrd "$KERNEL_INITRD" \
		-append "console=$VM_CONSOLE panic=-1 quiet mitigations=off ${VM_APPEND:-}" \
		-serial "file:$results/console" -object rng-random,id=rng,filename=/dev/urandom \
		-device virtio-rng-pci,rng=rng \
		-virtfs "local,path=$VM_ROOT,mount_tag=root,security_model=none,readonly=on,multidevs=remap" \
		-virtfs "local,path=$results,mount_tag=results,security_model=none" \
		"$@" >"$results/qemu" 2>&1 </dev/null &
	guest=$!
	# shellcheck disable=SC2064 # this guest
	trap "kill $guest 2>/dev/null; exit 143" HUP INT TERM
	(tail --pid=$$ -f /dev/null && kill "$guest") &>/dev/null &
	wait "$guest" || status=$?
	kill "$!" 2>/dev/null || true
	[[ ! -e $results/status ]] || return 0
	if ((status == 124)); then
		echo "not finished after $seconds s" >&2
	elif [[ ! -s $results/console ]]; then
		echo "the kernel printed nothing (qemu's status $status):" \
			"$(tail -qn 3 "$results/qemu" 2>&1); if $KERNEL_DIR may be damaged, remove it" >&2
	else
		echo "ended by itself (qemu's status $status):" \
			"$(tail -qn 3 "$results/console" "$results/qemu" 2>&1)" >&2
	fi
	return 1
}
