#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Pins of another ABI version are not touched and not misread: every command refuses and names the
# remedy, and what is attached goes on working.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# set_abi BYTE: overwrites the first byte of natloop_config, which is the version.
set_abi() {
	local value
	value=$("$bpftool" -j map dump pinned "$config_pin" | jq -r '.[0].value[]' | sed "1s/.*/$1/")
	# shellcheck disable=SC2086 # one word a byte
	"$bpftool" map update pinned "$config_pin" key hex 00 00 00 00 value hex ${value//0x/}
}

topology_make
attach
bpftool=$(find_bpftool)
config_pin=$NL_PINS/$NL_INSTANCE/natloop_config
abi=$(natloopctl status -j | jq .abi)
set_abi fe
for command in "status" "flow list" "stats" "forward list" "detach eth1" \
	"attach eth1 --public $PUBLIC --server $SERVER"; do
	read -ra words <<<"$command"
	expect_refused 1 "ABI" "${words[@]}"
done
expect_saw "it goes on working" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
set_abi "$(printf %02x "$abi")"
expect_success "status with the right version" natloopctl status >/dev/null
detach
expect_nothing_left
