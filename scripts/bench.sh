#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures natloop beside nftables, iptables and what the machine can do at all, and makes a table,
# plots and a file to compare later runs with. tests/bench/README.md says what is measured, and how.

set -euo pipefail
shopt -s extglob
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

ROOT=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
export BUILD=${BUILD:-$ROOT/build}
BENCH=$ROOT/tests/bench
MEASURES=(rate new-flows cost bulk cpu latency memory dns dns-latency)

# PROGRAM=MEASURE[,MEASURE], in the order in which they run.
PROGRAMS=("rate.sh=rate" "new_flows.sh=new-flows" "cost=cost" "bulk.sh=bulk,cpu"
	"latency.sh=latency" "memory.sh=memory" "dns.sh=dns,dns-latency")

# What each is given, by the size of the run.
declare -A QUICK=(
	[rate.sh]="--rounds 3 --seconds 0.5 --only 60B.1(000)?.flow"
	[new_flows.sh]="--rounds 2"
	[cost]="--quick"
	[bulk.sh]="--rounds 2 --seconds 1 --only 1.stream"
	[latency.sh]="--rounds 2 --seconds 0.3"
	[memory.sh]="--rounds 1"
	[dns.sh]="--rounds 2 --seconds 1"
)
declare -A FULL=(
	[rate.sh]="--rounds 7 --seconds 1"
	[new_flows.sh]="--rounds 9"
	[cost]=""
	[bulk.sh]="--rounds 7 --seconds 3"
	[latency.sh]="--rounds 15 --seconds 0.6"
	[memory.sh]="--rounds 3"
	[dns.sh]="--rounds 7 --seconds 2"
)

usage() {
	cat <<-END
		usage: scripts/bench.sh [quick|full] [--only MEASURE[,MEASURE]...] [--rounds N]
		                        [--compare OLD.json] [--output DIR]
		  quick      at most 4 minutes: few rounds, short, few variants (the default)
		  full       at most 40 minutes
		  --only     ${MEASURES[*]}
		  --rounds   of each measure, instead of what quick or full take
		  --compare  tell what got slower since the run that wrote this bench.json
		  --output   directory for the results (build/bench)
		Needs root, and a machine that does nothing else meanwhile.
	END
}

# refuse WHAT...: wrong usage.
refuse() {
	echo "bench.sh: $*; see scripts/bench.sh --help" >&2
	exit 2
}

die() {
	echo "bench.sh: $*" >&2
	exit 1
}

