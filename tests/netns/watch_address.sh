#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The public address changes again and again under natloopctl watch: how long until the first packet
# to the new one is reflected; a UDP stream to an address that stays loses nothing, flows of the one
# that goes end, and a TCP transfer to it runs to its end. CHANGES says how often (20).
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"
# shellcheck source-path=SCRIPTDIR source=lib_stream.sh
. "${BASH_SOURCE[0]%/*}/lib_stream.sh"

CHANGES=${CHANGES:-$((NL_PATIENCE > 1 ? 5 : 20))}
FIRST=$NL_BUILD/tests/netns/first_reply
STAYS=203.0.113.7

# change NEW: prints the microseconds.
change() {
	printf '%s\n' "address del $old/24 dev eth0" "address add $1/24 dev eth0" \
		"route add default via 172.16.16.254" >"$NL_DIR/batch"
	ns_exec client "$FIRST" "/run/netns/$(ns_name router)" "$1" 21116 \
		nsenter --net="/run/netns/$(ns_name router)" ip -batch "$NL_DIR/batch"
}

endless() {
	while [[ ! -e $NL_DIR/stop ]]; do
		cat "$NL_DIR/chunk"
	done
}

transfer_start() {
	head -c 1M /dev/urandom >"$NL_DIR/chunk"
	endless | tee >(sha256sum >"$NL_DIR/sum.sent") |
		ns_exec client "$NL_ANSWERER" call --pipe --timeout 110 tcp "$PUBLIC" 21117 |
		tee >(wc -c >"$NL_DIR/bytes") | tail -n +2 | sha256sum >"$NL_DIR/sum.got" &
	transfer=$!
	wait_until 5 "the transfer's flow" has_flow "public=$PUBLIC" proto=tcp
}

transfer_end() {
	touch "$NL_DIR/stop"
	wait "$transfer" || fail "the transfer broke off"
	wait_until 5 "the sum of what was sent" test -s "$NL_DIR/sum.sent"
	wait_until 5 "the number of bytes" test -s "$NL_DIR/bytes"
	expect_equal "SHA-256 of the transfer" "$(<"$NL_DIR/sum.sent")" "$(<"$NL_DIR/sum.got")"
}

has_flow() {
	natloopctl flow list "$@" -j | jq -e 'length > 0' >/dev/null
}

topology_make
watch_start one eth1 --public auto --public "$STAYS" --server "$SERVER" --forward "udp/5000=$SERVER" \
	--mode "$MODE"
stream_serve server
stream_send client2 "$STAYS" "$(stream_rate 10000)"
transfer_start
old=$PUBLIC
times=()
for ((i = 0; i < CHANGES; i++)); do
	new=172.16.16.$((10 + i))
	us=$(change "$new") || fail "change $i to $new: $(<"$WATCH_LOG")"
	times+=("$us")
	# Its UDP flow goes at once with the address.
	if has_flow "public=$old" proto=udp; then
		wait_until 2 "no flow of $old" eval "! has_flow public=$old proto=udp"
	fi
	old=$new
done
bytes_flow=$(natloopctl flow list "public=$PUBLIC" proto=tcp -j | jq '.[0].bytes')
((bytes_flow > 0)) || fail "the transfer has no flow any more"
transfer_end
line=$(stream_stop client2)
mapfile -t sorted < <(printf '%s\n' "${times[@]}" | sort -n)
median=${sorted[$((CHANGES / 2))]} worst=${sorted[-1]}
echo "$MODE: $CHANGES changes, first reflected packet after: median $((median / 1000)).$((median % 1000 / 100)) ms," \
	"worst $((worst / 1000)).$((worst % 1000 / 100)) ms; $(($(<"$NL_DIR/bytes") >> 20)) MiB by TCP there and back"
echo "  stream to the address that stays: $line"
expect_match "the stream" ' lost 0 duplicated 0 ' "$line"
expect_quick "the median of ${times[*]} us" "$median" 100000
# Descheduled between the commands of a change, the router has no default route for a while: two lines.
gaps=$(grep -c '^natloopctl: auto: leads to no address now' "$WATCH_LOG" || true)
expect_lines "each change" '^natloopctl: public: ' $((CHANGES + gaps))
expect_line "the last change" "^natloopctl: public: .*$STAYS -> 172.16.16.$((9 + CHANGES)), $STAYS\$"
expect_publics "at the end" "$old $STAYS"
watch_end
expect_saw "after watch" "$old:[0-9]+" client tcp "$old" 21116
