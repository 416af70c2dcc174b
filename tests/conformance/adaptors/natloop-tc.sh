# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# natloop, on the TC hook.
# shellcheck disable=SC2034 # lab.sh reads it
MODE=tc

system_start() {
	natloop_start tc
}

system_stop() {
	natloop_stop
}
