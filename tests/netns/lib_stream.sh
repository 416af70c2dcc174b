# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the tests share that send a stream of datagrams (stream.c) and count what is lost; lib.sh comes
# first.

STREAM=$NL_BUILD/tests/netns/stream

# stream_rate N: how many datagrams a second to send where a real machine gets N of them. RATE says
# otherwise.
#
# An emulated machine with Linux 6.1 is held up for 1 to 7 s at a time (the sender's late_us), by the
# verifier or by a bulk transfer beside it. A veth ring has room for 256, which is a tenth of a second
# of what the others get, and what is lost is then the ring's ("dropped" of ip -s link). At 10 a
# second it has room for 25 s.
stream_rate() {
	if [[ -n ${RATE:-} ]]; then
		echo "$RATE"
	elif ((NL_PATIENCE > 1)) && [[ $(uname -r) == 6.1.* ]]; then
		echo 10
	else
		echo $(($1 / NL_PATIENCE))
	fi
}

# stream_serve HOST: sends all back on port 5000.
stream_serve() {
	start "$1" "$STREAM" serve 5000 >"$NL_DIR/stream.$1" 2>&1 </dev/null &
	wait_until 5 "the stream's server" grep -q ready "$NL_DIR/stream.$1"
}

# stream_send HOST ADDRESS RATE
stream_send() {
	start "$1" "$STREAM" send "$2" 5000 "$3" >"$NL_DIR/stream.$1" 2>&1 </dev/null &
}

stream_pid() {
	local pid
	for pid in $(ip netns pids "$(ns_name "$1")"); do
		[[ $(<"/proc/$pid/comm") != stream ]] || echo "$pid"
	done 2>/dev/null
}

# stream_stop HOST: ends it, and prints its line of results.
stream_stop() {
	kill -TERM "$(stream_pid "$1")"
	WAIT_LOG=$NL_DIR/stream.$1 wait_until 20 "the stream's end on $1" \
		grep -q '^se.* lost' "$NL_DIR/stream.$1"
	grep '^se.* lost' "$NL_DIR/stream.$1"
}
