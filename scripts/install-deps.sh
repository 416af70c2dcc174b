#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Installs what is missing on Debian (12 or newer) and Ubuntu (24.04 or newer; 22.04 has no libxdp).
# Without root it only says what is missing. Quiet unless something fails.

set -euo pipefail

HERE=$(readlink -f "${BASH_SOURCE[0]%/*}")

usage() {
	cat <<-END
		usage: scripts/install-deps.sh [build|test|lint|bench|vm|cross]...
		  build  what 'make' needs
		  test   what 'make test-programs', scripts/test.sh and scripts/demo.sh need
		  lint   what 'make lint' needs
		  bench  what scripts/bench.sh needs besides build and test
		  vm     what scripts/vm-test.sh needs besides build and test
		  cross  what scripts/cross-test.sh and guests of another CPU need besides build
		Without arguments: build and test.
	END
}

# Packages that are judged by dpkg; what is judged by a command is in missing_commands.
BUILD_PACKAGES=(gcc make clang llvm pkg-config libc6-dev linux-libc-dev libbpf-dev libxdp-dev
	libmnl-dev libjson-c-dev libinih-dev libelf-dev zlib1g-dev libnftables-dev libc-ares-dev
	libcurl4-gnutls-dev libprotobuf-c-dev)
TEST_PACKAGES=(libcmocka-dev dnsmasq-base bind9-dnsutils wireguard-go)
LINT_PACKAGES=()
BENCH_PACKAGES=()
VM_PACKAGES=(busybox-static)
CROSS_PACKAGES=()

# COMMAND=PACKAGE
BUILD_COMMANDS=(bpftool=bpftool flock=util-linux protoc-c=protobuf-c-compiler)
TEST_COMMANDS=(ip=iproute2 tc=iproute2 nft=nftables iptables=iptables ethtool=ethtool tcpdump=tcpdump
	nstat=iproute2 wg=wireguard-tools unshare=util-linux iperf3=iperf3 jq=jq ping=iputils-ping
	nsenter=util-linux setsid=util-linux timeout=coreutils setarch=util-linux
	column=bsdextrautils libfuzzer=libclang-rt-dev miniupnpd=miniupnpd-nftables upnpc=miniupnpc
	python3=python3 patch=patch unbound=unbound unbound-checkconf=unbound unbound-control=unbound)
LINT_COMMANDS=(python3=python3 shellcheck=shellcheck clang-format=clang-format clang-tidy=clang-tidy
	cppcheck=cppcheck pyflakes3=pyflakes3)
BENCH_COMMANDS=(gnuplot=gnuplot-nox python3=python3 iperf3=iperf3 ss=iproute2 taskset=util-linux
	chrt=util-linux setpriv=util-linux conntrack=conntrack dnsperf=dnsperf)
VM_COMMANDS=(qemu-system-x86_64=qemu-system-x86 depmod=kmod busybox=busybox-static xz=xz-utils
	xdp-filter=xdp-tools)
CROSS_COMMANDS=(mmdebstrap=mmdebstrap qemu-aarch64=qemu-user qemu-arm=qemu-user
	qemu-system-aarch64=qemu-system-arm
	qemu-s390x=qemu-user aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu
	arm-linux-gnueabihf-gcc=gcc-arm-linux-gnueabihf s390x-linux-gnu-gcc=gcc-s390x-linux-gnu)

# Packages that bring a service of that name; the tests start what they need themselves.
SERVICES=(unbound)

