#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Shows what natloop does, in network namespaces of its own: installs what is missing, builds,
# makes a router with a port forward, a LAN and an Internet host, and lets you watch the LAN client
# reach the server through the public address. Exits 0 only if every step really happened; takes
# everything away again, however it ends.

set -euo pipefail

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")

case $* in
'') ;;
-h | --help)
	echo "usage: scripts/demo.sh"
	exit 0
	;;
*)
	echo "demo.sh: takes no arguments, and got '$*'" >&2
	exit 2
	;;
esac
if ((EUID != 0)); then
	echo "demo.sh: network namespaces need root: run 'sudo scripts/demo.sh'" >&2
	exit 1
fi

"$ROOT/scripts/install-deps.sh" build test
BPFTOOL=$("$ROOT/scripts/find-bpftool.sh")
export BPFTOOL
echo "Building ..."
build_log=$(flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" all test-programs 2>&1) || {
	echo "$build_log" >&2
	echo "demo.sh: the build failed, see above" >&2
	exit 1
}

# shellcheck source-path=SCRIPTDIR source=../tests/netns/lib.sh
. "$ROOT/tests/netns/lib.sh"

STEP=0

step() {
	STEP=$((STEP + 1))
	printf '\n== %d. %s\n' "$STEP" "$*"
}

note() {
	printf '   %s\n' "$*"
}

indent() {
	sed 's/^/   /'
}

# shows COMMAND...: the command line that a user would type on the router, and what it prints.
shows() {
	local out
	printf '   router# %s\n' "natloopctl $*"
	out=$(natloopctl "$@") || fail "natloopctl $* failed"
	[[ -z $out ]] || indent <<<"$out"
}

# reaches HOST ADDRESS PORT [TO]: TCP and UDP from that port to the public address, or TO; the server
# sees the address, and the same port.
reaches() {
	local host=$1 address=$2 port=$3 to=${4:-$PUBLIC} proto saw
	for proto in tcp udp; do
		saw=$(call "$host" --from-port "$port" "$proto" "$to" 21116) ||
			fail "$host does not reach $to:21116/$proto, but should"
		expect_equal "what the server saw of $host" "$address:$port" "$saw"
		note "$host -> $to:21116/$proto   answered; the server saw $saw"
	done
}

does_not_reach() {
	local host=$1 proto status out
	for proto in tcp udp; do
		status=0
		out=$(call "$host" --timeout 2 "$proto" "$PUBLIC" 21116 2>&1) || status=$?
		((status == 3 || status == 4)) ||
			fail "$host reaches $PUBLIC:21116/$proto, but should not: $out"
		note "$host -> $PUBLIC:21116/$proto   no connection (${out##*: })"
	done
}

# finds HOST: the address that programs on HOST get for the name; nothing if there is none. With the
# resolver that DHCP would give it, the router, and with a hosts file of its own.
finds() {
	# shellcheck disable=SC2016 # expanded in the namespace
	ns_exec "$1" unshare --mount sh -c 'mount --bind "$1/etc" /etc && getent ahostsv4 "$2"' \
		sh "$NL_DIR" "$NAME" | awk '{ print $1; exit }'
}

# reaches_by_name HOST WANTED ADDRESS PORT: by getent, then TCP and UDP to the address that it found;
# the server sees ADDRESS.
reaches_by_name() {
	local host=$1 wanted=$2 address=$3 port=$4 found
	found=$(finds "$host") || true
	expect_equal "the address of $NAME on $host" "$wanted" "$found"
	note "$host: $NAME is $found"
	reaches "$host" "$address" "$port" "$found"
}

# The public DNS, as the router's DNS server would pass it on: the name has the public address.
public_dns() {
	start router dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts \
		--bind-interfaces --listen-address="$ROUTER" --user=root --pid-file= \
		--host-record="$NAME,$PUBLIC" --local="/$NAME/" >"$NL_DIR/dnsmasq" 2>&1 </dev/null &
	WAIT_LOG=$NL_DIR/dnsmasq wait_until 5 "dnsmasq" grep -q started "$NL_DIR/dnsmasq"
	mkdir "$NL_DIR/etc"
	printf 'nameserver %s\noptions timeout:1 attempts:2\n' "$ROUTER" >"$NL_DIR/etc/resolv.conf"
	echo 'hosts: files dns' >"$NL_DIR/etc/nsswitch.conf"
	echo '127.0.0.1 localhost' >"$NL_DIR/etc/hosts"
}

