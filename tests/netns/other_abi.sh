#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Pins of another ABI version, older or newer, are not touched and not misread: every command
# refuses, says which version each is, and names the remedy; what is attached goes on working; and
# the remedy works.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# set_abi BYTE: overwrites the first byte of natloop_config, which is the version.
set_abi() {
	local value
	value=$("$bpftool" -j map dump pinned "$config_pin" | jq -r '.[0].value[]' | sed "1s/.*/$1/")
	# shellcheck disable=SC2086 # one word a byte
	"$bpftool" map update pinned "$config_pin" key hex 00 00 00 00 value hex ${value//0x/}
}

# refused_all VERSION: by every command but "detach --all".
refused_all() {
	local command words
	for command in "status" "flow list" "flow flush" "stats" "forward list" \
		"forward add tcp/80=$SERVER" "public list" "detach eth1" "attach eth1" \
		"attach eth1 --public $PUBLIC --server $SERVER"; do
		read -ra words <<<"$command"
		expect_refused 1 "\(ABI $1, this is ABI $abi\); run 'natloopctl detach --all'," \
			"${words[@]}"
	done
	expect_saw "it goes on working" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
}

topology_make
attach
bpftool=$(find_bpftool)
config_pin=$NL_PINS/$NL_INSTANCE/natloop_config
abi=$(natloopctl status -j | jq .abi)
set_abi fe
refused_all 254
set_abi "$(printf %02x "$abi")"
expect_success "status with the right version" natloopctl status >/dev/null

set_abi "$(printf %02x $((abi - 1)))"
refused_all $((abi - 1))
note_programs
detach
expect_nothing_left
expect_equal "qdisc after detach" "" "$(ns_exec router tc qdisc show dev eth1 | grep clsact || true)"
attach
expect_saw "attached by this version" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
