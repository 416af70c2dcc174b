# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The results as text: the full table, and the short one of the README."""

import textwrap

from report_samples import MEASURES, SYSTEMS, Measure, Result, find, is_measured, unique

WIDTH = 100
CELL = 13
PREFIXES = ((1e9, " G"), (1e6, " M"), (1e3, " k"))

# What the README shows of all this: measure, variant, and what it is called there. One table for
# each system that the others are compared with.
SHORT = {"nft": (
    ("rate", "60B 1 flow", "packets a second, 60 bytes, 1 flow"),
    ("rate", "60B 1000 flows", "the same, 1,000 flows"),
    ("rate", "60B 100000 flows", "the same, 100,000 flows"),
    ("new-flows", "UDP", "new flows a second"),
    ("bulk", "1 stream up", "TCP bulk, 1 stream, bit/s"),
    ("bulk", "8 streams up", "TCP bulk, 8 streams, bit/s"),
    ("cpu", "1 stream up", "CPU seconds for 1 GB, 1 stream"),
    ("latency", "UDP idle p50", "UDP request and answer, median, us"),
    ("latency", "UDP idle p99", "the same, 99th percentile, us"),
    ("latency", "UDP loaded p99", "the same, under load, us"),
    ("memory", "100000 flows", "bytes for each of 100,000 flows"),
), "dnsmasq": (
    ("dns", "A", "DNS answers a second, address"),
    ("dns", "NODATA", "the same, a type that the name has not"),
    ("dns-latency", "A p50", "time of an answer, median, us"),
    ("dns-latency", "A p99", "the same, 99th percentile, us"),
)}


def figure(value: float) -> str:
    """Three digits that count, and a prefix for large ones: 1.43 M."""
    for size, prefix in PREFIXES:
        if abs(value) >= size * 0.9995:
            return digits(value / size) + prefix
    return digits(value)


def digits(value: float) -> str:
    places = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return f"{value:.{places}f}"


def percent(spread: float | None, median: float) -> str:
    return "" if spread is None or not median else f" ±{100 * spread / abs(median):.0f}%"


def systems_in(results: list[Result]) -> list[str]:
    present = {r["system"] for r in results}
    return [s for s in SYSTEMS if s in present]


def most_rounds(results: list[Result]) -> int:
    return max((r["n"] for r in results if is_measured(r)), default=0)


def cell(result: Result | None, rounds: int) -> str:
    """The median and the spread, or from how many of the rounds it is, if not from all."""
    if result is None:
        return "-"
    if not is_measured(result):
        return "skipped"
    if result["n"] < rounds:
        return f"{figure(result['median'])} ({result['n']}/{rounds})"
    return figure(result["median"]) + percent(result["spread"], result["median"])


def ratio_cell(result: Result | None, system: str, reference: str) -> str:
    if not is_measured(result):
        return ""
    if system == reference:
        return "1"
    ratio = result["ratio"].get(reference)
    if not ratio:
        return ""
    return f"x {digits(ratio['median'])}{percent(ratio['spread'], ratio['median'])}"


def row(label: str, label_width: int, cells: list[str]) -> str:
    return (label.ljust(label_width) + "".join(f" {c}".rjust(CELL) for c in cells)).rstrip()


def remarks(results: list[Result]) -> list[str]:
    """Notes and reasons for what was skipped; each text once, with all that it is about."""
    about: dict[str, list[Result]] = {}
    for result in results:
        for text in result["notes"] + [f"skipped: {why}" for why in result["skipped"]]:
            about.setdefault(text, []).append(result)
    lines = []
    for text, those in about.items():
        systems = ", ".join(unique([r["system"] for r in those]))
        variants = ", ".join(unique([f'"{r["variant"]}"' for r in those]))
        lines += textwrap.wrap(f"{systems}, {variants}: {text}", WIDTH - 4,
                               initial_indent="  * ", subsequent_indent="    ")
    return lines


def units_in(results: list[Result]) -> str:
    return " | ".join(unique([r["unit"] for r in results if is_measured(r)]))


