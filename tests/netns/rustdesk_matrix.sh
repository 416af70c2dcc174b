#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What becomes of RustDesk sessions inside a house and across its router, by each cure: direct, by the
# relay, or not at all. FULL=1 takes RustDesk's own times and tries twice: that is tests/rustdesk/matrix.txt.
# Otherwise times are a sixth.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
SHORTER=
if [[ -z ${FULL:-} ]]; then
	SPEED=$((NL_PATIENCE > 1 ? 1 : 6))
	SHORTER=" divided by $SPEED"
fi
# shellcheck source-path=SCRIPTDIR source=lib_rustdesk.sh
. "${BASH_SOURCE[0]%/*}/lib_rustdesk.sh"

CURES=(public router nft dns hosts none)
# A-B: A controls B.
INSIDE=(client-client2 server-client client-server)
OUTWARDS=(client-remote server-remote client-shielded client-bare)
INWARDS=(remote-client2 remote-server shielded-client2 bare-client2)

cure_public() {
	attach
}

cure_router() {
	attach --snat router
}

# As routers do it that know masquerading only.
cure_nft() {
	ns_exec router nft -f - <<-END
		table ip hairpin {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				iifname "eth1" ip daddr $PUBLIC tcp dport 21115-21117 dnat to $SERVER
				iifname "eth1" ip daddr $PUBLIC udp dport 21116 dnat to $SERVER
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				ip saddr ${ROUTER%.*}.0/24 ip daddr $SERVER masquerade
			}
		}
	END
}

cure_dns() {
	attach_interfaces eth1 --public "$PUBLIC" --forward "tcp/443=$SERVER"
	expect_success "dns add" natloopctl dns add "$NAME" "$SERVER"
}

cure_hosts() {
	: >"$NL_DIR/lan.hosts"
	expect_success "hosts add" natloopctl hosts add "$NAME" "$SERVER" --file "$NL_DIR/lan.hosts"
}

cure_none() {
	:
}

# names CURE: how the LAN's clients look the server's name up.
names() {
	local host
	for host in client client2 server; do
		case $1 in
		dns) NAMES_OF[$host]="--resolver $ROUTER" ;;
		hosts) NAMES_OF[$host]="--hosts $NL_DIR/lan.hosts" ;;
		*) unset "NAMES_OF[$host]" ;;
		esac
	done
}

# session FROM-TO [OPTION...]
session() {
	local session=$1
	shift
	rustdesk_connect "${session%-*}" "${session#*-}" "$@"
}

# run_round ROUND SESSION...: by all cures of the network, at once, each into a file of that name.
run_round() {
	local round=$1 session pids=() options=()
	shift
	[[ $round != again ]] || options=(--direct-failures 1)
	for DESK in "${HERE[@]}"; do
		[[ $DESK != none || $round == strict ]] || continue
		names "$DESK"
		for session in "$@"; do
			session "$session" "${options[@]}" >"$NL_DIR/$DESK.$session.$round" 2>&1 &
			pids+=("$!")
		done
	done
	wait "${pids[@]}"
}

# liberal ROUTER 0|1
liberal() {
	ns_sysctl "$1" netfilter/nf_conntrack_tcp_be_liberal "$2"
}

# measure CURE...: in a network of their own.
measure() {
	HERE=("$@")
	nl_use "${1:0:4}" # the name of an instance is short
	rustdesk_topology
	rustdesk_server
	for DESK in "${HERE[@]}"; do
		"cure_$DESK"
		names "$DESK"
		rustdesk_serve client client2 server remote shielded bare
	done
	for DESK in "${HERE[@]}"; do
		rustdesk_ready remote shielded bare
		[[ $DESK == none ]] || rustdesk_ready client client2 server
	done
	run_round strict "${INSIDE[@]}" "${OUTWARDS[@]}" "${INWARDS[@]}"
	[[ -z ${FULL:-} ]] || run_round again "${OUTWARDS[@]}" "${INWARDS[@]}"
	liberal router 1
	run_round liberal "${INWARDS[@]}"
	liberal router 0
	liberal home 1
	run_round liberal "${OUTWARDS[@]}"
}

