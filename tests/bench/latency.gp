# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The round trip, one picture for each percentile. Called by report_plot.py.
load here."/style.gp"
array percentile[3] = ["half of them take at most (p50)", "99 of 100 take at most (p99)", \
	"999 of 1000 take at most (p99.9)"]
set multiplot layout 3,1 title "A request and its answer: lower is better"
set ylabel "microseconds"
scale = 1
do for [part = 0:2] {
	set title percentile[part + 1]
	load here."/bars.gp"
	unset key
}
unset multiplot
