# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The plots: data files for gnuplot in the report's directory, and what *.gp draws of them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from report_samples import SYSTEMS, Result, find, is_measured

HERE = Path(__file__).resolve().parent
SIZES = {"svg": "svg size 900,{height} background '#ffffff' font 'sans-serif,15'",
         "png": "pngcairo size 900,{height} background '#ffffff' font 'sans-serif,11'"}

BETWEEN_BLOCKS = "\n\n\n"  # what gnuplot calls an index
BULK = ("1 stream up", "1 stream down", "8 streams up", "8 streams down")
REQUESTS = ("UDP idle", "UDP loaded", "TCP idle", "TCP loaded")

# What a plot calls a group of bars, and its variant; of these, one block for each part of the plot.
Groups = list[tuple[str, str]]
# Plot: its height in pixels and its blocks. It has the name of its measure.
BARS: dict[str, tuple[int, list[Groups]]] = {
    "rate": (480, [[("1 flow", "60B 1 flow"), ("1,000 flows", "60B 1000 flows"),
                    ("100,000 flows", "60B 100000 flows")]]),
    "bulk": (480, [[(v, v) for v in BULK]]),
    "latency": (1000, [[(r, f"{r} {p}") for r in REQUESTS] for p in ("p50", "p99", "p99.9")]),
}


def present(results: list[Result], measure: str, variants: list[str]) -> list[str]:
    """The systems that have a value for one of the variants."""
    return [s for s in SYSTEMS
            if any(is_measured(find(results, (measure, v, s))) for v in variants)]


def columns(result: Result | None) -> list[str]:
    if not is_measured(result):
        return ["NaN", "NaN"]
    return [f"{result['median']:.6g}", f"{result['spread'] or 0:.6g}"]


def bar_data(results: list[Result], measure: str, groups: Groups, systems: list[str]) -> str:
    """One line a group: its name, then median and spread of each system."""
    lines = []
    for name, variant in groups:
        cells = [c for s in systems for c in columns(find(results, (measure, variant, s)))]
        lines.append(" ".join([f'"{name}"', *cells]))
    return "\n".join(lines)


def cost_data(results: list[Result]) -> tuple[list[str], str]:
    """Series of cost over the number of flows, each a block of its own."""
    series: dict[str, list[tuple[int, Result]]] = {}
    for result in results:
        found = re.fullmatch(r"(.*), (\d+) flows?", result["variant"])
        if result["measure"] == "cost" and is_measured(result) and found:
            name = f"{result['system']}: {found[1]}"
            series.setdefault(name, []).append((int(found[2]), result))
    series = {name: points for name, points in series.items() if len(points) > 1}
    blocks = []
    for points in series.values():
        points.sort(key=lambda p: p[0])
        blocks.append("\n".join(" ".join([str(flows), *columns(r)]) for flows, r in points))
    return list(series), BETWEEN_BLOCKS.join(blocks) + "\n"


def gnuplot(plot: str, directory: Path, height: int, names: list[str]) -> None:
    for suffix, terminal in SIZES.items():
        settings = (f"data='{plot}.dat'; names='{'|'.join(names)}'; here='{HERE}'; "
                    f"set terminal {terminal.format(height=height)}; set output '{plot}.{suffix}'")
        done = subprocess.run(["gnuplot", "-e", settings, str(HERE / f"{plot}.gp")], cwd=directory,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"report.py: {plot}.{suffix}: gnuplot failed: {done.stderr.strip()}",
                  file=sys.stderr)


def draw_bars(results: list[Result], directory: Path, plot: str) -> None:
    height, blocks = BARS[plot]
    systems = present(results, plot, [variant for block in blocks for _, variant in block])
    if systems:
        data = [bar_data(results, plot, block, systems) for block in blocks]
        (directory / f"{plot}.dat").write_text(BETWEEN_BLOCKS.join(data) + "\n", encoding="utf-8")
        gnuplot(plot, directory, height, systems)


def draw_cost(results: list[Result], directory: Path) -> None:
    names, data = cost_data(results)
    if names:
        (directory / "cost.dat").write_text(data, encoding="utf-8")
        gnuplot("cost", directory, 480, names)


def draw(results: list[Result], directory: Path) -> None:
    """Each plot for which there is something to draw. Without gnuplot there are none."""
    if not shutil.which("gnuplot"):
        print("report.py: gnuplot is missing, so there are no plots; "
              "run scripts/install-deps.sh bench", file=sys.stderr)
        return
    for plot in BARS:
        draw_bars(results, directory, plot)
    draw_cost(results, directory)
