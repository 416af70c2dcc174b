#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Attach on an attached interface updates it in place: options are replaced, flows and their ports
# are kept, a conversation never notices, no second filter appears; an interface added later shares
# the flows.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

filters() {
	ns_exec router tc filter show dev eth1 ingress | grep -c 'natloop_tc' || true
}

topology_make
attach
talk_open live client tcp 42424 "$PUBLIC" 21116
talk_open liveudp client udp 42424 "$PUBLIC" 21116
talk_say live "one"
talk_say liveudp "one"
expect_equal "our filters" 1 "$(filters)"

serve server tcp/443
for i in 1 2 3 4 5; do
	attach --forward "tcp/8443=$SERVER:443"
	talk_say live "update $i"
	talk_say liveudp "update $i"
	expect_equal "the UDP source after update $i" "$PUBLIC:42424" "${SAW[liveudp]}"
done
expect_equal "our filters after updates" 1 "$(filters)"
expect_equal "flows after updates" 2 "$(natloopctl flow list -j | jq length)"
expect_saw "the new forward" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 8443

# Options win: without the forward it is gone, with another source mode new flows use that.
attach --snat router
expect_unreachable "the forward that was taken back" client tcp "$PUBLIC" 8443
expect_saw "new source mode" "$ROUTER:[0-9]+" client tcp "$PUBLIC" 21115
talk_say live "the old flow stays"

switch_add dmz
router_port eth2 192.168.12.1 dmz to-router
host_add guest 192.168.12.2 dmz 192.168.12.1
expect_unreachable "an interface that is not attached" guest tcp "$PUBLIC" 21116
expect_success "add eth2" natloopctl attach eth2 --mode "$MODE"
expect_jq "both are attached" '[.interfaces[].name] | sort == ["eth1", "eth2"]' \
	"$(natloopctl status -j)"
expect_saw "from the second interface" ".*:[0-9]+" guest tcp "$PUBLIC" 21116
talk_say live "and the old flow"
