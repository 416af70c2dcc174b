#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# RustDesk's rules as the stand-ins have them, where they meet natloop: who is unknown, offline or has no
# key; a symmetric NAT goes to the relay at once; where the relay is; and what users report most, some
# clients that have the server's LAN address while others have the public one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
SPEED=$((NL_PATIENCE > 1 ? 2 : 10))
# shellcheck source-path=SCRIPTDIR source=lib_rustdesk.sh
. "${BASH_SOURCE[0]%/*}/lib_rustdesk.sh"

KEY=secret

# expect_session WHAT FILTER FROM TO [OPTION...]
expect_session() {
	local what=$1 filter=$2
	shift 2
	expect_jq "$what" "$filter" "$(rustdesk_connect "$@" --key "$KEY")"
}

# Names of a LAN host that has the server's LAN address typed in.
typed_in() {
	echo "$SERVER $NAME" >"$NL_DIR/typed.hosts"
	NAMES_OF[$1]="--hosts $NL_DIR/typed.hosts"
}

need_rustdesk
nl_begin
rustdesk_topology
attach
typed_in client2
HBBR_WITH=(-k "$KEY")
rustdesk_server -k "$KEY"
SERVE_WITH=(--key "$KEY")
rustdesk_serve client client2 server remote bare
rustdesk_ready client client2 server remote bare

expect_jq "no key" '.why == "wrong key"' "$(rustdesk_connect bare client)"
DESK=nobody expect_session "an unknown ID" '.why == "ID does not exist"' bare client
kill -STOP "${SERVE_PID[server]}"

# Clients by different ways: hbbs sees two addresses, so each is told the other's as it sees that. The
# one with the LAN address can be reached there. A port of the public address that is none of the
# forwarded ones leads to nobody, and the router says so at once.
expect_session "by the public address to one by the LAN address" \
	".result == \"direct\" and .told[:12] == \"$CLIENT2\"" client client2
expect_session "by the LAN address to one by the public address" \
	".result == \"relayed\" and .told[:11] == \"$PUBLIC\" and .direct_error == \"Connection refused\"" \
	client2 client

# The relay is where B says: its own setting, else the host of its ID server. A name is everybody's own,
# an address of the LAN is not.
DESK=typed
SERVE_WITH=(--key "$KEY" --server "$SERVER")
rustdesk_serve client2
rustdesk_ready client2
expect_session "B has a LAN address as its ID server" \
	'.result == "failed" and .why == "no connection to the relay"' bare client2
expect_session "the same inside the LAN" '.result == "relayed"' client client2 --force-relay
DESK=chosen
SERVE_WITH=(--key "$KEY" --server "$SERVER" --relay "$NAME")
rustdesk_serve client2
rustdesk_ready client2
expect_session "B has the name as its relay" '.result == "relayed"' bare client2
DESK=desk

# Ports by chance, another for each destination: nobody tries the direct way.
ns_exec home nft add rule ip nat postrouting oifname eth0 masquerade fully-random
ns_exec home nft -a list chain ip nat postrouting >"$NL_DIR/rules"
ns_exec home nft delete rule ip nat postrouting handle \
	"$(sed -n 's/.*masquerade # handle //p' "$NL_DIR/rules")"
DESK=random
SERVE_WITH=(--key "$KEY")
rustdesk_serve remote
rustdesk_ready remote
expect_session "B behind a symmetric NAT" \
	'.result == "relayed" and .told == "" and .seconds < 2' client remote
DESK=desk
expect_session "A behind a symmetric NAT" \
	'.result == "relayed" and .nat == "symmetric" and .seconds < 2' remote client

# By now it has not registered for longer than REG_TIMEOUT, which the relays above have outlasted.
expect_session "a peer that stands still" '.why == "peer is offline"' client server
kill -CONT "${SERVE_PID[server]}"
