# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the tests of names share; lib.sh comes first.

# shellcheck disable=SC2034 # for the scripts that source this file
NAME=rustdesk.example.com
FILE=

# config [LINE...]: the file, with these lines of [dns].
config() {
	{
		printf '%s\n' "[natloop]" "interface = eth1" "public = $PUBLIC" "mode = $MODE" \
			"[forward]" "tcp/443 = $SERVER"
		((!$#)) || printf '%s\n' "[dns]" "$@"
	} >"$FILE.new"
	mv "$FILE.new" "$FILE"
}

with_config() {
	natloopctl "$@" --config "$FILE"
}

# answer [HOST [ROUTER]] NAME
answer() {
	local host=client to=$ROUTER
	(($# < 2)) || { host=$1 && shift; }
	(($# < 2)) || { to=$1 && shift; }
	ns_exec "$host" dig +tries=1 +timeout=1 +short "@$to" "$1" 2>/dev/null | grep -v '^;' || true
}

names() {
	natloopctl dns list -j | jq -r '[.names[].name] | join(" ")'
}

# filters [IFACE]
# shellcheck disable=SC2120 # dns_life.sh names one
filters() {
	ns_exec router tc filter show dev "${1:-eth1}" ingress | grep -c natloop_dns || true
}

# Takes natloop_dns off eth1, and nothing else.
remove_program() {
	local handle pref
	read -r pref handle < <(ns_exec router tc filter show dev eth1 ingress |
		sed -n 's/.* pref \([0-9]*\) bpf .*handle \(0x[0-9a-f]*\) natloop_dns.*/\1 \2/p')
	ns_exec router tc filter del dev eth1 ingress pref "$pref" handle "$handle" bpf
	expect_equal "filters after its removal" 0 "$(filters)"
}

has_program() {
	(($(filters) == 1))
}

warnings() {
	natloopctl status -j | jq -c "[.warnings[] | select(.object == \"$NAME\")]"
}

# expect_whole WHEN: a name that is listed is answered. dig takes a second to find that one is not.
expect_whole() {
	local name
	expect_sane_status "$1"
	for name in $(names); do
		expect_equal "$name after $1" "$SERVER" "$(answer "$name")"
	done
}
