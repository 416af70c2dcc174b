# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a packet costs, over the number of flows. Called by report_plot.py.
load here."/style.gp"
set title "What a packet costs over a program that only lets it pass: lower is better"
set xlabel "flows in the table"
set ylabel "ns for each packet"
set logscale x
set format x "%.0s %c"
set yrange [0:*]
unset key
set key inside top left Left reverse vertical samplen 4
dash(i) = 1 + (i - 1) % 4
first_part(s) = substr(s, 1, strstrt(s, ":") - 1)
plot for [i = 1:count] data index i - 1 using 1:2:3 with yerrorlines \
	title name(i) lc rgb system_colour(first_part(name(i))) pt 4 + i dt dash(i) lw 2
