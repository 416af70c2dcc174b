# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Percentiles of the round trip, UDP and TCP, idle and loaded. Called by report_plot.py.
load here."/style.gp"
array part[4] = ["UDP, idle", "UDP, under load", "TCP, idle", "TCP, under load"]
set multiplot layout 2,2 title "Time of a request and its answer, by percentile: lower is better"
set ylabel "microseconds"
set logscale y
set yrange [10:*]
stats data every ::1 using 2 nooutput
set key font ",9" samplen 1
do for [p = 1:4] {
	set title part[p]
	plot for [i = 1:count] data every ::(3 * p - 3)::(3 * p - 1) \
		using 2 * i:2 * i + 1:xtic(1) title name(i) lc rgb system_colour(name(i))
	unset key
}
unset multiplot
