#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What natloopctl watch cannot do keeps it from nothing else: a file that cannot be applied is refused
# with one line and the system is followed as before; an interface that refuses XDP is tried again at
# intervals and leaves the others as they were; a missing interface or public address is waited for,
# also at the start; a lost pin is no detach. reload makes of a changed mode what watch makes of it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"

# conf LINE...: a new file in the place of the old one.
conf() {
	printf '%s\n' "$@" >"$CONF.new"
	mv "$CONF.new" "$CONF"
}

forwards() {
	natloopctl forward list -j | jq -r 'sort | join(" ")'
}

has_forwards() {
	[[ $(forwards) == "$1" ]]
}

modes() {
	natloopctl status -j | jq -r '[.interfaces[] | .name + "=" + .mode + "(" + .reason + ")"] | sort | join(" ")'
}

has_modes() {
	[[ $(modes) =~ $1 ]]
}

expect_modes() {
	WAIT_LOG=$WATCH_LOG wait_until "${3:-5}" "$1: modes $2 not $(modes)" has_modes "^$2\$"
}

# other_address OLD NEW: of the uplink, beside PUBLIC.
other_address() {
	ns_exec router ip address del "$1/24" dev eth0
	ns_exec router ip address add "$2/24" dev eth0
}

# Clock ticks that watch has used.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$WATCH/stat"
}

