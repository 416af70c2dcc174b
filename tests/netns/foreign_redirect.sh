#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A shaper of what comes in, as SQM scripts make it (a filter on the LAN's interface sends all to an
# ifb device with a queue of its own), and natloop on the same interface: whichever came first, both
# get their packets, and the other's filter and qdisc stay as they are through attach, update and
# detach. Where the other's filter comes first, status says so.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

shaper_device() {
	ns_exec router ip link add ifb0 type ifb 2>/dev/null ||
		skip "this kernel has no ifb devices"
	ns_exec router ip link set ifb0 up
	ns_exec router tc qdisc add dev ifb0 root cake bandwidth 1gbit 2>/dev/null ||
		ns_exec router tc qdisc add dev ifb0 root tbf rate 1gbit burst 128kb latency 50ms
}

# shape PREFERENCE clsact|ingress: the qdisc is there, or is made.
shape() {
	local parent=(ingress)
	[[ $2 == clsact ]] || parent=(parent ffff:)
	ns_exec router tc qdisc add dev eth1 "$2" 2>/dev/null || true
	ns_exec router tc filter add dev eth1 "${parent[@]}" protocol all prio "$1" u32 \
		match u32 0 0 flowid 1:1 action mirred egress redirect dev ifb0
}

unshape() {
	ns_exec router tc qdisc del dev eth1 "$1"
}

# What the other has set, without its counters. The kernel (6.18) tells one parent for all filters of
# a qdisc, that by which the last one was added: "ffff:" or none, for the same place.
others() {
	ns_exec router tc qdisc show
	ns_exec router tc filter show dev eth1 ingress prio "$1" | sed 's/^filter parent ffff: /filter /'
}

shaped() {
	ns_exec router ip -s -j link show ifb0 | jq '.[0].stats64.rx.packets'
}

# expect_both WHAT: natloop reflects, and what it leaves alone is shaped.
expect_both() {
	local before
	expect_saw "$1, TCP" "$PUBLIC:[0-9]+" client --size 30000 tcp "$PUBLIC" 21116
	expect_saw "$1, UDP" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
	before=$(shaped)
	expect_saw "$1, the router's own service" "$CLIENT:[0-9]+" client tcp "$PUBLIC" 22
	(($(shaped) >= before + 4)) || fail "$1: the router's own service was not shaped"
}

# expect_undisturbed WHAT PREFERENCE
expect_undisturbed() {
	others "$2" >"$NL_DIR/now"
	expect_same "$1" "$NL_DIR/others" "$NL_DIR/now"
}

topology_make
shaper_device
serve router --bind "$PUBLIC" tcp/22

for qdisc in clsact ingress; do
	shape 10 "$qdisc"
	others 10 >"$NL_DIR/others"
	attach
	expect_both "the shaper first, $qdisc"
	expect_undisturbed "the shaper's after attach, $qdisc" 10
	expect_success "update" natloopctl attach eth1 --mode "$MODE"
	expect_undisturbed "the shaper's after an update, $qdisc" 10
	expect_jq "nothing in the way" '[.warnings[] | select(.what | test("TC filter"))] == []' \
		"$(natloopctl status -j)"
	note_programs
	detach
	expect_undisturbed "the shaper's after detach, $qdisc" 10
	expect_unreachable "after detach" client tcp "$PUBLIC" 21116
	expect_nothing_left
	unshape "$qdisc"
done

# When the shaper goes with its qdisc, natloop's filter goes, too, and comes back by an update.
shape 10 ingress
attach
unshape ingress
[[ $MODE == xdp ]] || expect_unreachable "without the qdisc" client tcp "$PUBLIC" 21116
expect_success "put back" natloopctl attach eth1 --mode "$MODE"
expect_saw "put back" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
detach
expect_nothing_left

attach
shape 10 clsact
others 10 >"$NL_DIR/others"
expect_both "natloop first"
# The qdisc of the other kind has no place beside it.
ns_exec router tc qdisc del dev eth1 ingress 2>/dev/null && fail "clsact went as ingress"
ns_exec router tc qdisc add dev eth1 ingress 2>/dev/null && fail "ingress beside clsact"
expect_success "update" natloopctl attach eth1 --mode "$MODE"
expect_undisturbed "the later shaper's after an update" 10
detach
expect_undisturbed "the later shaper's after detach" 10
unshape clsact

# Before natloop's, it takes everything that TC would see.
shape 1 clsact
attach
expect_match "status" 'TC filter u32 of preference 1 comes before natloop' "$(natloopctl status)"
if [[ $MODE == auto ]]; then
	expect_unreachable "behind the shaper's" client tcp "$PUBLIC" 21116
else
	call client tcp "$PUBLIC" 21116 >/dev/null || fail "XDP comes before all filters"
fi
detach
