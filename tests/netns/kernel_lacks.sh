#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# On a kernel without a module that natloop needs (sch_ingress, cls_bpf), without XDP in the driver,
# without a JIT compiler, with too little memory, attach is refused with one line that names it, and
# nothing is left. On one that is locked down natloop works. In a guest only (scripts/vm-test.sh):
# all of this is the whole machine's.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# refused REGEX [OPTION...]
refused() {
	local regex=$1
	shift
	expect_refused 1 "$regex" attach eth1 --public "$PUBLIC" --server "$SERVER" "$@"
	expect_nothing_left
}

# no_module [NAME]: modprobe does not find it from now on; without NAME it finds all.
no_module() {
	mkdir -p /etc/modprobe.d
	echo "${1:+install $1 /bin/false}" >/etc/modprobe.d/natloop-test.conf
}

# limited BYTES COMMAND...: in a control group with so much memory.
limited() {
	local group=/sys/fs/cgroup/natloop-test
	[[ -d $group ]] || mkdir "$group"
	echo "$1" >"$group/memory.max"
	shift
	# shellcheck disable=SC2016 # expanded there
	bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@"
}

[[ -e /run/vm/command ]] || skip "only in a guest of scripts/vm-test.sh"
topology_make

# unload MODULE: another test may have had it loaded. Its namespaces, which the kernel takes down when
# it has time, are the last to use it.
unload() {
	local end=$((SECONDS + 5 * NL_PATIENCE))
	until modprobe -q -r "$1" && [[ ! -d /sys/module/$1 ]]; do
		((SECONDS < end)) || fail "$1 is in use: $(grep "^$1 " /proc/modules || true)"
		sleep 0.2
	done
}

# Their order matters: what is loaded stays.
for module in sch_ingress cls_bpf; do
	[[ $(modinfo -F filename "$module" 2>/dev/null) == /* ]] || skip "$module is built in"
	unload "$module"
done
no_module sch_ingress
refused '^natloopctl: eth1: the kernel has no clsact qdisc \(sch_ingress\); '
no_module cls_bpf
refused '^natloopctl: eth1: the kernel has no BPF classifier \(cls_bpf\); '
no_module

# A bridge's driver has no XDP.
ns_exec router ip link add br9 type bridge
ns_exec router ip address add 192.168.19.1/24 dev br9
ns_exec router ip link set br9 up
expect_refused 1 '^natloopctl: br9: .*XDP; .*--mode tc' attach br9 --mode xdp \
	--public "$PUBLIC" --forward tcp/80=192.168.19.2
expect_nothing_left
ns_exec router ip link del br9

jit=$(</proc/sys/net/core/bpf_jit_enable)
if echo 0 >/proc/sys/net/core/bpf_jit_enable; then
	refused 'natloop_ctl: the kernel .*; .*net\.core\.bpf_jit_enable'
	echo "$jit" >/proc/sys/net/core/bpf_jit_enable
fi

if echo +memory >/sys/fs/cgroup/cgroup.subtree_control; then
	NL_RUN=(limited 16M)
	refused '^natloopctl: --max-flows: not enough memory.*; give a smaller number' \
		--max-flows 1000000
	NL_RUN=()
fi

# Not to be undone. The kernel's rules of it are for programs that read or write its memory.
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
[[ -e /sys/kernel/security/lockdown ]] || skip "all but lockdown, which this kernel has not got"
for level in integrity confidentiality; do
	echo "$level" >/sys/kernel/security/lockdown
	expect_match "lockdown" "\\[$level\\]" "$(</sys/kernel/security/lockdown)"
	attach
	expect_saw "lockdown=$level" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
	detach
	expect_nothing_left
done
