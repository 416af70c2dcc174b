#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The network that every namespace test and the demo run in, and the helpers that go with it.
#
#	internet 8.8.8.8
#	   |eth0 172.16.16.254
#	   |
#	   |eth0 172.16.16.1	the public address; port forward to 192.168.11.20 from here
#	router
#	   |eth1 192.168.11.1
#	   |
#	switch (bridge lan)----+------------------+
#	   |eth0               |eth0              |eth0
#	client 192.168.11.2  client2 192.168.11.3  server 192.168.11.20
#
# A script sources this file and calls topology_make. Each host is a network namespace named
# nl-SCRIPT-PID-HOST, so that any number of copies run at once, and nothing is made outside of
# them. They vanish when the script ends, however it ends: a watchdog in a session of its own waits
# for that and does what the script can no longer do.
#
# What veth needs, and what is done about it here:
#  - A frame that crosses a veth pair carries an unfinished checksum unless its sender's interface
#    has "tx off". The switch's ports to the hosts have it: what a host receives is finished, as
#    from a wire, and the host's own stack and tcpdump check it. Native XDP cannot work with
#    unfinished ones, so with MODE=xdp the hosts' interfaces have it, too.
#  - XDP_TX and redirects reach a veth peer only while the peer's NAPI runs: see xdp_receiver.

# shellcheck disable=SC2034 # results are for the scripts that source this file

set -Eeuo pipefail
trap 'say "FAIL: ${BASH_SOURCE[0]##*/}:$LINENO: status $? of: $BASH_COMMAND"' ERR
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

NL_LIB=$(readlink -f "${BASH_SOURCE[0]}")
NL_ROOT=${NL_LIB%/tests/netns/lib.sh}
NL_BUILD=${BUILD:-$NL_ROOT/build}
NL_BIN=$NL_BUILD/natloopctl
NL_ANSWERER=$NL_BUILD/tests/netns/answerer
NL_XDP_PASS=$NL_BUILD/tests/netns/xdp_pass.bpf.o
NL_PINS=/sys/fs/bpf/natloop

PUBLIC=172.16.16.1
INTERNET=8.8.8.8
ROUTER=192.168.11.1
CLIENT=192.168.11.2
CLIENT2=192.168.11.3
SERVER=192.168.11.20

# How many times as long as on a real machine anything may take: an emulated one is slower.
export NL_PATIENCE=${NL_PATIENCE:-1}

# The hook under test: auto (TC on veth), tc, xdp or xdp-generic. The runner sets it.
MODE=${MODE:-auto}

# --- results ---------------------------------------------------------------------------------

say() {
	echo "$*" >&2
}

fail() {
	say "FAIL: $*"
	exit 1
}

# skip REASON...: this machine cannot run the test; the runner knows the status.
skip() {
	say "skip: $*"
	exit 77
}

# Skips on a kernel without flow tables of nft.
need_flow_tables() {
	ns_exec router nft add table ip probe
	ns_exec router nft add flowtable ip probe f '{ hook ingress priority 0; }' 2>/dev/null ||
		skip "this kernel has no flow tables"
	ns_exec router nft delete table ip probe
}

need_tools() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || fail "$tool is missing; run scripts/install-deps.sh"
	done
}

# expect_equal WHAT WANTED GOT
expect_equal() {
	[[ $2 == "$3" ]] || fail "$1: wanted '$2', got '$3'"
}

expect_different() {
	[[ $2 != "$3" ]] || fail "$1: both are '$2'"
}

# expect_match WHAT REGEX GOT
expect_match() {
	[[ $3 =~ $2 ]] || fail "$1: wanted a match of '$2', got '$3'"
}

# expect_success WHAT COMMAND...
expect_success() {
	local what=$1 status=0
	shift
	"$@" || status=$?
	((status == 0)) || fail "$what: '$*' ended with status $status"
}

# expect_status WHAT STATUS COMMAND...
expect_status() {
	local what=$1 wanted=$2 status=0
	shift 2
	"$@" || status=$?
	((status == wanted)) || fail "$what: wanted status $wanted of '$*', got $status"
}

