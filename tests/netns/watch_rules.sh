#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Forwards of the router's own rules under natloopctl watch: rules that are flushed and loaded again
# end no flow, what is removed goes after some seconds, a failure to read changes nothing and is tried
# again, and elements of sets that the forwards do not use cost nothing. ELEMENTS says how many a set
# has (5000).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

((NL_PATIENCE == 1)) || skip "it looks at what happens within a second, which is too short here"
ELEMENTS=${ELEMENTS:-5000}
FIRST=$NL_BUILD/tests/netns/first_reply
BOTH="tcp/21115-21117=$SERVER udp/21116=$SERVER"

has_forwards() {
	[[ $(natloopctl forward list | sort | paste -sd ' ') == "$1" ]]
}

# expect_forwards WHAT "SPEC..." [SECONDS]
expect_forwards() {
	WAIT_LOG=$WATCH_LOG wait_until "${3:-5}" "$1: forwards $2" has_forwards "$2"
}

flow_id() {
	natloopctl flow list proto=udp -j | jq -r '.[] | .client'
}

# Hundredths of a second of CPU that watch and its children have used.
cpu() {
	local -a field
	read -ra field < <(sed 's/.*) //' "/proc/$WATCH/stat")
	echo $((field[11] + field[12] + field[13] + field[14]))
}

add_elements() {
	local i
	for ((i = 0; i < $1; i++)); do
		ns_exec router nft add element inet ban "$2" "{ 100.64.$((i >> 8)).$((i & 255)) }"
		sleep 0.1
	done
}

# iptables-nft-save, as watch finds it: it kills who reads the rules while there is a file "broken".
fake_iptables() {
	mkdir "$NL_DIR/bin"
	printf '%s\n' '#!/bin/sh' "[ ! -e $NL_DIR/broken ] || kill -KILL \$PPID" \
		"exec $(command -v iptables-nft-save) \"\$@\"" >"$NL_DIR/bin/iptables-nft-save"
	chmod +x "$NL_DIR/bin/iptables-nft-save"
	PATH=$NL_DIR/bin:$PATH
}

topology_make
need_tools iptables-nft-save
fake_iptables
watch_start one eth1
expect_forwards "at the start" "$BOTH"
talk_open live client udp 40001 "$PUBLIC" 21116
talk_say live "by a rule"

# As 'systemctl restart nftables' does it.
ns_exec router nft list ruleset >"$NL_DIR/rules.nft"
ns_exec router nft flush ruleset
sleep 1
expect_equal "flow without rules" "$CLIENT:40001" "$(flow_id)"
ns_exec router nft -f "$NL_DIR/rules.nft"
sleep 6
expect_equal "lines about it" "" "$(watch_lines)"
expect_equal "flow with rules again" "$CLIENT:40001" "$(flow_id)"
talk_say live "and on"

# What comes is there at once, what goes goes later, and at once if another one takes its ports.
ns_exec router nft add rule ip nat prerouting tcp dport 443 dnat to "$SERVER"
expect_forwards "a new rule" "tcp/21115-21117=$SERVER tcp/443=$SERVER udp/21116=$SERVER" 2
ns_exec router nft flush ruleset
ns_exec router nft -f "$NL_DIR/rules.nft"
sleep 3
has_forwards "tcp/21115-21117=$SERVER tcp/443=$SERVER udp/21116=$SERVER" ||
	fail "gone before its time: $(<"$WATCH_LOG")"
expect_forwards "a rule less" "$BOTH" 8
expect_line "it is told" "^natloopctl: forwards: - tcp/443=$SERVER\$"

# Rules that cannot be read: one line, and what is known stays; tried again without an event.
touch "$NL_DIR/broken"
ns_exec router nft add rule ip nat prerouting tcp dport 444 dnat to "$SERVER"
expect_line "a reading that fails" "^natloopctl: import: the router's rules were not read to their end"
sleep 4
expect_lines "one line" "not read to their end" 1
has_forwards "$BOTH" || fail "a failure to read changed the forwards: $(natloopctl forward list)"
rm "$NL_DIR/broken"
expect_forwards "tried again" "tcp/21115-21117=$SERVER tcp/444=$SERVER udp/21116=$SERVER" 10
ns_exec router nft flush ruleset
ns_exec router nft -f "$NL_DIR/rules.nft"
expect_forwards "as before" "$BOTH" 15

