#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs whose pins were removed by hand are told of: by every command when nothing else is
# attached, by attach, and by status; the remedy helps. Those of another instance are none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# Does what the message in $1 says behind the last "; ".
follow() {
	# shellcheck disable=SC2086 # the words of a command
	ns_exec router ${1##*; }
}

topology_make
attach
rm -r "${NL_PINS:?}/$NL_INSTANCE"
for command in status "detach --all" "detach eth1" "flow list"; do
	# shellcheck disable=SC2086 # words of a command
	out=$(expect_status "$command without pins" 1 natloopctl $command 2>&1)
	expect_match "$command without pins" \
		"not attached anywhere; but on eth1 TC filter natloop_tc of preference 1 belongs to no instance" \
		"$out"
done

out=$(attach 2>&1)
wanted="eth1: TC filter natloop_tc of preference 1 belongs to no instance that is pinned, and goes on"
expect_match "attach beside it" "$wanted translating; tc filter del dev eth1 ingress pref 1" "$out"
out=$(natloopctl status)
expect_equal "warnings in: $out" 1 "$(grep -c '^warning: ' <<<"$out")"
expect_match "status beside it" "warning: $wanted" "$out"
follow "$out"
out=$(natloopctl status)
[[ $out != *warning* ]] || fail "after the remedy: $out"
expect_saw "the new one" "$PUBLIC:33333" client --from-port 33333 tcp "$PUBLIC" 21116
expect_jq "flows of the new one" 'length == 1' "$(natloopctl flow list -j)"

# Another instance is nobody's orphan.
NL_INSTANCE=$NL_PREFIX-b attach 2>"$NL_DIR/b"
[[ ! -s $NL_DIR/b ]] || fail "attaching another instance: $(<"$NL_DIR/b")"
out=$(natloopctl status)
[[ $out != *"no instance"* ]] || fail "beside another instance: $out"
NL_INSTANCE=$NL_PREFIX-b detach
detach

# XDP alone: nothing can be attached beside it.
natloopctl attach eth1 --mode xdp-generic --public "$PUBLIC" --server "$SERVER" 2>"$NL_DIR/xdp"
rm -r "${NL_PINS:?}/$NL_INSTANCE"
attach_interfaces eth1 --public "$PUBLIC" --server "$SERVER" 2>"$NL_DIR/xdp"
out=$(natloopctl status)
expect_match "XDP" "warning: eth1: XDP program natloop_xdp \([0-9]+\) belongs to no instance" "$out"
while IFS= read -r line; do
	follow "$line"
done < <(grep '^warning: .*no instance' <<<"$out")
out=$(natloopctl status)
[[ $out != *warning* ]] || fail "after the remedies: $out"
detach
expect_nothing_left
