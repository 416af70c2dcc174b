# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Two runs set against each other: what got slower, and is it more than noise?

The noise of a run is the way from its lowest to its highest value, times 4.5 / rounds. A figure is
beyond the noise if the medians differ by more than the noises of both runs together, and by more
than 3 %. With fewer than three rounds nobody can tell. For values that differ by chance alone
(normal, uniform or with long tails, 6,000 pairs of runs each) this calls 1 of 500 figures worse
with three rounds, and 1 of 2,000 or fewer with five: a report of 200 figures must not cry wolf.
"""

import statistics
import sys
from pathlib import Path

from report_samples import (MEASURES, VERSION, BadInput, Result, find, is_measured, key_of,
                            load_json)
from report_table import figure

LEAST = 0.03
LEAST_ROUNDS = 3
UNKNOWN = f"unknown: fewer than {LEAST_ROUNDS} rounds"
OURS = ("natloop-xdp", "natloop-tc", "natloop")
HOW = ("Beyond the noise: the medians differ by more than 3 %, and by more than the noise of both\n"
       "runs together (that of a run: lowest to highest value, times 4.5 / rounds).")


def noise_of(values: list[float]) -> float:
    return (max(values) - min(values)) * 4.5 / len(values)


def worsening(old: dict, new: dict, better: str) -> float:
    """By which part of the old median it got worse; negative: better."""
    if not old["median"]:
        return 0.0
    change = (new["median"] - old["median"]) / abs(old["median"])
    return -change if better == "more" else change


def verdict(old: dict, new: dict, worse: float) -> str:
    if min(old["n"], new["n"]) < LEAST_ROUNDS:
        return UNKNOWN
    difference = abs(new["median"] - old["median"])
    noise = noise_of(old["values"]) + noise_of(new["values"])
    if difference <= noise or difference <= LEAST * abs(old["median"]):
        return "noise"
    return "WORSE" if worse > 0 else "better"


def pairs_of(old: Result, new: Result) -> list[tuple[str, dict, dict]]:
    """What can be compared of two results: the figures, and natloop's ratios to other systems."""
    pairs = [(new["system"], old, new)]
    if new["system"] in OURS:
        pairs += [(f"{new['system']} / {other}", old["ratio"][other], ratio)
                  for other, ratio in new["ratio"].items() if other in old["ratio"]]
    return pairs


def compared(old: list[Result], new: list[Result]) -> list[dict]:
    """One row for each figure or ratio that both have, what got worse first."""
    rows = []
    for now in new:
        before = find(old, key_of(now))
        if not is_measured(now) or not is_measured(before) or before["unit"] != now["unit"]:
            continue
        for name, was, is_ in pairs_of(before, now):
            worse = worsening(was, is_, MEASURES[now["measure"]].better)
            rows.append({"name": f"{name}: {now['measure']}, {now['variant']}",
                         "old": was["median"], "new": is_["median"], "worse": worse,
                         "ours": now["system"] in OURS, "verdict": verdict(was, is_, worse)})
    return sorted(rows, key=lambda r: -r["worse"])


def missing(old: list[Result], new: list[Result]) -> list[str]:
    """What only one of the two has."""
    lines = []
    for these, those, where in ((old, new, "old"), (new, old, "new")):
        for result in these:
            if is_measured(result) and not is_measured(find(those, key_of(result))):
                lines.append(f"only in the {where} run: {', '.join(key_of(result))}")
    return lines


def drift_line(rows: list[dict]) -> str:
    """The other systems did not change: how they did tells how the machine did."""
    others = [r["worse"] for r in rows if not r["ours"]]
    if not others:
        return "No other system was measured in both runs, so a drift of the machine is not seen."
    return (f"What is not natloop got {100 * statistics.median(others):+.1f} % worse (median of "
            f"{len(others)} figures): the machine's own drift.")


def change_of(row: dict) -> str:
    return f"{100 * (row['new'] / row['old'] - 1):+.1f} %" if row["old"] else "-"


def different(old: dict, new: dict) -> list[str]:
    """The conditions that the two runs do not have in common."""
    names = [*old, *(name for name in new if name not in old)]
    return [f"{name} differs: {old.get(name, '-')} -> {new.get(name, '-')}"
            for name in names if old.get(name) != new.get(name)]


def last_line(rows: list[dict]) -> str:
    slower = sum(r["verdict"] == "WORSE" for r in rows)
    unknown = sum(r["verdict"] == UNKNOWN for r in rows)
    line = f"{len(rows)} figures compared, {slower} got worse beyond the noise"
    if unknown:
        line += f"; {unknown} could not be judged: fewer than {LEAST_ROUNDS} rounds"
    return line


def compare_table(old: dict, new: dict) -> str:
    rows = compared(old["results"], new["results"])
    lines = ["What changed; what got worse most comes first.", HOW, drift_line(rows), ""]
    if conditions := different(old["conditions"], new["conditions"]):
        lines += [*conditions, ""]
    lines.append(f"{'':57}{'old':>9}{'new':>9}{'change':>10}  verdict")
    for r in rows:
        lines.append(f"{r['name']:57}{figure(r['old']):>9}{figure(r['new']):>9}{change_of(r):>10}"
                     f"  {r['verdict']}")
    lines += missing(old["results"], new["results"])
    lines.append(last_line(rows))
    return "\n".join(lines) + "\n"


def check_bench(bench: object, name: str) -> dict:
    """What another run wrote, or BadInput."""
    try:
        if not isinstance(bench["results"], list) or not isinstance(bench["conditions"], dict):
            raise TypeError
        if bench.get("version") != VERSION:
            raise BadInput(f"{name}: has version {bench.get('version')}, not {VERSION}, and was "
                           "measured in another way; measure its commit again with this benchmark")
        for result in bench["results"]:
            key_of(result)
            if result["measure"] not in MEASURES:
                raise BadInput(f"{name}: no measure is named '{result['measure']}'; "
                               "compare with a run of the same version")
            if is_measured(result):
                for each in (result, *result["ratio"].values()):
                    each["median"] + each["n"] + sum(each["values"]) + len(result["unit"])
    except (KeyError, TypeError):
        raise BadInput(f"{name}: not the bench.json of a run; give one to --compare") from None
    return bench


def main() -> int:
    """Can the file be compared with? So that this is known before a run, not after it."""
    try:
        check_bench(load_json(Path(sys.argv[1]), "--compare"), sys.argv[1])
    except BadInput as error:
        print(f"bench.sh: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
