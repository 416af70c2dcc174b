#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Forwards of every form: another port at the server, a range, a range moved to another place, two
# servers, two public addresses, both protocols at once; and what lies just outside is not ours.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

PUBLIC2=172.16.16.2

topology_make
ns_exec router ip address add "$PUBLIC2/24" dev eth0
serve server tcp/443 tcp/5000-5010 udp/5000-5010
host_add server2 192.168.11.30 switch "$ROUTER"
serve server2 tcp/7000-7003 udp/53 tcp/53
attach_interfaces eth1 --public "$PUBLIC" --public "$PUBLIC2" \
	--forward "tcp/8443=$SERVER:443" \
	--forward "tcp+udp/5000-5010=$SERVER" \
	--forward "tcp/6000-6003=192.168.11.30:7000" \
	--forward "tcp+udp/53=192.168.11.30"
watch_checksums server
watch_checksums server2
for public in "$PUBLIC" "$PUBLIC2"; do
	expect_saw "8443 to 443" "$public:[0-9]+" client tcp "$public" 8443
	for port in 5000 5005 5010; do
		expect_saw "range, TCP $port" "$public:[0-9]+" client tcp "$public" "$port"
		expect_saw "range, UDP $port" "$public:[0-9]+" client udp "$public" "$port"
	done
	for port in 6000 6001 6003; do
		expect_saw "moved range, $port" "$public:[0-9]+" client tcp "$public" "$port"
	done
	expect_saw "second server, TCP 53" "$public:[0-9]+" client tcp "$public" 53
	expect_saw "second server, UDP 53" "$public:[0-9]+" client udp "$public" 53
	for port in 443 4999 5011 5999 6004 7000; do
		expect_unreachable "outside the ranges" client tcp "$public" "$port"
	done
done
expect_good_checksums server
expect_good_checksums server2

# Which port of which server it was, from the flows.
flows=$(natloopctl flow list -j)
expect_jq "8443 went to 443" "[.[] | select(.public == \"$PUBLIC:8443\")] | length > 0 and
	all(.server == \"$SERVER:443\")" "$flows"
expect_jq "6003 went to 7003" '[.[] | select(.public | endswith(":6003"))] | length > 0 and
	all(.server == "192.168.11.30:7003")' "$flows"
expect_jq "53 went to the second server" '[.[] | select(.public | endswith(":53"))] | length > 0
	and all(.server == "192.168.11.30:53")' "$flows"

# Changed while it runs.
natloopctl forward del "tcp/8443=$SERVER:443"
expect_unreachable "deleted forward" client tcp "$PUBLIC" 8443
natloopctl forward add "tcp/8444=$SERVER:443"
expect_saw "added forward" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 8444
natloopctl public del "$PUBLIC2"
expect_unreachable "deleted public address" client tcp "$PUBLIC2" 8444
natloopctl public add "$PUBLIC2"
expect_saw "added public address" "$PUBLIC2:[0-9]+" client tcp "$PUBLIC2" 8444
