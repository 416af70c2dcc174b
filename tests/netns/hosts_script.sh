#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What natloopctl hosts script prints for Linux gives a client the name, again changes nothing, and
# undone leaves every byte as it was; that for macOS does so with its commands replaced by ones that
# note their arguments. Under each shell that is here, in a mount namespace with an /etc of its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

NAME=rustdesk.example.com

if [[ ${1:-} != inside ]]; then
	nl_begin
	need_tools unshare setpriv getent
	status=0
	unshare --mount --net "$0" inside "$NL_DIR" || status=$?
	exit "$status"
fi
NL_DIR=$2
own_addresses
chmod 755 "$NL_DIR"
mkdir "$NL_DIR/etc" "$NL_DIR/bin"
mount -t tmpfs hosts "$NL_DIR/etc"
# awk may be a link through it.
cp -a /etc/alternatives "$NL_DIR/etc/" 2>/dev/null || true
echo 'hosts: files' >"$NL_DIR/etc/nsswitch.conf"
mount --bind "$NL_DIR/etc" /etc

# stub COMMAND: notes how it was called.
stub() {
	printf '#!/bin/sh\necho "%s $*" >>%s\n' "$1" "$NL_DIR/called" >"$NL_DIR/bin/$1"
	chmod 755 "$NL_DIR/bin/$1"
}

for command in dscacheutil killall systemctl resolvectl; do
	stub "$command"
done
export PATH=$NL_DIR/bin:$PATH

natloopctl() {
	"$NL_BIN" "$@"
}

# expect_left WHAT: nothing beside the hosts file.
expect_left() {
	expect_equal "files in /etc after $1" "hosts nsswitch.conf" \
		"$(find /etc -mindepth 1 -maxdepth 1 ! -name alternatives -printf '%f\n' | sort | xargs)"
}

# expect_run WHAT SHELL... -- WORD...: the script ends well, and flushes the cache.
expect_run() {
	local what=$1 shell=()
	shift
	while [[ $1 != -- ]]; do
		shell+=("$1")
		shift
	done
	shift
	: >"$NL_DIR/called"
	expect_success "$what" "${shell[@]}" "$NL_DIR/script" "$@" >"$NL_DIR/out"
	expect_match "what $what has called" "$FLUSH" "$(xargs <"$NL_DIR/called")"
	expect_left "$what"
}

# expect_round WHAT SHELL...: add, again, another address, remove; for the /etc/hosts there is.
expect_round() {
	local what=$1
	shift
	cp -p /etc/hosts "$NL_DIR/before"
	natloopctl hosts script "$SYSTEM" "$NAME" 10.9.9.9 >"$NL_DIR/script"
	expect_run "adding another address: $what" "$@" --
	natloopctl hosts script "$SYSTEM" RustDesk.example.com "$SERVER,fd00::20" >"$NL_DIR/script"
	expect_run "adding: $what" "$@" --
	expect_match "IPv4: $what" "^$SERVER " "$(getent ahostsv4 "$NAME")"
	expect_match "IPv6: $what" "^fd00::20 " "$(getent ahostsv6 "$NAME")"
	expect_equal "lines: $what" 2 "$(grep -c " $NAME # natloop" /etc/hosts)"
	expect_match "what it says: $what" "Before this computer leaves the house" \
		"$(<"$NL_DIR/out")"
	cp -p /etc/hosts "$NL_DIR/added"
	expect_run "adding again: $what" "$@" --
	cmp /etc/hosts "$NL_DIR/added" || fail "adding again changed something: $what"
	echo '10.7.7.7 later' >>/etc/hosts
	expect_run "removing: $what" "$@" -- remove
	{ cat "$NL_DIR/before" && echo '10.7.7.7 later'; } | cmp - /etc/hosts ||
		fail "not the same as before: $what"
	expect_equal "mode: $what" "$(stat -c '%a %u' "$NL_DIR/before")" \
		"$(stat -c '%a %u' /etc/hosts)"
}

# expect_script_refused REGEX SHELL...: one line, and nothing changed.
expect_script_refused() {
	local regex=$1 status=0
	shift
	cp /etc/hosts "$NL_DIR/before"
	"$@" >"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
	expect_equal "status of a refused script" 1 "$status"
	expect_match "message" "^/etc/hosts: $regex\$" "$(<"$NL_DIR/err")"
	cmp /etc/hosts "$NL_DIR/before" || fail "changed by a refused script"
	expect_left "a refused script"
}

# expect_system SYSTEM FLUSH SHELL...
expect_system() {
	SYSTEM=$1 FLUSH=$2
	shift 2
	printf '127.0.0.1 localhost\r\n# %s b\xfc\r\n1.2.3.4 a' "$NAME" >/etc/hosts
	chmod 640 /etc/hosts
	expect_round "$SYSTEM, $*" "$@"
	printf '1.2.3.4 a\n10.0.0.1 b RustDesk.Example.com\n' >/etc/hosts
	expect_script_refused "line 2 gives $NAME another address; .*" "$@" "$NL_DIR/script"
}

FLUSH_LINUX='systemctl is-active .* resolvectl flush-caches$'
expect_system linux "$FLUSH_LINUX" sh
expect_script_refused "give no word .*" sh "$NL_DIR/script" frobnicate
expect_script_refused "cannot be written; run this with sudo" \
	setpriv --reuid 1234 sh "$NL_DIR/script"
: >/etc/hosts
expect_round "an empty file" sh
: >"$NL_DIR/mounted"
mount --bind "$NL_DIR/mounted" /etc/hosts
printf '127.0.0.1 localhost\n' >/etc/hosts
expect_round "a bind mount" sh
umount /etc/hosts
for shell in bash "busybox sh" mksh; do
	command -v "${shell%% *}" >/dev/null || continue
	read -ra words <<<"$shell"
	expect_system linux "$FLUSH_LINUX" "${words[@]}"
done
# The sh of macOS is a bash.
expect_system macos '^dscacheutil -flushcache killall -HUP mDNSResponder$' bash --posix

# Windows: what there is to see without one.
script=$(natloopctl hosts script windows "$NAME" "$SERVER,fd00::20")
expect_match "values" $'\n\\$name = \'rustdesk.example.com\'\n\\$addresses = @\\(\'192.168.11.20\', \'fd00::20\'\\)\n' "$script"
expect_match "flush" 'ipconfig /flushdns' "$script"
for system in windows macos linux; do
	expect_match "warning" "NOT for a laptop" "$(natloopctl hosts script "$system" "$NAME" "$SERVER")"
	expect_jq "JSON" '.script | test("NOT for a laptop")' \
		"$(natloopctl hosts script "$system" "$NAME" "$SERVER" -j)"
done
expect_refused 2 '^natloopctl: amiga: no such system; give windows, macos or linux' \
	hosts script amiga "$NAME" "$SERVER"
# shellcheck disable=SC2016 # nobody shall expand them
for bad in "a'b" 'a$(id)' 'a&id' $'a\nid' '*.example.com' ''; do
	expect_refused 2 . hosts script linux "$bad" "$SERVER"
	expect_refused 2 . hosts script linux "$NAME" "$bad"
done
