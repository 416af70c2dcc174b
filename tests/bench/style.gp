# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What all plots share. Each system has its own colour, whichever others are there; the colours can
# be told apart by the colour-blind, and stand on white in GitHub's dark mode, too.
set encoding utf8
set datafile missing "NaN"
set border 3 lc rgb "#444444"
set grid ytics lc rgb "#dddddd" lt 1
set tics nomirror out
set key above left Left reverse horizontal samplen 1.5
set style fill solid 1.0 noborder

# The i-th of the names, which may have blanks.
rest(i, s) = i <= 1 ? s : rest(i - 1, substr(s, strstrt(s, "|") + 1, strlen(s)))
first(s) = strstrt(s, "|") ? substr(s, 1, strstrt(s, "|") - 1) : s
name(i) = first(rest(i, names))
count = 1
do for [i = 1:strlen(names)] { if (substr(names, i, i) eq "|") { count = count + 1 } }

system_colour(s) = s eq "natloop-xdp" ? 0x0072B2 : s eq "natloop-tc" ? 0x56B4E9 : \
	s eq "nft" ? 0xE69F00 : s eq "iptables" ? 0xCC79A7 : s eq "direct" ? 0x999999 : \
	s eq "xdp-rewrite" ? 0x888888 : 0x555555