# parse ARGUMENT...: sets size, only, rounds, compare and output.
parse() {
	local measure
	while (($#)); do
		case $1 in
		quick | full) size=$1 ;;
		--only | --rounds | --compare | --output)
			(($# >= 2)) || refuse "$1 needs a value"
			[[ -n $2 ]] || refuse "the value of $1 is empty"
			printf -v "${1#--}" %s "$2"
			shift
			;;
		-h | --help)
			usage
			exit 0
			;;
		*) refuse "'$1' is not understood" ;;
		esac
		shift
	done
	[[ -z $only || $only == *[!,]* ]] || refuse "--only needs the name of a measure"
	for measure in ${only//,/ }; do
		[[ " ${MEASURES[*]} " == *" $measure "* ]] || refuse "no measure is named '$measure'"
	done
	[[ -z $rounds || $rounds =~ ^[1-9][0-9]{0,2}$ ]] ||
		refuse "--rounds takes a number from 1 to 999, not '$rounds'"
	[[ -z $compare || -r $compare ]] || die "$compare: cannot be read; give a run's bench.json"
}

# wanted MEASURE
wanted() {
	[[ -z $only || ",$only," == *",$1,"* ]]
}

# The end of each program's own script takes its networks away; so does its watchdog.
leave() {
	trap '' HUP INT TERM
	[[ -z $child ]] || { kill "$child" && wait "$child"; } 2>/dev/null || true
	[[ -z $dir ]] || rm -rf "$dir"
}

# setting NAME: of the machine's tracking of connections; nothing if there is none.
setting() {
	cat "/proc/sys/net/netfilter/$1" 2>/dev/null || true
}

# What a reader must know to judge the figures; one JSON object.
conditions() {
	local cpu
	cpu=$(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
	jq -n --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg size "$size" \
		--arg kernel "$(uname -r)" --arg cpu "${cpu:-$(uname -m)}" --arg cores "$(nproc)" \
		--arg virtual "$(systemd-detect-virt 2>/dev/null || true)" \
		--arg natloop "$("$BUILD/natloopctl" --version | head -n 1)" \
		--arg commit "$(commit)" \
		--arg nft "$(nft --version)" --arg iptables "$(iptables --version)" \
		--arg iperf3 "$(iperf3 --version | head -n 1)" \
		--arg hooks "natloop-xdp: native XDP on veth, TC behind it; natloop-tc: TC ingress" \
		--arg max "$(setting nf_conntrack_max)" \
		--arg buckets "$(setting nf_conntrack_buckets)" \
		--arg flowtable "none: nft and iptables take each packet through all their hooks" \
		--arg load "$(cut -d ' ' -f 1-3 /proc/loadavg) before the run" \
		'{date: $date, run: $size, kernel: $kernel, cpu: $cpu, cores: $cores,
		virtualisation: $virtual, natloop: $natloop, commit: $commit, nft: $nft,
		iptables: $iptables, iperf3: $iperf3, hooks: $hooks, flowtable: $flowtable, nf_conntrack_max: $max,
		nf_conntrack_buckets: $buckets, MTU: "1500",
		"load average": $load} | with_entries(select(.value != ""))'
}

# The commit, with "-dirty" if the tree has changes.
commit() {
	git -C "$ROOT" -c safe.directory="$ROOT" describe --always --dirty --abbrev=12 2>/dev/null ||
		echo "not a git tree"
}

build() {
	"$ROOT/scripts/install-deps.sh" build test bench
	BPFTOOL=$("$ROOT/scripts/find-bpftool.sh")
	export BPFTOOL
	if ! flock "$ROOT/Makefile" make -C "$ROOT" -j "$(nproc)" all bench-programs \
		>"$dir/make" 2>&1; then
		cat "$dir/make" >&2
		die "the build failed, see above"
	fi
}

# skip_all REASON MEASURE...: for a program that measured nothing.
skip_all() {
	local reason=$1 measure
	shift
	for measure in "$@"; do
		jq -nc --arg m "$measure" --arg why "$reason" \
			'{measure: $m, variant: "all", system: "natloop", skipped: $why}'
	done
}

# remove_results: those of an earlier run, so that none is taken for one of this run.
remove_results() {
	local name pair
	for name in bench.json table.txt table.md samples.jsonl conditions.json compare.txt; do
		rm -f "$output/$name"
	done
	for name in "${MEASURES[@]}"; do
		rm -f "$output/$name".{dat,svg,png}
	done
	for pair in "${PROGRAMS[@]}"; do
		pair=${pair%%=*}
		rm -f "$output/${pair%.sh}.log"
	done
}

# take_samples MEASURE...: from what the program printed, those of the measures that are wanted.
take_samples() {
	local strange
	strange=$(jq -nR '[inputs | select(test("\\S")) | [fromjson? | objects] | select(. == [])] |
		length' "$dir/samples")
	((strange == 0)) ||
		echo "bench.sh: $*: lines that are not JSON objects, and were left out: $strange" >&2
	jq -cR --arg only "${only:-${MEASURES[*]}}" \
		'fromjson? | objects | select(.measure as $m | $only | split("[ ,]"; "") | index($m))' \
		"$dir/samples" >>"$output/samples.jsonl"
}

# run_program PROGRAM MEASURE...: what it printed, of the measures that are wanted, is added to
# samples.jsonl, also if it failed on the way.
run_program() {
	local program=$1 path=$BENCH/$1 options status=0 begin=$SECONDS
	shift
	[[ -e $path ]] || path=$BUILD/tests/bench/$program
	if [[ ! -e $path ]]; then
		skip_all "there is no $program" "$@" >>"$output/samples.jsonl"
		return
	fi
	if [[ $size == quick ]]; then
		options=${QUICK[$program]}
	else
		options=${FULL[$program]}
	fi
	[[ -z $rounds ]] || options="${options/--rounds +([0-9])/} --rounds $rounds"
	echo "bench.sh: $* ..." >&2
	read -ra options <<<"$options"
	# Ends with us, even if we are killed.
	setpriv --pdeathsig TERM -- "$path" "${options[@]}" >"$dir/samples" 2>"$dir/log" </dev/null &
	child=$!
	wait "$child" || status=$?
	child=
	cp "$dir/log" "$output/${program%.sh}.log"
	take_samples "$@"
	echo "bench.sh: $*: $((SECONDS - begin)) s" >&2
	((status != 0)) || return 0
	failures=$((failures + 1))
	tail -n 3 "$dir/log" >&2
	skip_all "the program ended with status $status: $(tail -n 1 "$dir/log")" "$@" \
		>>"$output/samples.jsonl"
}

run_all() {
	local pair program measures measure
	for pair in "${PROGRAMS[@]}"; do
		program=${pair%%=*}
		measures=()
		pair=${pair#*=}
		for measure in ${pair//,/ }; do
			! wanted "$measure" || measures+=("$measure")
		done
		((${#measures[@]} == 0)) || run_program "$program" "${measures[@]}"
	done
}

size=quick only='' rounds='' compare='' output=$BUILD/bench
child='' dir='' failures=0
parse "$@"
((EUID == 0)) || die "network namespaces need root: run 'sudo scripts/bench.sh'"
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
dir=$(mktemp -d)
mkdir -p "$output" 2>"$dir/mkdir" || die "$output: cannot be made; give another with --output"
build
if [[ -n $compare ]]; then
	python3 -B "$BENCH/report_compare.py" "$compare" || exit 1
	cp "$compare" "$dir/old.json" # it may be the one that this run writes again
fi
remove_results
: >"$output/samples.jsonl"
conditions >"$output/conditions.json"
run_all
report=(--samples "$output/samples.jsonl" --conditions "$output/conditions.json" --output "$output")
[[ -z $compare ]] || report+=(--compare "$dir/old.json")
python3 "$BENCH/report.py" "${report[@]}"
((failures == 0)) || die "$failures programs failed, see above and the logs in $output"
