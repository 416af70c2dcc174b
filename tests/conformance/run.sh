#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: tests/conformance/run.sh SYSTEM [CASE...]
#
# Runs the suite on one system; a line for each case: verdict, name, requirement, what was seen, with
# tabs in between. scripts/conformance.sh makes a table of it.

set -euo pipefail
ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/../..")
# A path MTU that is smaller than the sender's, as own_icmp.c wants it.
export WIRE_MTU_ETH2=1400
exec "$ROOT/tests/wire/lab.sh" "${1:?a system}" \
	"${BUILD:-$ROOT/build}/tests/conformance/conformance" "${@:2}"
