#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Attach of three interfaces one of which does not exist leaves nothing at all: no program, no
# qdisc, no pin. The same for an update: the attached interface stays as it was.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
switch_add dmz
router_port eth2 192.168.12.1 dmz to-router
router_snapshot >"$NL_DIR/before"
for order in "eth1 eth2 nosuch0" "nosuch0 eth1 eth2" "eth1 nosuch0 eth2"; do
	read -ra interfaces <<<"$order"
	expect_refused 1 "^natloopctl: nosuch0: " attach "${interfaces[@]}" --mode "$MODE" \
		--public "$PUBLIC" --server "$SERVER"
	router_snapshot >"$NL_DIR/after"
	expect_same "the router after '$order'" "$NL_DIR/before" "$NL_DIR/after"
	expect_nothing_left
done

attach
natloopctl status -j | jq 'del(.flows)' >"$NL_DIR/status.before"
talk_open live client tcp 0 "$PUBLIC" 21116
expect_refused 1 "^natloopctl: nosuch0: " attach eth2 nosuch0 --mode "$MODE" --public auto
natloopctl status -j | jq 'del(.flows)' >"$NL_DIR/status.after"
expect_same "status after a failed update" "$NL_DIR/status.before" "$NL_DIR/status.after"
talk_say live "still there"