def block(name: str, measure: Measure, results: list[Result]) -> list[str]:
    systems = systems_in(results)
    variants = unique([r["variant"] for r in results])
    width = max(9, *map(len, variants)) + 1
    rounds = most_rounds(results)
    lines = ["", f"{name}: {measure.title}; {units_in(results)}, {measure.better} is better",
             row("", width, systems)]
    for variant in variants:
        found = [find(results, (name, variant, s)) for s in systems]
        lines.append(row(variant, width, [cell(r, rounds) for r in found]))
        for reference in measure.references:
            ratios = [ratio_cell(r, s, reference) for r, s in zip(found, systems)]
            if any(r.startswith("x") for r in ratios):
                lines.append(row(f"/ {reference}".rjust(width - 1), width, ratios))
    return lines + remarks(results)


def target_lines(targets: list[dict]) -> list[str]:
    width = max(len(t["what"]) for t in targets) + 1
    lines = ["", "targets:".ljust(width) + "target".rjust(9) + "measured".rjust(16) + "  verdict"]
    for target in targets:
        seen = "-"
        if "median" in target:
            seen = digits(target["median"]) + percent(target["spread"], target["median"])
        lines.append(f"{target['what']:{width}}{target['target']:>9}{seen:>16}"
                     f"  {target['verdict']}")
    return lines


def condition_lines(conditions: dict) -> list[str]:
    width = max(map(len, conditions), default=0)
    lines = []
    for name, value in conditions.items():
        text = value if isinstance(value, str) else str(value)
        lines += textwrap.wrap(text, WIDTH - width - 2, initial_indent=f"{name:{width}}  ",
                               subsequent_indent=" " * (width + 2)) or [name]
    return lines


HOW_TO_READ = """\
Medians over the rounds; ± is half of the interquartile range, in % of the median (one round has
none); (3/7) in its place tells that only 3 of 7 rounds gave a value. Each ratio (x, to the system
named on its line) is the median of the ratios of single rounds, in which the systems were measured
in turn."""


def text_table(bench: dict) -> str:
    results = bench["results"]
    lines = ["natloop benchmark", "", *condition_lines(bench["conditions"]), "", HOW_TO_READ]
    for name, measure in MEASURES.items():
        mine = [r for r in results if r["measure"] == name]
        lines += block(name, measure, mine) if mine else ["", f"{name}: not measured in this run"]
    return "\n".join(lines + target_lines(bench["targets"])) + "\n"


def markdown_cell(result: Result | None, reference: str, rounds: int) -> str:
    if not is_measured(result):
        return "" if result is None else "skipped"
    ratio = result["ratio"].get(reference)
    times = f" ({digits(ratio['median'])}x)" if ratio else ""
    partial = f", {result['n']} of {rounds} rounds" if result["n"] < rounds else ""
    return figure(result["median"]) + times + partial


def short_table(results: list[Result], reference: str) -> list[str]:
    """One row for each that was measured; in brackets the ratio to the reference."""
    known = {(r["measure"], r["variant"]) for r in results}
    wanted = [s for s in SHORT[reference] if s[:2] in known]
    shown = [r for r in results if (r["measure"], r["variant"]) in {s[:2] for s in wanted}]
    systems = systems_in(shown)
    lines = ["| | " + " | ".join(systems) + " |", "|---" * (len(systems) + 1) + "|"]
    for measure, variant, name in wanted:
        rounds = most_rounds([r for r in results if r["measure"] == measure])
        cells = [markdown_cell(find(results, (measure, variant, s)), reference, rounds)
                 for s in systems]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines + ["", f"In brackets: the ratio to {reference}.", ""] if wanted else []


def markdown_table(bench: dict) -> str:
    lines = [line for reference in SHORT for line in short_table(bench["results"], reference)]
    return "\n".join(lines + [markdown_conditions(bench["conditions"])]) + "\n"


def markdown_conditions(conditions: dict) -> str:
    named = [str(conditions[k]) for k in ("date", "kernel", "cpu") if k in conditions]
    return "Measured: " + ", ".join(named) + "."
