#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Prints the path of a bpftool that runs. Ubuntu's /usr/sbin/bpftool is a wrapper that refuses a
# kernel that it has no package for, while any version of the tool itself would do.

set -euo pipefail

for tool in "$(command -v bpftool || true)" /usr/sbin/bpftool /usr/local/sbin/bpftool \
	/usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool; do
	if [[ -x $tool ]] && "$tool" version &>/dev/null; then
		echo "$tool"
		exit 0
	fi
done
echo "find-bpftool: no bpftool that runs; run scripts/install-deps.sh" >&2
exit 1
