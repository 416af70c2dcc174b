# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# natloop, on the XDP hook, with TC behind it.
# shellcheck disable=SC2034 # lab.sh reads it
MODE=xdp

system_start() {
	natloop_start xdp
}

system_stop() {
	natloop_stop
}
