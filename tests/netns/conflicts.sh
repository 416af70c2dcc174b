#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What stands in natloop's way is told by status, with the remedy, and only then; the remedy helps.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# expect_clean WHEN: no warning, in JSON and in text.
expect_clean() {
	expect_jq "$1" '.warnings == []' "$(natloopctl status -j)"
	[[ $(natloopctl status) != *warning* ]] || fail "$1: $(natloopctl status)"
}

# expect_warning OBJECT WHAT REMEDY: regular expressions; one warning, and it is that.
expect_warning() {
	local text
	text=$(natloopctl status)
	expect_equal "warnings in: $text" 1 "$(grep -c '^warning: ' <<<"$text")"
	expect_match "the warning" "warning: $1: [^;]*$2[^;]*; [^;]*$3" "$text"
	expect_jq "the same in JSON" ".warnings | length == 1 and
		(.[0] | keys == [\"object\", \"remedy\", \"what\"] and (.object | test(\"$1\")))" \
		"$(natloopctl status -j)"
}

topology_make
attach
expect_clean "a plain router"

ns_sysctl router ipv4/conf/eth1/forwarding 0
expect_warning eth1 "IP forwarding is off" "sysctl -w net.ipv4.ip_forward=1"
ns_sysctl router ipv4/conf/eth1/forwarding 1
expect_clean "forwarding again"

ns_exec router ip address add "$SERVER/32" dev lo
natloopctl forward del "udp/21116=$SERVER"
expect_warning "tcp/21115-21117=$SERVER" "address of this router" "forward del"
ns_exec router ip address del "$SERVER/32" dev lo
natloopctl forward add "udp/21116=$SERVER"
expect_clean "the server is a host again"

# A filter behind natloop's is no conflict, one before it is.
ns_exec router tc filter add dev eth1 ingress protocol ip prio 10 u32 \
	match ip protocol 17 0xff match ip dport 9 0xffff flowid 1:9
expect_clean "a filter behind"
detach
ns_exec router tc filter del dev eth1 ingress prio 10 2>/dev/null || true
ns_exec router tc qdisc replace dev eth1 clsact
ns_exec router tc filter add dev eth1 ingress protocol ip prio 1 u32 \
	match ip protocol 17 0xff match ip dport 9 0xffff flowid 1:9
attach
expect_warning eth1 "TC filter u32 of preference 1 comes before natloop's \(2\)" "larger preference"
ns_exec router tc filter del dev eth1 ingress prio 1
expect_clean "without the filter"

xdp_receiver router eth1
expect_warning eth1 "XDP program [0-9]+ \(xdp_pass\)" "pass packets"
ns_exec router ip link set dev eth1 xdp off
expect_clean "without the XDP program"

# tcx, of Linux 6.6, comes before all filters.
start router "$NL_BUILD/tests/netns/tcx_pass" eth1 >"$NL_DIR/tcx" 2>&1 </dev/null &
tcx=$!
wait_until 10 "tcx_pass" grep -q . "$NL_DIR/tcx"
if [[ $(<"$NL_DIR/tcx") == attached ]]; then
	expect_warning eth1 "tcx program [0-9]+ \(tcx_pass\)" "pass packets"
	expect_saw "behind tcx" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
	kill "$tcx"
else
	say "no tcx here: $(<"$NL_DIR/tcx")"
fi
wait "$tcx" || true
expect_clean "without the tcx program"
detach

# Our own XDP program is none of others'.
natloopctl attach eth1 --mode xdp --public "$PUBLIC" --server "$SERVER"
expect_clean "native XDP"
detach

# Rules of others that reflect the same ports, with the router's address as source. natloop leaves a
# client that [lan] denies to the kernel, which is where they are.
printf '%s\n' "[natloop]" "interface = eth1" "public = $PUBLIC" "[forward]" "tcp/21115-21117 = $SERVER" \
	"udp/21116 = $SERVER" "[lan]" "$CLIENT2/32 = deny" >"$NL_DIR/deny.conf"
natloopctl attach --config "$NL_DIR/deny.conf"
expect_clean "the port forwards of the router"
expect_unreachable "a client that is denied" client2 tcp "$PUBLIC" 21116

# expect_reflected WHAT-TO-DO: told, and it is as the warning says; REMEDY is what it says to do.
expect_reflected() {
	expect_warning "tcp/21115-21117=$SERVER" "rules of the router reflect it, too" "$1"
	REMEDY=$(natloopctl status -j | jq -r '.warnings[0].remedy')
	expect_saw "a client that is denied" "$ROUTER:[0-9]+" client2 tcp "$PUBLIC" 21116
	expect_saw "one that is not" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
}

ns_exec router nft add rule ip nat prerouting ip daddr "$PUBLIC" tcp dport 21115-21117 dnat to "$SERVER"
expect_clean "a forward that is not bound to the uplink"
ns_exec router nft add rule ip nat postrouting oifname eth1 ip saddr 192.168.11.0/24 masquerade
expect_reflected "delete this rule of nft .*: ip nat postrouting: oifname eth1 ip saddr 192.168.11.0/24 masquerade"
ns_exec router nft flush chain ip nat postrouting
expect_clean "without the source NAT"
ns_exec router nft add rule ip nat postrouting masquerade
expect_reflected "give this rule of nft the uplink's interface \(oifname\): ip nat postrouting: masquerade"
ns_exec router nft flush chain ip nat postrouting
ns_exec router nft add rule ip nat postrouting oifname eth0 masquerade
expect_clean "with the uplink's interface"

ns_exec router nft flush ruleset
for variant in nft legacy; do
	if ! ns_exec router "iptables-$variant" -t nat -A POSTROUTING -o eth0 -j MASQUERADE 2>"$NL_DIR/ipt"; then
		say "not tested: iptables-$variant: $(<"$NL_DIR/ipt")"
		continue
	fi
	ns_exec router "iptables-$variant" -t nat -A PREROUTING -d "$PUBLIC" -p tcp --dport 21115:21117 \
		-j DNAT --to-destination "$SERVER"
	ns_exec router "iptables-$variant-restore" --noflush <"$NL_ROOT/tests/fixtures/docker.iptables"
	expect_clean "the usual rules of iptables-$variant, and Docker's"
	ns_exec router "iptables-$variant" -t nat -A POSTROUTING -s 192.168.11.0/24 -d "$SERVER" -p tcp -j MASQUERADE
	expect_reflected "iptables-$variant -t nat -D POSTROUTING -s 192.168.11.0/24 -d $SERVER/32 -p tcp -j MASQUERADE"
	# The remedy is a command.
	ns_exec router sh -c "$REMEDY"
	expect_clean "after '$REMEDY'"
	expect_unreachable "a client that is denied" client2 --timeout 1 tcp "$PUBLIC" 21116
	ns_exec router "iptables-$variant" -t nat -F
	ns_exec router "iptables-$variant" -t nat -X
done
ns_exec router nft flush ruleset

# firewall4's own, on a bridge of its name.
ns_exec router nft -f <(sed 's/br-lan/eth1/' "$NL_ROOT/tests/fixtures/fw4.nft")
expect_reflected "set option reflection '0' in redirect 'RustDesk' of /etc/config/firewall"
detach
ns_exec router nft flush ruleset
router_nat
attach
expect_clean "a plain router again"
detach

# What not every kernel has.
if [[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || modprobe br_netfilter 2>/dev/null; then
	ns_exec router ip link add br0 type bridge
	ns_exec router ip address add 192.168.14.1/24 dev br0
	ns_exec router ip link set br0 up
	natloopctl attach br0 eth1 --public "$PUBLIC" --server "$SERVER"
	ns_sysctl router bridge/bridge-nf-call-iptables 1
	expect_warning br0 "bridge-nf-call-iptables" "bridge-nf-call-iptables=0"
	ns_sysctl router bridge/bridge-nf-call-iptables 0
	expect_clean "bridge-nf-call-iptables off"
	detach
	ns_exec router ip link del br0
else
	say "not tested: bridge-nf-call-iptables, this kernel has no br_netfilter"
fi

ns_exec router ip link add br0 type bridge
ns_exec router ip link add port0 type veth peer name port0-peer
ns_exec router ip link set port0 master br0 up
ns_exec router ip address add 192.168.14.1/24 dev br0
ns_exec router ip link set br0 up
natloopctl attach br0 eth1 --public "$PUBLIC" --server "$SERVER"
expect_clean "a bridge"
if ns_exec router nft -f - 2>"$NL_DIR/nft" <<-END; then
	table inet fw4 {
		flowtable ft {
			hook ingress priority filter;
			devices = { port0, eth1 };
		}
	}
END
	expect_warning br0 "flow table ft of table fw4 takes packets of port0" "offloading off"
	ns_exec router nft delete table inet fw4
	expect_clean "without the flow table"
else
	say "not tested: a flow table, this kernel has no nf_flow_table: $(head -n 1 "$NL_DIR/nft")"
fi
say "not tested: LRO, no virtual interface has it"
note_programs
detach
expect_nothing_left
