#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What others do to natloop_dns and to its interfaces is told and mended; several commands at once;
# status warns where a name leads to a server whose RustDesk forwards are reflected.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"

need_tools dig
topology_make
FILE=$NL_DIR/natloop.conf
config
expect_success attach with_config attach
without=$(natloopctl status -j | jq .memory.bytes)
natloopctl dns add hand.example "$SERVER"

# --- several at once
jobs=()
for i in {1..8}; do
	natloopctl dns add "host$i.example" "192.168.11.$i" &
	jobs+=($!)
done
wait "${jobs[@]}"
expect_equal "eight at once" "hand.example host{1..8}.example" \
	"$(names | sed 's/host1\.example.*host8\.example/host{1..8}.example/')"
expect_jq "eight at once" '.names | length == 9' "$(natloopctl dns list -j)"
expect_equal "programs" 1 "$(filters)"
expect_equal "one of eight" 192.168.11.5 "$(answer host5.example)"
with=$(natloopctl status -j | jq .memory.bytes)
((with > without + 1000000)) || fail "memory with names: $with bytes, without: $without"

# --- the two cures
natloopctl dns add "$NAME" "$SERVER"
expect_equal "a name and another forward" "[]" "$(warnings)"
natloopctl forward add "rustdesk=$SERVER"
expect_jq "a name and RustDesk's forward" "length == 1 and (.[0].remedy |
	test(\"natloopctl dns del '$NAME'.*forward del tcp/21115-21117=$SERVER udp/21116=$SERVER\"))" \
	"$(warnings)"
expect_match "status" "warning: $NAME: leads clients to $SERVER, .* cannot connect directly; drop" \
	"$(natloopctl status | grep "^warning: $NAME")"
natloopctl dns add "$NAME" "$CLIENT"
expect_equal "a name to another host" "[]" "$(warnings)"
expect_match "a name to the public address" "$NAME: $PUBLIC is the public address; .*server's address" \
	"$(natloopctl dns add "$NAME" "$PUBLIC" 2>&1)"
expect_match "dns add says it, too" "$NAME: leads clients to $SERVER, .* cannot connect directly; drop" \
	"$(natloopctl dns add "$NAME." "$SERVER" 2>&1)"
natloopctl forward del "tcp/21115-21117=$SERVER" "udp/21116=$SERVER"
expect_equal "without the forwards" "[]" "$(warnings)"

# --- the program is taken off
note_programs
remove_program
expect_match "status" "somebody has removed its DNS program; attach it again" "$(natloopctl status)"
natloopctl dns add other.example "$SERVER"
expect_equal "dns add puts it back" "$SERVER" "$(answer other.example)"
remove_program
expect_success attach with_config attach
expect_equal "attach puts it back" "1 $SERVER" "$(filters) $(answer "$NAME")"
ns_exec router tc qdisc del dev eth1 clsact
expect_equal "without a qdisc" "" "$(answer "$NAME")"
expect_refused 1 "cannot attach the DNS program" dns add third.example "$SERVER"
expect_success attach with_config attach
expect_equal "attach makes it again" "1 $SERVER" "$(filters) $(answer "$NAME")"

# --- a second interface comes and goes
switch_add lan2
router_port eth2 192.168.12.1 lan2 to-router
host_add other 192.168.12.2 lan2 192.168.12.1
expect_success "attach eth2" with_config attach eth2
expect_equal "on the other" "1 $SERVER" "$(filters eth2) $(answer other 192.168.12.1 "$NAME")"
ns_exec router ip link del eth2
expect_success "dns add beside one that is gone" natloopctl dns add gone.example "$SERVER"
router_port eth2 192.168.12.1 lan2 to-router
expect_equal "not attached" 0 "$(filters eth2)"
ns_exec other ip neigh flush all
expect_success "attach eth2" with_config attach eth2
expect_equal "on it again" "1 $SERVER" "$(filters eth2) $(answer other 192.168.12.1 gone.example)"
expect_success "detach eth2" natloopctl detach eth2
expect_equal "detached" "0 1 $SERVER" "$(filters eth2) $(filters) $(answer "$NAME")"
note_programs
detach
expect_nothing_left
expect_equal "after detach" "" "$(answer "$NAME")"
