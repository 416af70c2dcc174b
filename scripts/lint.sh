#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# All static checks; "make lint" calls this. Each prints ok or FAIL, all are run, and the exit
# status is 1 if one failed. With NAMEs only these are run.

set -euo pipefail
export LC_ALL=C
ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
cd "$ROOT"

BUILD=${BUILD:-build}
failures=0

# files PATTERN...: tracked files and new ones that git does not ignore.
files() {
	git ls-files -z --cached --others --exclude-standard -- "$@" | sort -zu |
		while IFS= read -r -d '' file; do
			[[ ! -f $file ]] || printf '%s\0' "$file"
		done
}

# Shell scripts, also those without the suffix.
shell_files() {
	local file
	files '*.sh'
	files .ci scripts | while IFS= read -r -d '' file; do
		[[ $file == *.sh ]] || ! grep -q '^#!.*sh$' <<<"$(head -n 1 "$file")" ||
			printf '%s\0' "$file"
	done
}

source_files() {
	files '*.c' '*.h' '*.sh' '*.py' '*.gp' 'Makefile' '*.mk'
	shell_files
}

check_clang_format() {
	files '*.c' '*.h' | xargs -0r clang-format --dry-run -Werror --style=file
}

check_clang_tidy() {
	local flags
	flags=(-D_GNU_SOURCE -std=gnu11 -Wall -Wextra -Iinclude -Ibpf -Iuser -Itests/harness -I"$BUILD/skel"
		-I"$BUILD/proto" '-DNATLOOP_VERSION="lint"' -DNATLOOP_LIBNFTABLES -DNATLOOP_LIBCARES -DNATLOOP_LIBCURL
		-DNATLOOP_LIBPROTOBUFC)
	files 'user/*.c' 'tests/netns/*.c' 'tests/rustdesk/*.c' 'tests/fuzz/*.c' 'tests/bench/*.c' ':!:*.bpf.c' |
		xargs -0r -n 1 -P "$(nproc)" "$ROOT/scripts/lint.sh" --tidy-some "${flags[@]}" --
}

# FLAG... -- FILE...
tidy_some() {
	local flags=() out
	while [[ $1 != -- ]]; do
		flags+=("$1")
		shift
	done
	shift
	out=$(clang-tidy --quiet "$@" -- "${flags[@]}" 2>&1) && return
	grep -Ev '^[0-9]+ warnings? generated|^Suppressed |^Use -header-filter' <<<"$out"
	return 1
}

# Leaks are the sanitizers' business: cppcheck does not know __attribute__((cleanup)).
check_cppcheck() {
	files 'user/*.c' 'tests/*.c' ':!:*.bpf.c' |
		xargs -0r cppcheck --quiet --error-exitcode=1 --inline-suppr -j "$(nproc)" \
			--enable=warning,performance,portability --std=c11 -D_GNU_SOURCE \
			--suppress=missingInclude --suppress=unknownMacro \
			--suppress=arithOperationsOnVoidPointer \
			--suppress=memleak --suppress=resourceLeak -Iinclude -Iuser -Ibpf
}

check_shellcheck() {
	shell_files | sort -zu | xargs -0r shellcheck -x
}

check_python() {
	files '*.py' | xargs -0r pyflakes3 &&
		! files '*.py' | xargs -0r grep -nE '^.{101,}'
}

check_spdx() {
	local file bad=0
	while IFS= read -r -d '' file; do
		if ! head -n 3 "$file" |
			grep -qF 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause'; then
			echo "$file: no SPDX line in the first three lines"
			bad=1
		fi
	done < <(source_files | sort -zu)
	return "$bad"
}

# Nothing is left for later in the text: what remains to be done has an issue.
check_markers() {
	! files . ':!:LICENSE' | xargs -0r grep -nIE '\b(TO''DO|FIX''ME|X''XX|HA''CK|TB''D)\b'
}

# shellcheck disable=SC2016 # awk's dollars, not the shell's
check_function_length() {
	files '*.c' '*.h' | xargs -0r awk '
		FNR == 1 { start = 0 }
		/^{/ && !start { start = FNR; name = previous }
		/^}/ && start {
			if (FNR - start - 1 > 60) {
				printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start - 1, name
				bad = 1
			}
			start = 0
		}
		{ previous = $0 }
		END { exit bad }'
}

check_whitespace() {
	! files . | xargs -0r grep -nIE '[[:blank:]]+$'
}

check_executable() {
	local file bad=0
	while IFS= read -r -d '' file; do
		if [[ $(head -n 1 "$file") == '#!'* && ! -x $file && $file != */lib.sh && $file != */lib_*.sh ]]; then
			echo "$file: has an interpreter line but is not executable"
			bad=1
		fi
	done < <(shell_files)
	return "$bad"
}

# grep -q ends at what it looks for; what writes to it then may die of SIGPIPE, and under pipefail the
# pipe has failed: now and then, and the more so the busier the machine is.
check_pipes() {
	! shell_files | xargs -0r grep -nE '[^|][|] *grep( -[A-Za-z]+)* -[A-Za-z]*q'
}

check_ledger() {
	scripts/check-ledger.sh
}

check_stack() {
	scripts/check-stack.py "$BUILD"/bpf/*.bpf.o
}

run_check() {
	local name=$1 out
	if out=$("check_${name//-/_}" 2>&1); then
		echo "ok    $name"
	else
		failures=$((failures + 1))
		echo "FAIL  $name"
		[[ -z $out ]] || printf '    | %s\n' "${out//$'\n'/$'\n'    | }"
	fi
}

CHECKS=(clang-format clang-tidy cppcheck shellcheck python spdx markers function-length whitespace
	executable pipes ledger stack)

if [[ ${1:-} == --tidy-some ]]; then
	shift
	tidy_some "$@"
	exit
fi
for name in "$@"; do
	[[ " ${CHECKS[*]} " == *" $name "* ]] || {
		echo "usage: scripts/lint.sh [${CHECKS[*]}]..." >&2
		exit 2
	}
done
for tool in clang-format clang-tidy cppcheck shellcheck pyflakes3 git; do
	command -v "$tool" >/dev/null || {
		echo "lint.sh: $tool is missing; run 'scripts/install-deps.sh lint'" >&2
		exit 1
	}
done
(($#)) || set -- "${CHECKS[@]}"
for name in "$@"; do
	run_check "$name"
done
((failures == 0))
