#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two copies of a test run at the same time, in namespaces and instances of their own, and neither
# disturbs the other.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

nl_begin
here=${BASH_SOURCE[0]%/*}
for copy in 1 2; do
	"$here/attach_update.sh" </dev/null &>"$NL_DIR/copy.$copy" &
	pids[copy]=$!
done
for copy in 1 2; do
	wait "${pids[copy]}" || fail "copy $copy: $(<"$NL_DIR/copy.$copy")"
done
