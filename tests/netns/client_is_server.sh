#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The server machine itself dials the public address and reaches itself, TCP and UDP, while other
# clients do so, too.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
attach
watch_checksums server
expect_saw "the server itself, TCP" "$PUBLIC:[0-9]+" server tcp "$PUBLIC" 21116
expect_saw "the server itself, UDP" "$PUBLIC:[0-9]+" server udp "$PUBLIC" 21116
expect_saw "the server itself, fixed port" "$PUBLIC:34567" server --from-port 34567 \
	tcp "$PUBLIC" 21115
talk_open own server tcp 0 "$PUBLIC" 21117
talk_open other client tcp 0 "$PUBLIC" 21117
talk_say own "to myself"
talk_say other "from a client"
expect_good_checksums server
