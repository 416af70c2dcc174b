/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fixed parts of the scripts of hosts_script.c. */
#ifndef HOSTS_SCRIPT_TEXT_H
#define HOSTS_SCRIPT_TEXT_H

/* clang-format off */
#define HOSTS_SCRIPT_SH_BEGIN \
	"set -eu\n" \
	"export LC_ALL=C\n" \
	"hosts=${HOSTS_FILE:-/etc/hosts}\n"

/* nscd keeps answers on some systems, systemd-resolved on others. */
#define HOSTS_SCRIPT_FLUSH_LINUX \
	"\n" \
	"flush() {\n" \
	"\tif command -v systemctl >/dev/null && systemctl is-active --quiet systemd-resolved; then\n" \
	"\t\tresolvectl flush-caches\n" \
	"\tfi\n" \
	"\tif command -v nscd >/dev/null; then\n" \
	"\t\tnscd -i hosts 2>/dev/null || true # none may be running\n" \
	"\tfi\n" \
	"}\n"

#define HOSTS_SCRIPT_FLUSH_MACOS \
	"\n" \
	"flush() {\n" \
	"\tdscacheutil -flushcache\n" \
	"\tkillall -HUP mDNSResponder || true # it may not be running\n" \
	"}\n"

#define HOSTS_SCRIPT_SH \
	"\n" \
	"fail() {\n" \
	"\techo \"$hosts: $1\" >&2\n" \
	"\texit 1\n" \
	"}\n" \
	"\n" \
	"# The first line that this script has written for the name: its number, or nothing.\n" \
	"own_line() {\n" \
	"\tawk -v name=\"$name\" '{ sub(/\\r$/, \"\") }\n" \
	"\t\tNF == 4 && $2 == name && $3 == \"#\" && $4 == \"natloop\" { print NR; exit }' \"$1\"\n" \
	"}\n" \
	"\n" \
	"# The first line of others that gives the name another address.\n" \
	"other_line() {\n" \
	"\tawk -v name=\"$name\" -v addresses=\" $addresses \" '{ sub(/#.*/, \"\"); sub(/\\r$/, \"\") }\n" \
	"\t\tindex(addresses, \" \" tolower($1) \" \") == 0 {\n" \
	"\t\t\tfor (i = 2; i <= NF; i++)\n" \
	"\t\t\t\tif (tolower($i) == name) { print NR; exit }\n" \
	"\t\t}' \"$1\"\n" \
	"}\n" \
	"\n" \
	"# By another file that takes its place; where that cannot be, in place, with a copy meanwhile.\n" \
	"write_hosts() {\n" \
	"\tif [ ! -L \"$hosts\" ] && cp -p \"$hosts\" \"$hosts.natloop-new\" &&\n" \
	"\t\tcat \"$work/new\" >\"$hosts.natloop-new\" && mv -f \"$hosts.natloop-new\" \"$hosts\" 2>/dev/null; then\n" \
	"\t\treturn\n" \
	"\tfi\n" \
	"\trm -f \"$hosts.natloop-new\"\n" \
	"\tcp -p \"$hosts\" \"$hosts.natloop-old\" || fail \"cannot be copied; nothing was changed\"\n" \
	"\tif ! cat \"$work/new\" >\"$hosts\"; then\n" \
	"\t\tcat \"$hosts.natloop-old\" >\"$hosts\" || fail \"is damaged; $hosts.natloop-old has what it was\"\n" \
	"\t\trm -f \"$hosts.natloop-old\"\n" \
	"\t\tfail \"cannot be written; nothing was changed\"\n" \
	"\tfi\n" \
	"\trm -f \"$hosts.natloop-old\"\n" \
	"}\n" \
	"\n" \
	"[ \"$#\" -eq 0 ] || [ \"$*\" = remove ] || fail \"give no word to add $name, or 'remove'\"\n" \
	"[ -w \"$hosts\" ] || fail \"cannot be written; run this with sudo\"\n" \
	"work=$(mktemp -d)\n" \
	"trap 'rm -rf \"$work\"' EXIT\n" \
	"trap 'exit 1' HUP INT TERM\n" \
	"cat \"$hosts\" >\"$work/rest\"\n" \
	"line=$(own_line \"$work/rest\")\n" \
	"while [ -n \"$line\" ]; do\n" \
	"\t{\n" \
	"\t\t[ \"$line\" -eq 1 ] || head -n \"$((line - 1))\" \"$work/rest\"\n" \
	"\t\ttail -n \"+$((line + 1))\" \"$work/rest\"\n" \
	"\t} >\"$work/next\"\n" \
	"\tmv \"$work/next\" \"$work/rest\"\n" \
	"\tline=$(own_line \"$work/rest\")\n" \
	"done\n" \
	": >\"$work/new\"\n" \
	"if [ \"$#\" -eq 0 ]; then\n" \
	"\tline=$(other_line \"$work/rest\")\n" \
	"\t[ -z \"$line\" ] || fail \"line $line gives $name another address; delete it there first\"\n" \
	"\tcr=$(awk 'NR == 1 { if (/\\r$/) printf \"\\r\"; exit }' \"$work/rest\")\n" \
	"\tfor address in $addresses; do\n" \
	"\t\tprintf '%s %s # natloop%s\\n' \"$address\" \"$name\" \"$cr\" >>\"$work/new\"\n" \
	"\tdone\n" \
	"fi\n" \
	"cat \"$work/rest\" >>\"$work/new\"\n" \
	"cmp -s \"$work/new\" \"$hosts\" || write_hosts\n" \
	"flush\n" \
	"[ \"$#\" -ne 0 ] || echo \"$name is $addresses here. Before this computer leaves the house: $0 remove\"\n"

