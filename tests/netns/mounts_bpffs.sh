#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# On a machine without a BPF file system natloopctl mounts one itself, unless it would not last: in
# the mount namespace of "ip netns exec", or in one of which nobody knows. Where the machine's own is
# in sight it works in each of them, also with the few capabilities of natloop.service. All in mount
# namespaces of their own; outside nothing changes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

need_tools setpriv
topology_make
grep ' /sys/fs/bpf ' /proc/self/mounts >"$NL_DIR/before" || true
grep -q ' /sys/fs/bpf bpf ' "$NL_DIR/before" || skip "no BPF file system here"
common="--netns $NL_PREFIX-router --instance $NL_INSTANCE --config $NL_DIR/empty.conf"
few=$(sed -n 's/^CapabilityBoundingSet=//p' "$NL_ROOT/user/natloop.service" |
	sed 's/CAP_/+/g; s/ /,/g' | tr '[:upper:]' '[:lower:]')
expect_match "capabilities of the service" "^\+net_admin," "$few"
{
	declare -p PUBLIC SERVER NL_BIN NL_DIR NL_INSTANCE NL_PREFIX common few
	cat <<-'END'
		set -e
		few() {
			setpriv --bounding-set "-all,$few" --inh-caps=-all --no-new-privs "$@"
		}
		# What follows SERVER is how it is run.
		attach() {
			"$@" "$NL_BIN" attach eth1 --public "$PUBLIC" --server "$SERVER" $common
		}
		unmounted() {
			while umount /sys/fs/bpf 2>/dev/null; do :; done
			! grep ' /sys/fs/bpf bpf ' /proc/self/mounts || exit 77
		}
		# refused TEXT COMMAND...
		refused() {
			local text=$1 status=0 out
			shift
			out=$("$@" 2>&1) || status=$?
			if [[ $status != 1 || $out != *"$text"* ]]; then
				echo "$*: status $status, $out"
				return 1
			fi
			! grep ' /sys/fs/bpf bpf ' /proc/self/mounts
		}
	END
} >"$NL_DIR/common"

# inside WHAT UNSHARE-OPTION...: runs standard input.
inside() {
	local what=$1 status=0
	shift
	cat "$NL_DIR/common" - >"$NL_DIR/inside"
	unshare --mount "$@" bash "$NL_DIR/inside" >"$NL_DIR/out" 2>&1 || status=$?
	((status != 77)) || skip "/sys/fs/bpf is in use and cannot be unmounted"
	((status == 0)) || fail "$what: $(<"$NL_DIR/out")"
	grep ' /sys/fs/bpf ' /proc/self/mounts >"$NL_DIR/after" || true
	expect_same "mounts outside" "$NL_DIR/before" "$NL_DIR/after"
	expect_nothing_left
}

# The first process of a PID namespace is in this mount namespace, as in a container.
inside "without a BPF file system" --propagation private --pid --fork --mount-proc <<-'END'
	unmounted
	attach
	grep ' /sys/fs/bpf bpf ' /proc/self/mounts
	"$NL_BIN" status $common
	"$NL_BIN" detach --all $common
END

# Where nobody knows what mount namespace this is, there may be one that is elsewhere.
copy="not attached"
! readlink /proc/1/ns/mnt >/dev/null 2>&1 || copy="pins made here would be lost"
inside "in a copy of the machine's mounts, few capabilities" --propagation private <<-END
	unmounted
	refused "pins made" attach few
	refused "$copy" "\$NL_BIN" status --instance "\$NL_INSTANCE"-none --config /dev/null
END

# As systemd makes it: a slave of the machine's mounts, which are shared, and shared itself.
unit=(--propagation shared --fork unshare --mount --propagation slave)
inside "as a unit with PrivateMounts=yes, without a BPF file system" "${unit[@]}" <<-'END'
	mount --make-rshared /
	unmounted
	refused "instead of 'ip netns exec NAME'" attach few
	refused "instead of 'ip netns exec NAME'" few "$NL_BIN" status $common
END

inside "as a unit with PrivateMounts=yes" "${unit[@]}" <<-'END'
	mount --make-rshared /
	attach few
	few "$NL_BIN" status $common
	few "$NL_BIN" detach --all $common
END

inside "unshare -m" --propagation private <<-'END'
	attach
	"$NL_BIN" detach --all $common
END

for run in "" "setpriv --bounding-set -all,$few --inh-caps=-all"; do
	for verb in "attach eth1 --public $PUBLIC --server $SERVER" status "detach --all"; do
		# shellcheck disable=SC2086 # words of a command
		out=$(expect_status "ip netns exec: $run $verb" 1 ip netns exec "$(ns_name router)" \
			$run "$NL_BIN" $verb --instance "$NL_INSTANCE" --config "$NL_DIR/empty.conf" 2>&1)
		expect_match "ip netns exec: $run $verb" "use 'natloopctl --netns NAME'" "$out"
	done
done
expect_nothing_left
