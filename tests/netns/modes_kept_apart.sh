#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# --mode means the interfaces that the command names; a mode that fails changes nothing, also not
# what status says; an interface with a server behind it is not detached from under its forward.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

modes() {
	natloopctl status -j | jq -c '[.interfaces[] | {(.name): .mode}] | add'
}

topology_make
switch_add dmz
router_port eth2 192.168.12.1 dmz to-router
ns_exec router ip link add br0 type bridge
ns_exec router ip link add port0 type veth peer name port1
ns_exec router ip link set port0 master br0 up
ns_exec router ip address add 192.168.14.1/24 dev br0
ns_exec router ip link set br0 up

MODE=tc attach_interfaces eth1 port0 --public "$PUBLIC" --server "$SERVER"
natloopctl attach eth2 --mode xdp
expect_jq "modes" '. == {"eth1": "tc", "eth2": "xdp", "port0": "tc"}' "$(modes)"
expect_refused 1 "port0: .*bridge br0.*attach br0" attach port0 --mode xdp

# Somebody else's XDP program is on eth1.
xdp_receiver router eth1
expect_refused 1 "eth1: .*somebody else" attach eth1 --mode xdp
expect_jq "modes after the refusal" '. == {"eth1": "tc", "eth2": "xdp", "port0": "tc"}' "$(modes)"
expect_saw "after the refusal" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116

# What was attached before goes back to its hook, whatever it was and was to be.
eth2() {
	natloopctl status -j | jq -r '.interfaces[] | select(.name == "eth2") | .mode + ", " + .reason'
}
on_eth2() {
	ns_exec router "$(find_bpftool)" net show dev eth2 | grep -Eo 'generic|driver|clsact' || true
}
for turn in "xdp xdp-generic" "tc xdp" "xdp-generic xdp" "tc xdp-generic"; do
	read -r was asked <<<"$turn"
	natloopctl attach eth2 --mode "$was"
	before=$(on_eth2) said=$(eth2)
	expect_match "eth2" "^$was, asked for by --mode $was" "$said"
	expect_refused 1 "eth1: .*somebody else" attach eth2 eth1 --mode "$asked"
	expect_equal "eth2 after $asked was refused" "$said" "$(eth2)"
	expect_equal "what is on eth2" "$before" "$(on_eth2)"
done
natloopctl attach eth2 --mode xdp

natloopctl forward add "tcp/443=192.168.12.20"
expect_refused 1 "eth2: .*tcp/443=192.168.12.20" detach eth2
natloopctl forward del "tcp/443=192.168.12.20"
natloopctl detach eth2
expect_jq "modes after detach" '. == {"eth1": "tc", "port0": "tc"}' "$(modes)"
natloopctl detach eth1 port0
[[ ! -e $NL_PINS/$NL_INSTANCE ]] || fail "pins are left"
