# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the tests of natloopctl doctor share, for scripts to source behind lib.sh.

# shellcheck disable=SC2034 # JSON is for the scripts that source this file

NL_RUSTDESK=$NL_BUILD/tests/rustdesk
NAME=rustdesk.example.com

need_doctor() {
	need_tools jq "$@"
	[[ $("$NL_BIN" --version) == *libprotobuf-c* ]] ||
		skip "natloopctl was built without protobuf-c"
}

declare -A RUSTDESK_PID

# rustdesk_one PROGRAM [ARGUMENT...]: a stand-in on HOST.
rustdesk_one() {
	local host=$1 program=$2 log
	shift 2
	log=$(mktemp "$NL_DIR/$program.XXXXXX")
	start "$host" "$NL_RUSTDESK/$program" "$@" >"$log" 2>&1 </dev/null &
	RUSTDESK_PID[$program]=$!
	WAIT_LOG=$log wait_until 5 "$program on $host" grep -q ready "$log"
}

# rustdesk_start HOST [BASE]: hbbs and hbbr.
rustdesk_start() {
	local base=${2:-21116}
	rustdesk_one "$1" hbbs -p "$base"
	rustdesk_one "$1" hbbr -p $((base + 1))
}

# rustdesk_stop [PROGRAM...]: both without one.
rustdesk_stop() {
	local program
	(($#)) || set -- hbbs hbbr
	for program in "$@"; do
		kill "${RUSTDESK_PID[$program]}"
		wait "${RUSTDESK_PID[$program]}" 2>/dev/null || true
	done
}

# expect_doctor WHAT STATUS VERDICT [ARGUMENT...]: of natloopctl doctor on the router. JSON is set.
expect_doctor() {
	local what=$1 wanted=$2 verdict=$3 status=0 begin=$SECONDS
	shift 3
	JSON=$(natloopctl doctor "$@" -j) || status=$?
	expect_equal "$what: verdict ($JSON)" "$verdict" "$(jq -r .verdict <<<"$JSON")"
	expect_equal "$what: status ($JSON)" "$wanted" "$status"
	expect_jq "$what: a sentence, and a next step unless it is healthy" \
		"(.says | length > 20) and (.next != \"\" or $wanted == 0)" "$JSON"
	expect_quick "$what: seconds" $((SECONDS - begin)) 25
	say "$(printf '%-42s %-20s %s' "$what" "$verdict" "$status")"
}

# expect_check WHAT ID LEVEL REGEX: a check of JSON, with such an evidence or object.
expect_check() {
	jq -e --arg id "$2" --arg level "$3" --arg regex "$4" '.checks | any(.id == $id and
		.level == $level and ((.object + ": " + .evidence) | test($regex)))' \
		>/dev/null <<<"$JSON" || fail "$1: no check $2, $3, '$4' in: $(jq .checks <<<"$JSON")"
}

# with_rules: the ruleset of nft on standard input takes the place of the router's.
with_rules() {
	ns_exec router nft flush ruleset
	ns_exec router nft -f -
}

# server_filter RULE...: of the server's input.
server_filter() {
	ns_exec server nft flush ruleset
	ns_exec server nft -f - <<-END
		table ip filter {
			chain input {
				type filter hook input priority 0;
				$1
				${2:-}
			}
		}
	END
}

# together FUNCTION...: each in a network of its own, all at once; fails if one of them does.
together() {
	local function pids=() pid failed=0
	for function in "$@"; do
		(
			nl_use "${#pids[@]}"
			topology_hosts
			router_nat
			"$function"
		) &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=1
	done
	((failed == 0)) || fail "see above"
}