# expect_same WHAT BEFORE AFTER: two files.
expect_same() {
	diff -u "$2" "$3" >&2 || fail "$1: not the same as before, see above"
}

# expect_jq WHAT FILTER JSON: the filter's result must be true.
expect_jq() {
	jq -e "$2" >/dev/null <<<"$3" || fail "$1: '$2' does not hold for: $3"
}

# expect_quick WHAT TIME LIMIT, both in one unit. What an emulated machine takes is not judged.
expect_quick() {
	if ((NL_PATIENCE > 1)); then
		say "$1: $2, which is not judged on a slow machine"
	else
		(($2 < $3)) || fail "$1: $2, and $3 is too much"
	fi
}

# wait_until SECONDS WHAT COMMAND...: polls until the command succeeds. If it never does, the file
# WAIT_LOG, if given, tells more.
wait_until() {
	local seconds=$1 what=$2 end
	shift 2
	seconds=$((seconds * NL_PATIENCE))
	end=$((SECONDS + seconds + 1))
	until "$@"; do
		((SECONDS < end)) ||
			fail "$what: not within $seconds s${WAIT_LOG:+: $(<"$WAIT_LOG")}"
		sleep 0.05
	done
}

# --- life of the namespaces ------------------------------------------------------------------

ns_name() {
	echo "$NL_PREFIX-$1"
}

# ns_exec HOST COMMAND...; "ip netns exec" would hide /sys/fs/bpf.
ns_exec() {
	local host=$1
	shift
	nsenter --net="/run/netns/$NL_PREFIX-$host" -- "$@"
}

# ns_sysctl HOST KEY VALUE, with the key as a path below /proc/sys/net.
ns_sysctl() {
	ns_exec "$1" sh -c "echo '$3' >'/proc/sys/net/$2'"
}

# own_addresses: for a script that runs in a network namespace of its own. getaddrinfo looks for
# IPv4 or IPv6 only where an interface has such an address (AI_ADDRCONFIG), and 127.0.0.1 is none.
own_addresses() {
	ip link set lo up
	ip address add 192.0.2.1/32 dev lo
	ip address add 2001:db8::1/128 dev lo nodad
}

# ns_ip HOST: runs the commands of ip on standard input in one process, because where the kernel is
# emulated a process takes a tenth of a second to begin.
ns_ip() {
	ns_exec "$1" ip -batch -
}

ns_add() {
	ip netns add "$(ns_name "$1")"
	# No IPv6 chatter: every frame on the wire is one that a test sent, or ARP.
	# shellcheck disable=SC2016 # expanded in the namespace
	ns_exec "$1" sh -c 'ip link set lo up
		for i in all default; do
			i=/proc/sys/net/ipv6/conf/$i/disable_ipv6
			[ ! -e "$i" ] || echo 1 >"$i"
		done'
}

# Every process in the namespaces whose names start with PREFIX-, one id a line.
nl_processes() {
	local ns
	for ns in /run/netns/"$1"-*; do
		[[ ! -e $ns ]] || ip netns pids "${ns##*/}" 2>/dev/null || true
	done
}

