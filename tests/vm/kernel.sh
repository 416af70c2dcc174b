#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: tests/vm/kernel.sh SERIES ARCH
#
# Prints the directory of a kernel of that SERIES, such as 6.12, for amd64 or arm64: Debian's newest
# package, taken apart (the machine's own boot stays as it is); and the initramfs of ours that finds
# the machine's root with it. Fetches what the cache, VM_CACHE (~/.cache/natloop-vm), has not got:
#
#	linux-image-6.12.117+deb12-amd64/{vmlinuz,release,config,lib/modules/RELEASE}
#	linux-image-6.12.117+deb12-amd64/initrd-SUM, for the file init of that checksum
#
# All is made beside and renamed, so it is whole or not there, and what a guest may be using stays;
# two that want the same take turns. Status 3, with the reason, if this release of Debian has no such
# kernel.

set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

HERE=$(dirname "$(readlink -f "$0")")
CACHE=${VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/natloop-vm}

# What init needs before it has the machine's root.
BOOT_MODULES=(virtio_pci 9pnet_virtio 9p overlay)
APT=() # options by which apt knows that CPU's packages
LISTS=/var/lib/apt/lists

say() {
	echo "kernel.sh: $*" >&2
}

# use_apt_of ARCH: for another CPU's packages apt gets lists of its own, from the same sources; this
# machine's apt and dpkg learn of no architecture. They are asked for anew once a day.
use_apt_of() {
	local own=$CACHE/apt-$1
	[[ $1 != "$(dpkg --print-architecture)" ]] || return 0
	mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
	APT=(-o "APT::Architecture=$1" -o "APT::Architectures=$1" -o Dir::State::status=/dev/null
		-o "Dir::State::lists=$own/lists" -o "Dir::Cache=$own/cache")
	LISTS=$own/lists
	[[ -z $(find "$own/updated" -mmin -1440 2>/dev/null) ]] || return 0
	# Sources that have nothing for that CPU make a warning or an error of it.
	apt-get -qq "${APT[@]}" -o APT::Sandbox::User=root update >/dev/null 2>&1 || true
	! compgen -G "$own/lists/*Packages*" >/dev/null || touch "$own/updated"
}

# newest_package SERIES ARCH: nothing if there is none. The cloud flavour has no 9p, and rt is not
# what routers run.
newest_package() {
	apt-cache "${APT[@]}" search --names-only "^linux-image-${1//./\\.}\.[0-9]+[-+][a-z0-9]+-$2\$" \
		2>/dev/null | awk '{ print $1 }' | sort -V | tail -n 1
}

newest_cached() {
	local found
	found=$(compgen -G "$CACHE/linux-image-$1.*-$2/release" | sort -V | tail -n 1) || true
	echo "${found%/release}"
}

# unpack PACKAGE, into the current directory.
unpack() {
	local release
	# As the user that apt would drop to, it could not write here.
	apt-get -q "${APT[@]}" -o APT::Sandbox::User=root download "$1"
	dpkg-deb -x ./*.deb package
	rm ./*.deb
	[[ ! -d package/usr/lib/modules ]] || mv package/usr/lib package/lib
	mv package/lib .
	release=$(basename lib/modules/*)
	mv "package/boot/vmlinuz-$release" vmlinuz
	mv "package/boot/config-$release" config
	rm -r package
	depmod -b . "$release"
	echo "$release" >release
}

# boot_modules KERNEL: the files, each after those that it needs.
boot_modules() {
	local module
	for module in "${BOOT_MODULES[@]}"; do
		modprobe -d "$1" -S "$(<"$1/release")" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# make_initrd KERNEL: ./initrd with the modules of that directory.
make_initrd() {
	local file files name
	mkdir -p tree/{bin,dev,lower,modules,new,over,proc,sys}
	cp "$BUSYBOX" tree/bin/busybox
	cp "$HERE/init" tree/init
	chmod 755 tree/init
	files=$(boot_modules "$1")
	for file in $files; do
		name=$(basename "${file%.xz}")
		if [[ $file == *.xz ]]; then
			xz -dc "$file" >"tree/modules/$name"
		else
			cp "$file" "tree/modules/$name"
		fi
		echo "$name" >>tree/modules/order
	done
	(cd tree && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >initrd
	rm -r tree
}

# begin NAME: into a new directory of the cache, of which nothing is left if this fails.
begin() {
	work=$(mktemp -d "$CACHE/making-kernel.XXXXXX")
	# shellcheck disable=SC2064 # of now
	trap "give_up '$1'" EXIT
	chmod 755 "$work"
	cd "$work"
}

give_up() {
	[[ ! -d $work ]] || say "$1 could not be made ready: $(tail -n 3 "$work/log")"
	rm -rf "$work"
}

# fetch PACKAGE: into the cache. In a subshell.
fetch() {
	set -e
	begin "$1"
	unpack "$1" >log 2>&1
	rm log
	mv "$work" "$CACHE/$1"
}

(($# == 2)) || { say "usage: tests/vm/kernel.sh SERIES amd64|arm64" && exit 2; }
for tool in apt-get apt-cache dpkg-deb depmod modprobe busybox xz gzip flock; do
	command -v "$tool" >/dev/null ||
		{ say "$tool is missing; run scripts/install-deps.sh vm" && exit 1; }
done
BUSYBOX=${VM_BUSYBOX:-$(command -v busybox)}

if ! mkdir -p "$CACHE" 2>/dev/null || ! { exec {lock}>"$CACHE/lock"; } 2>/dev/null; then
	say "$CACHE cannot be written to; give another directory in VM_CACHE"
	exit 1
fi
flock "$lock"
rm -rf "$CACHE"/making-kernel.* # of one that was killed: they are made under this lock
use_apt_of "$2"
package=$(newest_package "$1" "$2")
if [[ -z $package ]]; then
	cached=$(newest_cached "$1" "$2")
	if [[ -z $cached ]]; then
		# Of nothing at all it cannot be told that this release has no such kernel.
		compgen -G "$LISTS/*Packages*" >/dev/null ||
			{ say "apt knows of no packages; run 'apt-get update'" && exit 1; }
		say "no kernel $1 for $2 in this release; run 'apt-get update', or add to apt's" \
			"sources a release that has it"
		exit 3
	fi
	package=$(basename "$cached")
elif [[ ! -e $CACHE/$package/release ]]; then
	# Not as a condition: errexit would be off in it.
	set +e
	(fetch "$package")
	status=$?
	set -e
	if ((status != 0)); then
		cached=$(newest_cached "$1" "$2")
		[[ -n $cached ]] || exit 1
		package=$(basename "$cached")
		say "$package of the cache does instead"
	fi
fi
initrd=$CACHE/$package/initrd-$(cksum <"$HERE/init" | cut -d ' ' -f 1)
if [[ ! -e $initrd ]]; then
	begin "the initramfs of $package"
	make_initrd "$CACHE/$package" >log 2>&1
	mv initrd "$initrd"
	rm -rf "$work"
fi
echo "$CACHE/$package"
echo "$initrd"
