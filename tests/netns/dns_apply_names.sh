#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl dns apply without a name: the server gets those that the instance answers, follows dns add
# and dns del, and keeps what was given by itself, by another instance, or by others. The servers are a
# stand-in: see dns_api_server.py.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

NAME=rustdesk.example.com
need_tools python3 jq
topology_make
[[ $("$NL_BIN" --version) == *libcurl* ]] || skip "this natloopctl was built without libcurl"
cat >"$NL_DIR/hole" <<-END
	{"kind": "pihole6", "password": "", "app_password": "", "app_sudo": false, "totp": "",
	 "max_sessions": 2, "sessions": {}, "env": [], "restarts": 0, "hosts_local": false,
	 "config": {"dns": {"hosts": ["192.168.11.40 nas.example.com"], "cnameRecords": []},
	  "misc": {"dnsmasq_lines": [], "readOnly": false}}}
END
start server python3 "$NL_ROOT/tests/netns/dns_api_server.py" "$NL_DIR/hole" "$SERVER" 80 \
	>"$NL_DIR/out" 2>&1 </dev/null &
WAIT_LOG=$NL_DIR/out wait_until 60 "the stand-in" grep -q ready "$NL_DIR/out"

apply() {
	expect_success "apply" natloopctl dns apply pihole "http://$SERVER" --state "$NL_DIR/state" "$@" \
		>"$NL_DIR/changes"
}

# expect_hosts WHAT HOST...: beside that which was there.
expect_hosts() {
	local what=$1
	shift
	expect_equal "$what" "192.168.11.40 nas.example.com${*:+ $*}" \
		"$(jq -r '.config.dns.hosts | join(" ")' "$NL_DIR/hole")"
}

attach
expect_success "dns add" natloopctl dns add "$NAME" "$SERVER"
expect_success "dns add" natloopctl dns add '*.lan.example.com' "$SERVER,fd00::20"
apply
expect_hosts "both" "$SERVER $NAME"
expect_jq "lines" '.config.misc.dnsmasq_lines == ["address=/*.lan.example.com/192.168.11.20",
	"address=/*.lan.example.com/fd00::20", "local=/*.lan.example.com/",
	"local=/rustdesk.example.com/", "server=/*.rustdesk.example.com/#"]' "$(<"$NL_DIR/hole")"
apply given.example.com 192.168.11.50
expect_success "dns add" natloopctl dns add "$NAME" 192.168.11.21
apply
expect_hosts "another address" "192.168.11.50 given.example.com 192.168.11.21 $NAME"
expect_success "dns del" natloopctl dns del "$NAME"
apply
expect_hosts "one gone" "192.168.11.50 given.example.com"
expect_success "dns del" natloopctl dns del '*.lan.example.com'
apply
expect_jq "lines: those of what was given" '.config.misc.dnsmasq_lines ==
	["local=/given.example.com/", "server=/*.given.example.com/#"]' "$(<"$NL_DIR/hole")"
apply --remove given.example.com
expect_hosts "all gone"
expect_jq "no lines" '.config.misc.dnsmasq_lines == []' "$(<"$NL_DIR/hole")"
expect_jq "state file" '.servers == []' "$(<"$NL_DIR/state")"
detach
