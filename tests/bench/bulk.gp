# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# TCP throughput as bars. Called by report_plot.py.
load here."/style.gp"
set title "TCP between client and server (iperf3, virtual Ethernet): higher is better"
set ylabel "Gbit/s"
set yrange [0:*]
plot for [i = 1:count] data using (column(2 * i) / 1e9):(column(2 * i + 1) / 1e9):xtic(1) \
	title name(i) lc rgb system_colour(name(i))
