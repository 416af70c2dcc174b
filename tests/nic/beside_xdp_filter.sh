#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloop and xdp-filter on one virtio-net card in native mode, through libxdp's dispatcher, whichever
# comes first: the filter drops what it is told to and natloop translates the rest; each comes, goes
# and is updated without the other; and natloop's status says who else is there. Beside a program
# without the dispatcher "auto" takes TC.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

filter() {
	ns_exec router xdp-filter "$@"
}

# Loads the filter, which is to drop TCP to 21117.
filter_load() {
	expect_success "xdp-filter load" filter load -m native eth1
	expect_success "xdp-filter port" filter port 21117 -m dst -p tcp
}

filter_drops() {
	filter status | awk '/XDP_DROP/ { print $2 }'
}

# xdp_programs: those on eth1, as "xdp_dispatcher xdpfilt_alw_all natloop_xdp".
xdp_programs() {
	ns_exec router xdp-loader status eth1 | awk '/native/ || /=>/ {
		print $1 == "eth1" ? $2 : $3 }' | sort | xargs
}

expect_translated() {
	local before=$(($(outcome to_server) + 0))
	expect_saw "$1" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
	expect_saw "$1" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
	(($(outcome to_server) > before)) || fail "$1: natloop counted nothing"
}

expect_dropped() {
	local before
	before=$(filter_drops)
	expect_unreachable "$1" client tcp "${2:-$PUBLIC}" 21117
	(($(filter_drops) > before)) || fail "$1: xdp-filter counted nothing"
}

expect_beside() {
	expect_equal "programs $1" "natloop_xdp xdp_dispatcher xdpfilt_alw_all" "$(xdp_programs)"
	expect_match "status $1" "warning: eth1: XDP program [0-9]+ \(xdpfilt_alw_all\)" \
		"$(natloopctl status)"
	expect_equal "mode $1" xdp "$(natloopctl status -j | jq -r '.interfaces[0].mode')"
}

need_tools xdp-filter xdp-loader
nic_topology virtio

filter_load
# Before natloop comes, which must not be what takes it away.
[[ $(xdp_programs) == *xdp_dispatcher* ]] ||
	skip "this kernel refuses programs of the type freplace, which libxdp's dispatcher needs"
attach
natloopctl status >&2
expect_beside "with natloop second"
expect_translated "with natloop second"
expect_dropped "with natloop second"

attach --forward rustdesk="$SERVER" --forward tcp/21118="$SERVER"
expect_beside "after an update"
expect_saw "after an update" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21118
expect_dropped "after an update"

expect_success "xdp-filter unload" filter unload eth1
expect_equal "programs without the filter" "natloop_xdp xdp_dispatcher" "$(xdp_programs)"
expect_translated "without the filter"
expect_saw "without the filter" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21117

filter_load
expect_beside "with natloop first"
expect_translated "with natloop first"
expect_dropped "with natloop first"

detach
expect_equal "programs without natloop" "xdp_dispatcher xdpfilt_alw_all" "$(xdp_programs)"
expect_unreachable "without natloop" client tcp "$PUBLIC" 21116
expect_dropped "without natloop" "$ROUTER"
expect_success "xdp-filter unload" filter unload eth1
expect_equal "programs at the end" "" "$(xdp_programs)"

xdp_receiver router eth1
attach
expect_match "beside xdp_pass" "^tc, no native XDP: the XDP program xdp_pass .* of somebody else" \
	"$(natloopctl status -j | jq -r '.interfaces[0] | .mode + ", " + .reason')"
expect_translated "beside xdp_pass"
detach
expect_equal "programs at the end" xdp_pass "$(xdp_programs)"
