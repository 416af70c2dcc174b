# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# DNS servers of the test's own, for scripts to source behind lib.sh: never as a service of the
# machine, always within a namespace, so that they end with it.

# ask HOST ARGUMENT...: by dig, once and quickly.
ask() {
	local host=$1
	shift
	ns_exec "$host" dig +tries=1 +timeout=$((2 * NL_PATIENCE)) "$@"
}

# expect_answer WHAT WANTED HOST ARGUMENT...: WANTED is "" for an answer without data.
expect_answer() {
	local what=$1 wanted=$2 out
	shift 2
	out=$(ask "$@") || fail "$what: no answer: $out"
	expect_match "status: $what" "status: NOERROR" "$out"
	expect_equal "$what" "$wanted" "$(ask "$1" +short "${@:2}")"
}

# expect_ttl WHAT WANTED HOST ARGUMENT...
expect_ttl() {
	local what=$1 wanted=$2
	shift 2
	expect_equal "TTL: $what" "$wanted" \
		"$(ask "$1" +noall +answer "${@:2}" | awk '{ print $2; exit }')"
}

# dnsmasq_start HOST ADDRESS FILE [ARGUMENT...]: with the lines of FILE. Sets DNS_PID.
dnsmasq_start() {
	local host=$1 address=$2 file=$3 log
	shift 3
	log=$(mktemp "$NL_DIR/dnsmasq.XXXXXX")
	start "$host" dnsmasq --no-daemon --conf-file="$file" --no-resolv --no-hosts --port=53 \
		--bind-interfaces --listen-address="$address" --user=root --pid-file= "$@" \
		>"$log" 2>&1 </dev/null &
	DNS_PID=$!
	WAIT_LOG=$log wait_until 5 "dnsmasq at $address" grep -q started "$log"
}

# unbound_config ADDRESS UPSTREAM FILE: prints a configuration that ends with what FILE has.
unbound_config() {
	cat <<-END
		server:
			interface: $1
			access-control: 0.0.0.0/0 allow
			chroot: ""
			username: ""
			directory: "$NL_DIR"
			pidfile: ""
			logfile: ""
			use-syslog: no
			verbosity: 1
			module-config: "iterator"
		remote-control:
			control-enable: yes
			control-interface: "$NL_DIR/unbound.control"
			control-use-cert: no
		forward-zone:
			name: "."
			forward-addr: $2
		include: "$3"
	END
}

# unbound_start HOST CONFIG: sets DNS_PID.
unbound_start() {
	local host=$1 config=$2 log
	log=$(mktemp "$NL_DIR/unbound.XXXXXX")
	start "$host" unbound -d -c "$config" >"$log" 2>&1 </dev/null &
	DNS_PID=$!
	WAIT_LOG=$log wait_until 10 "unbound on $host" grep -q 'start of service' "$log"
}

dns_stop() {
	kill "$DNS_PID"
	wait "$DNS_PID" 2>/dev/null || true
}
