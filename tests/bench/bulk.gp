# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# TCP throughput as bars. Called by report_plot.py.
load here."/style.gp"
set title "TCP between client and server (iperf3, virtual Ethernet): higher is better"
set ylabel "Gbit/s"
part = 0
scale = 1e9
load here."/bars.gp"
