#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Answers to DNS questions by natloop on the way, and by dnsmasq and unbound on the same router: how
# many a second, and how long one takes. Prints records of the measures "dns" and "dns-latency" (see
# tests/bench/README.md).
#
# usage: tests/bench/dns.sh [--rounds N] [--seconds S] [SYSTEM...]
#
# dnsperf asks from the LAN, on the first CPU; a DNS server runs on the last. natloop has no process:
# its program runs where the packet was sent, so it shares the first CPU with dnsperf, and the other
# one is idle.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

SYSTEMS=(natloop dnsmasq unbound)
NAME=rustdesk.example.com
LATENCY_RATE=1000 # questions a second, which none of them finds hard
rounds=7
seconds=2

# What is asked, and the status of a right answer: with an address, and without one.
declare -A QUESTIONS=([A]="$NAME A" [NODATA]="$NAME AAAA")

# The settings of a server as it is installed, without files of the machine and without logs.
start_dnsmasq() {
	start router taskset -c "$SERVER_CPU" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv \
		--no-hosts --bind-interfaces --listen-address="$ROUTER" --user=root --pid-file= \
		--local-ttl=60 --host-record="$NAME,$SERVER" --local="/$NAME/" \
		>"$NL_DIR/server.dnsmasq" 2>&1 </dev/null &
}

start_unbound() {
	cat >"$NL_DIR/unbound.conf" <<-END
		server:
		  interface: $ROUTER
		  access-control: 192.168.11.0/24 allow
		  username: ""
		  chroot: ""
		  directory: "$NL_DIR"
		  pidfile: ""
		  use-syslog: no
		  do-daemonize: no
		  local-data: "$NAME. 60 IN A $SERVER"
		remote-control:
		  control-enable: no
	END
	start router taskset -c "$SERVER_CPU" unbound -d -c "$NL_DIR/unbound.conf" \
		>"$NL_DIR/server.unbound" 2>&1 </dev/null &
}

# system_make SYSTEM: its network, and it on the router.
system_make() {
	nl_use "$1"
	topology_hosts
	: >"$NL_DIR/server.$1"
	if [[ $1 == natloop ]]; then
		natloopctl attach eth1 --public "$PUBLIC" --server "$SERVER"
		natloopctl dns add "$NAME" "$SERVER"
	else
		"start_$1"
	fi
	WAIT_LOG=$NL_DIR/server.$1 wait_until 10 "an answer of $1" answers
}

answers() {
	[[ $(ns_exec client dig +short +tries=1 +timeout=1 "@$ROUTER" "$NAME" A) == "$SERVER" ]]
}

# counted: what natloop has answered. There is no server on its router, but who knows.
counted() {
	natloopctl dns list -j | jq '.packets.a + .packets.nodata'
}

# ask SYSTEM KIND OPTION...: dnsperf's report is in $NL_DIR/asked. Each answer must be NOERROR; that
# the address is in it, dig has seen.
ask() {
	local system=$1 kind=$2 before=0 answered
	shift 2
	nl_use "$system"
	[[ $system != natloop ]] || before=$(counted)
	echo "${QUESTIONS[$kind]}" >"$NL_DIR/questions"
	ns_exec client taskset -c "$CLIENT_CPU" timeout -k 1 60 dnsperf -s "$ROUTER" -l "$seconds" \
		-d "$NL_DIR/questions" -t 1 "$@" >"$NL_DIR/asked" 2>&1 ||
		fail "$system: $(tail -n 3 "$NL_DIR/asked")"
	grep -Eq 'Response codes: +NOERROR [0-9]+ \(100\.00%\)' "$NL_DIR/asked" ||
		fail "$system: not every answer is right: $(<"$NL_DIR/asked")"
	[[ $system == natloop ]] || return 0
	answered=$(figure "Queries completed")
	(($(counted) - before >= answered)) ||
		fail "natloop: answered $(($(counted) - before)) of $answered: who did the others?"
}

# figure REGEX: the number behind it in the report.
figure() {
	sed -nE "s/^ *$1: +([0-9.]+).*/\\1/p" "$NL_DIR/asked"
}

# lost: what was asked and not answered, in percent.
lost() {
	sed -nE 's/^ *Queries lost: +[0-9]+ \(([0-9.]+)%\).*/\1/p' "$NL_DIR/asked"
}

measure_rate() {
	local system=$1 round=$2 kind=$3 note=
	ask "$system" "$kind"
	[[ $(lost) == 0.00 ]] || note="$(lost) % of the questions were not answered within 1 s"
	bench_record dns "$kind" "$system" "$round" "$(figure "Queries per second")" "answers/s" \
		"$note"
}

# Of each answer, as dnsperf -v prints them: "> NOERROR NAME TYPE SECONDS".
measure_latency() {
	local system=$1 round=$2 p50 p99
	ask "$system" A -v -c 1 -Q "$LATENCY_RATE"
	[[ $(lost) == 0.00 ]] || fail "$system: lost $(lost) % of $LATENCY_RATE questions a second"
	read -r p50 p99 < <(awk '/^> NOERROR / { print $NF * 1e6 }' "$NL_DIR/asked" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.5)] }')
	bench_record dns-latency "A p50" "$system" "$round" "$p50" us
	bench_record dns-latency "A p99" "$system" "$round" "$p99" us
}

bench_options "$@"
set -- "${SYSTEMS[@]}"
need_tools jq dig dnsperf taskset dnsmasq unbound
read -r CLIENT_CPU SERVER_CPU < <(bench_cpus)
nl_begin
for system in "$@"; do
	[[ $system == natloop ]] || [[ $(type -t "start_$system") == function ]] ||
		fail "no system is named '$system'; there are natloop, dnsmasq and unbound"
	system_make "$system"
done
for ((round = 1; round <= rounds; round++)); do
	read -ra turns < <(bench_turns "$round" "$@")
	for system in "${turns[@]}"; do
		say "dns: round $round of $rounds: $system"
		measure_rate "$system" "$round" A
		measure_rate "$system" "$round" NODATA
		measure_latency "$system" "$round"
	done
done