#define HOSTS_SCRIPT_POWERSHELL_BEGIN \
	"param([switch]$Remove, [string]$File = \"$env:SystemRoot\\System32\\drivers\\etc\\hosts\")\n" \
	"$ErrorActionPreference = 'Stop'\n"

#define HOSTS_SCRIPT_POWERSHELL \
	"\n" \
	"function Stop-Here($what) {\n" \
	"\t[Console]::Error.WriteLine(\"${File}: $what\")\n" \
	"\texit 1\n" \
	"}\n" \
	"\n" \
	"$user = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()\n" \
	"if (-not $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {\n" \
	"\tStop-Here 'cannot be written; start the terminal as administrator'\n" \
	"}\n" \
	"\n" \
	"# One character for each byte, so that every byte of others stays.\n" \
	"$latin1 = [Text.Encoding]::GetEncoding(28591)\n" \
	"$before = $latin1.GetString([IO.File]::ReadAllBytes($File))\n" \
	"$mark = -join [char[]](0xEF, 0xBB, 0xBF)\n" \
	"if (-not $before.StartsWith($mark, [StringComparison]::Ordinal)) { $mark = '' }\n" \
	"$rest = $before.Substring($mark.Length)\n" \
	"$own = '(?m)^[0-9a-f.:]+ ' + [regex]::Escape($name) + ' # natloop\\r?(\\n|\\z)'\n" \
	"$rest = [regex]::Replace($rest, $own, '')\n" \
	"$new = ''\n" \
	"if (-not $Remove) {\n" \
	"\t$number = 0\n" \
	"\tforeach ($line in $rest.Split(\"`n\")) {\n" \
	"\t\t$number++\n" \
	"\t\t$words = @(($line -replace '#.*', '').Trim() -split '\\s+')\n" \
	"\t\tif ($words.Count -gt 1 -and $addresses -notcontains $words[0] -and\n" \
	"\t\t\t$words[1..($words.Count - 1)] -contains $name) {\n" \
	"\t\t\tStop-Here \"line $number gives $name another address; delete it there first\"\n" \
	"\t\t}\n" \
	"\t}\n" \
	"\t$end = \"`r`n\"\n" \
	"\tif ($rest -match '^([^\\n]*[^\\r\\n])?\\n') { $end = \"`n\" }\n" \
	"\tforeach ($address in $addresses) { $new += \"$address $name # natloop$end\" }\n" \
	"}\n" \
	"$new = $mark + $new + $rest\n" \
	"if (-not [string]::Equals($new, $before, [StringComparison]::Ordinal)) {\n" \
	"\t# Another file takes its place, with its owner and permissions.\n" \
	"\t[IO.File]::WriteAllBytes(\"$File.natloop-new\", $latin1.GetBytes($new))\n" \
	"\t[IO.File]::Replace(\"$File.natloop-new\", $File, [NullString]::Value)\n" \
	"}\n" \
	"ipconfig /flushdns\n" \
	"if (-not $Remove) {\n" \
	"\t\"$name is $addresses here. Before this computer leaves the house, run this with -Remove.\"\n" \
	"}\n"

/* clang-format on */

#endif
