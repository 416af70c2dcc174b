#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl watch without forwards follows those in the router's rules: of nft, one by one and a whole
# rule set at once, and of iptables, by nf_tables' events or, where it is iptables-legacy, by polling.
# Prints how long it took from the end of the command to the first reflected packet.
# modes: nft iptables-nft iptables-legacy
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

RULES=$MODE
MODE=auto
FIRST=$NL_BUILD/tests/netns/first_reply
PORT=25000

# rule add|del PORT: a command line, of words without blanks in them.
rule() {
	case $RULES-$1 in
	nft-add) echo "nft add rule ip nat prerouting iifname eth0 udp dport $2 dnat to $SERVER:21116" ;;
	nft-del) echo "nft delete rule ip nat prerouting handle $(rule_handle "$2")" ;;
	iptables-*-add) echo "$RULES -t nat -A PREROUTING -i eth0 -p udp --dport $2 -j DNAT --to-destination $SERVER:21116" ;;
	iptables-*-del) echo "$RULES -t nat -D PREROUTING -i eth0 -p udp --dport $2 -j DNAT --to-destination $SERVER:21116" ;;
	esac
}

rule_handle() {
	ns_exec router nft -a list chain ip nat prerouting | sed -n "s/.*udp dport $1 .* # handle //p"
}

# appears COMMAND...: run on the router, it makes the forward of PORT; TOOK is the microseconds.
appears() {
	TOOK=$(ns_exec client "$FIRST" --from-end "/run/netns/$(ns_name router)" "$PUBLIC" "$PORT" \
		nsenter --net="/run/netns/$(ns_name router)" "$@") || fail "after '$*': $(<"$WATCH_LOG")"
	expect_line "the forward of $PORT" "^natloopctl: forwards: .*\\+ udp/$PORT=$SERVER:21116"
	expect_saw "its datagram" "$PUBLIC:[0-9]+" client udp "$PUBLIC" "$PORT"
}

goes() {
	ns_exec router "$@"
	expect_line "the forward of $PORT" "^natloopctl: forwards: .*- udp/$PORT=$SERVER:21116" 15
	expect_unreachable "without the rule" client udp "$PUBLIC" "$PORT"
}

topology_hosts_or_all() {
	if [[ $RULES == nft ]]; then
		topology_make
		return
	fi
	nl_begin
	topology_hosts
	need_tools "$RULES" "$RULES-save" "$RULES-restore"
	error=$(ns_exec router "$RULES" -t nat -A POSTROUTING -o eth0 -j MASQUERADE 2>&1) ||
		skip "$RULES does not work here: $error"
	serve server tcp/21115-21118 udp/21116 udp/21119
	ns_exec router "$RULES" -t nat -A PREROUTING -i eth0 -p udp --dport 21116 -j DNAT \
		--to-destination "$SERVER"
}

topology_hosts_or_all
watch_start one eth1
expect_saw "a rule that was there" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116
times=()
rounds=${CHANGES:-5}
[[ $RULES != *legacy ]] || rounds=1
for ((i = 0; i < rounds; i++)); do
	PORT=$((25000 + i))
	read -ra command < <(rule add "$PORT")
	appears "${command[@]}"
	times+=("$TOOK")
	read -ra command < <(rule del "$PORT")
	goes "${command[@]}"
done
mapfile -t sorted < <(printf '%s\n' "${times[@]}" | sort -n)
median=${sorted[$((rounds / 2))]} worst=${sorted[-1]}
echo "$RULES: $rounds rules, first reflected packet after: median $((median / 1000)).$((median % 1000 / 100)) ms," \
	"worst $((worst / 1000)).$((worst % 1000 / 100)) ms"
# 50 ms of that is waiting for the end of a burst; 10 s between two polls.
[[ $RULES == *legacy ]] || expect_quick "the median of ${times[*]} us" "$median" 1000000

# The whole rule set at once: flushed, and another one in its place.
PORT=26000
if [[ $RULES == nft ]]; then
	{
		echo "flush ruleset"
		ns_exec router nft list ruleset
		echo "add rule ip nat prerouting iifname eth0 udp dport $PORT dnat to $SERVER:21116"
	} >"$NL_DIR/rules"
	appears nft -f "$NL_DIR/rules"
else
	ns_exec router "$RULES-save" -t nat | sed "/^COMMIT/i $(rule add "$PORT" | sed 's/.*nat //')" >"$NL_DIR/rules"
	appears "$RULES-restore" "$NL_DIR/rules"
fi
echo "$RULES: a whole rule set: $((TOOK / 1000)).$((TOOK % 1000 / 100)) ms"
expect_saw "a rule that stayed" "$PUBLIC:[0-9]+" client udp "$PUBLIC" 21116

# None left: watch goes on, and takes up what comes.
if [[ $RULES == nft ]]; then
	goes nft flush chain ip nat prerouting
else
	goes "$RULES" -t nat -F PREROUTING
fi
PORT=27000
read -ra command < <(rule add "$PORT")
appears "${command[@]}"
watch_end