# nl_remove PREFIX DIR: takes everything away that topology_make and natloop made under the prefix,
# or under a longer one of nl_use, whatever goes wrong on the way.
nl_remove() {
	local prefix=$1 dir=$2 pids ns pins instance
	set +e
	trap - ERR
	for pins in "$NL_PINS/$prefix" "$NL_PINS/$prefix"-*; do
		[[ -d $pins ]] || continue
		instance=${pins##*/}
		if [[ -e /run/netns/$instance-router && -x $NL_BIN ]]; then
			timeout -k 1 $((10 * NL_PATIENCE)) "$NL_BIN" detach --all --netns "$instance-router" \
				--instance "$instance" &>/dev/null || true
		fi
		rm -rf "${NL_PINS:?}/$instance"
	done
	rm -f "/sys/fs/bpf/$prefix-pass" "/sys/fs/bpf/$prefix"-*-pass
	for _ in {1..50}; do
		mapfile -t pids < <(nl_processes "$prefix")
		((${#pids[@]})) || break
		kill -KILL "${pids[@]}" 2>/dev/null || true
		sleep 0.02
	done
	for ns in /run/netns/"$prefix"-*; do
		[[ ! -e $ns ]] || ip netns del "${ns##*/}" 2>/dev/null || true
	done
	rm -rf "$dir"
}

# The watchdog: outlives the script, whatever ended it.
nl_watch() {
	local pid=$1 prefix=$2 dir=$3
	trap '' HUP INT
	tail --pid="$pid" -s 0.2 -f /dev/null
	nl_remove "$prefix" "$dir"
}

nl_leave() {
	local status=$?
	set +e
	trap '' HUP INT TERM
	trap - EXIT ERR
	mapfile -t jobs < <(jobs -p)
	((${#jobs[@]} == 0)) || kill "${jobs[@]}" 2>/dev/null || true
	nl_remove "$NL_BASE" "$NL_DIR"
	exit "$status"
}

# Claims the names; everything that is made afterwards is taken away at the end.
nl_begin() {
	local name=${0##*/}
	((EUID == 0)) || fail "network namespaces need root"
	need_tools ip tc nsenter nft ethtool setsid timeout
	name=${name%.sh}
	NL_BASE=nl-${name:0:20}-$$ # an instance's name has up to 32 characters
	NL_PREFIX=$NL_BASE
	NL_INSTANCE=$NL_PREFIX
	NL_DIR=$(mktemp -d "${TMPDIR:-/tmp}/$NL_PREFIX.XXXXXX")
	: >"$NL_DIR/empty.conf"
	trap nl_leave EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	setsid bash "$NL_LIB" watch "$$" "$NL_PREFIX" "$NL_DIR" </dev/null &>/dev/null &
	disown
}

# nl_use NAME: hosts and instance are those of that network from now on, for a script with several.
nl_use() {
	NL_PREFIX=$NL_BASE-$1
	NL_INSTANCE=$NL_PREFIX
}

# --- the network -----------------------------------------------------------------------------

# host_add HOST ADDRESS SWITCH GATEWAY: a host with one interface at a switch.
host_add() {
	local host=$1 address=$2 switch=$3 gateway=$4
	ns_add "$host"
	ns_ip "$switch" <<-END
		link add to-$host type veth peer name eth0 netns $(ns_name "$host")
		link set to-$host master lan up
	END
	ns_exec "$switch" ethtool -K "to-$host" tx off >/dev/null
	ns_ip "$host" <<-END
		address add $address/24 dev eth0
		link set eth0 up
		route add default via $gateway
	END
	[[ $MODE != xdp* ]] || finished_checksums "$host"
}

switch_add() {
	ns_add "$1"
	ns_ip "$1" <<-END
		link add lan type bridge stp_state 0 forward_delay 0
		link set lan up
	END
}

# router_port INTERFACE ADDRESS SWITCH PORT: an interface of the router at a switch.
router_port() {
	local interface=$1 address=$2 switch=$3 port=$4
	ns_ip "$switch" <<-END
		link add $port type veth peer name $interface netns $(ns_name router)
		link set $port master lan up
	END
	ns_ip router <<-END
		address add $address/24 dev $interface
		link set $interface up
	END
	[[ $MODE != xdp ]] || xdp_receiver "$switch" "$port"
}

# The host sends frames with finished checksums only.
finished_checksums() {
	ns_exec "$1" ethtool -K eth0 tx off >/dev/null
}

# Makes the interface take frames that its veth peer sends by XDP.
xdp_receiver() {
	local host=$1 interface=$2 bpftool pin=/sys/fs/bpf/$NL_PREFIX-pass
	bpftool=$(find_bpftool)
	# Not by "ip link set xdp", which leaves directories of its own in /sys/fs/bpf.
	if ! {
		"$bpftool" prog load "$NL_XDP_PASS" "$pin" type xdp &&
			ns_exec "$host" "$bpftool" net attach xdpdrv pinned "$pin" dev "$interface"
	} &>"$NL_DIR/xdp_receiver"; then
		fail "xdp_pass on $interface of $host: $(<"$NL_DIR/xdp_receiver")"
	fi
	rm "$pin"
}

# The router's own NAT, as any home router has it: it serves the Internet, not the LAN.
router_nat() {
	ns_exec router nft -f - <<-END
		table ip nat {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				iifname "eth0" tcp dport 21115-21117 dnat to $SERVER
				iifname "eth0" udp dport 21116 dnat to $SERVER
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname "eth0" masquerade
			}
		}
	END
}

internet_add() {
	ns_add internet
	ns_ip router <<-END
		link add eth0 type veth peer name eth0 netns $(ns_name internet)
		address add $PUBLIC/24 dev eth0
		link set eth0 up
		route add default via 172.16.16.254
	END
	ns_ip internet <<-END
		address add 172.16.16.254/24 dev eth0
		address add $INTERNET/32 dev lo
		link set eth0 up
		route replace 172.16.16.0/24 dev eth0 src $INTERNET
	END
}

# Skips where the kernel has no VLANs; the router has its eth0 already.
need_vlans() {
	ns_exec router ip link add link eth0 name probe type vlan id 1 2>"$NL_DIR/vlan" ||
		skip "this kernel has no 802.1Q VLANs: $(<"$NL_DIR/vlan")"
	ns_exec router ip link del probe
}

# Everything in the picture above, and the answerers on the server.
topology_make() {
	nl_begin
	topology_hosts
	router_nat
	serve server tcp/21115-21118 udp/21116 udp/21119
}

# The hosts and the wires between them, without any NAT.
topology_hosts() {
	ns_add router
	ns_sysctl router ipv4/ip_forward 1
	internet_add
	switch_add switch
	router_port eth1 "$ROUTER" switch to-router
	host_add client "$CLIENT" switch "$ROUTER"
	host_add client2 "$CLIENT2" switch "$ROUTER"
	host_add server "$SERVER" switch "$ROUTER"
}

# --- conversations ---------------------------------------------------------------------------

declare -A SAW TALK_PROTO TALK_IN TALK_OUT TALK_PID

# start HOST COMMAND...: to be run in the background. An open conversation ends when we close our
# side, so nobody else may hold that.
start() {
	local host=$1 fd
	shift
	for fd in "${TALK_IN[@]}" "${TALK_OUT[@]}"; do
		exec {fd}>&-
	done
	exec nsenter --net="/run/netns/$NL_PREFIX-$host" -- "$@"
}

# serve HOST [OPTION...] PROTO/PORT[-PORT]...: starts an answerer and waits until it listens.
serve() {
	local host=$1 log
	shift
	log=$(mktemp "$NL_DIR/serve.XXXXXX")
	start "$host" "$NL_ANSWERER" serve "$@" >"$log" 2>&1 </dev/null &
	WAIT_LOG=$log wait_until 5 "answerer on $host ($*)" grep -q ready "$log"
}

# call HOST [OPTION...] PROTO ADDRESS PORT: prints "ADDRESS:PORT" that the server saw.
call() {
	local host=$1 line
	shift
	line=$(ns_exec "$host" "$NL_ANSWERER" call "$@") || return
	echo "${line#saw }"
}

# expect_saw WHAT REGEX HOST ARGUMENTS-OF-CALL...
expect_saw() {
	local what=$1 wanted=$2 got status=0
	shift 2
	got=$(call "$@") || status=$?
	((status == 0)) || fail "$what: call '$*' ended with status $status"
	expect_match "$what" "^$wanted\$" "$got"
}

# expect_unreachable WHAT HOST ARGUMENTS-OF-CALL...: refused or no answer, nothing else.
expect_unreachable() {
	local what=$1 status=0 got
	shift
	got=$(call "$1" --timeout 1 "${@:2}" 2>&1) || status=$?
	((status == 3 || status == 4)) ||
		fail "$what: call '$*' should have failed, status $status: $got"
}

# A conversation that stays open: talk_open NAME HOST tcp|udp PORT-OF-THE-CLIENT ADDRESS PORT, with
# port 0 for any. SAW[NAME] is what the server saw: of TCP at once, of UDP after each talk_say.
talk_open() {
	local name=$1 host=$2 proto=$3 from=$4 address=$5 port=$6 in out
	mkfifo "$NL_DIR/$name.in" "$NL_DIR/$name.out"
	start "$host" "$NL_ANSWERER" call --pipe --timeout 100 --from-port "$from" \
		"$proto" "$address" "$port" \
		<"$NL_DIR/$name.in" >"$NL_DIR/$name.out" 2>"$NL_DIR/$name.err" &
	TALK_PID[$name]=$!
	exec {in}>"$NL_DIR/$name.in" {out}<"$NL_DIR/$name.out"
	TALK_PROTO[$name]=$proto TALK_IN[$name]=$in TALK_OUT[$name]=$out
	[[ $proto == udp ]] || talk_read_saw "$name"
}

talk_read_saw() {
	local line
	IFS= read -r -t $((8 * NL_PATIENCE)) line <&"${TALK_OUT[$1]}" ||
		fail "conversation $1: no answer: $(<"$NL_DIR/$1.err")"
	[[ $line == "saw "* ]] || fail "conversation $1: wanted a 'saw' line, got '$line'"
	SAW[$1]=${line#saw }
}

# talk_say NAME TEXT: waits for the echo.
talk_say() {
	local name=$1 text=$2 line
	echo "$text" >&"${TALK_IN[$name]}" || fail "conversation $name is closed"
	[[ ${TALK_PROTO[$name]} != udp ]] || talk_read_saw "$name"
	IFS= read -r -t $((20 * NL_PATIENCE)) line <&"${TALK_OUT[$name]}" ||
		fail "conversation $name: '$text' not answered: $(<"$NL_DIR/$name.err")"
	expect_equal "echo of conversation $name" "$text" "$line"
}

talk_close() {
	local in=${TALK_IN[$1]} out=${TALK_OUT[$1]}
	exec {in}>&- {out}<&-
	unset "TALK_IN[$1]" "TALK_OUT[$1]"
	wait "${TALK_PID[$1]}" 2>/dev/null || true
	rm -f "$NL_DIR/$1.in" "$NL_DIR/$1.out"
}

# --- checksums on the wire -------------------------------------------------------------------

declare -A WATCH_PID

# watch_checksums HOST: looks at every frame that arrives at the host's eth0 from now on.
watch_checksums() {
	local host=$1
	need_tools tcpdump
	start "$host" tcpdump -i eth0 -Q in -n -vv -l -B 65536 'tcp or udp' \
		>"$NL_DIR/watch.$host" 2>"$NL_DIR/watch.$host.err" </dev/null &
	WATCH_PID[$host]=$!
	wait_until 5 "tcpdump on $host" grep -q 'listening on' "$NL_DIR/watch.$host.err"
}

# Stops watching; WATCH_SEEN and WATCH_BAD are the numbers of packets.
watch_stop() {
	local host=$1
	sleep 0.3 # what has arrived reaches tcpdump
	kill -TERM "${WATCH_PID[$host]}"
	wait "${WATCH_PID[$host]}" || true
	WATCH_SEEN=$(grep -c '^[0-9].*IP (' "$NL_DIR/watch.$host" || true)
	WATCH_BAD=$(grep -Ec 'incorrect|bad (udp )?cksum|bad cksum' "$NL_DIR/watch.$host" || true)
}

expect_good_checksums() {
	watch_stop "$1"
	((WATCH_SEEN > 0)) || fail "no packet seen at $1: $(<"$NL_DIR/watch.$1.err")"
	((WATCH_BAD == 0)) ||
		fail "$WATCH_BAD of $WATCH_SEEN packets arrived at $1 with a bad checksum, such as:
$(grep -E -B1 -m2 'incorrect|bad (udp )?cksum|bad cksum' "$NL_DIR/watch.$1")"
}

# --- natloop ---------------------------------------------------------------------------------

NL_RUN=() # what runs natloopctl, if it is not to be run directly

# natloopctl VERB...: on the router, on this script's own instance, without the machine's own
# configuration file.
natloopctl() {
	local config=(--config "$NL_DIR/empty.conf")
	[[ " $* " != *" --config "* ]] || config=()
	"${NL_RUN[@]}" "$NL_BIN" "$@" --netns "$(ns_name router)" --instance "$NL_INSTANCE" "${config[@]}"
}

# attach [ARGUMENT...]: natloop on eth1 for the RustDesk server, as the README shows it.
attach() {
	attach_interfaces eth1 --public "$PUBLIC" --server "$SERVER" "$@"
}

# attach_interfaces IFACE... [OPTION...]
attach_interfaces() {
	expect_success attach natloopctl attach "$@" --mode "$MODE"
}

detach() {
	expect_success detach natloopctl detach --all
}

# The value of one outcome's packet counter.
outcome() {
	natloopctl stats -j | jq ".$1.packets"
}

find_bpftool() {
	"$NL_ROOT/scripts/find-bpftool.sh"
}

# Remembers the programs that work on this instance's maps, for expect_nothing_left.
note_programs() {
	local pin bpftool maps
	bpftool=$(find_bpftool)
	maps=$(for pin in "$NL_PINS/$NL_INSTANCE"/*; do
		"$bpftool" -j map show pinned "$pin" 2>/dev/null | jq '.id // empty' || true
	done | jq -s .)
	"$bpftool" -j prog show | jq --argjson maps "$maps" \
		'.[] | select((.map_ids // []) - $maps != (.map_ids // [])) | .id' >"$NL_DIR/programs"
	[[ -s $NL_DIR/programs ]] || fail "no program works on the maps of $NL_INSTANCE"
}

program_gone() {
	! "$(find_bpftool)" prog show id "$1" &>/dev/null
}

# Nothing of ours: no pin, no filter or qdisc on the router's interfaces, no XDP program, and none
# of the programs that note_programs saw.
expect_nothing_left() {
	local id out
	[[ ! -e $NL_PINS/$NL_INSTANCE ]] || fail "pins are left: $(ls -la "$NL_PINS/$NL_INSTANCE")"
	# shellcheck disable=SC2016 # expanded in the namespace
	out=$(ns_exec router sh -c 'for i in $(ls /proc/sys/net/ipv4/conf); do
		tc filter show dev "$i" ingress; tc filter show dev "$i" egress
		ip -d link show "$i"; done' 2>/dev/null || true)
	[[ $out != *natloop* && $out != *xdp* ]] || fail "left on the router: $out"
	[[ -e $NL_DIR/programs ]] || return 0
	while read -r id; do
		wait_until 5 "program $id gone" program_gone "$id"
	done <"$NL_DIR/programs"
	rm "$NL_DIR/programs"
}

# Everything about the router that a user may have set, as text.
router_snapshot() {
	# shellcheck disable=SC2016 # expanded in the namespace
	ns_exec router sh -c '
		nft list ruleset
		ip -o address show
		ip rule show
		ip route show table all
		tc qdisc show
		for i in $(ls /proc/sys/net/ipv4/conf); do
			case $i in all | default) continue ;; esac
			echo "== $i"
			ip -d link show "$i"
			tc filter show dev "$i" ingress
			tc filter show dev "$i" egress
			ethtool -k "$i"
		done
		find /proc/sys/net/ipv4 /proc/sys/net/core -type f -readable | sort |
			xargs grep -H . 2>/dev/null || true'
}

# expect_refused STATUS REGEX VERB...: natloopctl refuses with one line on standard error, in the
# form that every message has, and nothing on standard output. STATUS may be a pattern: [12].
expect_refused() {
	local wanted=$1 regex=$2 status=0 out err
	shift 2
	out=$(natloopctl "$@" 2>"$NL_DIR/refused") || status=$?
	# On a busy machine it may have had to wait for another test's.
	sed -i '/locked by .*; waiting/d' "$NL_DIR/refused"
	err=$(<"$NL_DIR/refused")
	expect_match "status of 'natloopctl $*' ($err)" "^$wanted\$" "$status"
	expect_equal "lines on standard error of 'natloopctl $*' ($err)" 1 \
		"$(grep -c '' "$NL_DIR/refused")"
	expect_match "message of 'natloopctl $*'" "^natloopctl: [^;]+: [^;]+; .+" "$err"
	expect_match "message of 'natloopctl $*'" "$regex" "$err"
	expect_equal "standard output of 'natloopctl $*'" "" "$out"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	[[ ${1:-} == watch && $# == 4 ]] || fail "this file is to be sourced"
	shift
	nl_watch "$@"
fi
