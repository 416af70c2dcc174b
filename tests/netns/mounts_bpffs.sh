#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# On a machine without a BPF file system natloopctl mounts one itself. Shown in a mount namespace of
# its own, where it is unmounted first; outside nothing changes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
grep ' /sys/fs/bpf ' /proc/self/mounts >"$NL_DIR/before" || true
{
	declare -p PUBLIC SERVER NL_BIN NL_DIR NL_INSTANCE NL_PREFIX
	cat <<-'END'
		set -e
		while umount /sys/fs/bpf 2>/dev/null; do :; done
		! grep ' /sys/fs/bpf bpf ' /proc/self/mounts || exit 77
		common="--netns $NL_PREFIX-router --instance $NL_INSTANCE --config $NL_DIR/empty.conf"
		"$NL_BIN" attach eth1 --public "$PUBLIC" --server "$SERVER" $common
		grep ' /sys/fs/bpf bpf ' /proc/self/mounts
		"$NL_BIN" status $common
		"$NL_BIN" detach --all $common
	END
} >"$NL_DIR/inside"
status=0
unshare --mount --propagation private bash "$NL_DIR/inside" >"$NL_DIR/out" 2>&1 || status=$?
((status != 77)) || skip "/sys/fs/bpf is in use and cannot be unmounted"
((status == 0)) || fail "without a BPF file system: $(<"$NL_DIR/out")"
grep ' /sys/fs/bpf ' /proc/self/mounts >"$NL_DIR/after" || true
expect_same "mounts outside" "$NL_DIR/before" "$NL_DIR/after"
expect_nothing_left
