#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl dns apply adguardhome: names come to the server and go again, what others added stays as
# it was, and every refusal is one line and changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_api.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_api.sh"

need_tools python3 jq
api_begin

before=$(<"$NL_DIR/agh")
expect_equal "dry run" "add $NAME $SERVER" \
	"$(done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" --dry-run)"
expect_jq "nothing is changed by a dry run" ". == $before" "$(<"$NL_DIR/agh")"
[[ ! -e $NL_DIR/state ]] || fail "a dry run made a state file"
expect_equal "add" "add $NAME $SERVER" "$(done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}")"
expect_equal "rewrites" "[$FOREIGN,\"$NAME $SERVER\"]" "$(rewrites)"
expect_jq "the new one is on" '.rewrites[2].enabled' "$(<"$NL_DIR/agh")"
expect_equal "mode of the state file" 600 "$(stat -c %a "$NL_DIR/state")"
: >"$NL_DIR/agh.log"
expect_equal "again" "" "$(done_by agh "$AGH/" "${NAME^^}" "$SERVER" "${PASS[@]}")"
expect_equal "again: asked" "" "$(asked agh)"
expect_match "again, as text" "nothing to change" \
	"$(agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" 2>&1)"
expect_equal "another address, and IPv6" "update $NAME 192.168.11.21
add $NAME fd00::21" "$(done_by agh "$AGH" "$NAME" 192.168.11.21,fd00::21 "${PASS[@]}")"
expect_equal "rewrites" "[$FOREIGN,\"$NAME 192.168.11.21\",\"$NAME fd00::21\"]" "$(rewrites)"
expect_equal "IPv6 goes" "delete $NAME fd00::21" \
	"$(done_by agh "$AGH" "$NAME" 192.168.11.21 "${PASS[@]}")"
expect_equal "a wildcard" "add *.example.com $SERVER" \
	"$(done_by agh "$AGH" '*.example.com' "$SERVER" "${PASS[@]}")"
expect_equal "remove" "delete $NAME 192.168.11.21" \
	"$(done_by agh "$AGH" --remove "$NAME" "${PASS[@]}")"
expect_equal "rewrites" "[$FOREIGN,\"*.example.com $SERVER\"]" "$(rewrites)"
expect_equal "remove again" "" "$(done_by agh "$AGH" --remove "$NAME" "${PASS[@]}")"
expect_equal "remove what another added" "" \
	"$(done_by agh "$AGH" --remove nas.example.com "${PASS[@]}")"
expect_equal "remove the wildcard" "delete *.example.com $SERVER" \
	"$(done_by agh "$AGH" --remove '*.example.com' "${PASS[@]}")"
expect_equal "rewrites" "[$FOREIGN]" "$(rewrites)"
expect_jq "state file" '.servers == []' "$(<"$NL_DIR/state")"

# One that is there is not natloop's: it neither changes nor goes.
expect_equal "what is there already" "" \
	"$(done_by agh "$AGH" NAS.example.com 192.168.11.40 "${PASS[@]}")"
expect_equal "remove it" "" "$(done_by agh "$AGH" --remove nas.example.com "${PASS[@]}")"
expect_refused 1 "^natloopctl: nas.example.com: $AGH has 'nas.example.com 192.168.11.40', which" \
	dns apply adguardhome "$AGH" nas.example.com "$SERVER" --user admin "${PASS[@]}" "${STATE[@]}"
expect_equal "rewrites" "[$FOREIGN]" "$(rewrites)"

# Twice there: the other one stays.
agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" >/dev/null
change_agh ".rewrites += [.rewrites[-1]]"
expect_equal "remove one of two" "" "$(done_by agh "$AGH" --remove "$NAME" "${PASS[@]}")"
expect_note "remove one of two" "more than once"
change_agh "del(.rewrites[-1])"
# Switched off by hand: it stays so.
change_agh ".rewrites[-1].enabled = false"
expect_equal "switched off" "" "$(done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}")"
expect_note "switched off" "'$NAME $SERVER' is there, but switched off"
expect_equal "switched off, updated" "update $NAME 192.168.11.21" \
	"$(done_by agh "$AGH" "$NAME" 192.168.11.21 "${PASS[@]}")"
expect_jq "it is still off" '.rewrites[-1].enabled == false' "$(<"$NL_DIR/agh")"
# Deleted by hand: it comes again.
change_agh "del(.rewrites[-1])"
expect_equal "deleted by hand" "add $NAME $SERVER" \
	"$(done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}")"
change_agh ".rewrites_enabled = false"
done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" >/dev/null
expect_note "rewrites are off" "rewrites are switched off, and rewrites do nothing"
change_agh ".rewrites_enabled = true | .filtering = false"
done_by agh "$AGH" --remove "$NAME" "${PASS[@]}" >/dev/null
expect_note "filtering is off" "filtering is switched off"
expect_equal "rewrites" "[$FOREIGN]" "$(rewrites)"

# Before v0.107.68, and before update came.
set_agh '.has_enabled = false | .has_update = false | .rewrites[] |= del(.enabled)'
expect_equal "old: add" "add $NAME $SERVER" "$(done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}")"
expect_equal "old: update" "update $NAME 192.168.11.21" \
	"$(done_by agh "$AGH" "$NAME" 192.168.11.21 "${PASS[@]}")"
expect_equal "old: remove" "delete $NAME 192.168.11.21" \
	"$(done_by agh "$AGH" --remove "$NAME" "${PASS[@]}")"
expect_equal "old: rewrites" "[$FOREIGN]" "$(rewrites)"
set_agh '.password = ""'
expect_equal "no password" "add $NAME $SERVER" \
	"$(done_by natloopctl dns apply adguardhome "$AGH" "$NAME" "$SERVER" "${STATE[@]}")"
done_by natloopctl dns apply adguardhome "$AGH" --remove "$NAME" "${STATE[@]}" >/dev/null

refused_agh "the user or the password is wrong; check" '.password = "another"'
refused_agh "the user or the password is wrong; check" '.password = "another" | .unauthorized = 403'
refused_agh "refuses this machine after too many" '.blocked = true'
refused_agh "there is no AdGuard Home; give" '.kind = "pihole5"'
refused_agh "answers what is not expected" '.fault = {"at": "GET", "what": "html"}'
refused_agh "redirect, which is not followed with a password; .*https://192.168.11.5/login.html" \
	'.fault = {"at": "GET", "what": "redirect"}'
refused_agh "answers with more than 4 MiB" '.fault = {"at": "GET", "what": "large"}'
refused_agh "gives no answer" '.fault = {"at": "GET", "what": "cut"}'
refused_agh "HTTP status 502: a, b" \
	'.fault = {"at": "GET", "what": "status", "status": 502, "body": "a; b\nc"}'
refused_agh "add is refused with HTTP status 500" \
	'.fault = {"at": "POST /control/rewrite/add", "what": "status", "status": 500}'
refused_agh "no answer in time" '.fault = {"at": "GET", "what": "hang"}'
refused_agh "which natloop has not added" \
	".rewrites += [{\"domain\": \"$NAME\", \"answer\": \"nas.example.com\", \"enabled\": true}]"
