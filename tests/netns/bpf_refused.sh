#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Where the kernel has no BPF, is too old, or does not permit a part of it (a container's filter of
# system calls, missing capabilities), attach is refused with one line that names what is missing,
# and nothing is left; without the kernel's type information (BTF) natloop works. The kernel's
# answers are put in its place by a filter: see refuse.c, and kernel_lacks for real ones.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

REFUSE=$NL_BUILD/tests/netns/refuse
# Of linux/bpf.h.
MAP_CREATE=0 PROG_LOAD=5 OBJ_PIN=6 TEST_RUN=10
# Of errno.h, and ENOTSUPP of the kernel's.
EPERM=1 ENOMEM=12 EINVAL=22 ENOSYS=38 ENOTSUPP=524

# refused REGEX COMMAND...: attach, run by the command.
refused() {
	local regex=$1
	shift
	NL_RUN=("$@")
	expect_refused 1 "$regex" attach eth1 --public "$PUBLIC" --server "$SERVER"
	NL_RUN=()
	expect_nothing_left
}

# refused_with REGEX CAPABILITIES: attach, with no others, as setpriv names them.
refused_with() {
	local status=0
	ns_exec router setpriv --bounding-set="-all,$2" --inh-caps=-all "$NL_BIN" attach eth1 \
		--public "$PUBLIC" --server "$SERVER" --instance "$NL_INSTANCE" \
		--config "$NL_DIR/empty.conf" >"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
	sed -i '/locked by .*; waiting/d' "$NL_DIR/err"
	expect_equal "status with $2 ($(<"$NL_DIR/err"))" 1 "$status"
	expect_match "message with $2" "^natloopctl: [^;]+: [^;]+$1[^;]*; .*root" "$(<"$NL_DIR/err")"
	expect_equal "lines with $2" 1 "$(grep -c '' "$NL_DIR/err")"
	expect_nothing_left
}

# As on a kernel without it, for natloopctl; the kernel itself has what it has.
without_btf() {
	# shellcheck disable=SC2016 # expanded in the mount namespace
	unshare --mount sh -c '[ ! -d /sys/kernel/btf ] || mount -t tmpfs tmpfs /sys/kernel/btf
		exec "$@"' sh "$@"
}

# length_calls: how often natloop_xdp asks for the length of a frame in several buffers, which it does
# only of a kernel that is known to have that helper.
length_calls() {
	local bpftool id
	bpftool=$(find_bpftool)
	note_programs
	while read -r id; do
		"$bpftool" prog dump xlated id "$id" </dev/null
	done <"$NL_DIR/programs" | grep -c 'call bpf_xdp_get_buff_len' || true
}

need_tools setpriv setarch unshare
topology_make
router_snapshot >"$NL_DIR/before"

refused 'no BPF.*CONFIG_BPF_SYSCALL' "$REFUSE" bpf "$ENOSYS"
refused 'does not permit the use of BPF; .*outside of containers' "$REFUSE" bpf "$EPERM"
refused 'does not permit the use of BPF; ' "$REFUSE" "bpf/$MAP_CREATE" "$EPERM"
refused 'does not permit the use of BPF; ' "$REFUSE" "bpf/$PROG_LOAD" "$EPERM"
refused 'does not permit the use of BPF; ' "$REFUSE" "bpf/$TEST_RUN" "$EPERM"
refused '/sys/fs/bpf/[^ ]*: cannot be pinned: .*; see what confines' "$REFUSE" "bpf/$OBJ_PIN" "$EPERM"
refused '^natloopctl: --max-flows: not enough memory.*; give a smaller number' "$REFUSE" "bpf/$MAP_CREATE" "$ENOMEM"
refused 'refused the program: .*; it takes Linux 6\.1 or newer' \
	"$REFUSE" "bpf/$PROG_LOAD" "$EINVAL"
refused 'JIT compiler.*; set net\.core\.bpf_jit_enable=1' "$REFUSE" "bpf/$PROG_LOAD" "$ENOTSUPP"
refused '^natloopctl: kernel: 2\.6\.[^ ]* is too old; run Linux 6\.1' setarch --uname-2.6
refused_with 'CAP_NET_ADMIN' +sys_admin
refused_with 'CAP_SYS_ADMIN' +net_admin
# Enough to attach, but not to find what is attached.
refused_with 'CAP_SYS_ADMIN' +net_admin,+bpf,+perfmon
router_snapshot >"$NL_DIR/after"
expect_same "the router after all of it" "$NL_DIR/before" "$NL_DIR/after"

MODE=xdp
attach 2>"$NL_DIR/err" || fail "--mode xdp: $(<"$NL_DIR/err")"
wanted=$(length_calls)
detach
NL_RUN=(without_btf)
for MODE in tc xdp-generic xdp; do
	attach 2>"$NL_DIR/err" || fail "--mode $MODE without BTF: $(<"$NL_DIR/err")"
	expect_jq "mode without BTF" ".interfaces[0].mode == \"$MODE\"" "$(natloopctl status -j)"
	[[ $MODE != tc ]] || expect_saw "without BTF" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
	[[ $MODE != xdp ]] || expect_equal "calls of the helper" "$wanted" "$(length_calls)"
	detach
done
expect_nothing_left
