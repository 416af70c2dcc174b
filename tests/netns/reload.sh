#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# While natloopctl attaches again and again, with the same and with other options and by another
# build, not one datagram of a stream of 60,000 a second is lost, there or back, and a bulk TCP
# transfer keeps every byte; no flow is made twice. RELOADS sets how often (5), RATE the datagrams.
# modes: tc xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_stream.sh
. "${BASH_SOURCE[0]%/*}/lib_stream.sh"

RELOADS=${RELOADS:-5}
LEAST_RATE=50000
FORWARDS=(--server "$SERVER" --forward "udp/5000=$SERVER")

# The programs of the other build differ from ours by one call, so the kernel has new code to take.
build_other() {
	local file
	mkdir "$NL_DIR/src"
	cp -a "$NL_ROOT"/{Makefile,bpf,include,scripts,user} "$NL_DIR/src"
	mkdir "$NL_DIR/src/build"
	cp -a "$NL_BUILD"/{bpf,skel,user,libnatloop.a,natloopctl} "$NL_DIR/src/build"
	for file in tc xdp; do
		sed -i 's/^\tstruct hairpin h = {};/\tbpf_get_smp_processor_id();\n&/' \
			"$NL_DIR/src/bpf/natloop_$file.bpf.c"
	done
	env -u BUILD make -C "$NL_DIR/src" all >"$NL_DIR/make.log" 2>&1 ||
		fail "the other build: $(tail "$NL_DIR/make.log")"
}

program_tag() {
	"$(find_bpftool)" -j prog show id "$(ns_exec router tc -j filter show dev eth1 ingress |
		jq '[.[].options.prog.id? // empty][0]')" | jq -r .tag
}

reload() {
	case $(($1 % 4)) in
	0) natloopctl attach eth1 ;;
	1) natloopctl attach eth1 "${FORWARDS[@]}" --forward "tcp/8000-$((8000 + $1))=$SERVER" \
		--client-flows "$((100 + $1))" --lan 10.0.0.0/8 ;;
	2) NL_BIN=$NL_DIR/src/build/natloopctl natloopctl attach eth1 "${FORWARDS[@]}" ;;
	3) natloopctl forward add "tcp/9000=$SERVER" && natloopctl attach eth1 --snat public ;;
	esac
}

# reload_all: as often as asked for; RELOAD_MS is how long one took.
reload_all() {
	local start=${EPOCHREALTIME/./} i
	for ((i = 0; i < RELOADS; i++)); do
		expect_success "reload $i" reload "$i"
	done
	RELOAD_MS=$(((${EPOCHREALTIME/./} - start) / 1000 / RELOADS))
}

# value KEY LINE
value() {
	local words
	read -ra words <<<"$2"
	local i
	for ((i = 0; i < ${#words[@]}; i += 2)); do
		[[ ${words[i]} != "$1" ]] || echo "${words[i + 1]}"
	done
}

# Where packets may get lost without natloop: full socket buffers, rings and queues.
drops() {
	local host
	for host in client switch router server; do
		# shellcheck disable=SC2016 # expanded in the namespace
		ns_exec "$host" sh -c 'for i in $(ls /proc/sys/net/ipv4/conf); do
			ip -s -s link show "$i" 2>/dev/null; done; grep -h ^Udp: /proc/net/snmp' |
			sed "s/^/$host: /"
	done
	sed 's/^/softnet: /' /proc/net/softnet_stat
}

udp_phase() {
	local sent seen key
	stream_serve server
	stream_send client "$PUBLIC" "$(stream_rate 60000)"
	wait_until 5 "the stream's flow" flow_exists udp
	made=$(outcome new_flow)
	drops >"$NL_DIR/drops.before"
	reload_all
	sent=$(stream_stop client)
	seen=$(stream_stop server)
	drops >"$NL_DIR/drops.after"
	echo "$MODE: $RELOADS reloads, $RELOAD_MS ms each"
	echo "  client: $sent"
	echo "  server: $seen"
	# A machine that is busy with other things may not make it, but then nothing is shown. An
	# emulated one never does.
	((NL_PATIENCE > 1 || $(value rate "$sent") >= LEAST_RATE ||
		(RELOADS < 20 && $(value rate "$sent") >= 10000))) ||
		fail "only $(value rate "$sent") datagrams a second"
	(($(value rate "$sent") >= LEAST_RATE)) ||
		echo "  this machine made only $(value rate "$sent") datagrams a second, not $LEAST_RATE"
	for key in lost duplicated odd; do
		(($(value "$key" "$sent") == 0 && $(value "$key" "$seen") == 0)) ||
			fail "$key datagrams, see above; counters: $(diff "$NL_DIR"/drops.{before,after})"
	done
	expect_equal "datagrams seen by the server" "$(value sent "$sent")" "$(value seen "$seen")"
}

flow_exists() {
	natloopctl flow list "proto=$1" -j | jq -e 'length > 0' >/dev/null
}

# Random bytes, again and again, until there is a file "stop".
endless() {
	while [[ ! -e $NL_DIR/stop ]]; do
		cat "$NL_DIR/chunk"
	done
}

tcp_phase() {
	local got wanted bulk retransmitted
	head -c 4M /dev/urandom >"$NL_DIR/chunk"
	endless | tee >(sha256sum >"$NL_DIR/sum.sent") |
		ns_exec client "$NL_ANSWERER" call --pipe --timeout 110 tcp "$PUBLIC" 21117 |
		tee >(wc -c >"$NL_DIR/bytes") | tail -n +2 | sha256sum >"$NL_DIR/sum.got" &
	bulk=$!
	wait_until 5 "the transfer's flow" flow_exists tcp
	made=$(outcome new_flow)
	reload_all
	touch "$NL_DIR/stop"
	wait "$bulk" || fail "the transfer broke off"
	wait_until 5 "the sum of what was sent" test -s "$NL_DIR/sum.sent"
	wait_until 5 "the number of bytes" test -s "$NL_DIR/bytes"
	wanted=$(<"$NL_DIR/sum.sent") got=$(<"$NL_DIR/sum.got")
	# shellcheck disable=SC2016 # awk's dollars
	retransmitted=$(ns_exec client awk '/^Tcp:/ { n = $13 } END { print n }' /proc/net/snmp)
	echo "$MODE: $RELOADS reloads, $RELOAD_MS ms each, $(($(<"$NL_DIR/bytes") >> 20)) MiB by TCP" \
		"there and back, $retransmitted segments of the client sent twice"
	expect_equal "SHA-256 of the transfer" "$wanted" "$got"
}

topology_make
build_other
expect_success attach natloopctl attach eth1 --public "$PUBLIC" "${FORWARDS[@]}" --mode "$MODE"
before=$(program_tag)
NL_BIN=$NL_DIR/src/build/natloopctl natloopctl attach eth1
expect_different "the programs of the two builds" "$before" "$(program_tag)"
udp_phase
expect_equal "flows made while attaching again" "$made" "$(outcome new_flow)"
tcp_phase
expect_equal "flows made while attaching again" "$made" "$(outcome new_flow)"
expect_jq "nothing is broken" '[.fault, .busy, .no_port, .table_full] | all(.packets == 0)' \
	"$(natloopctl stats -j)"
note_programs
detach
expect_nothing_left
