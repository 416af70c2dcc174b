#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl dns apply writes its own file for a DNS server, or leaves it byte for byte: a foreign file, a
# checker that refuses, hangs or is missing, a directory that is read-only, a kill before any system call
# that changes a file, a server that does not take it. What it wrote, a real dnsmasq and a real unbound
# answer, and no longer when the name is deleted. In a mount namespace with servers' directories of its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_kill.sh
. "${BASH_SOURCE[0]%/*}/lib_kill.sh"
# shellcheck source-path=SCRIPTDIR source=lib_dns_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_dns_servers.sh"

NAME=rustdesk.example.com

if [[ ${1:-} != inside ]]; then
	nl_begin
	need_tools unshare patch dig dnsmasq unbound unbound-checkconf unbound-control
	topology_hosts
	router_nat
	export NL_BASE NL_PREFIX NL_INSTANCE NL_DIR
	made=() # to mount upon
	for directory in /run/systemd /etc/init.d /etc/unbound; do
		[[ -e $directory ]] || made+=("$directory")
		mkdir -p "$directory"
	done
	status=0
	unshare --mount "$0" inside || status=$?
	((${#made[@]} == 0)) || rmdir "${made[@]}"
	exit "$status"
fi

# Nothing of the machine's services can be reached from here.
mount -t tmpfs dns /run/systemd
mount -t tmpfs dns /etc/init.d
mount -t tmpfs dns /etc/unbound
DIR=$NL_DIR/files
mkdir "$DIR" "$NL_DIR/bin"
mount -t tmpfs dns "$DIR"
export PATH=$NL_DIR/bin:$PATH

# apply SERVER ARGUMENT...: to the file of that server.
apply() {
	natloopctl dns apply "$@" --file "$DIR/$1.conf"
}

# refused REGEX SERVER ARGUMENT...: and the file is what it was, or is still not there.
refused() {
	local regex=$1 file=$DIR/$2.conf
	rm -f "$NL_DIR/before"
	[[ ! -e $file ]] || cp "$file" "$NL_DIR/before"
	expect_refused 1 "$regex" dns apply "${@:2}" --file "$file"
	[[ -e $NL_DIR/before || ! -e $file ]] || fail "made by a refused '${*:2}'"
	[[ ! -e $NL_DIR/before ]] || cmp "$NL_DIR/before" "$file" || fail "changed by a refused '${*:2}'"
	expect_nothing_beside "a refused '${*:2}'"
}

expect_nothing_beside() {
	expect_equal "files beside those of ours after $1" "" "$(find "$DIR" -name '.*natloop*')"
}

# stub NAME LINE...: a program of that name that does this.
stub() {
	local name=$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$NL_DIR/bin/$name"
	chmod 755 "$NL_DIR/bin/$name"
}

checker() {
	case $1 in
	dnsmasq) echo dnsmasq ;;
	unbound) echo unbound-checkconf ;;
	esac
}

# --- the file ----------------------------------------------------------------------------------

for server in dnsmasq unbound; do
	file=$DIR/$server.conf
	diff=$(apply "$server" "$NAME" "$SERVER" --dry-run)
	expect_match "dry run" "\\+\\+\\+ $file.*\\+.*$NAME" "$(tr '\n' ' ' <<<"$diff")"
	[[ ! -e $file ]] || fail "a dry run made the file"
	out=$(umask 077 && apply "$server" "$NAME" "$SERVER" -j)
	expect_jq "the first time" '. == {"file": "'"$file"'", "result": "written", "names": 1, "reloaded": ""}' \
		"$out"
	expect_equal "mode" 644 "$(stat -c %a "$file")"
	expect_match "first line" "^# By 'natloopctl dns apply $server' of instance $NL_INSTANCE," \
		"$(head -n 1 "$file")"
	expect_equal "the rest" "$(natloopctl dns export "$server" "$NAME" "$SERVER")" \
		"$(tail -n +2 "$file")"
	inode=$(stat -c %i "$file")
	expect_jq "again" '.result == "unchanged"' "$(apply "$server" "$NAME" "$SERVER" -j)"
	expect_equal "the file" "$inode" "$(stat -c %i "$file")"
	cp "$file" "$NL_DIR/patched"
	apply "$server" "$NAME" "$SERVER,fd00::20" --dry-run | patch -s "$NL_DIR/patched"
	apply "$server" "$NAME" "$SERVER,fd00::20" >"$NL_DIR/out"
	expect_match "what it says" "^file +$file.*written.*$server reads it" "$(tr '\n' ' ' <"$NL_DIR/out")"
	cmp "$file" "$NL_DIR/patched" || fail "the dry run's difference is another one"
	expect_nothing_beside "apply"

	# What is not ours.
	cp "$file" "$DIR/kept"
	echo "# somebody's" >"$file"
	refused "$file: was not made by .*; give another --file" "$server" "$NAME" "$SERVER"
	refused "was not made by" "$server" "$NAME" "$SERVER" --dry-run
	sed "s/of instance $NL_INSTANCE,/of instance other,/" "$DIR/kept" >"$file"
	refused "was not made by" "$server" "$NAME" "$SERVER"
	sed '1s/unbound/x/; 1s/dnsmasq/unbound/; 1s/x/dnsmasq/' "$DIR/kept" >"$file"
	refused "was not made by" "$server" "$NAME" "$SERVER"
	: >"$file"
	expect_jq "over an empty file" '.result == "written"' "$(apply "$server" "$NAME" "$SERVER" -j)"

	# A link stays one.
	mkdir "$DIR/real"
	mv "$file" "$DIR/real/target"
	ln -s real/target "$file"
	apply "$server" "$NAME" 192.168.11.21 >"$NL_DIR/out"
	expect_equal "the link" real/target "$(readlink "$file")"
	expect_match "where it leads to" 192.168.11.21 "$(<"$DIR/real/target")"
	echo "# somebody's" >"$DIR/real/target"
	refused "was not made by" "$server" "$NAME" "$SERVER"
	rm "$DIR/real/target"
	refused "cannot be opened: No such file" "$server" "$NAME" "$SERVER"
	rm -r "$DIR/real" "$file"
	mkfifo "$file"
	expect_refused 1 "is not a regular file" dns apply "$server" "$NAME" "$SERVER" --file "$file"
	rm "$file"
	expect_refused 1 "No such file" dns apply "$server" "$NAME" "$SERVER" --file "$DIR/none/file"

	# A read-only directory.
	cp "$DIR/kept" "$file"
	mount -o remount,ro "$DIR"
	refused "is as it was: Read-only file system; make $DIR writable" "$server" "$NAME" 192.168.11.21
	apply "$server" "$NAME" 192.168.11.21 --dry-run >"$NL_DIR/out"
	expect_match "dry run there" 192.168.11.21 "$(<"$NL_DIR/out")"
	mount -o remount,rw "$DIR"
	rm "$DIR/kept"
done

# --- the checker -------------------------------------------------------------------------------

for server in dnsmasq unbound; do
	file=$DIR/$server.conf checker=$(checker "$server")
	# shellcheck disable=SC2016 # expanded by the stub
	stub "$checker" 'echo >&2' 'echo "bad option at line 3 of /proc/self/fd/0, $(grep -c . </proc/self/fd/0)" >&2' \
		'echo more >&2' 'exit 1'
	refused "$checker: refuses the new text: bad option at line 3 of $file, [0-9]+; see" \
		"$server" "$NAME" 192.168.11.21
	refused "refuses the new text" "$server" "$NAME" 192.168.11.21 --dry-run
	stub "$checker" "printf '[123] x[1:0] error: \\033[31mbad\\n' >&2" 'exit 1'
	refused "refuses the new text: error: \\?\\[31mbad" "$server" "$NAME" 192.168.11.21
	stub "$checker" 'kill -9 $$'
	refused "refuses the new text: it says nothing" "$server" "$NAME" 192.168.11.21
	expect_jq "unchecked" '.result == "written"' "$(apply "$server" "$NAME" 192.168.11.21 --no-check -j)"
	expect_jq "unchanged" '.result == "unchanged"' "$(apply "$server" "$NAME" 192.168.11.21 -j)"
	rm "$NL_DIR/bin/$checker"
	: >"$NL_DIR/nothing"
	found=$(command -v "$checker")
	mount --bind "$NL_DIR/nothing" "$found"
	refused "$checker: is not installed; .*--no-check" "$server" "$NAME" "$SERVER"
	expect_jq "without checker" '.result == "written"' "$(apply "$server" "$NAME" "$SERVER" --no-check -j)"
	umount "$found"
done
stub dnsmasq 'exec sleep 100'
before=$SECONDS
refused "dnsmasq: did not end within 10 s; .*--no-check" dnsmasq "$NAME" 192.168.11.21
expect_quick "seconds of a checker that hangs" $((SECONDS - before)) 20
rm "$NL_DIR/bin/dnsmasq"

# --- killed ------------------------------------------------------------------------------------

export KILLER_FILES=1
file=$DIR/unbound.conf

killed() {
	[[ ! -e $NL_DIR/old && ! -e $file ]] || cmp -s "$file" "$NL_DIR/old" || cmp -s "$file" "$NL_DIR/new" ||
		fail "kill $1 left neither the old nor the new file"
	expect_success "apply after kill $1" apply unbound "$NAME" 192.168.11.22 >"$NL_DIR/out"
	cmp "$file" "$NL_DIR/new" || fail "apply after kill $1 made another file"
	expect_nothing_beside "apply after kill $1"
	rm "$file"
	[[ ! -e $NL_DIR/old ]] || cp "$NL_DIR/old" "$file"
}

cp "$file" "$NL_DIR/old"
apply unbound "$NAME" 192.168.11.22 >"$NL_DIR/out"
cp "$file" "$NL_DIR/new"
cp "$NL_DIR/old" "$file"
each_kill killed dns apply unbound "$NAME" 192.168.11.22 --file "$file"
echo "replaced: killed before each of $KILLS calls"
rm "$file" "$NL_DIR/old"
each_kill killed dns apply unbound "$NAME" 192.168.11.22 --file "$file"
echo "made: killed before each of $KILLS calls"
unset KILLER_FILES

# --- the names of the instance, and real servers -----------------------------------------------

echo "host-record=$NAME,203.0.113.7" >"$NL_DIR/internet"
dnsmasq_start internet "$INTERNET" "$NL_DIR/internet"
expect_refused 1 "is not attached" dns apply dnsmasq --file "$DIR/dnsmasq.conf"
attach
natloopctl dns add "$NAME" "$SERVER"
echo "server=$INTERNET" >"$NL_DIR/config"
echo "conf-file=$DIR/dnsmasq.conf" >>"$NL_DIR/config"
expect_jq "names" '.names == 1' "$(apply dnsmasq -j)"
expect_equal "export of the names" "$(natloopctl dns export dnsmasq "$NAME" "$SERVER")" \
	"$(natloopctl dns export dnsmasq)"
dnsmasq_start router "$ROUTER" "$NL_DIR/config"
# From the router itself: no packet passes natloop.
expect_answer "dnsmasq" "$SERVER" router "@$ROUTER" "$NAME" A
dns_stop
natloopctl dns del "$NAME"
expect_jq "names after del" '.names == 0 and .result == "written"' "$(apply dnsmasq -j)"
expect_match "first line" "^# By 'natloopctl dns apply dnsmasq'" "$(<"$DIR/dnsmasq.conf")"
dnsmasq_start router "$ROUTER" "$NL_DIR/config"
expect_answer "dnsmasq after del" 203.0.113.7 router "@$ROUTER" "$NAME" A
dns_stop

# unbound reads the new file by itself.
rm -f "$DIR/unbound.conf"
unbound_config "$ROUTER" "$INTERNET" "$DIR/unbound.conf" >/etc/unbound/unbound.conf
apply unbound >"$NL_DIR/out"
refused "unbound-control reload: failed: .*; $DIR/unbound.conf is as it was" \
	unbound "$NAME" "$SERVER" --reload
unbound_start router /etc/unbound/unbound.conf
expect_answer "unbound without the name" 203.0.113.7 router "@$ROUTER" "$NAME" A
natloopctl dns add "$NAME" "$SERVER"
expect_jq "reloaded" '.names == 1 and .reloaded == "unbound-control reload"' "$(apply unbound --reload -j)"

answers() {
	[[ $(ask router +short "@$ROUTER" "$NAME" A) == "$1" ]]
}

wait_until 5 "unbound with the name" answers "$SERVER"
natloopctl dns del "$NAME"
apply unbound >"$NL_DIR/out"
expect_jq "unchanged, and reloaded" '.result == "unchanged" and .reloaded != ""' "$(apply unbound --reload -j)"
wait_until 5 "unbound after del" answers 203.0.113.7
# Somebody else's line goes with the old file and not with the new one: unbound would end.
printf 'server:\n\tlocal-zone: "example.com." redirect\n\tlocal-data: "example.com. A 192.0.2.3"\n' \
	>>/etc/unbound/unbound.conf
refused "unbound-checkconf: refuses the whole configuration: error: local-data in redirect.*; $DIR/unbound.conf is as it was" \
	unbound "$NAME" "$SERVER" --reload
wait_until 5 "unbound goes on" answers 203.0.113.7
dns_stop

# dnsmasq must be started anew: by a script, or by systemd where it runs.
refused "/etc/init.d/dnsmasq: is not there; leave --reload out" dnsmasq "$NAME" "$SERVER" --reload
[[ ! -s $NL_DIR/called ]] || fail "something was called"
printf '%s\n' '#!/bin/sh' "echo \"init \$*\" >>$NL_DIR/called" >/etc/init.d/dnsmasq
chmod 755 /etc/init.d/dnsmasq
# shellcheck disable=SC2016 # expanded by the stub
stub systemctl "echo \"systemctl \$*\" >>$NL_DIR/called" "grep -q 192.168.11.66 $DIR/dnsmasq.conf || exit 0" \
	'echo "Job for dnsmasq.service failed." >&2' 'exit 1'
apply dnsmasq "$NAME" "$SERVER" --reload >"$NL_DIR/out"
expect_match "what it says" "reloaded +/etc/init.d/dnsmasq restart" "$(<"$NL_DIR/out")"
mkdir /run/systemd/system
apply dnsmasq "$NAME" 192.168.11.21 --reload >"$NL_DIR/out"
expect_equal "calls" $'init restart\nsystemctl restart dnsmasq' "$(<"$NL_DIR/called")"
apply dnsmasq "$NAME" 192.168.11.22 --reload --dry-run >"$NL_DIR/out"
expect_equal "calls of a dry run" 2 "$(wc -l <"$NL_DIR/called")"
refused "systemctl restart dnsmasq: failed: Job for .* failed.; $DIR/dnsmasq.conf has what it had before, and" \
	dnsmasq "$NAME" 192.168.11.66 --reload
expect_equal "calls with the old file, too" 4 "$(wc -l <"$NL_DIR/called")"
rm "$DIR/dnsmasq.conf"
stub systemctl 'echo "Access denied" >&2' 'exit 4'
refused "failed: Access denied; $DIR/dnsmasq.conf is as it was" dnsmasq "$NAME" "$SERVER" --reload

# --- wrong usage -------------------------------------------------------------------------------

expect_refused 2 'dns apply: needs --file PATH' dns apply dnsmasq "$NAME" "$SERVER"
expect_refused 2 'no such DNS server is known' dns apply bind "$NAME" "$SERVER" --file "$DIR/bind.conf"
expect_refused 2 'has no ADDR' dns apply dnsmasq "$NAME" --file "$DIR/dnsmasq.conf"
expect_refused 2 "option of 'dns apply dnsmasq'" dns apply dnsmasq "$NAME" "$SERVER" --for 5
expect_refused 2 "option of 'dns add'" dns add "$NAME" "$SERVER" --dry-run
natloopctl dns add '*.example.com' "$SERVER"
natloopctl dns add "$NAME" 192.168.11.21
refused "unbound answers example.com and all below it alike" unbound
[[ ! -e $DIR/bind.conf && ! -e $DIR/dnsmasq.conf ]] || fail "wrong usage made a file"
detach