# shows_on HOST COMMAND...: as shows, on another machine than the router.
shows_on() {
	local host=$1 out
	shift
	printf '   %s# %s\n' "$host" "natloopctl $*"
	out=$(ns_exec "$host" "$NL_BIN" "$@" --file "$NL_DIR/etc/hosts") || fail "natloopctl $* failed"
	[[ -z $out ]] || indent <<<"$out"
}

# shellcheck source-path=SCRIPTDIR source=../tests/netns/lib_doctor.sh
. "$ROOT/tests/netns/lib_doctor.sh"

# The server's answerers make room for RustDesk's servers, or what stands in for them.
serve_rustdesk() {
	local pids
	mapfile -t pids < <(ip netns pids "$(ns_name server)")
	kill "${pids[@]}"
	wait_until 5 "the answerers to end" server_is_idle
	rustdesk_start server
}

server_is_idle() {
	[[ -z $(ip netns pids "$(ns_name server)") ]]
}

# The last step. What runs on the router has its resolver, and nothing else of this machine's.
examine() {
	serve_rustdesk
	shows attach eth1
	# shellcheck disable=SC2016 # expanded there
	NL_RUN=(unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
		"$NL_DIR/etc/resolv.conf")
	shows doctor "$NAME"
	expect_equal "the verdict" healthy "$(natloopctl doctor "$NAME" -j | jq -r .verdict)"
	NL_RUN=()
	note "It has asked the server as RustDesk's clients do; exit status 0."
	shows detach eth1
	expect_nothing_left
}

step "A network: Internet host, router with a port forward, LAN with a client and a server"
topology_make
cat <<-END

	     internet $INTERNET
	        |
	      eth0 $PUBLIC        the public address; nftables forwards
	     ROUTER                   tcp 21115-21117 and udp 21116 to $SERVER
	      eth1 $ROUTER
	        |------------------------------|
	     client $CLIENT        server $SERVER

	$NAME is $PUBLIC in the public DNS, and on the router's resolver

END
public_dns
ns_exec router nft list table ip nat | indent

step "From the Internet the server answers"
reaches internet "$INTERNET" 40001

step "From the LAN the same address does not answer"
does_not_reach client

step "natloop is attached to the router's LAN interface; it finds the address and the forwards"
router_snapshot >"$NL_DIR/before"
shows attach eth1

step "Now the LAN client reaches the server by the public address"
reaches client "$PUBLIC" 40002
note "The server sees the public address, and the port 40002 that the client really used,"
note "so RustDesk's NAT test gets the right result."

step "What natloop says about it"
shows status
echo
shows flow list
echo
shows stats
expect_jq "status" '.interfaces | length == 1' "$(natloopctl status -j)"
expect_jq "flow list" 'map(.proto) | contains(["tcp", "udp"])' "$(natloopctl flow list -j)"
expect_jq "stats" '.new_flow.packets >= 2 and .to_client.packets >= 2' "$(natloopctl stats -j)"

step "First cure, translation: the client uses the name as everybody does"
reaches_by_name client "$PUBLIC" "$PUBLIC" 40004

step "natloop is detached; the client is lost again"
shows detach eth1
expect_nothing_left
does_not_reach client

step "Second cure, DNS: natloop answers for the name on the way, and translates nothing"
shows attach eth1
shows dns add "$NAME" "$SERVER"
expect_jq "a warning of two cures" ".warnings[] | select(.object == \"$NAME\")" \
	"$(natloopctl status -j)"
note "One name, one cure: 'status' warns of both, and names the command for this one:"
shows forward del "rustdesk=$SERVER"
does_not_reach client
reaches_by_name client "$SERVER" "$CLIENT" 40005
shows dns list
note_programs
shows detach eth1
expect_nothing_left
expect_equal "the address without the cure" "$PUBLIC" "$(finds client)"

step "Third cure, the client's hosts file"
shows_on client hosts add "$NAME" "$SERVER"
reaches_by_name client "$SERVER" "$CLIENT" 40006
shows_on client hosts remove "$NAME"
expect_equal "the hosts file" "127.0.0.1 localhost" "$(<"$NL_DIR/etc/hosts")"
does_not_reach client

step "The router is as before"
reaches internet "$INTERNET" 40003
router_snapshot >"$NL_DIR/after"
expect_same "the router" "$NL_DIR/before" "$NL_DIR/after"
note "addresses, routes, rules, nftables, qdiscs, filters, settings: nothing differs"

step "What would be wrong? natloop is attached again, and looks at itself"
if [[ $("$NL_BIN" --version) == *libprotobuf-c*libcares* || $("$NL_BIN" --version) == *libcares*libprotobuf-c* ]]; then
	examine
else
	note "left out: this natloopctl was built without protobuf-c or c-ares"
fi

printf '\nDone: all %d steps happened as described.\n' "$STEP"
