#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Random trains of packets through an nftables hairpin and through natloop: what comes out must be
# the same, but for what tests/differential/allowed.c lists.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
export BUILD=${BUILD:-$ROOT/build}
PROGRAM=$BUILD/tests/differential/differential
START_LIMIT=30 # seconds for the routers

trains=1000
seed=$((EPOCHSECONDS * 10000))
hook=both
options=()

usage() {
	cat <<-END
		usage: scripts/differential.sh [--trains N] [--seed S] [--hook tc|xdp|both] [-v]
		  --trains  how many (1000)
		  --seed    of the first train; those that follow count up. A train that failed is run
		            alone by its own seed and --trains 1. Without it, one from the clock.
		  -v        print every step
	END
}

wrong() {
	usage >&2
	exit 2
}

while (($#)); do
	case $1 in
	--trains | --seed | --hook)
		(($# >= 2)) || wrong
		declare "${1#--}=$2"
		shift
		;;
	-v) options+=(-v) ;;
	-h | --help)
		usage
		exit 0
		;;
	*) wrong ;;
	esac
	shift
done
case $hook in
tc | xdp) systems=(nft "natloop-$hook") ;;
both) systems=(nft natloop-tc natloop-xdp) ;;
*) wrong ;;
esac
((EUID == 0)) || {
	echo "differential.sh: network namespaces need root" >&2
	exit 1
}

dir=$(mktemp -d)
leave() {
	local fd
	for fd in "${inputs[@]}"; do
		exec {fd}>&-
	done
	wait
	rm -rf "$dir"
}
inputs=()
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

"$ROOT/scripts/install-deps.sh" build test
BPFTOOL=$("$ROOT/scripts/find-bpftool.sh")
export BPFTOOL
if ! flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" all differential-programs >"$dir/make" 2>&1; then
	cat "$dir/make" >&2
	echo "differential.sh: the build failed, see above" >&2
	exit 1
fi

# A router lives as long as its standard input is open.
router_start() {
	local system=$1 fd close=()
	mkfifo "$dir/$system"
	for fd in "${inputs[@]}"; do
		close+=("$fd")
	done
	(
		for fd in "${close[@]}"; do
			exec {fd}>&-
		done
		exec "$ROOT/tests/differential/system.sh" "$system"
	) <"$dir/$system" >"$dir/$system.ready" 2>"$dir/$system.log" &
	exec {fd}>"$dir/$system"
	inputs+=("$fd")
}

router_ready() {
	local system=$1 end=$((SECONDS + START_LIMIT))
	until [[ -s $dir/$system.ready ]]; do
		if ((SECONDS > end)) || grep -q FAIL "$dir/$system.log"; then
			echo "differential.sh: no router for $system: $(<"$dir/$system.log")" >&2
			exit 1
		fi
		sleep 0.05
	done
	routers+=("$(<"$dir/$system.ready")")
}

routers=()
for system in "${systems[@]}"; do
	router_start "$system"
done
for system in "${systems[@]}"; do
	router_ready "$system"
done
echo "seed $seed: scripts/differential.sh --trains $trains --seed $seed --hook $hook"
NATLOOPCTL=$BUILD/natloopctl "$PROGRAM" --trains "$trains" --seed "$seed" "${options[@]}" \
	"${routers[@]}"
