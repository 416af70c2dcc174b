#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A client with systemd-resolved, whose resolver is the router: programs resolve the name by its stub
# and reach the server; what is empty (AAAA, HTTPS) is cached, as the SOA of the answer lets it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns.sh
. "${BASH_SOURCE[0]%/*}/lib_dns.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"

STUB=127.0.0.53

# The machine's own, or what scripts/install-deps.sh has unpacked.
find_resolved() {
	local cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/natloop-test
	RESOLVED=/lib/systemd/systemd-resolved
	[[ -x $RESOLVED ]] || RESOLVED=$cache/systemd-resolved
	[[ -x $RESOLVED ]] || skip "systemd-resolved is neither installed nor in $cache"
	[[ $(ldd "$RESOLVED") != *"not found"* ]] ||
		skip "$RESOLVED is not of this machine's systemd"
}

# resolved_start: on the client, with an /etc and a /run/systemd of its own, where it has its user,
# and no D-Bus. RESOLVED_PID is in its mount namespace.
resolved_start() {
	mkdir "$NL_DIR/etc"
	cp /etc/passwd /etc/group "$NL_DIR/etc/"
	echo "systemd-resolve:x:65533:65533::/:/usr/sbin/nologin" >>"$NL_DIR/etc/passwd"
	echo "systemd-resolve:x:65533:" >>"$NL_DIR/etc/group"
	echo "nameserver $STUB" >"$NL_DIR/etc/resolv.conf"
	printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$NL_DIR/etc/nsswitch.conf"
	: >"$NL_DIR/etc/hosts"
	mkdir "$NL_DIR/etc/systemd" "$NL_DIR/run"
	printf '[Resolve]\n%s\n' "DNS=$ROUTER" LLMNR=no MulticastDNS=no DNSSEC=no \
		>"$NL_DIR/etc/systemd/resolved.conf"
	cat >"$NL_DIR/resolved.sh" <<-END
		mount --bind "$NL_DIR/etc" /etc
		mkdir -p /run
		mount --bind "$NL_DIR/run" /run
		mkdir -p /run/systemd/resolve
		chown systemd-resolve:systemd-resolve /run/systemd/resolve
		exec "$RESOLVED"
	END
	start client unshare --mount sh -e "$NL_DIR/resolved.sh" >"$NL_DIR/resolved.log" 2>&1 </dev/null &
	RESOLVED_PID=$!
	WAIT_LOG=$NL_DIR/resolved.log wait_until 10 "systemd-resolved" \
		ns_exec client dig +tries=1 +timeout=1 "@$STUB" "$NAME"
}

# On the client, with its /etc.
by_stub() {
	ns_exec client nsenter --mount="/proc/$RESOLVED_PID/ns/mnt" -- "$@"
}

counted() {
	natloopctl dns list -j | jq ".packets.$1"
}

need_tools dig getent ldd
find_resolved
topology_make
attach
expect_success "dns add" natloopctl dns add "$NAME" "$SERVER"
resolved_start

expect_answer "A by the stub" "$SERVER" client "@$STUB" "$NAME" A
expect_answer "AAAA by the stub" "" client "@$STUB" "$NAME" AAAA
expect_answer "HTTPS by the stub" "" client "@$STUB" "$NAME" HTTPS
expect_match "getent" "^$SERVER +STREAM +$NAME" "$(by_stub getent ahosts "$NAME")"
saw=$(by_stub "$NL_ANSWERER" call tcp "$(by_stub getent ahostsv4 "$NAME" | awk '{ print $1; exit }')" 21116)
expect_match "the server, by name" "$CLIENT" "$saw"

nodata=$(counted nodata) a=$(counted a)
((nodata && a)) || fail "nothing was counted: $nodata $a"
for _ in 1 2 3; do
	expect_answer "from the cache: AAAA" "" client "@$STUB" "$NAME" AAAA
	expect_answer "from the cache: HTTPS" "" client "@$STUB" "$NAME" HTTPS
	expect_answer "from the cache: A" "$SERVER" client "@$STUB" "$NAME" A
done
expect_equal "questions that came to natloop meanwhile" "$a $nodata" "$(counted a) $(counted nodata)"
note_programs
detach
expect_nothing_left
