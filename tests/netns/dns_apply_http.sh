#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl dns apply with a URL, of both servers: a run that was killed is mended by the next, the
# password is read and kept, TLS is checked, what is typed, and the state file.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_api.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_api.sh"

need_tools python3 openssl setpriv jq flock
api_begin

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
