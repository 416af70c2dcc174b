#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The shapes of -j that DESIGN promises, for every command that has one, errors too.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

is_address='test("^[0-9]+(\\.[0-9]+){3}$")'
is_endpoint='test("^[0-9]+(\\.[0-9]+){3}:[0-9]+$")'

topology_make
attach
talk_open tcp client tcp 0 "$PUBLIC" 21116
talk_open udp client udp 0 "$PUBLIC" 21116
talk_say udp hello

status=$(natloopctl status -j)
expect_jq "status: keys" '[keys[]] == (["version", "abi", "instance", "interfaces", "public", "snat",
	"forwards", "rules", "dns", "flows", "timeouts", "memory", "notes", "warnings"] | sort)' "$status"
expect_jq "status: types" '(.version | type == "string") and (.abi | type == "number") and
	(.snat | type == "string") and (.flows | keys == ["count", "max"]) and
	(.flows | all(.[]; type == "number"))' "$status"
expect_jq "status: instance" ".instance == \"$NL_INSTANCE\"" "$status"
expect_jq "status: interfaces" '.interfaces | length == 1 and all(.[]; (.name == "eth1") and
	(.mode | IN("tc", "xdp", "xdp-generic")) and (.reason | type == "string" and length > 3) and
	(keys == ["mode", "name", "reason"]))' "$status"
expect_jq "status: public" ".public == [\"$PUBLIC\"]" "$status"
expect_jq "status: forwards" ".forwards | sort == [\"tcp/21115-21117=$SERVER\",
	\"udp/21116=$SERVER\"]" "$status"
expect_jq "status: flows" ".flows.count == 2 and .flows.max > 1000" "$status"
expect_jq "status: timeouts in seconds" '.timeouts == {"udp": 300, "tcp-established": 7440,
	"tcp-transitory": 240, "fragment": 30}' "$status"
expect_jq "status: no rules, and nothing to warn of" '.rules == [] and .warnings == []' "$status"
expect_jq "status: a private address" '.notes | length == 1 and (.[0] | contains("double NAT"))' \
	"$status"
expect_jq "status: memory" '.memory | keys == ["bytes"] and .bytes > 1000000' "$status"
wanted=$MODE
[[ $MODE != auto ]] || wanted=tc
expect_equal "status: mode" "$wanted" "$(jq -r '.interfaces[0].mode' <<<"$status")"

flows=$(natloopctl flow list -j)
expect_jq "flow list: keys" 'length == 2 and all(.[]; [keys[]] == (["proto", "client", "public",
	"snat", "server", "state", "idle_s", "expires_s", "packets", "bytes"] | sort))' "$flows"
expect_jq "flow list: end points" "all(.[]; [.client, .public, .snat, .server] |
	all(.[]; $is_endpoint))" "$flows"
expect_jq "flow list: numbers" 'all(.[]; [.idle_s, .expires_s, .packets, .bytes] |
	all(.[]; type == "number" and . >= 0))' "$flows"
expect_jq "flow list: who" "all(.[]; (.client | startswith(\"$CLIENT:\")) and
	.public == \"$PUBLIC:21116\" and .server == \"$SERVER:21116\" and
	(.snat | startswith(\"$PUBLIC:\")))" "$flows"
expect_jq "flow list: protocols" '[.[].proto] | sort == ["tcp", "udp"]' "$flows"
expect_jq "flow list: TCP" '.[] | select(.proto == "tcp") | .state == "established" and
	.expires_s > 7000 and .packets >= 3 and .bytes > 120' "$flows"
expect_jq "flow list: UDP" '.[] | select(.proto == "udp") | .expires_s > 250 and
	.expires_s <= 300 and .packets == 2' "$flows"
expect_jq "flow count" '.count == 2' "$(natloopctl flow count -j)"
expect_jq "flow list with a filter" 'map(.proto) == ["udp"]' \
	"$(natloopctl flow list proto=udp -j)"

stats=$(natloopctl stats -j)
expect_jq "stats" 'type == "object" and length > 10 and all(.[]; keys == ["bytes", "packets"] and
	all(.[]; type == "number"))' "$stats"
expect_jq "stats: counted" '.new_flow.packets >= 2 and .to_client.packets >= 2 and
	.to_client.bytes > 40' "$stats"
expect_jq "forward list" 'type == "array" and length == 2' "$(natloopctl forward list -j)"
expect_jq "public list" "tostring | contains(\"$PUBLIC\")" "$(natloopctl public list -j)"
expect_jq "addresses" "all(.public[]; $is_address)" "$status"

status=0
error=$(natloopctl attach nosuch0 --server "$SERVER" -j 2>"$NL_DIR/stderr") || status=$?
expect_equal "status of an error" 1 "$status"
expect_jq "an error in JSON" 'type == "object" and (tostring | contains("nosuch0"))' "$error"
expect_equal "nothing on standard error with -j" "" "$(<"$NL_DIR/stderr")"
