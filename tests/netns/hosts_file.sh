#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl hosts changes its block in a hosts file and nothing else: owner, mode, ACL, attributes,
# links and a mount stay, many at once lose nothing, a full disk loses nothing, and killed before any
# system call that changes a file it leaves the old one or the new one, or, where it must write in
# place, what the next command puts right. In a mount namespace with an /etc of its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
KILL_EVERY=${KILL_EVERY:-1} # no program is loaded here, so every call also in guests
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"

NAME=rustdesk.example.com

if [[ ${1:-} != inside ]]; then
	nl_begin
	need_tools unshare setpriv getent flock
	status=0
	unshare --mount --net "$0" inside "$NL_DIR" || status=$?
	exit "$status"
fi
NL_DIR=$2
own_addresses
DIR=$NL_DIR/files
FILE=$DIR/hosts
mkdir "$DIR" "$NL_DIR/outside" "$NL_DIR/etc"
chmod 755 "$NL_DIR"
# In memory: the disk of a busy machine takes seconds for an fsync.
mount -t tmpfs hosts "$NL_DIR/outside"
mount -t tmpfs -o size=256k,mode=755 hosts "$DIR"

natloopctl() {
	"${NL_RUN[@]}" "$NL_BIN" "$@"
}

# hosts VERB...: on $FILE.
hosts() {
	natloopctl hosts "$@" --file "$FILE"
}

# What natloop makes beside a file is gone.
expect_nothing_beside() {
	expect_equal "files beside the hosts file after $1" "" \
		"$(find "$(dirname "$FILE")" -name '.*natloop*')"
}

attributes() {
	"$NL_BUILD/tests/netns/attributes" "$@"
}

# expect_round WHAT: add and remove of the name keep all that they should.
expect_round() {
	local before
	cat "$FILE" >"$NL_DIR/before"
	before=$(attributes "$FILE")
	expect_success "add: $1" hosts add "$NAME" "$SERVER"
	expect_jq "names: $1" "any(.[]; .name == \"$NAME\")" "$(hosts show -j)"
	expect_equal "attributes after add: $1" "$before" "$(attributes "$FILE")"
	expect_success "remove: $1" hosts remove "$NAME"
	expect_equal "attributes after remove: $1" "$before" "$(attributes "$FILE")"
	cmp "$NL_DIR/before" "$FILE" || fail "not the same as before: $1"
	expect_nothing_beside "$1"
}

plain_file() {
	printf '127.0.0.1\tlocalhost\n# mine\n::1 localhost' >"$FILE"
}

# --- content -----------------------------------------------------------------------------------

plain_file
expect_round "a plain file"
: >"$FILE"
expect_round "an empty file"
printf '\xef\xbb\xbf# x\r\n1.2.3.4 a\r\n\r\n' >"$FILE"
expect_round "CRLF and a byte order mark"
head -c 100000 /dev/urandom >"$FILE"
expect_round "random bytes"
plain_file
hosts add other.example 10.0.0.1,fd00::1
expect_round "a file with another name in the block"
inode=$(stat -c %i "$FILE")
hosts add other.example fd00::1,10.0.0.1
expect_equal "the file after an add of what is there" "$inode" "$(stat -c %i "$FILE")"
rm "$FILE"
hosts add "$NAME" "$SERVER"
expect_equal "mode of a new file" 644 "$(stat -c %a "$FILE")"
hosts remove "$NAME"
expect_equal "size of a new file without a name" 0 "$(stat -c %s "$FILE")"

# --- refused -------------------------------------------------------------------------------------

# refused STATUS REGEX VERB...: and the file is what it was.
refused() {
	cp -p "$FILE" "$NL_DIR/before"
	expect_refused "$1" "$2" hosts "${@:3}" --file "$FILE"
	cmp "$NL_DIR/before" "$FILE" || fail "changed by a refused '${*:3}'"
	expect_nothing_beside "a refused '${*:3}'"
}

