#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The same as import_nft for rules of iptables, of both variants: attach without other words, docker's
# and miniupnpd's chains, no rule counted twice, and answers of iptables-save that are no good.
# modes: nft legacy
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_import.sh
. "${BASH_SOURCE[0]%/*}/lib_import.sh"

VARIANT=$MODE

ipt() {
	ns_exec router "iptables-$VARIANT" -t nat "$@"
}

nl_begin
topology_hosts
serve server tcp/21115-21118 udp/21116
need_tools "iptables-$VARIANT" "iptables-$VARIANT-restore"
error=$(ipt -A POSTROUTING -o eth0 -j MASQUERADE 2>&1) ||
	skip "iptables-$VARIANT does not work here: $error"

ipt -A PREROUTING -i eth0 -p tcp -m multiport --dports 21115:21117 -j DNAT --to-destination "$SERVER"
ipt -A PREROUTING -i eth0 -p udp -m udp --dport 21116 -j DNAT --to-destination "$SERVER:21116"
expect_saw "from outside" ".*:[0-9]+" internet tcp "$PUBLIC" 21116
router_snapshot >"$NL_DIR/before"
natloopctl import --dry-run -v >"$NL_DIR/out"
router_snapshot >"$NL_DIR/after"
expect_same "the router after a dry run" "$NL_DIR/before" "$NL_DIR/after"
attach_alone

# Every rule is there once, whoever shows it.
rules=$(natloopctl import -j)
expect_jq "each rule once, in full" 'length == 2 and all(.[]; .source == "iptables" and
	.skipped == "")' "$rules"
expect_equal "the same by name" "$rules" "$(natloopctl import iptables -j)"

# What the router keeps for itself, before a server that gets the rest.
serve router tcp/22 tcp/2200
serve server tcp/22 tcp/2222 tcp/2223
ipt -A PREROUTING -p tcp -m multiport --dports 22,443 -j ACCEPT
ipt -A PREROUTING -p tcp --dport 2222 -j REDIRECT --to-ports 2200
ipt -A PREROUTING -s 203.0.113.0/24 -p tcp --dport 2300 -j ACCEPT
ipt -A PREROUTING -p tcp --dport 1:3000 -j DNAT --to-destination "$SERVER"
natloopctl import >"$NL_DIR/out"
expect_match "what is taken is said" "an earlier rule takes some of tcp/2300: -A PREROUTING -s" \
	"$(<"$NL_DIR/out")"
dmz_holds
for _ in 1 2 3 4; do
	ipt -D PREROUTING 3
done
natloopctl import >"$NL_DIR/out"

# Docker's chains, and a container that is on no LAN.
ns_exec router ip link add docker0 type bridge
ns_exec router ip address add 172.17.0.1/16 dev docker0
ns_exec router ip link set docker0 up
ns_exec router "iptables-$VARIANT-restore" --noflush <"$FIXTURES/docker.iptables"
natloopctl import -v >"$NL_DIR/out" 2>"$NL_DIR/log"
expect_match "docker's forward" "- +its server is on no LAN that is attached +-A DOCKER ! -i docker0" \
	"$(<"$NL_DIR/out")"
expect_match "docker's forward in a dry run" "tcp/8080=172.17.0.2:80 +- +-A DOCKER ! -i docker0" \
	"$(natloopctl import --dry-run)"
expect_match "the log" "tcp/8080=172.17.0.2:80: left out: .*docker0" "$(<"$NL_DIR/log")"
forwards_are "tcp/21115-21117=$SERVER" "udp/21116=$SERVER"
expect_success "docker's bridge is attached, too" natloopctl attach eth1 docker0
natloopctl import >"$NL_DIR/out"
forwards_are "tcp/21115-21117=$SERVER" "udp/21116=$SERVER" "tcp/8080=172.17.0.2:80"
detach

# Every form, miniupnpd's chain among them.
ns_exec router "iptables-$VARIANT-restore" <"$FIXTURES/forms.iptables"
expect_success "attach eth1, and no other word" natloopctl attach eth1
grep -qx "tcp/45000=$SERVER:5000" <<<"$(natloopctl forward list)" ||
	fail "miniupnpd's chain is not read"
expect_saw "with a comment" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116

# Rules of iptables and of nftables beside each other.
ns_exec router nft -f - <<-END
	table inet mine {
		chain prerouting {
			type nat hook prerouting priority -110;
			tcp dport { 21118, 21116 } dnat ip to $SERVER
		}
	}
END
natloopctl import -j >"$NL_DIR/out"
expect_jq "nftables' rule is there" '[.[] | select(.source == "nft")] | length == 1' \
	"$(<"$NL_DIR/out")"
expect_saw "nftables' forward" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21118
expect_saw "iptables' forward" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116

# What iptables-save may answer.
mkdir "$NL_DIR/bin"
for answer in "echo nonsense" "echo '*nat'; echo '-A'" "echo no >&2; exit 3" "kill -9 \$\$"; do
	printf '#!/bin/sh\n%s\n' "$answer" >"$NL_DIR/bin/iptables-$VARIANT-save"
	chmod 755 "$NL_DIR/bin/iptables-$VARIANT-save"
	PATH=$NL_DIR/bin:$PATH expect_refused 1 "^natloopctl: iptables.*: .*rules" import iptables
done
rm "$NL_DIR/bin/iptables-$VARIANT-save"

# With one rule of nft in its table, iptables-save shows none: told, not passed over.
if [[ $VARIANT == nft ]]; then
	ns_exec router nft add rule ip nat PREROUTING tcp dport 21117 dnat to "$SERVER"
	expect_jq "rules that nobody shows" 'any(.[]; .skipped | test("made by iptables")) and
		any(.[]; .forwards == [] and (.skipped | test("an earlier rule takes .*tcp/21117: .*xt")))' \
		"$(natloopctl import --dry-run -j)"
fi
