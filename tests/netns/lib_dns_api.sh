# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# AdGuard Home and Pi-hole for the tests of 'dns apply' with a URL, and how it is called; lib.sh comes
# first. The servers are a stand-in, dns_api_server.py, which says where its rules come from: neither
# is packaged.

# shellcheck disable=SC2034 # for the scripts that source this file

NAME=rustdesk.example.com
HOST=192.168.11.5
AGH=http://$HOST:3000
HOLE=http://$HOST:8080
SECRET='correct horse; battery "staple"'
# What another has added.
FOREIGN='"nas.example.com 192.168.11.40","*.lab.example.com A"'
HOSTS='"192.168.11.40 nas.example.com nas # mine"'
LINES='"# mine","local=/nas.example.com/"'

# --- the stand-ins ---------------------------------------------------------------------------

# api_start NAME PORT [ADDRESS] [CERTIFICATE KEY]: its state is $NL_DIR/NAME.
api_start() {
	local name=$1 port=$2 address=${3:-0.0.0.0}
	shift $(($# < 3 ? $# : 3))
	: >"$NL_DIR/$name.out"
	start router python3 "$NL_ROOT/tests/netns/dns_api_server.py" "$NL_DIR/$name" "$address" \
		"$port" "$@" >"$NL_DIR/$name.out" 2>&1 </dev/null &
	WAIT_LOG=$NL_DIR/$name.out wait_until 60 "the stand-in $name" grep -q ready "$NL_DIR/$name.out"
}

# set_agh [FILTER]: AdGuard Home as it is at first, with what another has added, changed by a filter
# of jq.
set_agh() {
	jq --arg secret "$SECRET" "${1:-.}" >"$NL_DIR/agh" <<-'END'
		{"kind": "adguardhome", "has_enabled": true, "has_update": true, "user": "admin",
		 "password": "correct horse; battery \"staple\"", "unauthorized": 401,
		 "rewrites_enabled": true, "filtering": true,
		 "rewrites": [{"domain": "nas.example.com", "answer": "192.168.11.40", "enabled": true},
			{"domain": "*.lab.example.com", "answer": "A", "enabled": false}]}
	END
	: >"$NL_DIR/agh.log"
}

set_hole() {
	jq "${1:-.}" >"$NL_DIR/hole" <<-'END'
		{"kind": "pihole6", "password": "correct horse; battery \"staple\"", "app_password": "",
		 "app_sudo": false, "totp": "", "max_sessions": 2, "sessions": {}, "env": [],
		 "restarts": 0, "hosts_local": false,
		 "config": {"dns": {"hosts": ["192.168.11.40 nas.example.com nas # mine"],
		   "cnameRecords": ["www.example.com,nas.example.com"]},
		  "misc": {"dnsmasq_lines": ["# mine", "local=/nas.example.com/"], "readOnly": false}}}
	END
	: >"$NL_DIR/hole.log"
}

# change_agh FILTER, change_hole FILTER: while it runs.
change_agh() {
	jq "$1" <"$NL_DIR/agh" >"$NL_DIR/changed" && mv "$NL_DIR/changed" "$NL_DIR/agh"
}

change_hole() {
	jq "$1" <"$NL_DIR/hole" >"$NL_DIR/changed" && mv "$NL_DIR/changed" "$NL_DIR/hole"
}

rewrites() {
	jq -c '[.rewrites[] | "\(.domain) \(.answer)"]' "$NL_DIR/agh"
}

hosts() {
	jq -c .config.dns.hosts "$NL_DIR/hole"
}

lines() {
	jq -c .config.misc.dnsmasq_lines "$NL_DIR/hole"
}

# What was asked of it that changes something, logins and logouts left out.
asked() {
	{ grep -v -e '^GET' -e /api/auth "$NL_DIR/$1.log" || true; } | cut -d' ' -f1-2
}

# --- natloopctl ------------------------------------------------------------------------------

STATE=() # the option, below
agh() {
	natloopctl dns apply adguardhome "$@" --user admin "${STATE[@]}"
}

hole() {
	natloopctl dns apply pihole "$@" "${STATE[@]}"
}

# done_by COMMAND...: prints "ACTION ENTRY" for each change; NOTES is what is said beside.
done_by() {
	local out status=0
	out=$("$@" -j 2>"$NL_DIR/notes") || status=$?
	((status == 0)) || fail "'$*' ended with status $status: $out$(<"$NL_DIR/notes")"
	jq -r '.[] | "\(.action) \(.entry)"' <<<"$out"
}

expect_note() {
	expect_match "$1" "$2" "$(<"$NL_DIR/notes")"
}

# refused_agh REGEX FILTER [STATUS [ARGUMENT...]]: with AdGuard Home so changed, nothing is.
refused_agh() {
	local regex=$1 filter=$2 wanted=${3:-1}
	shift $(($# < 3 ? $# : 3))
	set_agh "$filter"
	rewrites >"$NL_DIR/before"
	expect_refused "$wanted" "$regex" dns apply adguardhome "$AGH" "$NAME" "$SERVER" --user admin \
		--password-file "$NL_DIR/secret" "${STATE[@]}" "$@"
	rewrites | cmp - "$NL_DIR/before" || fail "$regex: changed: $(rewrites)"
	[[ ! -e $NL_DIR/state ]] || jq -e '.servers == []' "$NL_DIR/state" >/dev/null ||
		fail "$regex: the state file has: $(<"$NL_DIR/state")"
}

refused_hole() {
	local regex=$1 filter=$2 wanted=${3:-1}
	shift $(($# < 3 ? $# : 3))
	set_hole "$filter"
	jq .config "$NL_DIR/hole" >"$NL_DIR/before"
	expect_refused "$wanted" "$regex" dns apply pihole "$HOLE" "$NAME" "$SERVER" \
		--password-file "$NL_DIR/secret" "${STATE[@]}" "$@"
	jq .config "$NL_DIR/hole" | cmp - "$NL_DIR/before" || fail "$regex: changed: $(hosts)"
	[[ ! -e $NL_DIR/state ]] || jq -e '.servers == []' "$NL_DIR/state" >/dev/null ||
		fail "$regex: the state file has: $(<"$NL_DIR/state")"
}

# The router, and on it both servers.
api_begin() {
	nl_begin
	[[ $("$NL_BIN" --version) == *libcurl* ]] || skip "this natloopctl was built without libcurl"
	STATE=(--state "$NL_DIR/state")
	ns_add router
	ns_ip router <<-END
		address add $HOST/32 dev lo
		address add $INTERNET/32 dev lo
	END
	printf '%s\n' "$SECRET" >"$NL_DIR/secret"
	chmod 600 "$NL_DIR/secret"
	PASS=(--password-file "$NL_DIR/secret")
	set_agh
	set_hole
	api_start agh 3000
	api_start hole 8080
}
