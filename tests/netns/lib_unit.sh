# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The shipped systemd unit, as far as it can be had without systemd; lib.sh comes first.

# shellcheck disable=SC2034 # for the scripts that source this file
NL_UNIT=$NL_ROOT/user/natloop.service

# unit_value KEY: all its values, in one line.
unit_value() {
	sed -n "s/^$1=//p" "$NL_UNIT" | paste -sd ' '
}

unit_capabilities() {
	unit_value CapabilityBoundingSet | tr ' ' '\n' | sed 's/^CAP_//' | tr '[:upper:]' '[:lower:]'
}

# as_service [WITHOUT]: sets AS_SERVICE, what runs a command with the capabilities of the unit, but for
# the one that is named.
as_service() {
	local list
	need_tools setpriv
	list=$(unit_capabilities | grep -vx "${1:-none}" | sed 's/^/+/' | paste -sd ,)
	[[ -n $list ]] || fail "no capabilities in $NL_UNIT"
	AS_SERVICE=(setpriv "--bounding-set=-all,$list" "--inh-caps=-all" --no-new-privs)
}
