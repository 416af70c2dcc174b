#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A real miniupnpd on the router: what a LAN host asks for by UPnP is reflected by natloopctl watch,
# and is not any more when the host takes it back. Prints how long it took from upnpc's end.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

FIRST=$NL_BUILD/tests/netns/first_reply

# The chains as the package's own nft_init.sh makes them, but for the policy of forward.
miniupnpd_start() {
	ns_exec router nft -f - <<-END
		table inet filter {
			chain forward {
				type filter hook forward priority 0; policy accept;
				jump miniupnpd
			}
			chain miniupnpd {
			}
			chain prerouting {
				type nat hook prerouting priority -100; policy accept;
				jump prerouting_miniupnpd
			}
			chain postrouting {
				type nat hook postrouting priority 100; policy accept;
				jump postrouting_miniupnpd
			}
			chain prerouting_miniupnpd {
			}
			chain postrouting_miniupnpd {
			}
		}
	END
	# It forwards nothing on a private address; ext_ip says that there is a global one outside.
	printf '%s\n' ext_ifname=eth0 ext_ip=8.8.4.4 listening_ip=eth1 http_port=5555 enable_upnp=yes \
		enable_natpmp=yes secure_mode=yes upnp_table_name=filter upnp_nat_table_name=filter \
		upnp_forward_chain=miniupnpd upnp_nat_chain=prerouting_miniupnpd \
		upnp_nat_postrouting_chain=postrouting_miniupnpd \
		uuid=00000000-0000-0000-0000-000000000001 \
		"allow 1024-65535 192.168.11.0/24 1024-65535" "deny 0-65535 0.0.0.0/0 0-65535" \
		>"$NL_DIR/miniupnpd.conf"
	start router miniupnpd -d -4 -f "$NL_DIR/miniupnpd.conf" -P "$NL_DIR/miniupnpd.pid" \
		>"$NL_DIR/miniupnpd" 2>&1 </dev/null &
	WAIT_LOG=$NL_DIR/miniupnpd wait_until 5 miniupnpd grep -q "HTTP listening" "$NL_DIR/miniupnpd"
}

# upnp HOST ARGUMENT...: upnpc there; what it says is in the file upnpc.
upnp() {
	ns_exec "$1" upnpc -u "http://$ROUTER:5555/rootDesc.xml" "${@:2}" >"$NL_DIR/upnpc" 2>&1 ||
		fail "upnpc ${*:2}: $(<"$NL_DIR/upnpc")"
}

need_tools miniupnpd upnpc
[[ $(miniupnpd --version) == *nftables* ]] || skip "this miniupnpd is not the one for nftables"
topology_make
miniupnpd_start
serve client2 udp/3074
watch_start one eth1
took=$(ns_exec client "$FIRST" --from-end "/run/netns/$(ns_name router)" "$PUBLIC" 45001 \
	nsenter --net="/run/netns/$(ns_name server)" sh -c "exec \"\$@\" >'$NL_DIR/upnpc' 2>&1" sh \
	upnpc -u "http://$ROUTER:5555/rootDesc.xml" -e test -a "$SERVER" 21116 45001 UDP) ||
	fail "upnpc: $(<"$NL_DIR/upnpc"), watch: $(<"$WATCH_LOG")"
echo "miniupnpd: first reflected packet $((took / 1000)).$((took % 1000 / 100)) ms after upnpc -a"
expect_line "the forward" "^natloopctl: forwards: \\+ udp/45001=$SERVER:21116\$"
expect_saw "a port that UPnP opened" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 45001
expect_saw "from outside" "$INTERNET:[0-9]+" internet udp "$PUBLIC" 45001
expect_unreachable "another port" client udp "$PUBLIC" 45002

# TCP, and another host.
upnp server -a "$SERVER" 21117 45002 TCP
expect_line "TCP" "^natloopctl: forwards: \\+ tcp/45002=$SERVER:21117\$"
expect_saw "by TCP" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 45002
upnp client2 -a "$CLIENT2" 3074 3074 UDP
expect_line "another host" "^natloopctl: forwards: \\+ udp/3074=$CLIENT2\$"
expect_saw "another host" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 3074
sleep 1
expect_lines "no conflict" warning 0

upnp server -d 45001 UDP
expect_line "taken back" "^natloopctl: forwards: - udp/45001=$SERVER:21116\$" 10
expect_unreachable "taken back" client udp "$PUBLIC" 45001
expect_saw "the others stay" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 45002
expect_saw "and the router's own" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
watch_end
detach
