#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: tests/vm/sysroot.sh NAME ARCH PACKAGE...
#
# Prints a directory with these packages of another architecture, and what they depend on, unpacked
# from this machine's release. It is kept in VM_CACHE, under a name that has the list's checksum.
# dpkg of this machine learns of no architecture, and no program of the other one is run: mmdebstrap
# lets apt find the packages and unpacks them ("extract"), where debootstrap would add the whole
# base system, and knows of no dependencies in its first stage.
#
# A directory is made beside and renamed, so it is whole or not there; two that want the same take
# turns.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

CACHE=${VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/natloop-vm}

die() {
	echo "sysroot.sh: $*" >&2
	exit 1
}

# mirror ID ARCH: of that distribution's main archive; what the security archive has is newer by
# less than a compiler sees.
mirror() {
	case $1 in
	debian) echo http://deb.debian.org/debian ;;
	ubuntu) echo http://ports.ubuntu.com/ubuntu-ports ;;
	*) die "only the packages of Debian and Ubuntu are known, this is $1; set SYSROOT_MIRROR and SYSROOT_SUITE" ;;
	esac
}

# Links that lead to the root would lead to this machine's; and where /lib is /usr/lib only a
# package that is not unpacked says so.
mend_links() {
	local link target
	find "$1" -type l -lname '/*' | while IFS= read -r link; do
		target=$1$(readlink "$link")
		[[ ! -e $target ]] || ln -sfnr "$target" "$link"
	done
	[[ -e $1/lib ]] || ln -s usr/lib "$1/lib"
}

# give_up NAME DIRECTORY: at the end, if it was not made whole.
give_up() {
	[[ ! -d $2 ]] || echo "sysroot.sh: $1 could not be made: $(tail -n 10 "$2.log")" >&2
	rm -rf "$2" "$2.log"
}

# make_sysroot NAME ARCH PACKAGE...
make_sysroot() {
	local name=$1 arch=$2 work include
	shift 2
	rm -rf "$CACHE/making-$name".* # of one that was killed: they are made under this lock
	work=$(mktemp -d "$CACHE/making-$name.XXXXXX")
	# shellcheck disable=SC2064 # the directory of now
	trap "give_up '$name' '$work'" EXIT
	chmod 755 "$work"
	printf -v include '%s,' "$@"
	mmdebstrap --variant=extract --architectures="$arch" --components=main,universe \
		--include="${include%,}" "$suite" "$work" "$mirror" >"$work.log" 2>&1 </dev/null
	mend_links "$work"
	echo "$suite $*" >"$work/packages"
	mv "$work" "$CACHE/$name"
	rm "$work.log"
}

(($# >= 3)) || die "usage: tests/vm/sysroot.sh NAME ARCH PACKAGE..."
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing; run scripts/install-deps.sh cross"
# shellcheck source=/dev/null
. /etc/os-release
suite=${SYSROOT_SUITE:-$VERSION_CODENAME}
mirror=${SYSROOT_MIRROR:-$(mirror "$ID")}
# Another list has another name: somebody may be using what was made of the old one.
name=$1-$2-$(cksum <<<"$suite ${*:3}" | cut -d ' ' -f 1)
mkdir -p "$CACHE"
exec {lock}>"$CACHE/lock-$name"
flock "$lock"
[[ -e $CACHE/$name ]] || make_sysroot "$name" "${@:2}"
echo "$CACHE/$name"