# mask_services PACKAGE...: which are not installed yet, so that no service that is in use stops. What
# the packages' scripts do where systemd runs, now and at the next boot, has no effect then.
mask_services() {
	local service unit
	for service in "${SERVICES[@]}"; do
		unit=/etc/systemd/system/$service.service
		[[ " $* " == *" $service "* && -d ${unit%/*} && ! -e $unit && ! -L $unit ]] || continue
		ln -s /dev/null "$unit"
		echo "install-deps: $service.service is masked, the tests start their own;" \
			"'systemctl unmask $service' lets it start"
	done
}

# can_install PACKAGE: is there a version of it, not only a name that others provide?
can_install() {
	[[ $(apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[0-9]* ]]
}

# Older Ubuntu has bpftool only in the tools of its kernels.
bpftool_packages() {
	if can_install bpftool; then
		echo bpftool
	else
		echo linux-tools-common
		echo linux-tools-generic
	fi
}

# clang's runtime libraries have its version in their package's name.
libfuzzer_package() {
	local version
	version=$("${CLANG:-clang}" -dumpversion 2>/dev/null) || version=
	if can_install "libclang-rt-${version%%.*}-dev"; then
		echo "libclang-rt-${version%%.*}-dev"
	else
		echo "$1"
	fi
}

# Has the clang that builds the fuzz targets what they are linked with?
has_libfuzzer() {
	local directory
	directory=$("${CLANG:-clang}" -print-resource-dir 2>/dev/null) &&
		compgen -G "$directory/lib/*/libclang_rt.fuzzer*.a" >/dev/null
}

has_command() {
	if [[ $1 == bpftool ]]; then
		"$HERE/find-bpftool.sh" &>/dev/null
	elif [[ $1 == libfuzzer ]]; then
		has_libfuzzer
	else
		command -v "$1" >/dev/null || [[ -x /usr/sbin/$1 || -x /sbin/$1 ]]
	fi
}

has_package() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Prints the packages to install, one a line.
missing_packages() {
	local package pair
	for package in "${packages[@]}"; do
		has_package "$package" || echo "$package"
	done
	for pair in "${commands[@]}"; do
		has_command "${pair%%=*}" && continue
		if [[ $pair == bpftool=* ]]; then
			bpftool_packages
		elif [[ $pair == libfuzzer=* ]]; then
			libfuzzer_package "${pair#*=}"
		else
			echo "${pair#*=}"
		fi
	done
}

# unpack_resolved: for dns_resolved. Installed it would take over the machine's own names
# (/etc/resolv.conf). Without it that test is skipped, and says so.
unpack_resolved() {
	local cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/natloop-test directory
	[[ ! -x /lib/systemd/systemd-resolved && ! -x $cache/systemd-resolved ]] || return 0
	mkdir -p "$cache"
	directory=$(mktemp -d "$cache/unpack.XXXXXX")
	if (cd "$directory" && apt-get -q -o APT::Sandbox::User=root download systemd-resolved &&
		dpkg-deb -x ./*.deb .) &>"$directory.log"; then
		mv "$directory/lib/systemd/systemd-resolved" "$cache/" 2>/dev/null ||
			mv "$directory/usr/lib/systemd/systemd-resolved" "$cache/"
	else
		echo "install-deps: systemd-resolved cannot be fetched; netns/dns_resolved is skipped"
	fi
	rm -rf "$directory" "$directory.log"
}

packages=()
commands=()
(($#)) || set -- build test
for set in "$@"; do
	case $set in
	build)
		packages+=("${BUILD_PACKAGES[@]}")
		commands+=("${BUILD_COMMANDS[@]}")
		;;
	test)
		packages+=("${TEST_PACKAGES[@]}")
		commands+=("${TEST_COMMANDS[@]}")
		;;
	lint)
		packages+=("${LINT_PACKAGES[@]}")
		commands+=("${LINT_COMMANDS[@]}")
		;;
	bench)
		packages+=("${BENCH_PACKAGES[@]}")
		commands+=("${BENCH_COMMANDS[@]}")
		;;
	vm)
		packages+=("${VM_PACKAGES[@]}")
		commands+=("${VM_COMMANDS[@]}")
		;;
	cross)
		packages+=("${CROSS_PACKAGES[@]}")
		commands+=("${CROSS_COMMANDS[@]}")
		;;
	-h | --help)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	cat >&2 <<-END
		install-deps: only Debian and Ubuntu are known to this script; install by hand:
		  libraries with headers: libbpf libxdp libmnl json-c inih libelf zlib cmocka,
		    and libnftables, c-ares, libcurl and protobuf-c, which can be left out
		  programs: gcc make clang (with compiler-rt) llvm-strip pkg-config bpftool protoc-c ip tc nft
		            iptables ethtool tcpdump iperf3 jq ping nsenter setsid setarch column dnsmasq dig wg
		            wireguard-go miniupnpd (its nftables variant) upnpc python3 patch unbound
		            unbound-checkconf unbound-control
		  lint: python3 shellcheck clang-format clang-tidy cppcheck pyflakes3
		  bench: gnuplot python3 ss taskset chrt setpriv conntrack dnsperf
		  vm: qemu-system-x86_64 depmod busybox (static) xz xdp-filter, and kernel packages
		  cross: mmdebstrap, gcc and qemu's user emulation for arm64, armhf and s390x,
		         qemu-system-aarch64
		and make build/natloopctl with 'make'.
	END
	exit 1
fi

mapfile -t missing < <(missing_packages | sort -u)
if ((!${#missing[@]})); then
	[[ " $* " != *" test "* ]] || unpack_resolved
	exit 0
fi
if ((EUID != 0)); then
	echo "install-deps: missing: ${missing[*]}; run 'sudo scripts/install-deps.sh $*'" >&2
	exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "install-deps: installing ${missing[*]}"
apt-get -q update >"$log" 2>&1 </dev/null || {
	cat "$log" >&2
	echo "install-deps: 'apt-get update' failed, see above; needed: ${missing[*]}" >&2
	exit 1
}
mapfile -t missing < <(missing_packages | sort -u) # the names may depend on what there is
for package in "${missing[@]}"; do
	can_install "$package" && continue
	echo "install-deps: this release has no package $package;" \
		"use Debian 12, Ubuntu 24.04 or newer, or install it by hand" >&2
	exit 1
done
mask_services "${missing[@]}"
if ! apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends install \
	"${missing[@]}" >"$log" 2>&1 </dev/null; then
	cat "$log" >&2
	echo "install-deps: apt-get failed, see above; needed: ${missing[*]}" >&2
	exit 1
fi
mapfile -t missing < <(missing_packages | sort -u)
if ((${#missing[@]})); then
	echo "install-deps: still missing after the installation: ${missing[*]}" >&2
	exit 1
fi
[[ " $* " != *" test "* ]] || unpack_resolved
