#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What other programs show has stable names: bpftool prog show, tc filter show, and bpftool map
# dump of a pinned map with named fields.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
bpftool=$(find_bpftool)
expect_saw "a flow" "$PUBLIC:33333" client --from-port 33333 tcp "$PUBLIC" 21116
expect_match "tc filter show" "natloop_tc" "$(ns_exec router tc filter show dev eth1 ingress)"
ids=$(note_programs && cat "$NL_DIR/programs")
programs=$(for id in $ids; do "$bpftool" prog show id "$id"; done)
expect_match "bpftool prog show" "name natloop_tc" "$programs"
if [[ $MODE == xdp ]]; then
	expect_match "bpftool prog show" "name natloop_xdp" "$programs"
	expect_match "ip link" "prog/xdp" "$(ns_exec router ip -d link show eth1)"
fi
pins=$NL_PINS/$NL_INSTANCE
expect_equal "mode of the pin directory" 700 "$(stat -c %a "$pins")"
[[ -e $pins/natloop_flows ]] || fail "natloop_flows is not pinned: $(ls "$pins")"
for pin in "$pins"/natloop_*; do
	# One of them may be a program.
	shown=$("$bpftool" map show pinned "$pin" 2>/dev/null ||
		"$bpftool" prog show pinned "$pin")
	expect_match "name of ${pin##*/}" "name natloop_" "$shown"
done
dump=$("$bpftool" map dump pinned "$pins/natloop_flows")
for field in src dst sport dport proto seen packets bytes; do
	expect_match "fields of natloop_flows" "\"$field\":" "$dump"
done
expect_match "version" "^natloopctl " "$(natloopctl --version | head -n 1)"
