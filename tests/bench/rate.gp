# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Packet rates as bars; one group for each number of flows. Called by report_plot.py.
load here."/style.gp"
set title "Small packets (60 bytes) that one CPU of the router carries: higher is better"
set ylabel "million packets a second"
set yrange [0:*]
plot for [i = 1:count] data using (column(2 * i) / 1e6):(column(2 * i + 1) / 1e6):xtic(1) \
	title name(i) lc rgb system_colour(name(i))
