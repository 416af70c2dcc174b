#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Where everybody may write into /sys/fs/bpf, nobody leads root elsewhere: what another user put in
# the pins' place is refused by every command, and what it leads to stays. And pins that cannot be
# removed are no success. In a mount namespace of its own, with a bpf file system of its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

need_tools setpriv
pins=$NL_PINS

# Runs the rest of this script there; the parent makes the network, and takes it away.
if [[ -z ${INSIDE-} ]]; then
	topology_make
	{
		declare -p PUBLIC SERVER NL_BIN NL_DIR NL_PREFIX NL_INSTANCE
		# topology_make is the parent's.
		sed -n '/^# inside$/,$p' "$0"
	} >"$NL_DIR/inside"
	# shellcheck disable=SC2016 # expanded inside
	INSIDE=1 unshare --mount --propagation private bash -c \
		'. "$1"; . "$2"' bash "$NL_LIB" "$NL_DIR/inside" ||
		fail "see above"
	exit 0
fi
# inside
trap 'say "FAIL: line $LINENO of the part inside: $BASH_COMMAND"' ERR
pins=$NL_PINS
victim=$NL_DIR/victim
mount -t bpf bpf /sys/fs/bpf
expect_equal "mode of a new bpf file system" 1777 "$(stat -c %a /sys/fs/bpf)"

nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# expect_refused WHAT TEXT: by all that look at the pins, and the victim's files stay.
expect_refused() {
	local command out
	for command in "attach eth1 --public $PUBLIC --server $SERVER" "detach eth1" "detach --all" \
		status "forward list" "flow list" reload stats; do
		# shellcheck disable=SC2086 # words of a command
		out=$(expect_status "$1: $command" 1 natloopctl $command 2>&1)
		expect_match "$1: $command" "$2" "$out"
	done
	[[ -e $victim/natloop_config && -e $victim/important ]] ||
		fail "$1: natloopctl removed the files of a directory outside: $(ls "$victim")"
}

mkdir "$victim"
touch "$victim/important" "$victim/natloop_config"
chmod 755 "$NL_DIR" "$victim"
foreign="is not a directory that only this user can enter"

nobody mkdir "$pins"
nobody ln -s "$victim" "$pins/$NL_INSTANCE"
expect_refused "another user's directory" "$foreign"
nobody chmod 700 "$pins"
expect_refused "another user's closed directory" "$foreign"
rm -r "$pins"

mkdir "$NL_DIR/tree"
mkdir "$NL_DIR/tree/$NL_INSTANCE"
nobody ln -s "$NL_DIR/tree" "$pins"
expect_refused "a symbolic link to a directory of root's" "$foreign"
rm "$pins"

mkdir -m 700 "$pins"
ln -s "$victim" "$pins/$NL_INSTANCE"
expect_refused "a symbolic link below" "$foreign"
rm "$pins/$NL_INSTANCE"

mkdir -m 700 "$pins/$NL_INSTANCE"
mount -t tmpfs none "$pins/$NL_INSTANCE"
chmod 700 "$pins/$NL_INSTANCE"
touch "$pins/$NL_INSTANCE/natloop_config"
expect_refused "another file system below" "is not on the bpf file system"
umount "$pins/$NL_INSTANCE"

chmod 770 "$pins"
expect_refused "a directory that a group can enter" "chmod 700 $pins"
rm -r "$pins"

# Without the sticky bit others may rename what is root's.
chmod 0777 /sys/fs/bpf
expect_refused "no sticky bit" "chmod \+t"
chmod 1777 /sys/fs/bpf
chown 65534 /sys/fs/bpf
expect_refused "another user's file system" "chown root"
chown root /sys/fs/bpf

# What natloop did not make stays, and is told of.
attach
mkdir "$pins/$NL_INSTANCE/other"
out=$(expect_status "something else in the directory" 1 natloopctl detach --all 2>&1)
expect_match "something else in the directory" "natloop did not make" "$out"
out=$(ns_exec router tc filter show dev eth1 ingress 2>&1)
[[ $out != *natloop* ]] || fail "still attached: $out"
rmdir "$pins/$NL_INSTANCE/other"
expect_success "detach again" natloopctl detach --all
[[ ! -e $pins ]] || fail "pins are left: $(ls -R "$pins")"

# Read-only: nothing is taken away, and the message says why.
attach
mount -o remount,ro /sys/fs/bpf
for command in "detach --all" "detach eth1" status; do
	# shellcheck disable=SC2086 # words of a command
	out=$(expect_status "read-only: $command" 1 natloopctl $command 2>&1)
	expect_match "read-only: $command" "Read-only file system; .*remount,rw" "$out"
done
mount -o remount,rw /sys/fs/bpf
expect_saw "still there" "$PUBLIC:33333" client --from-port 33333 tcp "$PUBLIC" 21116
expect_success "writable again" natloopctl detach --all
expect_nothing_left

# Somebody else's map under the name of natloop's is no other namespace's natloop.
bpftool=$(find_bpftool)
mkdir -m 700 "$pins" "$pins/$NL_INSTANCE"
for name in natloop_config natloop_ifaces; do
	"$bpftool" map create "$pins/$NL_INSTANCE/$name" type hash key 4 value 8 entries 4 name other
done
"$bpftool" map update pinned "$pins/$NL_INSTANCE/natloop_ifaces" key 1 0 0 0 value 1 0 0 0 0 0 0 0
out=$(expect_status "foreign maps" 1 natloopctl status 2>&1)
expect_match "foreign maps" "something else than natloop's map.*detach --all" "$out"
expect_success "foreign maps" natloopctl detach --all
expect_nothing_left
