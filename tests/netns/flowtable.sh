#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A flow table of nftables in software: a hairpin by nft alone uses it, in both directions through one
# interface; natloop on that interface comes before it, and takes nothing from the flows between the
# Internet and the LAN.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# Packets that the forward chain has seen.
slow() {
	ns_exec router nft -j list counter ip fast slow | jq '.nftables[] | .counter?.packets // empty'
}

# talk WHAT HOST PROTO: 20 times there and back.
talk() {
	local what=$1 host=$2 proto=$3 i
	talk_open "$what" "$host" "$proto" 0 "$PUBLIC" 21116
	for i in {1..20}; do
		talk_say "$what" "word $i"
	done
	talk_close "$what"
}

# expect_fast WHAT HOST PROTO: all but the first and the last packets go past the forward chain.
expect_fast() {
	local before seen
	before=$(slow)
	talk "$@"
	seen=$(($(slow) - before))
	((seen >= 1 && seen <= 12)) || fail "$1: the forward chain has seen $seen of 40 packets"
	say "$1: the forward chain has seen $seen of 40 packets and more"
}

topology_make
need_flow_tables
ns_exec router nft -f - <<-END
	table ip fast {
		counter slow { }
		flowtable f { hook ingress priority filter; devices = { eth0, eth1 }; }
		chain forward {
			type filter hook forward priority filter;
			meta l4proto { tcp, udp } counter name slow flow add @f
		}
	}
END

# The hairpin by nft.
ns_exec router nft -f - <<-END
	table ip hairpin {
		chain prerouting {
			type nat hook prerouting priority dstnat;
			iifname "eth1" ip daddr $PUBLIC meta l4proto { tcp, udp } th dport 21116 dnat to $SERVER
		}
		chain postrouting {
			type nat hook postrouting priority srcnat;
			ct status dnat ip saddr 192.168.11.0/24 oifname "eth1" snat to $PUBLIC
		}
	}
END
expect_fast nft-udp client udp
expect_match "what the server saw" "^$PUBLIC:" "${SAW[nft-udp]}"
expect_fast nft-tcp client tcp
expect_match "what the server saw" "^$PUBLIC:" "${SAW[nft-tcp]}"
if [[ -r /proc/net/nf_conntrack ]]; then
	expect_match "connections" 'udp .*\[OFFLOAD\]' "$(ns_exec router cat /proc/net/nf_conntrack)"
fi
ns_exec router nft delete table ip hairpin

attach
expect_jq "nothing in the way" '[.warnings[] | select(.what | test("flow table"))] == []' \
	"$(natloopctl status -j)"
before=$(slow)
talk natloop-udp client2 udp
talk natloop-tcp client2 tcp
expect_equal "packets of natloop's flows in the forward chain" "$before" "$(slow)"
(($(outcome to_server) >= 40)) || fail "natloop has not sent them: $(natloopctl stats)"
expect_fast internet-udp internet udp
expect_fast internet-tcp internet tcp
detach
