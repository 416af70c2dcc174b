# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One group of bars for each line of the data's block number "part", with a bar for each system; its
# median, divided by "scale", stands above it. Loaded by the other files, after style.gp.
wide = 0.88 / count
at(i) = column(0) + (i - (count + 1) / 2.0) * wide
median(i) = column(2 * i) / scale
spread(i) = column(2 * i + 1) / scale
digits(v) = v < 9.995 ? sprintf("%.2f", v) : v < 99.95 ? sprintf("%.1f", v) : sprintf("%.0f", v)
set boxwidth wide * 0.94
set autoscale
stats data index part using 0 nooutput
set xrange [-0.6:STATS_max + 0.6]
set offsets 0, 0, graph 0.08, 0
set yrange [0:*]
plot for [i = 1:count] data index part using (at(i)):(median(i)) with boxes \
		lc rgb system_colour(name(i)) title name(i), \
	for [i = 1:count] data index part using (at(i)):(median(i) - spread(i)):(0):(2 * spread(i)) \
		with vectors heads size wide / 8, 90 fixed lc rgb "#222222" notitle, \
	for [i = 1:count] data index part using (at(i)):(median(i) + spread(i)):(digits(median(i))) \
		with labels font ",9" offset 0, 0.6 notitle, \
	data index part using (column(0)):(0):xtic(1) with points pt -1 notitle
