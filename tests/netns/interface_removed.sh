#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An interface disappears while natloop is attached to it: status says so, the other interface goes
# on, and detach takes everything away all the same, also what libxdp's dispatcher keeps pinned (only
# where the kernel takes it, as in a guest of scripts/vm-test.sh).
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
switch_add dmz
router_port eth2 192.168.12.1 dmz to-router
attach_interfaces eth1 eth2 --public "$PUBLIC" --server "$SERVER"
note_programs
ns_exec router ip link del eth2
status=$(natloopctl status)
expect_match "status in words" "eth2.*(gone|no longer|removed|disappeared|does not exist)" "$status"
expect_jq "eth2 in status" '.interfaces[] | select(.name == "eth2") | .reason |
	test("gone|no longer|removed|disappeared|does not exist")' "$(natloopctl status -j)"
expect_saw "eth1 goes on" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_success "detach of what is gone" natloopctl detach eth2
expect_jq "only eth1 is left" '[.interfaces[].name] == ["eth1"]' "$(natloopctl status -j)"

ns_exec router ip link del eth1
expect_success "detach when all are gone" natloopctl detach --all
expect_nothing_left

[[ $MODE == xdp ]] || exit 0
router_port eth2 192.168.12.1 dmz to-router
attach_interfaces eth2 --public "$PUBLIC" --forward tcp/80=192.168.12.2
note_programs
ns_exec router ip link set dev eth2 xdp off
expect_success "attach after 'xdp off'" natloopctl attach eth2
ns_exec router ip link set dev eth2 xdp off
expect_success "detach after 'xdp off'" natloopctl detach --all
expect_nothing_left

# A program that goes with its interface to another namespace has nothing to translate any more.
ns_exec router ip link del eth2
router_port eth2 192.168.12.1 dmz to-router
attach_interfaces eth2 --public "$PUBLIC" --forward tcp/80=192.168.12.2
note_programs
config_map=$("$(find_bpftool)" -j map show pinned "$NL_PINS/$NL_INSTANCE/natloop_config" | jq .id)
ns_exec router ip link set eth2 netns "$(ns_name client)"
expect_success "detach after the move" natloopctl detach --all
if "$(find_bpftool)" map show id "$config_map" &>/dev/null; then
	expect_jq "nothing to translate" '.[0].formatted.value |
		.slot[.active] | [.publics, .addresses, .forwards] == [0, 0, 0]' \
		"$("$(find_bpftool)" -j map dump id "$config_map")"
fi
ns_exec client ip link del eth2
expect_nothing_left
