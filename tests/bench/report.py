#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes the report of a benchmark run: bench.json, table.txt, table.md and plots.

What was measured comes as one JSON object a line (see tests/bench/README.md), what it was measured
on as one JSON object. With --compare, the figures are set against those of an older bench.json.
"""

import argparse
import json
import sys
from pathlib import Path

from report_compare import check_bench, compare_table
from report_plot import draw
from report_samples import VERSION, BadInput, load_json, read_samples, results_of
from report_table import markdown_table, text_table
from report_targets import judge


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=Path, required=True, help="JSON objects, one a line")
    parser.add_argument("--conditions", type=Path, required=True, help="one JSON object")
    parser.add_argument("--output", type=Path, required=True, help="directory for the report")
    parser.add_argument("--compare", type=Path, metavar="OLD.json",
                        help="bench.json of another run")
    parser.add_argument("--no-plots", action="store_true", help="do not call gnuplot")
    return parser.parse_args()


def read_bench(samples: Path, conditions: Path) -> dict:
    known = load_json(conditions, "--conditions")
    if not isinstance(known, dict):
        raise BadInput(f"{conditions}: not a JSON object; scripts/bench.sh writes one")
    results = results_of(read_samples(samples))
    return {"version": VERSION, "conditions": known, "results": results, "targets": judge(results)}


def write(directory: Path, name: str, text: str) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{directory / name}: {error.strerror}; "
                       "give another directory with --output") from None


def report(options: argparse.Namespace) -> None:
    # Read first: OLD.json may be the very file that is written again below.
    old = None
    if options.compare:
        old = check_bench(load_json(options.compare, "--compare"), str(options.compare))
    bench = read_bench(options.samples, options.conditions)
    write(options.output, "bench.json", json.dumps(bench, indent=1, ensure_ascii=False) + "\n")
    write(options.output, "table.txt", text_table(bench))
    write(options.output, "table.md", markdown_table(bench))
    print(text_table(bench), end="")
    if old:
        comparison = compare_table(old, bench)
        write(options.output, "compare.txt", comparison)
        print(f"\n{comparison}", end="")
    if not options.no_plots:
        draw(bench["results"], options.output)


def main() -> int:
    try:
        report(arguments())
    except BadInput as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