topology_make
CONF=$NL_DIR/conf/natloop.conf
mkdir "$NL_DIR/conf"
FILE=(--config "$CONF")
switch_add dmz
# A name server that says at once that it is none.
printf '%s\n' "nameserver $INTERNET" "options timeout:1 attempts:1" >"$NL_DIR/resolv.conf"
chmod 755 "$NL_DIR"
# shellcheck disable=SC2016 # the inner shell's
NL_RUN=(unshare -m sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$NL_DIR/resolv.conf")

# At the start one of two interfaces is missing, the server behind it, and one of two uplinks.
conf "[natloop]" "interface = eth1 eth2" "public = auto ppp7" "[forward]" "tcp/21116 = $SERVER" \
	"tcp/443 = 192.168.12.20"
watch_start missing "${FILE[@]}"
expect_line "a missing interface" '^natloopctl: eth2: not there; it is attached when it comes$'
expect_line "a missing uplink" '^natloopctl: ppp7: leads to no address now; the other public addresses stay$' 10
expect_equal "what is there" "tcp/21116=$SERVER" "$(forwards)"
expect_saw "by what is there" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
ns_exec router ip address add 172.16.16.5/24 dev eth0
expect_publics "is followed" "$PUBLIC 172.16.16.5"
router_port eth2 192.168.12.1 dmz to-router
expect_line "it comes" '^natloopctl: eth2: attached, ifindex'
WAIT_LOG=$WATCH_LOG wait_until 5 "what is behind it" has_forwards "tcp/21116=$SERVER tcp/443=192.168.12.20"
ns_exec router ip link add ppp7 type veth peer name p7 netns "$(ns_name internet)"
ns_exec router ip address add 198.51.7.1/24 dev ppp7
ns_exec router ip link set ppp7 up
expect_publics "the uplink comes" "$PUBLIC 172.16.16.5 198.51.7.1"
ns_exec router ip link del ppp7
expect_publics "the uplink goes" "$PUBLIC 172.16.16.5"
sleep 2.5
expect_lines "each told once" 'eth2: not there' 1
expect_lines "the uplink told twice" 'ppp7: leads to no' 2
watch_end
expect_success "detach" natloopctl detach --all
expect_refused 1 "nosuch0: no such interface" watch nosuch0 nosuch1 --server "$SERVER"
expect_nothing_left

# A file that parses and cannot be applied.
conf "[natloop]" "interface = eth1 eth2" "[forward]" "tcp/21116 = $SERVER"
watch_start refused "${FILE[@]}"
conf "[natloop]" "interface = eth1 eth2" "[forward]" "tcp/21116 = $SERVER" "tcp/80 = $SERVER" \
	"tcp/443 = 10.99.99.9"
expect_line "refused" '^natloopctl: tcp/443=10.99.99.9: .*on no LAN'
other_address 172.16.16.5 172.16.16.6
expect_publics "is followed all the same" "$PUBLIC 172.16.16.6"
ns_exec router ip link del eth2
expect_line "gone" '^natloopctl: eth2: gone$'
router_port eth2 192.168.12.1 dmz to-router2
expect_line "and attached again" '^natloopctl: eth2: attached, ifindex'
expect_equal "nothing of the file" "tcp/21116=$SERVER" "$(forwards)"
sleep 2.5
expect_lines "one line" '10.99.99.9' 1
# It can be done when the system changes, without the file being touched.
ns_exec router ip route add 10.99.99.0/24 via 192.168.12.99
WAIT_LOG=$WATCH_LOG wait_until 5 "done after all" has_forwards \
	"tcp/21116=$SERVER tcp/443=10.99.99.9 tcp/80=$SERVER"
expect_line "and said so" '^natloopctl: watch: up to date again$'
conf "[natloop]" "interface = eth1 eth2" "max-flows = 1000000" "[forward]" "tcp/21116 = $SERVER"
expect_line "a table that is too small" '^natloopctl: max-flows: 1000000 is more than'
other_address 172.16.16.6 172.16.16.7
expect_publics "is followed even so" "$PUBLIC 172.16.16.7"
conf "[natloop]" "interface = eth1 eth2" "[forward]" "tcp/21116 = $SERVER"
WAIT_LOG=$WATCH_LOG wait_until 5 "a good file again" has_forwards "tcp/21116=$SERVER"

# Native XDP on a bridge: refused before anything changes.
ns_exec router ip link add br0 type bridge
ns_exec router ip address add 192.168.14.1/24 dev br0
ns_exec router ip link set br0 up
conf "[natloop]" "interface = eth1 br0" "[forward]" "tcp/21116 = $SERVER"
expect_modes "the bridge" 'br0=tc\(.*\) eth1=tc\(veth.*\)'
conf "[natloop]" "interface = eth1 br0" "mode = xdp" "[forward]" "tcp/21116 = $SERVER"
expect_line "a bridge has none" '^natloopctl: br0: a bridge, which has no native XDP'
expect_modes "as they were" 'br0=tc\(bridge.*\) eth1=tc\(veth.*\)'

# An interface that refuses XDP when it comes to it: somebody else's program is there.
conf "[natloop]" "interface = eth1 eth2" "[forward]" "tcp/21116 = $SERVER"
expect_modes "without the bridge" 'eth1=tc\(veth.*\) eth2=tc\(veth.*\)'
watch_end
xdp_receiver router eth2
watch_start storm "${FILE[@]}" -v
before=$(ticks)
conf "[natloop]" "interface = eth1 eth2" "mode = xdp" "[forward]" "tcp/21116 = $SERVER" "tcp/80 = $SERVER"
expect_line "refused by the kernel" '^natloopctl: eth2: .*somebody else'
sleep 6
tries=$(grep -c 'eth1: attached, asked for by --mode xdp' "$WATCH_LOG")
used=$(($(ticks) - before))
echo "an interface that refuses XDP: $tries tries in 6 s, $used ticks of CPU"
((tries >= (NL_PATIENCE > 1 ? 1 : 2) && tries <= 4)) || fail "$tries tries in 6 s: $(<"$WATCH_LOG")"
expect_lines "one report" 'eth2: .*somebody else' 1
expect_modes "as they were" 'eth1=tc\(veth.*\) eth2=tc\(veth.*\)'
expect_equal "no XDP on eth1" "" "$(ns_exec router ip link show dev eth1 | grep -Eo 'prog/xdp' || true)"
expect_equal "the rest of the file" "tcp/21116=$SERVER tcp/80=$SERVER" "$(forwards)"
other_address 172.16.16.7 172.16.16.8
expect_publics "an address meanwhile" "$PUBLIC 172.16.16.8"
# Its own link changes: that is worth a try at once.
sleep 2.5
ns_exec router ip link set dev eth2 xdp off
ns_exec router ip link set dev eth2 down
ns_exec router ip link set dev eth2 up
expect_modes "when the other program is gone" 'eth1=xdp\(asked.*\) eth2=xdp\(asked.*\)' 3
expect_line "said" '^natloopctl: watch: up to date again$'

# The line goes: watch and reload mean the same by that.
for way in watch reload; do
	conf "[natloop]" "interface = eth1 eth2" "mode = xdp-generic" "[forward]" "tcp/21116 = $SERVER"
	expect_modes "$way: generic" 'eth1=xdp-generic\(asked.*\) eth2=xdp-generic\(asked.*\)'
	[[ $way == watch ]] || watch_end
	conf "[natloop]" "interface = eth1 eth2" "[forward]" "tcp/21116 = $SERVER"
	[[ $way == watch ]] || expect_success reload natloopctl reload "${FILE[@]}"
	expect_modes "$way: no mode" 'eth1=tc\(veth.*\) eth2=tc\(veth.*\)'
done

# A file that names only what is not there, or cannot be attached: natloop stays where it is.
conf "[natloop]" "interface = eth1" "[forward]" "tcp/21116 = $SERVER"
expect_success reload natloopctl reload "${FILE[@]}"
xdp_receiver router eth2
watch_start only "${FILE[@]}"
conf "[natloop]" "interface = nosuch9" "[forward]" "tcp/21116 = $SERVER"
expect_line "nothing of it is there" '^natloopctl: nosuch9: no such interface; see'
conf "[natloop]" "interface = eth2" "mode = xdp" "[forward]" "tcp/443 = 192.168.12.20"
expect_line "the only one refuses" '^natloopctl: eth2: .*somebody else'
sleep 1
kill -0 "$WATCH" || fail "watch has ended: $(<"$WATCH_LOG")"
expect_modes "natloop stays" 'eth1=tc\(veth.*\)'

# Forwards behind an interface that refuses keep no other one, and no address, from being followed; two
# troubles at once are no reason to try without a pause.
conf "[natloop]" "interface = eth1 eth2" "public = auto ppp8" "mode = xdp" "[forward]" "tcp/80 = $SERVER" \
	"tcp/443 = 192.168.12.20"
WAIT_LOG=$WATCH_LOG wait_until 5 "the forward that can be" has_forwards "tcp/80=$SERVER"
expect_line "the one that cannot" '^natloopctl: tcp/443=192.168.12.20: .*behind eth2'
other_address 172.16.16.8 172.16.16.6
expect_publics "an address meanwhile" "$PUBLIC 172.16.16.6"
conf "[natloop]" "interface = eth1 eth2" "mode = xdp" "max-flows = 1000000" "[forward]" "tcp/80 = $SERVER"
expect_line "another trouble" '^natloopctl: max-flows: 1000000 is more than'
sleep 2
before=$(ticks)
sleep 4
used=$(($(ticks) - before))
echo "two troubles at once: $used ticks of CPU in 4 s"
expect_quick "ticks of CPU in 4 s" "$used" 150
ns_exec router ip link set dev eth2 xdp off
conf "[natloop]" "interface = eth1 eth2" "[forward]" "tcp/21116 = $SERVER"
expect_modes "well again" 'eth1=tc\(veth.*\) eth2=tc\(veth.*\)'
other_address 172.16.16.6 172.16.16.8
watch_end

# A pin is lost.
watch_start pin "${FILE[@]}"
mv "$NL_PINS/$NL_INSTANCE/natloop_held" "$NL_PINS/$NL_INSTANCE/away"
ns_exec router ip address add 172.16.16.9/24 dev eth0
expect_line "a lost pin" '^natloopctl: .*natloop_held: the pin cannot be opened'
kill -0 "$WATCH" || fail "watch took it for a detach: $(<"$WATCH_LOG")"
mv "$NL_PINS/$NL_INSTANCE/away" "$NL_PINS/$NL_INSTANCE/natloop_held"
expect_publics "found again" "$PUBLIC 172.16.16.8 172.16.16.9" 10
watch_end
note_programs
detach
expect_nothing_left
