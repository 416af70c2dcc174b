#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# 'natloopctl attach eth1' alone finds the port forwards in nftables' rules; 'import' takes them into
# a running natloop, says what it skips and why, and with --dry-run changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_import.sh
. "${BASH_SOURCE[0]%/*}/lib_import.sh"

# rules_from FILE: the router's rules are these and no others.
rules_from() {
	ns_exec router nft flush ruleset
	ns_exec router nft -f "$1"
}

# skipped_is REGEX RULE JSON: the rule in which RULE is found was skipped for that reason.
skipped_is() {
	expect_jq "skipped: $2" "[.[] | select(.rule | contains(\"$2\"))] | length == 1 and
		all(.forwards == [] and (.skipped | test(\"$1\")))" "$3"
}

topology_make

# Before anything is attached.
expect_refused 1 "instance $NL_INSTANCE: is not attached anywhere; attach it first" import
expect_refused 2 "nonsense: .*; give nft or iptables" import nonsense
expect_refused 2 "import: unexpected 'iptables'; see" import nft iptables
expect_refused 2 "--nosuchoption" import --nosuchoption

# Some versions of libnftables end their process over such a name, by assert(). That is no reason
# for natloopctl to end by a signal.
ns_exec router nft list ruleset >"$NL_DIR/saved.nft"
printf 'table inet odd { chain c { oifname "\xff" drop; }; }' | ns_exec router nft -f -
status=0
natloopctl import --dry-run &>"$NL_DIR/odd" || status=$?
((status <= 1)) || fail "a name that is no UTF-8: status $status: $(<"$NL_DIR/odd")"
rules_from "$NL_DIR/saved.nft"

# The whole of it, in one line.
router_snapshot >"$NL_DIR/before"
expect_jq "dry run" '[.[].forwards[]] ==
	["tcp/21115-21117='"$SERVER"'", "udp/21116='"$SERVER"'"] and
	all(.[]; .source == "nft" and .skipped == "" and (.rule | test("^ip nat prerouting: ")))' \
	"$(natloopctl import --dry-run -j)"
router_snapshot >"$NL_DIR/after"
expect_same "the router after a dry run" "$NL_DIR/before" "$NL_DIR/after"
attach_alone
expect_saw "the range" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21117
talk_open live client tcp 0 "$PUBLIC" 21115
talk_say live "through an imported forward"

# A running natloop keeps what it has; import is asked for.
ns_exec router nft add rule ip nat prerouting iifname eth0 tcp dport 21118 dnat to "$SERVER"
expect_success "attach again" natloopctl attach eth1
expect_unreachable "a rule that came later" client tcp "$PUBLIC" 21118
natloopctl import --dry-run >"$NL_DIR/out"
expect_unreachable "after a dry run" client tcp "$PUBLIC" 21118
natloopctl import >"$NL_DIR/out"
expect_match "what import prints" "tcp/21118=$SERVER +- +ip nat prerouting: iifname eth0 tcp" \
	"$(<"$NL_DIR/out")"
expect_saw "after the import" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21118
talk_say live "and on"

# As firewall4 makes them, with reflection of its own.
rules_from "$FIXTURES/fw4.nft"
rules=$(natloopctl import nft -j)
forwards_are "tcp/80=192.168.11.30" "tcp/8000-8010=192.168.11.30" "tcp/8443=192.168.11.30:443" \
	"tcp/21115-21117=$SERVER" "udp/21116=$SERVER"
skipped_is "only for some sources: ip saddr 203.0.113.0/24" "SSH from the office" "$rules"
skipped_is "IPv6" "Mail, IPv6" "$rules"
skipped_is "router itself" "Hijack DNS" "$rules"
skipped_is "only for some packets: meta mark" "meta mark" "$rules"
talk_say live "and on, by firewall4"
expect_saw "firewall4's forward" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116

# As miniupnpd makes them.
serve server tcp/45000
rules_from "$FIXTURES/miniupnpd.nft"
natloopctl import >"$NL_DIR/out"
forwards_are "tcp/45000=$SERVER" "udp/3074=192.168.11.30" "udp/3075=192.168.11.30"
expect_saw "miniupnpd's forward" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 45000

# What the router keeps for itself, before a server that gets the rest.
serve router tcp/22 tcp/2200
serve server tcp/22 tcp/2222 tcp/2223
ns_exec router nft -f - <<-END
	flush ruleset
	table ip dmz {
		chain prerouting {
			type nat hook prerouting priority dstnat;
			tcp dport { 22, 443 } accept
			tcp dport 2222 redirect to :2200
			ip saddr 203.0.113.0/24 tcp dport 2300 accept
			tcp dport 1-3000 dnat to $SERVER
		}
	}
END
rules=$(natloopctl import -j)
forwards_are "tcp/1-21=$SERVER" "tcp/23-442=$SERVER" "tcp/444-2221=$SERVER" "tcp/2223-2299=$SERVER" \
	"tcp/2301-3000=$SERVER"
expect_jq "what is taken is said" 'any(.[]; .skipped |
	test("an earlier rule takes tcp/22 and others: ip dmz prerouting: tcp dport { 22, 443 } accept; ") and
	test("an earlier rule takes some of tcp/2300: ip dmz prerouting: ip saddr"))' "$rules"
dmz_holds
rules_from "$FIXTURES/miniupnpd.nft"
natloopctl import >"$NL_DIR/out"

# Containers are on no LAN that is attached: left out, and -v says so.
ns_exec router ip link add docker0 type bridge
ns_exec router ip address add 192.0.2.1/24 dev docker0
ns_exec router ip link set docker0 up
ns_exec router nft -f "$FIXTURES/docker.nft"
natloopctl import -v >"$NL_DIR/out" 2>"$NL_DIR/log"
expect_match "the log" "tcp/8080=192.0.2.2:80: left out: 192.0.2.2 is behind docker0" \
	"$(<"$NL_DIR/log")"
forwards_are "tcp/45000=$SERVER" "udp/3074=192.168.11.30" "udp/3075=192.168.11.30"

# Nothing that can be used: nothing changes.
rules_from "$FIXTURES/docker.nft"
expect_refused 1 "^natloopctl: forward: none of the 1 .* ends on a LAN.*import --dry-run" import
forwards_are "tcp/45000=$SERVER" "udp/3074=192.168.11.30" "udp/3075=192.168.11.30"
ns_exec router nft flush ruleset
expect_refused 1 "^natloopctl: import: no port forward found" import
expect_equal "an empty dry run" "[]" "$(natloopctl import --dry-run -j)"
forwards_are "tcp/45000=$SERVER" "udp/3074=192.168.11.30" "udp/3075=192.168.11.30"
talk_close live
detach
expect_nothing_left
expect_refused 1 "^natloopctl: forward: none given.*natloopctl attach eth1 --server ADDR.*dry-run" \
	attach eth1
expect_nothing_left
ns_exec router nft -f "$FIXTURES/docker.nft"
expect_refused 1 "^natloopctl: forward: none of the 1 .*natloopctl attach eth1 --server" attach eth1
expect_nothing_left

# A LAN that is down hides no forward.
rules_from "$FIXTURES/fw4.nft"
ns_exec router ip link set eth1 down
expect_refused 1 "eth1: is down" attach eth1
ns_exec router ip link set eth1 up

# Options and the file win over the import.
expect_success "with an option" natloopctl attach eth1 --forward "tcp/21115=$SERVER"
forwards_are "tcp/21115=$SERVER"
detach

# Who may not read the rules.
chmod 755 "$NL_DIR"
cp "$NL_BIN" "$NL_DIR/natloopctl"
status=0
ns_exec router setpriv --reuid 65534 --regid 65534 --clear-groups "$NL_DIR/natloopctl" import \
	--dry-run >"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
expect_equal "status without root ($(<"$NL_DIR/err"))" 1 "$status"
expect_match "message without root" '^natloopctl: nft: [^;]+; run as root' "$(<"$NL_DIR/err")"

# Where nft is run because libnftables was left out: what it may answer.
if [[ $(natloopctl --version) != *libnftables* ]]; then
	mkdir "$NL_DIR/bin"
	for answer in "echo '{\"nftables\": [{'" "echo table ip nat" "echo no >&2; exit 1" "kill -9 \$\$"; do
		printf '#!/bin/sh\n%s\n' "$answer" >"$NL_DIR/bin/nft"
		chmod 755 "$NL_DIR/bin/nft"
		PATH=$NL_DIR/bin:$PATH expect_refused 1 "^natloopctl: nft: .*rules" import nft
	done
fi
