#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A TCP connection survives the loss of its state: the flow is flushed while the connection is
# idle, the next packet from the client picks it up again with the same port.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
talk_open live client tcp 41414 "$PUBLIC" 21116
talk_say live "before"
expect_equal "flows before" 1 "$(natloopctl flow list -j | jq length)"
expect_success "flush" natloopctl flow flush
expect_equal "flows after the flush" 0 "$(natloopctl flow list -j | jq length)"
talk_say live "after"
expect_jq "the flow is back" ".[0].snat == \"$PUBLIC:41414\"" "$(natloopctl flow list -j)"

# The same when everything was detached for a moment.
detach
attach
talk_say live "after a new attach"
