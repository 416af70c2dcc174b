#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A test that is killed by SIGKILL, alone or with its whole process group, leaves no namespace, no
# process, no pin and no file. The victim is this script itself with the argument "victim".
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

if [[ ${1:-} == victim ]]; then
	topology_make
	attach
	talk_open open client tcp 0 "$PUBLIC" 21116
	echo "$NL_PREFIX $NL_DIR" >"$2"
	sleep 100
fi

# What is left of the victim, one item a line.
leftovers() {
	nl_processes "$prefix"
	find /run/netns /sys/fs/bpf/natloop "$victim_dir" -maxdepth 1 \
		\( -name "$prefix*" -o -path "$victim_dir" \) 2>/dev/null || true
}

nothing_left() {
	[[ -z $(leftovers) ]]
}

nl_begin
for whole_group in no yes; do
	ready=$NL_DIR/ready.$whole_group
	setsid "$0" victim "$ready" </dev/null &>"$NL_DIR/victim" &
	victim=$!
	WAIT_LOG=$NL_DIR/victim wait_until 20 "the victim to be ready" test -s "$ready"
	read -r prefix victim_dir <"$ready"
	expect_different "leftovers while the victim lives" "" "$(leftovers)"
	if [[ $whole_group == yes ]]; then
		kill -KILL -- "-$victim"
	else
		kill -KILL "$victim"
	fi
	wait "$victim" 2>/dev/null || true
	wait_until 15 "everything of the victim gone" nothing_left
done
