#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl dns apply pihole: addresses and lines come to the server and go again, what others added
# stays as it was, every refusal is one line and changes nothing, and sessions end.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_api.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_api.sh"

need_tools python3 jq
api_begin

set_hole
OURS="\"local=/$NAME/\",\"server=/*.$NAME/#\""
expect_equal "dry run" "add $SERVER $NAME
add local=/$NAME/
add server=/*.$NAME/#" "$(done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}" --dry-run)"
expect_equal "dry run: hosts" "[$HOSTS]" "$(hosts)"
expect_jq "dry run: sessions" '.sessions == {}' "$(<"$NL_DIR/hole")"
expect_equal "dry run: asked" "" "$(asked hole)"
expect_equal "add" "add $SERVER $NAME
add local=/$NAME/
add server=/*.$NAME/#" "$(done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}")"
expect_equal "hosts" "[$HOSTS,\"$SERVER $NAME\"]" "$(hosts)"
expect_equal "lines" "[$LINES,$OURS]" "$(lines)"
expect_jq "sessions end, over a restart, too" '.sessions == {} and .restarts == 1' \
	"$(<"$NL_DIR/hole")"
: >"$NL_DIR/hole.log"
expect_equal "again" "" "$(done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}")"
expect_equal "again: asked" "" "$(asked hole)"
expect_equal "another address, and IPv6" "add 192.168.11.21 $NAME
add fd00::21 $NAME
delete $SERVER $NAME" "$(done_by hole "$HOLE" "$NAME" 192.168.11.21,fd00::21 "${PASS[@]}")"
expect_equal "hosts" "[$HOSTS,\"192.168.11.21 $NAME\",\"fd00::21 $NAME\"]" "$(hosts)"
expect_jq "addresses need no restart" '.restarts == 1' "$(<"$NL_DIR/hole")"
expect_equal "remove what another added" "" \
	"$(done_by hole "$HOLE" --remove nas.example.com "${PASS[@]}")"
expect_equal "remove" "delete local=/$NAME/
delete server=/*.$NAME/#
delete 192.168.11.21 $NAME
delete fd00::21 $NAME" "$(done_by hole "$HOLE" --remove "$NAME" "${PASS[@]}")"
expect_equal "hosts" "[$HOSTS]" "$(hosts)"
expect_equal "lines" "[$LINES]" "$(lines)"
expect_equal "a wildcard" "add address=/*.example.com/$SERVER
add local=/*.example.com/" "$(done_by hole "$HOLE" '*.example.com' "$SERVER" "${PASS[@]}")"
done_by hole "$HOLE" --remove '*.example.com' "${PASS[@]}" >/dev/null
expect_equal "lines" "[$LINES]" "$(lines)"
# What is there in part, with another name on the line, is left out.
expect_equal "what is there already" "add server=/*.nas.example.com/#" \
	"$(done_by hole "$HOLE" nas.example.com 192.168.11.40 "${PASS[@]}")"
expect_equal "remove that" "delete server=/*.nas.example.com/#" \
	"$(done_by hole "$HOLE" --remove nas.example.com "${PASS[@]}")"
for foreign in nas.example.com www.example.com; do
	expect_refused 1 "^natloopctl: $foreign: $HOLE has '.*nas.example.com.*', which natloop has" \
		dns apply pihole "$HOLE" "$foreign" "$SERVER" "${PASS[@]}" "${STATE[@]}"
done
set_hole '.password = ""'
expect_equal "no password" "add $SERVER $NAME
add local=/$NAME/
add server=/*.$NAME/#" "$(done_by hole "$HOLE" "$NAME" "$SERVER")"
done_by hole "$HOLE" --remove "$NAME" "${PASS[@]}" >/dev/null
set_hole '.app_password = .password | .password = "other" | .totp = "secret" | .app_sudo = true'
expect_match "an application password" "add $SERVER $NAME" \
	"$(done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}")"
done_by hole "$HOLE" --remove "$NAME" "${PASS[@]}" >/dev/null
expect_jq "state file" '.servers == []' "$(<"$NL_DIR/state")"

refused_hole "the password is wrong; check --password-file" '.password = "another"'
refused_hole "asks for a second factor \(2FA\).*; use an application password" '.totp = "secret"'
refused_hole "an application password may not change the configuration; set webserver.api.app_sudo" \
	'.app_password = .password | .password = "other"'
refused_hole "configuration is in read-only mode" '.config.misc.readOnly = true'
refused_hole "dns.hosts comes from an environment variable.*; take FTLCONF_dns_hosts away" \
	'.env = ["dns.hosts"]'
refused_hole "misc.dnsmasq_lines comes from an environment.*FTLCONF_misc_dnsmasq_lines" \
	'.env = ["misc.dnsmasq_lines"]'
refused_hole "has no room for another session" '.max_sessions = 0'
refused_hole "refuses to check more passwords" '.rate_limited = true'
refused_hole "no API of Pi-hole 6; .*dns export pihole --for 5" '.kind = "pihole5"'
refused_hole "answers what is not expected" '.fault = {"at": "POST /api/auth", "what": "html"}'
refused_hole "answers what is not expected" '.fault = {"at": "GET /api/config/misc", "what": "html"}'
refused_hole "refused with HTTP status 400: Invalid configuration \(bad option at line 1\)" \
	'.config.misc.dnsmasq_lines += ["bad"]'
expect_jq "sessions end after a refusal, too" '.sessions == {}' "$(<"$NL_DIR/hole")"
refused_hole "which natloop has not added" \
	".config.misc.dnsmasq_lines += [\"address=/$NAME/192.168.11.9\"]"
# One that ended the session is asked for another.
refused_hole "has ended the session" \
	'.fault = {"at": "PATCH", "what": "status", "status": 401}'
