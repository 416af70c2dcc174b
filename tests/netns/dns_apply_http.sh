#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl dns apply adguardhome|pihole: the names come to the server and go again, what others
# added stays to the byte, every refusal is one line and changes nothing, sessions end, and a run that
# was killed is mended by the next. The servers are a stand-in, dns_api_server.py, which says where
# its rules come from: neither AdGuard Home nor Pi-hole is packaged.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

NAME=rustdesk.example.com
HOST=192.168.11.5
AGH=http://$HOST:3000
HOLE=http://$HOST:8080
SECRET='correct horse; battery "staple"'

# --- the stand-ins ---------------------------------------------------------------------------

# api_start NAME PORT [ADDRESS] [CERTIFICATE KEY]: its state is $NL_DIR/NAME.
api_start() {
	local name=$1 port=$2 address=${3:-0.0.0.0}
	shift $(($# < 3 ? $# : 3))
	: >"$NL_DIR/$name.out"
	start router python3 "$NL_ROOT/tests/netns/dns_api_server.py" "$NL_DIR/$name" "$address" \
		"$port" "$@" >"$NL_DIR/$name.out" 2>&1 </dev/null &
	WAIT_LOG=$NL_DIR/$name.out wait_until 60 "the stand-in $name" grep -q ready "$NL_DIR/$name.out"
}

# set_agh [FILTER]: AdGuard Home as it is at first, with what another has added, changed by a filter
# of jq.
set_agh() {
	jq --arg secret "$SECRET" "${1:-.}" >"$NL_DIR/agh" <<-'END'
		{"kind": "adguardhome", "has_enabled": true, "has_update": true, "user": "admin",
		 "password": "correct horse; battery \"staple\"", "unauthorized": 401,
		 "rewrites_enabled": true, "filtering": true,
		 "rewrites": [{"domain": "nas.example.com", "answer": "192.168.11.40", "enabled": true},
			{"domain": "*.lab.example.com", "answer": "A", "enabled": false}]}
	END
	: >"$NL_DIR/agh.log"
}

set_hole() {
	jq "${1:-.}" >"$NL_DIR/hole" <<-'END'
		{"kind": "pihole6", "password": "correct horse; battery \"staple\"", "app_password": "",
		 "app_sudo": false, "totp": "", "max_sessions": 2, "sessions": {}, "env": [],
		 "restarts": 0, "hosts_local": false,
		 "config": {"dns": {"hosts": ["192.168.11.40 nas.example.com nas # mine"],
		   "cnameRecords": ["www.example.com,nas.example.com"]},
		  "misc": {"dnsmasq_lines": ["# mine", "local=/nas.example.com/"], "readOnly": false}}}
	END
	: >"$NL_DIR/hole.log"
}

# change_agh FILTER, change_hole FILTER: while it runs.
change_agh() {
	jq "$1" <"$NL_DIR/agh" >"$NL_DIR/changed" && mv "$NL_DIR/changed" "$NL_DIR/agh"
}

change_hole() {
	jq "$1" <"$NL_DIR/hole" >"$NL_DIR/changed" && mv "$NL_DIR/changed" "$NL_DIR/hole"
}

rewrites() {
	jq -c '[.rewrites[] | "\(.domain) \(.answer)"]' "$NL_DIR/agh"
}

hosts() {
	jq -c .config.dns.hosts "$NL_DIR/hole"
}

lines() {
	jq -c .config.misc.dnsmasq_lines "$NL_DIR/hole"
}

# What was asked of it that changes something, logins and logouts left out.
asked() {
	{ grep -v -e '^GET' -e /api/auth "$NL_DIR/$1.log" || true; } | cut -d' ' -f1-2
}

# --- natloopctl ------------------------------------------------------------------------------

STATE=() # the option, below
agh() {
	natloopctl dns apply adguardhome "$@" --user admin "${STATE[@]}"
}

hole() {
	natloopctl dns apply pihole "$@" "${STATE[@]}"
}

# done_by COMMAND...: prints "ACTION ENTRY" for each change; NOTES is what is said beside.
done_by() {
	local out status=0
	out=$("$@" -j 2>"$NL_DIR/notes") || status=$?
	((status == 0)) || fail "'$*' ended with status $status: $out$(<"$NL_DIR/notes")"
	jq -r '.[] | "\(.action) \(.entry)"' <<<"$out"
}

expect_note() {
	expect_match "$1" "$2" "$(<"$NL_DIR/notes")"
}

# refused_agh REGEX FILTER [STATUS [ARGUMENT...]]: with AdGuard Home so changed, nothing is.
refused_agh() {
	local regex=$1 filter=$2 wanted=${3:-1}
	shift $(($# < 3 ? $# : 3))
	set_agh "$filter"
	rewrites >"$NL_DIR/before"
	expect_refused "$wanted" "$regex" dns apply adguardhome "$AGH" "$NAME" "$SERVER" --user admin \
		--password-file "$NL_DIR/secret" "${STATE[@]}" "$@"
	rewrites | cmp - "$NL_DIR/before" || fail "$regex: changed: $(rewrites)"
	[[ ! -e $NL_DIR/state ]] || jq -e '.servers == []' "$NL_DIR/state" >/dev/null ||
		fail "$regex: the state file has: $(<"$NL_DIR/state")"
}

refused_hole() {
	local regex=$1 filter=$2 wanted=${3:-1}
	shift $(($# < 3 ? $# : 3))
	set_hole "$filter"
	jq .config "$NL_DIR/hole" >"$NL_DIR/before"
	expect_refused "$wanted" "$regex" dns apply pihole "$HOLE" "$NAME" "$SERVER" \
		--password-file "$NL_DIR/secret" "${STATE[@]}" "$@"
	jq .config "$NL_DIR/hole" | cmp - "$NL_DIR/before" || fail "$regex: changed: $(hosts)"
	[[ ! -e $NL_DIR/state ]] || jq -e '.servers == []' "$NL_DIR/state" >/dev/null ||
		fail "$regex: the state file has: $(<"$NL_DIR/state")"
}

need_tools python3 openssl setpriv jq flock
nl_begin
[[ $("$NL_BIN" --version) == *libcurl* ]] || skip "this natloopctl was built without libcurl"
STATE=(--state "$NL_DIR/state")
ns_add router
ns_ip router <<-END
	address add $HOST/32 dev lo
	address add $INTERNET/32 dev lo
END
printf '%s\n' "$SECRET" >"$NL_DIR/secret"
chmod 600 "$NL_DIR/secret"
PASS=(--password-file "$NL_DIR/secret")
set_agh
set_hole
api_start agh 3000
api_start hole 8080

# --- AdGuard Home ----------------------------------------------------------------------------

FOREIGN='"nas.example.com 192.168.11.40","*.lab.example.com A"'
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

# --- Pi-hole 6 -------------------------------------------------------------------------------

set_hole
HOSTS='"192.168.11.40 nas.example.com nas # mine"'
LINES='"# mine","local=/nas.example.com/"'
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

# --- a run that is killed --------------------------------------------------------------------

# ended SIGNAL SERVER FAULT COMMAND...: ends it while the server lets it wait.
ended() {
	local signal=$1 server=$2 fault=$3 pid status=0
	shift 3
	"change_$server" ".fault = $fault"
	: >"$NL_DIR/$server.log"
	"$@" >"$NL_DIR/ended" 2>&1 &
	pid=$!
	wait_until 5 "$fault" grep -q "${REACHED[$server]}" "$NL_DIR/$server.log"
	# What runs it is a shell.
	pkill "-$signal" -P "$pid" natloopctl
	wait "$pid" || status=$?
	((status)) || fail "ended by $signal with status 0: $(<"$NL_DIR/ended")"
	"change_$server" "del(.fault)"
}

declare -A REACHED=([agh]="POST /control/rewrite/add" [hole]="PUT /api/config")
set_agh
for signal in KILL INT; do
	ended "$signal" agh '{"at": "POST /control/rewrite/add", "what": "done-then-hang"}' \
		agh "$AGH" "$NAME" "$SERVER,fd00::20" "${PASS[@]}"
	expect_equal "after $signal" "[$FOREIGN,\"$NAME $SERVER\"]" "$(rewrites)"
	expect_equal "mended after $signal" "add $NAME fd00::20" \
		"$(done_by agh "$AGH" "$NAME" "$SERVER,fd00::20" "${PASS[@]}")"
	expect_equal "removed after $signal" "delete $NAME $SERVER
delete $NAME fd00::20" "$(done_by agh "$AGH" --remove "$NAME" "${PASS[@]}")"
done
expect_match "what is said" "interrupted by a signal; run the same command again" \
	"$(<"$NL_DIR/ended")"
set_hole
done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}" >/dev/null
for signal in KILL INT; do
	ended "$signal" hole '{"at": "PUT /api/config", "what": "done-then-hang"}' \
		hole "$HOLE" "$NAME" 192.168.11.21 "${PASS[@]}"
	expect_equal "after $signal" "[$HOSTS,\"$SERVER $NAME\",\"192.168.11.21 $NAME\"]" "$(hosts)"
	[[ $signal == KILL ]] || expect_jq "the session ended" '.sessions | length == 1' \
		"$(<"$NL_DIR/hole")"
	expect_equal "mended after $signal" "delete $SERVER $NAME" \
		"$(done_by hole "$HOLE" "$NAME" 192.168.11.21 "${PASS[@]}")"
	done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}" >/dev/null
done
done_by hole "$HOLE" --remove "$NAME" "${PASS[@]}" >/dev/null
expect_equal "hosts" "[$HOSTS]" "$(hosts)"

# --- the password ----------------------------------------------------------------------------

set_agh
# password_file CONTENT [MODE]
password_file() {
	# shellcheck disable=SC2059 # with escapes
	printf "$1" >"$NL_DIR/other"
	chmod "${2:-600}" "$NL_DIR/other"
}
other_refused() {
	expect_refused 1 "$1" dns apply adguardhome "$AGH" "$NAME" "$SERVER" --user admin \
		--password-file "$NL_DIR/other" "${STATE[@]}"
}
password_file "$SECRET\r\n"
expect_equal "CRLF" "add $NAME $SERVER" \
	"$(done_by agh "$AGH" "$NAME" "$SERVER" --password-file "$NL_DIR/other" --dry-run)"
password_file "$SECRET"
expect_equal "no newline" "add $NAME $SERVER" \
	"$(done_by agh "$AGH" "$NAME" "$SERVER" --password-file "$NL_DIR/other" --dry-run)"
expect_equal "by a pipe" "add $NAME $SERVER" \
	"$(done_by agh "$AGH" "$NAME" "$SERVER" --password-file /dev/stdin --dry-run <<<"$SECRET")"
for content in '' '\n' '\r\n'; do
	password_file "$content"
	other_refused "other: is empty"
done
password_file 'a\nb\n'
other_refused "other: has more than one line"
password_file 'a\0b'
other_refused "other: has more than one line"
password_file "$(printf '%1100s' x)"
other_refused "other: is longer than 1024 bytes"
password_file x 604
other_refused "other: every user of this machine can read or write it; run 'chmod o= "
rm "$NL_DIR/other"
other_refused "other: cannot be opened"
mkdir "$NL_DIR/other"
other_refused "other: is a directory"
rmdir "$NL_DIR/other"
set_agh '.password = "another"'
said=$(agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" -vv 2>&1 || true)
expect_match "-vv" "GET $AGH/control/rewrite/list" "$said"
[[ $said != *battery* && $said != *Basic* && $said != *"$(base64 <<<"$SECRET" | cut -c1-8)"* ]] ||
	fail "-vv shows the password: $said"
set_agh
done_by agh "http://$INTERNET:3000" "$NAME" "$SERVER" "${PASS[@]}" --dry-run >/dev/null
expect_note "a public address" "password goes unencrypted to $INTERNET, .*; use https"
done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" --dry-run >/dev/null
expect_equal "a private address" "" "$(<"$NL_DIR/notes")"
set_agh
http_proxy=http://192.168.11.6:1 done_by agh "$AGH" "$NAME" "$SERVER" "${PASS[@]}" --dry-run \
	>/dev/null

# --- TLS -------------------------------------------------------------------------------------

# certificate NAME SUBJECT-ALTERNATIVE-NAME
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-keyout "$NL_DIR/$1.key" -out "$NL_DIR/$1.pem" -subj "/CN=pi.hole" \
		-addext "subjectAltName=$2" 2>"$NL_DIR/openssl" || fail "openssl: $(<"$NL_DIR/openssl")"
}
certificate right "IP:$HOST"
certificate wrong DNS:pi.hole
cp "$NL_DIR/hole" "$NL_DIR/tls"
cp "$NL_DIR/hole" "$NL_DIR/tls2"
api_start tls 8443 0.0.0.0 "$NL_DIR/right.pem" "$NL_DIR/right.key"
api_start tls2 8444 0.0.0.0 "$NL_DIR/wrong.pem" "$NL_DIR/wrong.key"
tls_refused() {
	local regex=$1
	shift
	expect_refused 1 "$regex" dns apply pihole "$@" "$NAME" "$SERVER" "${PASS[@]}" "${STATE[@]}"
}
tls_refused "its certificate does not verify: .*; give --ca-file FILE" "https://$HOST:8443"
tls_refused "its certificate does not verify" "https://$HOST:8443" --ca-file "$NL_DIR/wrong.pem"
tls_refused "its certificate does not verify" "https://$HOST:8444" --ca-file "$NL_DIR/wrong.pem"
# GnuTLS takes it for a file without any certificate.
tls_refused "has no certificate that can be read|does not verify: .*secret" "https://$HOST:8443" \
	--ca-file "$NL_DIR/secret"
tls_refused "nowhere.pem: cannot be read" "https://$HOST:8443" --ca-file "$NL_DIR/nowhere.pem"
tls_refused "TLS fails|gives no answer|no answer in time" "https://$HOST:8080"
tls_refused "gives no answer|cannot be reached|no answer in time|is it the right" "http://$HOST:8443"
[[ ! -e $NL_DIR/tls.log ]] || fail "asked without trust: $(<"$NL_DIR/tls.log")"
expect_match "with its certificate" "add $SERVER $NAME" \
	"$(done_by hole "https://$HOST:8443" "$NAME" "$SERVER" "${PASS[@]}" --ca-file "$NL_DIR/right.pem" \
		--dry-run)"

# --- what is typed ---------------------------------------------------------------------------

usage() {
	local regex=$1
	shift
	expect_refused 2 "$regex" dns apply "$@"
}
usage "needs a URL of adguardhome" adguardhome
usage "no such DNS server is known" bind9 "$AGH" "$NAME" "$SERVER"
usage "has no ADDR" pihole "$HOLE" "$NAME"
usage "unexpected" pihole "$HOLE" "$NAME" "$SERVER" more
usage "does not begin with http" pihole "$HOST" "$NAME" "$SERVER"
usage "^natloopctl: URL: has a user or a password in it" pihole "http://u:p@$HOST" "$NAME" "$SERVER"
usage "is no host name" pihole "$HOLE" "a b" "$SERVER"
usage "not an IPv4 address" pihole "$HOLE" "$NAME" 1.2.3.4.5
usage "goes without NAME ADDR" pihole "$HOLE" "$NAME" "$SERVER" --remove "$NAME"
usage "means nothing to Pi-hole" pihole "$HOLE" "$NAME" "$SERVER" --user admin "${PASS[@]}"
usage "is needed with --password-file" adguardhome "$AGH" "$NAME" "$SERVER" "${PASS[@]}"
usage "means nothing without a password" adguardhome "$AGH" "$NAME" "$SERVER" --user admin
usage "means nothing without TLS" pihole "$HOLE" "$NAME" "$SERVER" --ca-file "$NL_DIR/right.pem"
expect_refused 2 "is no option of 'dns apply pihole'" dns apply pihole "$HOLE" "$NAME" "$SERVER" --ttl 5
expect_refused 2 "is no option of 'dns list'" dns list --dry-run
expect_refused 1 "is not attached" dns apply pihole "$HOLE" "${PASS[@]}" "${STATE[@]}"
set_hole
expect_refused 1 "asks for a password; give --password-file" \
	dns apply pihole "$HOLE" "$NAME" "$SERVER" "${STATE[@]}"
expect_refused 1 "asks for a user and a password" \
	dns apply adguardhome "$AGH" "$NAME" "$SERVER" "${STATE[@]}"
expect_refused 1 "cannot be reached: .*; check host and port" \
	dns apply pihole "http://$HOST:81" "$NAME" "$SERVER" "${STATE[@]}"
expect_refused 1 "name cannot be resolved; check the name" \
	dns apply pihole http://no.such.name.invalid "$NAME" "$SERVER" "${STATE[@]}"
out=$(natloopctl dns apply pihole "http://$HOST:81" "$NAME" "$SERVER" "${STATE[@]}" -j || true)
expect_jq "an error in JSON" '.error.what | startswith("cannot be reached")' "$out"

# --- the state file, and who may run it ------------------------------------------------------

echo x >"$NL_DIR/broken"
expect_refused 1 "broken: is not what 'natloopctl dns apply' writes" \
	dns apply pihole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}" --state "$NL_DIR/broken"
expect_refused 1 "broken/file: cannot be opened: Not a directory" \
	dns apply pihole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}" --state "$NL_DIR/broken/file"
expect_jq "neither logged in" '.sessions == {}' "$(<"$NL_DIR/hole")"
STATE=(--state "$NL_DIR/new/below/state")
done_by hole "$HOLE" "$NAME" "$SERVER" "${PASS[@]}" >/dev/null
done_by hole "$HOLE" --remove "$NAME" "${PASS[@]}" >/dev/null
expect_equal "the directories" "700" "$(stat -c %a "$NL_DIR/new/below")"
STATE=(--state "$NL_DIR/state")

# Whoever waits for another one ends at once when told to.
apply_bare() {
	ns_exec router "$NL_BIN" dns apply adguardhome "$AGH" "$NAME" "$SERVER" --user admin \
		"${PASS[@]}" "${STATE[@]}" >"$NL_DIR/bare" 2>&1
}
has_ended() {
	! kill -0 "$1" 2>/dev/null
}
exec {lock}<"$NL_DIR"
flock "$lock"
(exec {lock}<&- && apply_bare) &
waiter=$!
WAIT_LOG=$NL_DIR/bare wait_until 20 "a run that waits" grep -q "locked by" "$NL_DIR/bare"
pkill -TERM -P "$waiter" natloopctl
wait_until 5 "its end" has_ended "$waiter"
exec {lock}<&-

# A signal that the caller ignores, as nohup does, ends nothing.
set_agh '.fault = {"at": "GET /control/rewrite/list", "what": "done-then-hang"}'
(trap '' HUP && apply_bare) &
waiter=$!
wait_until 10 "the question" grep -q "^GET /control/rewrite/list" "$NL_DIR/agh.log"
pkill -HUP -P "$waiter" natloopctl
wait_until 25 "its end" has_ended "$waiter"
expect_match "with SIGHUP ignored" "no answer in time" "$(<"$NL_DIR/bare")"

# Two at once, for two names: neither forgets the other's.
set_agh
for i in 1 2 3 4; do
	agh "$AGH" "host$i.example.com" "192.168.11.10$i" "${PASS[@]}" >/dev/null 2>"$NL_DIR/at-once.$i" &
	pids[i]=$!
done
for i in 1 2 3 4; do
	wait "${pids[i]}" || fail "at once: $(<"$NL_DIR/at-once.$i")"
done
expect_jq "all are natloop's" '[.servers[].entries[]] | length == 4' "$(<"$NL_DIR/state")"
for i in 1 2 3 4; do
	done_by agh "$AGH" --remove "host$i.example.com" "${PASS[@]}" >/dev/null
done
expect_equal "rewrites" "[$FOREIGN]" "$(rewrites)"

# As another user, in the namespace already; the state is kept in its home.
mkdir "$NL_DIR/home"
chmod 755 "$NL_DIR"
cp "$NL_BIN" "$NL_DIR/home/natloopctl"
cp "$NL_DIR/secret" "$NL_DIR/home/secret"
chown -R 65534 "$NL_DIR/home"
as_nobody() {
	ns_exec router setpriv --reuid=65534 --regid=65534 --clear-groups \
		env -u XDG_STATE_HOME HOME="$NL_DIR/home" "$NL_DIR/home/natloopctl" dns apply "$@"
}
expect_match "without root" "add .*$NAME $SERVER" "$(as_nobody adguardhome "$AGH" "$NAME" "$SERVER" \
	--user admin --password-file "$NL_DIR/home/secret")"
[[ -s $NL_DIR/home/.local/state/natloop/dns-apply.json ]] || fail "no state file of that user"
as_nobody adguardhome "$AGH" --remove "$NAME" --user admin --password-file "$NL_DIR/home/secret" \
	>/dev/null
expect_equal "rewrites" "[$FOREIGN]" "$(rewrites)"
