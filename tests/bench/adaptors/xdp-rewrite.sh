# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# A translation without a table: writes what each has to write, always the same, and sends the frame
# back. About the least that a translation takes.
# shellcheck disable=SC2034 # lab.sh reads it
MODE=xdp

system_start() {
	expect_success "the translation" ns_exec router "$NL_BUILD/tests/bench/rate" rewrite eth1
}

system_stop() {
	ns_exec router ip link set eth1 xdp off
}
