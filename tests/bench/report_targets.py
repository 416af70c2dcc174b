# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What was aimed at, and whether it was met."""

from typing import NamedTuple

from report_samples import Result, find, is_measured, ratio_of

FEW_FLOWS = ("60B 1 flow", "60B 1000 flows")
HITS = ("UDP to server", "UDP to client", "TCP to server", "TCP to client")
BULK = ("1 stream up", "1 stream down", "8 streams up", "8 streams down")
LATENCY = tuple(f"{protocol} {load} {percentile}" for protocol in ("UDP", "TCP")
                for load in ("idle", "loaded") for percentile in ("p50", "p99"))
MEMORY = ("10000 flows", "100000 flows", "1000000 flows")


class Target(NamedTuple):
    measure: str
    variant: str
    system: str
    over: str  # another system: the ratio counts. None: the figure itself
    over_variant: str  # another variant of the same system: the ratio counts
    relation: str  # ">=" or "<="
    limit: float


def over_system(measure: str, variants: tuple[str, ...], system: str, other: str, relation: str,
                limit: float) -> list[Target]:
    return [Target(measure, v, system, other, "", relation, limit) for v in variants]


def at_most(measure: str, variants: tuple[str, ...], system: str, limit: float) -> list[Target]:
    return [Target(measure, v, system, "", "", "<=", limit) for v in variants]


def many_flows(system: str) -> list[Target]:
    return [Target("cost", f"{hit}, 1000000 flows", system, "", f"{hit}, 1 flow", "<=", 2.5)
            for hit in HITS]


TARGETS = [
    *over_system("rate", FEW_FLOWS[:1], "natloop-xdp", "xdp-tx", ">=", 0.93),
    *over_system("rate", FEW_FLOWS[1:], "natloop-xdp", "xdp-tx", ">=", 0.90),
    *over_system("rate", FEW_FLOWS, "natloop-xdp", "nft", ">=", 7),
    *over_system("rate", FEW_FLOWS, "natloop-tc", "nft", ">=", 1.5),
    *at_most("cost", ("UDP to server, 1 flow", "UDP to client, 1 flow"), "natloop-xdp", 55),
    *at_most("cost", ("unrelated, to the Internet", "unrelated, to a LAN host"), "natloop-xdp", 10),
    *over_system("new-flows", ("UDP",), "natloop-xdp", "nft", ">=", 4),
    *many_flows("natloop-xdp"),
    *over_system("bulk", BULK, "natloop-tc", "nft", ">=", 1.0),
    *over_system("bulk", BULK, "natloop-tc", "direct", ">=", 0.9),
    *over_system("latency", LATENCY, "natloop-xdp", "nft", "<=", 1.0),
    *over_system("latency", LATENCY, "natloop-tc", "nft", "<=", 1.0),
    *at_most("memory", MEMORY, "natloop", 400),
]


def measured(results: list[Result], target: Target) -> dict | None:
    """Median, spread and n of what the target is about."""
    result = find(results, (target.measure, target.variant, target.system))
    if not is_measured(result):
        return None
    if target.over:
        return result["ratio"].get(target.over)
    if not target.over_variant:
        return result
    base = find(results, (target.measure, target.over_variant, target.system))
    if not is_measured(base):
        return None
    return ratio_of(dict(zip(result["rounds"], result["values"])),
                    dict(zip(base["rounds"], base["values"])))


def name_of(target: Target) -> str:
    name = f"{target.measure}, {target.variant}: {target.system}"
    if target.over:
        return f"{name} / {target.over}"
    if target.over_variant:
        return f"{name} / {target.over_variant.rpartition(', ')[2]}"
    return name


def judged(results: list[Result], target: Target) -> dict:
    row = {"what": name_of(target), "target": f"{target.relation} {target.limit:g}"}
    found = measured(results, target)
    if not found:
        return row | {"verdict": "not measured"}
    figure = found["median"]
    met = figure >= target.limit if target.relation == ">=" else figure <= target.limit
    return row | {"median": figure, "spread": found["spread"],
                  "unit": "" if target.over or target.over_variant else found["unit"],
                  "verdict": "met" if met else "NOT met"}


def judge(results: list[Result]) -> list[dict]:
    return [judged(results, target) for target in TARGETS]
