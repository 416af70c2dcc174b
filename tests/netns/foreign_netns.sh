#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An instance of a network namespace without a name, such as a container's: whoever may not look at
# all processes, as the service may not, must leave it alone, and take its place when it is gone.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_unit.sh
. "${BASH_SOURCE[0]%/*}/lib_unit.sh"

# there VERB...: in the namespace without a name.
there() {
	"$NL_BIN" "$@" --netns "/proc/$HOLDER/ns/net" --instance "$NL_INSTANCE" \
		--config "$NL_DIR/empty.conf"
}

foreign() {
	[[ $(readlink "/proc/$HOLDER/ns/net") != "$(readlink /proc/self/ns/net)" ]]
}

attach_refused() {
	expect_refused 1 "$1" attach eth1 --public "$PUBLIC" --server "$SERVER"
	expect_equal "pins" "$pins" "$(ls "$NL_PINS/$NL_INSTANCE")"
}

topology_make
unshare --net sleep 1000 &
HOLDER=$!
wait_until 5 "a namespace" foreign
nsenter --net="/proc/$HOLDER/ns/net" sh -e <<-END
	ip link add eth1 type veth peer name other
	ip address add $ROUTER/24 dev eth1
	ip link set eth1 up
END
expect_success "attach there" there attach eth1 --public "$PUBLIC" --server "$SERVER"
pins=$(ls "$NL_PINS/$NL_INSTANCE")

attach_refused 'belongs to another network namespace; give the --netns'
as_service
NL_RUN=("${AS_SERVICE[@]}")
attach_refused 'may be at work there: the rights .*detach --all'
expect_refused 1 'may be at work there' detach --all
# All rights, and a /proc without the processes of others.
NL_RUN=(unshare --mount sh -c 'mount -t proc -o hidepid=invisible proc /proc &&
	exec setpriv --bounding-set=-sys_ptrace "$@"' sh)
attach_refused 'may be at work there|give the --netns'
NL_RUN=()
expect_jq "it runs" '.interfaces[0].name == "eth1"' "$(there status -j)"
expect_success "it can be detached" there detach --all

# Gone, and its filters with it.
attached() {
	natloopctl attach eth1 --public "$PUBLIC" --server "$SERVER" &>"$NL_DIR/attached"
}
expect_success "attach there" there attach eth1 --public "$PUBLIC" --server "$SERVER"
kill "$HOLDER"
wait "$HOLDER" || true
NL_RUN=("${AS_SERVICE[@]}")
WAIT_LOG=$NL_DIR/attached wait_until 10 "attach here" attached
NL_RUN=()
expect_saw "here" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
note_programs
detach
expect_nothing_left