printf '127.0.0.1 localhost\n10.1.1.1 a.example b.EXAMPLE # c.example\n' >"$FILE"
refused 1 "$FILE: line 2: gives b.example the address 10.1.1.1; .*--force" add b.example "$SERVER"
refused 1 "line 1: gives localhost" add localhost "$SERVER"
refused 1 "line 2: gives a.example" diff a.example "$SERVER"
hosts add c.example "$SERVER"
hosts add b.example "$SERVER" --force
refused 1 'x.example: is not in' remove x.example
refused 2 'wildcards; give each name' add '*.example.com' "$SERVER"
refused 2 'is no host name' add "a b" "$SERVER"
refused 2 'is no host name' add $'a\nb' "$SERVER"
refused 2 'second address' add "$NAME" "$SERVER,10.0.0.1"
refused 2 'loopback' add "$NAME" 127.0.0.1
refused 2 'needs' add "$NAME"
refused 2 'ADDR' diff "$NAME"
refused 2 '--file' script linux "$NAME" "$SERVER"
sed -i '/^# END natloop/d' "$FILE"
refused 1 "$FILE: line 1: .* no end; mend" add "$NAME" "$SERVER"
refused 1 "no end" remove c.example
refused 1 "no end" show
printf '%s\n' '# END natloop' >>"$FILE"
refused 1 "line 4: .*; mend the block" remove c.example
mkfifo "$DIR/pipe"
expect_refused 1 'not a regular file' hosts show --file "$DIR/pipe"
ln -s nowhere "$DIR/dangling"
expect_refused 1 'dangling: .*No such file' hosts add "$NAME" "$SERVER" --file "$DIR/dangling"
expect_refused 1 'No such file' hosts show --file "$DIR/none"
expect_refused 1 'No such file' hosts add "$NAME" "$SERVER" --file "$DIR/none/hosts"
rm "$DIR/pipe" "$DIR/dangling"

# --- what the file is besides its content --------------------------------------------------------

plain_file
chown 1234:5678 "$FILE"
chmod 640 "$FILE"
expect_round "owner and mode"
if attributes "$FILE" access; then
	attributes "$FILE" note || say "the kernel's tmpfs has no attributes (before 6.6): not tried"
	expect_round "an ACL and an attribute"
	rm "$FILE"
	plain_file
	attributes "$DIR" default
	expect_round "a directory with a default ACL"
else
	say "the kernel's tmpfs has no ACLs: not tried"
fi
mkdir "$DIR/real"
mv "$FILE" "$DIR/real/target"
ln -s real/target "$FILE"
expect_round "a symbolic link"
expect_equal "the link" real/target "$(readlink "$FILE")"
rm "$FILE"
mv "$DIR/real/target" "$FILE"
ln "$FILE" "$DIR/real/link"
expect_round "a file with two names"
expect_equal "names of the file" 2 "$(stat -c %h "$FILE")"
rm "$DIR/real/link"

# --- users -----------------------------------------------------------------------------------------

NL_RUN=(setpriv --reuid 1234 --regid 1234 --clear-groups)
chown 0:1234 "$FILE"
chmod 664 "$FILE"
refused 1 "cannot be replaced, .*Permission denied; run it as root" add "$NAME" "$SERVER"
chown 1234 "$DIR"
expect_round "a file of root's that this user may write, in a directory of the user's"
chmod 644 "$FILE"
refused 1 "cannot be opened for writing: .*; run it as" add "$NAME" "$SERVER"
chown 1234:1234 "$FILE"
expect_round "a file of the user's"
NL_RUN=()
chown 0:0 "$DIR" "$FILE"

# --- a mount of its own, a full disk, a read-only one --------------------------------------------

plain_file
cp "$FILE" "$NL_DIR/outside/mounted"
mount --bind "$NL_DIR/outside/mounted" "$FILE"
expect_round "a bind mount"
cp /bin/true "$DIR/filler"
dd if=/dev/zero of="$DIR/filler" bs=4k oflag=append conv=notrunc status=none 2>/dev/null || true
refused 1 "No space left on device; make room" add "$NAME" "$SERVER"
umount "$FILE"
refused 1 "is as it was: No space left on device; make room" add "$NAME" "$SERVER"
rm "$DIR/filler"
expect_round "a disk with room again"
mount -o remount,ro "$DIR"
refused 1 "is as it was: Read-only file system; make $DIR writable" add "$NAME" "$SERVER"
expect_success "show on a read-only file system" hosts show
mount -o remount,rw "$DIR"

# The directory has room for the copy, the mounted file's file system has none for the change.
mkdir "$NL_DIR/small"
mount -t tmpfs -o size=8k hosts "$NL_DIR/small"
head -c 4090 /dev/zero | tr '\0' '#' >"$NL_DIR/small/hosts"
head -c 4096 /dev/zero >"$NL_DIR/small/filler"
mount --bind "$NL_DIR/small/hosts" "$FILE"
refused 1 "is as it was: No space left on device" add "$NAME" "$SERVER"
umount "$FILE" "$NL_DIR/small"

# --- many at once --------------------------------------------------------------------------------

# expect_crowd WHAT
expect_crowd() {
	local i pids=()
	cat "$FILE" >"$NL_DIR/before"
	for i in {1..20}; do
		hosts add "host$i.example" "10.0.0.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "one of many adds failed: $1"
	done
	expect_equal "names after 20 adds at once: $1" 20 "$(hosts show -j | jq length)"
	pids=()
	for i in {1..20}; do
		hosts remove "host$i.example" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "one of many removes failed: $1"
	done
	cmp "$NL_DIR/before" "$FILE" || fail "not the same after 20 removes at once: $1"
	expect_nothing_beside "the crowd: $1"
}

locked() {
	! flock -n "$DIR" true
}

