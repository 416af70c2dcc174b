# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Packet rates as bars; one group for each number of flows. Called by report_plot.py.
load here."/style.gp"
set title "Small packets (60 bytes) that one CPU of the router carries: higher is better"
set ylabel "million packets a second"
part = 0
scale = 1e6
load here."/bars.gp"
