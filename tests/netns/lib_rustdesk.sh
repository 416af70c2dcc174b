# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# RustDesk in the network of lib.sh, which comes first: hbbs and hbbr on the server, a client on each
# host (tests/rustdesk), and the rest of the world behind NATs as people have them.
#
#	remote 192.168.50.2 -- 192.168.50.1 home 203.0.113.7 --+
#	shielded 198.51.100.9 ---------------------------------+-- internet -- 172.16.16.1 router
#	bare 192.0.2.9 ----------------------------------------+
#
# Both routers masquerade, take nothing in from outside but what they forward, and say nothing about
# it. So does the shielded host's own firewall; the bare host has none, and answers what comes to a
# closed port with RST. The Internet drops what is for private addresses.

# shellcheck disable=SC2034 # for the scripts that source this file

RUSTDESK=$NL_BUILD/tests/rustdesk
NAME=rustdesk.example.com
REMOTE=192.168.50.2
HOME_PUBLIC=203.0.113.7
SHIELDED=198.51.100.9
BARE=192.0.2.9

# RustDesk's times are this many times as short.
SPEED=${SPEED:-1}

need_rustdesk() {
	need_tools jq
	[[ -x $RUSTDESK/client ]] || skip "built without protobuf-c: no stand-ins for RustDesk"
}

# home_firewall HOST: the firewall of a home router, or of a computer: nothing new comes in by eth0.
home_firewall() {
	ns_exec "$1" nft -f - <<-END
		table ip home {
			chain input {
				type filter hook input priority filter;
				iifname "eth0" ct state established,related accept
				iifname "eth0" drop
			}
			chain forward {
				type filter hook forward priority filter;
				ct state established,related accept
				iifname "eth0" ct status dnat accept
				iifname "eth0" drop
			}
		}
	END
}

# wan_wire HOST ADDRESS INTERFACE: a host at the Internet's interface; its gateway is .254.
wan_wire() {
	local host=$1 address=$2 interface=$3
	ns_add "$host"
	ns_ip internet <<-END
		link add $interface type veth peer name eth0 netns $(ns_name "$host")
		address add ${address%.*}.254/24 dev $interface
		link set $interface up
	END
	ns_ip "$host" <<-END
		address add $address/24 dev eth0
		link set eth0 up
		route add default via ${address%.*}.254
	END
}

# The network in the picture. nl_begin or nl_use came before.
rustdesk_topology() {
	local host ports=32000
	topology_hosts
	router_nat
	home_firewall router
	ns_sysctl internet ipv4/ip_forward 1
	ns_exec internet ip route add blackhole 192.168.0.0/16
	wan_wire home "$HOME_PUBLIC" eth1
	wan_wire shielded "$SHIELDED" eth2
	wan_wire bare "$BARE" eth3
	home_firewall shielded
	ns_sysctl home ipv4/ip_forward 1
	home_firewall home
	ns_exec home nft -f - <<-END
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname "eth0" masquerade
			}
		}
	END
	ns_add remote
	ns_ip home <<-END
		link add eth1 type veth peer name eth0 netns $(ns_name remote)
		address add ${REMOTE%.*}.1/24 dev eth1
		link set eth1 up
	END
	ns_ip remote <<-END
		address add $REMOTE/24 dev eth0
		link set eth0 up
		route add default via ${REMOTE%.*}.1
	END
	# Two hosts that take one port by chance are another test's matter.
	for host in client client2 server remote shielded bare; do
		ns_sysctl "$host" ipv4/ip_local_port_range "$((ports += 4000)) $((ports + 3999))"
	done
	rustdesk_names "$PUBLIC"
}

# rustdesk_names ADDRESS: what the name is to everybody, unless a host is given other names.
rustdesk_names() {
	echo "$1 $NAME" >"$NL_DIR/$NL_PREFIX.hosts"
}

HBBR_WITH=() # more options of hbbr

# rustdesk_server [OPTION-OF-HBBS...]
rustdesk_server() {
	local log=$NL_DIR/$NL_PREFIX
	start server "$RUSTDESK/hbbs" --speed "$SPEED" "$@" >"$log.hbbs" 2>&1 </dev/null &
	start server "$RUSTDESK/hbbr" --speed "$SPEED" "${HBBR_WITH[@]}" >"$log.hbbr" 2>&1 </dev/null &
	WAIT_LOG=$log.hbbs wait_until 5 hbbs grep -qs ready "$log.hbbs"
	WAIT_LOG=$log.hbbr wait_until 5 hbbr grep -qs ready "$log.hbbr"
}

# What a host's client is told about names; a script may set other words.
declare -A NAMES_OF=()

# Several clients on one host have different words here, and thereby different IDs and logs.
DESK=desk

rustdesk_id() {
	echo "$1-$DESK"
}

# rustdesk_words HOST: what every client of that host is told, as WORDS.
rustdesk_words() {
	local names
	read -ra names <<<"${NAMES_OF[$1]:---hosts $NL_DIR/$NL_PREFIX.hosts}"
	WORDS=(--server "$NAME" --speed "$SPEED" "${names[@]}")
}

SERVE_WITH=() # more options of those that are controlled
declare -A SERVE_PID=()

# rustdesk_serve HOST...: a client on each, to be controlled.
rustdesk_serve() {
	local host
	for host in "$@"; do
		rustdesk_words "$host"
		start "$host" "$RUSTDESK/client" serve --id "$(rustdesk_id "$host")" "${WORDS[@]}" \
			"${SERVE_WITH[@]}" >"$NL_DIR/$NL_PREFIX.$host.$DESK" 2>&1 </dev/null &
		SERVE_PID[$host]=$!
	done
}

# rustdesk_ready HOST...: they have registered and know their NAT.
rustdesk_ready() {
	local host log
	for host in "$@"; do
		log=$NL_DIR/$NL_PREFIX.$host.$DESK
		WAIT_LOG=$log wait_until 20 "registration of $host" grep -qs '^registered' "$log"
		WAIT_LOG=$log wait_until 20 "NAT test of $host" grep -qs '^nat' "$log"
	done
}

# rustdesk_connect FROM TO [OPTION...]: one or two lines of JSON, however it ends.
rustdesk_connect() {
	local from=$1 to=$2
	shift 2
	rustdesk_words "$from"
	ns_exec "$from" "$RUSTDESK/client" connect "${WORDS[@]}" "$@" "$(rustdesk_id "$to")" || true
}