plain_file
expect_crowd "a plain file"
mount --bind "$NL_DIR/outside/mounted" "$FILE"
expect_crowd "a bind mount"
umount "$FILE"
flock "$DIR" sleep $((4 * NL_PATIENCE)) &
wait_until 5 "the lock" locked
hosts add "$NAME" "$SERVER" 2>"$NL_DIR/waited"
expect_match "message of one that waits" "$DIR: locked by process [0-9]+ .*; waiting" \
	"$(<"$NL_DIR/waited")"
hosts remove "$NAME"

# --- killed --------------------------------------------------------------------------------------

export KILLER_FILES=1

# A change by replacing: the old one or the new one, and nothing that the next one does not mend.
killed_add() {
	cmp -s "$FILE" "$NL_DIR/old" || cmp -s "$FILE" "$NL_DIR/new" ||
		fail "kill $1 of add left neither the old nor the new file"
	killed_add_in_place "$1"
}

# In place the file may be between them until the next command, which mends it.
killed_add_in_place() {
	expect_success "add after kill $1" hosts add "$NAME" "$SERVER"
	cmp "$FILE" "$NL_DIR/new" || fail "add after kill $1 made another file"
	expect_nothing_beside "add after kill $1"
	expect_success "remove after kill $1" hosts remove "$NAME"
	cmp "$FILE" "$NL_DIR/old" || fail "remove after kill $1 made another file"
}

killed_remove() {
	killed_add "$1"
	hosts add "$NAME" "$SERVER"
}

cp "$FILE" "$NL_DIR/old"
hosts add "$NAME" "$SERVER"
cp "$FILE" "$NL_DIR/new"
each_kill killed_remove hosts remove "$NAME" --file "$FILE"
each_kill killed_add hosts add "$NAME" "$SERVER" --file "$FILE"
hosts remove "$NAME"
echo "add: killed before each of $KILLS calls"
mount --bind "$NL_DIR/outside/mounted" "$FILE"
each_kill killed_add_in_place hosts add "$NAME" "$SERVER" --file "$FILE"
echo "add in place: killed before each of $KILLS calls"

# interrupted CONTENT-OF-THE-FILE: as a power cut or a kill inside of a call leaves it.
interrupted() {
	cp "$NL_DIR/old" "$DIR/.hosts.natloop-old"
	cp "$NL_DIR/new" "$DIR/.hosts.natloop-new"
	cat "$1" >"$FILE"
}

size=$(stat -c %s "$NL_DIR/new")
for ((at = 0; at <= size; at += 17)); do
	{
		head -c "$at" "$NL_DIR/new"
		tail -c "+$((at + 1))" "$NL_DIR/old"
	} >"$NL_DIR/between"
	interrupted "$NL_DIR/between"
	((at)) || expect_refused 1 "interrupted; .*natloop-old has what it was; the next" \
		hosts show --file "$FILE"
	hosts add other.example 10.0.0.1
	hosts remove other.example
	cmp -s "$FILE" "$NL_DIR/old" || cmp -s "$FILE" "$NL_DIR/new" ||
		fail "the file that had $at bytes of the new one was not mended"
	expect_nothing_beside "mending at $at"
done
echo "# somebody's" >"$NL_DIR/between"
interrupted "$NL_DIR/between"
expect_refused 1 "interrupted; .*natloop-old has what it was; copy it back, or delete" \
	hosts add "$NAME" "$SERVER" --file "$FILE"
cmp "$FILE" "$NL_DIR/between" || fail "a file that somebody has changed was changed"
rm "$DIR/.hosts.natloop-old"
expect_success "add when that is deleted" hosts add "$NAME" "$SERVER"
expect_nothing_beside "that"
umount "$FILE"

# --- the resolver ----------------------------------------------------------------------------------

mount -t tmpfs hosts "$NL_DIR/etc"
[[ ! -e /etc/host.conf ]] || cp /etc/host.conf "$NL_DIR/etc/"
echo 'hosts: files' >"$NL_DIR/etc/nsswitch.conf"
echo '127.0.0.1 localhost' >"$NL_DIR/etc/hosts"
mount --bind "$NL_DIR/etc" /etc
FILE=/etc/hosts
expect_status "getent before" 2 getent hosts "$NAME"
natloopctl hosts add "$NAME" "$SERVER,fd00::20"
expect_match "IPv4" "^$SERVER +STREAM" "$(getent ahostsv4 "$NAME")"
expect_match "IPv6" "^fd00::20 +STREAM" "$(getent ahostsv6 "$NAME")"
expect_match "localhost" "^127.0.0.1" "$(getent ahostsv4 localhost)"
natloopctl hosts remove "$NAME"
expect_status "getent after" 2 getent hosts "$NAME"
expect_equal "the file after" "127.0.0.1 localhost" "$(</etc/hosts)"
expect_nothing_beside "all"
