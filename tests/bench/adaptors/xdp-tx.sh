# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# No router at all: swaps MAC addresses and sends the frame back, which is the most that a CPU can do.
# shellcheck disable=SC2034 # lab.sh reads it
MODE=xdp

system_start() {
	expect_success "the MAC swap" ns_exec router "$NL_BUILD/tests/bench/rate" bare eth1
}

system_stop() {
	ns_exec router ip link set eth1 xdp off
}
