# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the tests of natloopctl watch share; lib.sh comes first.

# watch_start NAME [ARGUMENT...]: runs it, and waits until it is ready. Its log is WATCH_LOG, its
# process WATCH.
watch_start() {
	WATCH_LOG=$NL_DIR/watching.$1
	: >"$WATCH_LOG"
	shift
	start_watch "$@" >"$WATCH_LOG" 2>&1 </dev/null &
	WATCH=$!
	WAIT_LOG=$WATCH_LOG wait_until 10 "watch $*" grep -q 'ready, following' "$WATCH_LOG"
}

start_watch() {
	local config=(--config "$NL_DIR/empty.conf")
	[[ " $* " != *" --config "* ]] || config=()
	exec "${NL_RUN[@]}" "$NL_BIN" watch "$@" --netns "$(ns_name router)" \
		--instance "$NL_INSTANCE" "${config[@]}"
}

# watch_end [SIGNAL]: ends it, which must be with status 0 by TERM and INT.
watch_end() {
	local status=0
	kill "-${1:-TERM}" "$WATCH"
	wait "$WATCH" 2>/dev/null || status=$?
	[[ ${1:-TERM} == KILL ]] || expect_equal "status of watch" 0 "$status"
}

# The lines that are not about its start. With MODE=xdp it warns of veth, whose other ends have been
# seen to here.
watch_lines() {
	grep -Ev 'ready, following|by XDP: it leaves unfinished checksums' "$WATCH_LOG" || true
}

# expect_line WHAT REGEX [SECONDS]: the log gets such a line.
expect_line() {
	WAIT_LOG=$WATCH_LOG wait_until "${3:-30}" "$1: a line like '$2'" grep -Eq "$2" "$WATCH_LOG"
}

# expect_lines WHAT REGEX NUMBER
expect_lines() {
	expect_equal "$1: lines like '$2' in: $(<"$WATCH_LOG")" "$3" "$(grep -Ec "$2" "$WATCH_LOG" || true)"
}

# has_lines REGEX NUMBER: so many of them, or more.
has_lines() {
	(($(grep -Ec "$1" "$WATCH_LOG" || true) >= $2))
}

publics() {
	natloopctl public list -j | jq -r 'join(" ")'
}

has_publics() {
	[[ $(publics) == "$1" ]]
}

# expect_publics WHAT "ADDRESS..." [SECONDS]
expect_publics() {
	WAIT_LOG=$WATCH_LOG wait_until "${3:-5}" "$1: public $2" has_publics "$2"
}

# change_address OLD NEW: as a DHCP client does it, the default route last.
change_address() {
	ns_exec router ip -batch - <<-END
		address del $1/24 dev eth0
		address add $2/24 dev eth0
		route add default via 172.16.16.254
	END
}