# A set that has nothing to do with forwards, and one that has.
{
	echo "table inet ban { set bad { type ipv4_addr; flags interval; elements = {"
	for ((i = 0; i < ELEMENTS; i++)); do
		echo "10.$((i >> 15 & 255)).$((i >> 7 & 255)).$((i << 1 & 255)),"
	done
	echo "}; };
	chain in { type filter hook input priority 0; ip saddr @bad drop; }; }"
} >"$NL_DIR/ban.nft"
ns_exec router nft -f "$NL_DIR/ban.nft"
ns_exec router nft -f - <<-END
	table ip own {
		map ports { type inet_service : ipv4_addr; elements = { 81 : $SERVER }; }
		chain pre { type nat hook prerouting priority -100; iifname eth0 dnat to tcp dport map @ports; }
	}
END
expect_forwards "a map" "tcp/21115-21117=$SERVER tcp/81=$SERVER udp/21116=$SERVER" 30
# The last of the readings that all this has made due.
before=
while [[ $(cpu) != "$before" ]]; do
	before=$(cpu)
	sleep "${PAUSE:-8}"
done
add_elements 30 bad
used=$(($(cpu) - before))
echo "30 elements of a set of $ELEMENTS: ${used}0 ms of CPU"
expect_quick "elements of a set that no forward uses, in 10 ms of CPU" "$used" 10
ns_exec router nft add element ip own ports "{ 82 : $SERVER }"
expect_forwards "an element that means a forward" \
	"tcp/21115-21117=$SERVER tcp/81=$SERVER tcp/82=$SERVER udp/21116=$SERVER" 30

# A change of rules that takes long to read is not waited for. How long alone, if asked for.
for ((i = 0; i < ${CHANGES:-3}; i++)); do
	ns_exec router nft add rule ip nat prerouting tcp dport $((450 + i)) dnat to "$SERVER"
	sleep 0.08
	us=$(ns_exec client "$FIRST" "/run/netns/$(ns_name router)" "172.16.16.$((20 + i))" 21116 \
		nsenter --net="/run/netns/$(ns_name router)" ip address add "172.16.16.$((20 + i))/24" dev eth0)
	echo "while rules are read: a new address works after $((us / 1000)) ms"
	expect_quick "a new address, us" "$us" 400000
done
watch_end

# By a file. Without forwards in it the rules are followed, also while a file is there that is refused;
# and where a file does not name them any more, what it named stays until the rules have been read.
conf() {
	printf '%s\n' "[natloop]" "interface = eth1" "$@" >"$NL_DIR/conf/new"
	mv "$NL_DIR/conf/new" "$NL_DIR/conf/natloop.conf"
}
ns_exec router nft flush ruleset
ns_exec router nft -f "$NL_DIR/rules.nft"
detach
mkdir "$NL_DIR/conf"
conf
watch_start file --config "$NL_DIR/conf/natloop.conf"
expect_forwards "by the rules" "$BOTH"
conf "[forward]" "tcp/443 = 10.99.99.9"
expect_line "a file that is refused" "^natloopctl: tcp/443=10.99.99.9: .*on no LAN"
ns_exec router nft add rule ip nat prerouting tcp dport 446 dnat to "$SERVER"
expect_forwards "a rule meanwhile" "tcp/21115-21117=$SERVER tcp/446=$SERVER udp/21116=$SERVER" 15
conf "[forward]" "udp/21116 = $SERVER"
expect_forwards "by the file" "udp/21116=$SERVER"
talk_say live "by the file"
touch "$NL_DIR/broken"
conf
expect_line "a reading that fails" "^natloopctl: import: the router's rules were not read to their end"
sleep 2
has_forwards "udp/21116=$SERVER" || fail "the file's forwards went: $(natloopctl forward list)"
rm "$NL_DIR/broken"
expect_forwards "by the rules again" "tcp/21115-21117=$SERVER tcp/446=$SERVER udp/21116=$SERVER" 20
watch_end
detach
