#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A host name as public address, with a real dnsmasq as its server: natloopctl watch follows its
# answers when their TTL ends, several of them too; while the server is mute the last answer stays,
# and other changes are followed all the same.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

NAME=rustdesk.example.com
WILDCARD=()

dns_start() {
	start internet dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
		--addn-hosts="$NL_DIR/hosts" --local-ttl=1 "${WILDCARD[@]}" --listen-address="$INTERNET" \
		--bind-interfaces --user=root --group=root --pid-file= --log-facility=- >"$NL_DIR/dnsmasq" 2>&1 </dev/null &
	DNS=$!
	WAIT_LOG=$NL_DIR/dnsmasq wait_until 5 dnsmasq grep -q 'read.*hosts' "$NL_DIR/dnsmasq"
}

# answer ADDRESS...
answer() {
	printf "%s $NAME\n" "$@" >"$NL_DIR/hosts"
	[[ -z ${DNS:-} ]] || kill -HUP "$DNS"
}

# Has watch a child that lasts? One that looks for conflicts ends soon.
asking() {
	local child
	child=$(pgrep -o -P "$WATCH") && sleep 1 && [[ $(pgrep -o -P "$WATCH") == "$child" ]]
}

need_tools dnsmasq unshare
topology_make
printf '%s\n' "nameserver $INTERNET" "options timeout:5 attempts:2" >"$NL_DIR/resolv.conf"
chmod 755 "$NL_DIR"
# shellcheck disable=SC2016 # the inner shell's
NL_RUN=(unshare -m sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$NL_DIR/resolv.conf")

expect_refused 1 "$NAME: no name server answers" watch eth1 --public "$NAME" --server "$SERVER"

answer 203.0.113.1
dns_start
watch_start one eth1 --public "$NAME" --public auto --server "$SERVER" -v
expect_publics "its first answer" "203.0.113.1 $PUBLIC"
expect_saw "by the name's address" "203.0.113.1:[0-9]+" client udp 203.0.113.1 21116
answer 203.0.113.2
expect_publics "another answer" "203.0.113.2 $PUBLIC" 10
expect_line "one line" "^natloopctl: public: 203.0.113.1, $PUBLIC -> 203.0.113.2, $PUBLIC\$"
answer 203.0.113.3 203.0.113.4
expect_publics "two answers" "203.0.113.3 203.0.113.4 $PUBLIC" 10
expect_saw "by the second" "203.0.113.4:[0-9]+" client udp 203.0.113.4 21116

# Its packets are dropped, so that the resolver waits in vain: 10 s.
ns_exec internet nft -f - <<-END
	table ip mute { chain in { type filter hook input priority 0; udp dport 53 drop; }; }
END
wait_until 10 "a question under way" asking
# The resolver's time does not keep watch from its work.
ns_exec router ip address add 172.16.16.8/24 dev eth0
expect_publics "an address meanwhile" "203.0.113.3 203.0.113.4 $PUBLIC 172.16.16.8" 1
pgrep -P "$WATCH" >"$NL_DIR/child" || fail "the question had ended before"
expect_line "no answer" "^natloopctl: $NAME: no name server answers; the last answer stays\$" 30
sleep 8
expect_lines "one report" "no name server answers" 1
answer 203.0.113.5
ns_exec internet nft delete table ip mute
expect_line "it answers again" "^natloopctl: $NAME: resolved again\$" 25
expect_publics "the new answer" "203.0.113.5 $PUBLIC 172.16.16.8"
# A host of the LAN cannot be dialled like that: such an answer is none, and holds nothing up.
answer 192.168.11.77
expect_publics "the others" "$PUBLIC 172.16.16.8" 10
expect_line "told" "^natloopctl: $NAME: leads to no address now; the other public addresses stay\$"
ns_exec router ip address add 172.16.16.9/24 dev eth0
expect_publics "which are followed" "$PUBLIC 172.16.16.8 172.16.16.9"
ns_exec router ip address del 172.16.16.9/24 dev eth0
expect_publics "as before" "$PUBLIC 172.16.16.8"
expect_lines "told once" "$NAME: leads to no address" 1
answer 203.0.113.5
expect_publics "a good one again" "203.0.113.5 $PUBLIC 172.16.16.8" 10
echo | cat >"$NL_DIR/hosts"
kill -HUP "$DNS"
expect_line "no such name any more" "^natloopctl: $NAME: .*; the last answer stays\$" 10
expect_publics "which stays" "203.0.113.5 $PUBLIC 172.16.16.8"
watch_end
detach

# An interface that is gone for a moment, as with a redial, is no name, though the file is read again
# meanwhile and the name servers have an answer for every name.
kill -KILL "$DNS"
wait "$DNS" 2>/dev/null || true
redial() {
	ns_exec router ip link add ppp7 type veth peer name p7 netns "$(ns_name internet)"
	ns_exec router ip address add 198.51.7.1/24 dev ppp7
	ns_exec router ip link set ppp7 up
}
WILDCARD=(--address=/#/203.0.113.66)
dns_start
redial
printf '%s\n' "[natloop]" "interface = eth1" "public = ppp7 auto" "[forward]" "tcp/21116 = $SERVER" >"$NL_DIR/dial.conf"
watch_start dial --config "$NL_DIR/dial.conf"
expect_publics "the uplink's address" "198.51.7.1 $PUBLIC 172.16.16.8"
ns_exec router ip link del ppp7
expect_publics "while it is gone" "$PUBLIC 172.16.16.8"
kill -HUP "$WATCH"
echo "udp/21116 = $SERVER" >>"$NL_DIR/dial.conf"
expect_line "read again" "forwards: "
sleep 2
expect_publics "still gone" "$PUBLIC 172.16.16.8"
redial
expect_publics "back" "198.51.7.1 $PUBLIC 172.16.16.8"
expect_lines "no address of a name" 203.0.113.66 0
watch_end
detach

# Ended while it waits for the first answer: the directory by which it is locked does not stay.
ns_exec internet nft -f - <<-END
	table ip mute { chain in { type filter hook input priority 0; udp dport 53 drop; }; }
END
start_watch eth1 --public "$NAME" --server "$SERVER" >"$NL_DIR/early" 2>&1 </dev/null &
WATCH=$!
wait_until 10 "its lock" test -e "$NL_PINS/$NL_INSTANCE"
sleep 1
! grep -q ready "$NL_DIR/early" || fail "it did not wait for its answer"
watch_end
expect_nothing_left