# What a session becomes.
#
# Inside the LAN all is direct: hbbs sees equal addresses and has B say where it is, or sees the real
# ones. Across the router B makes a hole in its NAT by a packet to A's address as hbbs sees it, and A
# goes through it from there. With the LAN's address at hbbs, or the router's LAN address, that is an
# address of nobody: the hole is in the wrong place, or A is told to go to the wrong place.
#
# With the public address the places are right, but that is not enough for Linux's conntrack in front
# of B as it is by default. B makes the hole by a SYN, gives that connection up and listens; its SYN-ACK
# to A's SYN has another sequence number than its own SYN had, far outside the window, is invalid, and
# leaves without NAT, from a private address. With net.netfilter.nf_conntrack_tcp_be_liberal = 1 it is
# translated. That counts at the router of the one that is controlled, and at no other.
#
# A host without a firewall takes all connections, but as A it answers B's SYN with RST, which closes
# the hole. So does a router that answers what comes to a closed port from outside.
#
# Without a cure the LAN's clients do not reach hbbs: the router itself answers, at once, with RST.
#
# wanted CURE.SESSION.ROUND
wanted() {
	case $1 in
	none.*) echo failed ;;
	*.client-client2.* | *.server-client.* | *.client-server.*) echo direct ;;
	*.client-bare.* | public.client-shielded.*) echo direct ;;
	*.bare-client2.*) echo relayed ;;
	public.*.liberal) echo direct ;;
	*) echo relayed ;;
	esac
}

# cell CURE.SESSION ROUND
cell() {
	local text=${GOT[$1.$2]:-}
	[[ $text != relayed* || $2 != strict || -z ${FULL:-} ]] || text+=" (${GOT[$1.again]#* })"
	echo "$text"
}

# table ROUND SESSION...
table() {
	local round=$1 session cure
	shift
	for session in "$@"; do
		printf '%-20s' "${session/-/ - }"
		for cure in "${CURES[@]}"; do
			printf '%-20s' "$(cell "$cure.$session" "$round")"
		done
		echo
	done
}

tables() {
	local kernel
	kernel=$(uname -r)
	echo "RustDesk sessions, A - B: A controls B; the seconds until B's first message. In brackets: at"
	echo "the next attempt. Times are RustDesk's${SHORTER}. Linux ${kernel%%-*}."
	echo
	echo "client, client2, server: in the LAN. remote: behind another router. shielded: with a public"
	echo "address and a firewall. bare: without one."
	echo "public, router: natloopctl attach --snat public, router. nft: masquerade hairpin of nftables."
	echo "dns, hosts: the LAN's clients have the server's LAN address by natloopctl dns add, hosts add."
	echo
	printf '%-20s' "" "${CURES[@]}"
	printf '\n\nConntrack of both routers as Linux has it:\n'
	table strict "${INSIDE[@]}" "${OUTWARDS[@]}" "${INWARDS[@]}"
	printf '\nWith net.netfilter.nf_conntrack_tcp_be_liberal = 1 at the router of B, and not at that of A:\n'
	table liberal "${OUTWARDS[@]}" "${INWARDS[@]}"
}

need_rustdesk
nl_begin
declare -A GOT=()
pids=()
# Those of the last network differ in what the clients' names are, and in nothing else.
measure public &
pids+=("$!")
measure router &
pids+=("$!")
measure nft &
pids+=("$!")
measure dns hosts none &
pids+=("$!")
for pid in "${pids[@]}"; do
	wait "$pid" || fail "not measured, see above"
done
while read -r file result seconds; do
	GOT[$file]=$(printf '%s %.1f' "$result" "$seconds")
done < <(cd "$NL_DIR" && shopt -s nullglob &&
	jq -r '"\(input_filename[2:]) \(.result) \(.seconds)"' ./*.strict ./*.again ./*.liberal)
tables | sed 's/ *$//'
for file in "${!GOT[@]}"; do
	[[ $file == *.again ]] ||
		expect_match "$file ($(<"$NL_DIR/$file"))" "^$(wanted "$file") " "${GOT[$file]}"
done
# Six cures, eleven sessions, eight of them twice but by none.
expect_equal "sessions that were measured" $((6 * 11 + 5 * 8)) \
	"$(printf '%s\n' "${!GOT[@]}" | grep -vc 'again$')"
