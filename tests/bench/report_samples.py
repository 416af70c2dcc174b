# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What was measured: samples.jsonl is read and checked, and becomes results.

A result is a dictionary, one for each measure, variant and system, as bench.json has it.
"""

import json
import math
import statistics
from pathlib import Path
from typing import NamedTuple

VERSION = 2  # of bench.json: larger by one when a measure is taken in another way

SYSTEMS = ("xdp-tx", "xdp-rewrite", "natloop-xdp", "natloop-tc", "natloop", "nft", "iptables",
           "direct", "dnsmasq", "unbound")


class Measure(NamedTuple):
    title: str
    better: str  # "more" or "less"
    references: tuple[str, ...]  # systems that the others are set against


MEASURES = {
    "rate": Measure("packets that the router's core took and delivered", "more",
                    ("nft", "xdp-tx", "xdp-rewrite")),
    "new-flows": Measure("new flows", "more", ("nft",)),
    "cost": Measure("what a packet costs over a program that only lets it pass", "less", ()),
    "bulk": Measure("TCP bulk, by iperf3", "more", ("nft", "direct")),
    "cpu": Measure("CPU time of the whole machine for TCP bulk", "less", ("nft", "direct")),
    "latency": Measure("time of a request and its answer", "less", ("nft", "direct")),
    "memory": Measure("memory of the flow table", "less", ("nft",)),
    "dns": Measure("answers to DNS questions, by dnsperf", "more", ("dnsmasq", "unbound")),
    "dns-latency": Measure("time of a DNS answer, 1,000 questions a second", "less",
                           ("dnsmasq", "unbound")),
}

Result = dict  # JSON: its keys are written down in result_of()
Key = tuple[str, str, str]  # measure, variant, system


class BadInput(Exception):
    """One line for the user: what is wrong, and what to do."""


def load_json(path: Path, what: str) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give the file with {what}") from None
    except ValueError as error:
        raise BadInput(f"{path}: not JSON ({error}); give the file with {what}") from None


def text_of(record: dict, key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"'{key}' must be a text that is not empty")
    return value


def check_names(record: dict) -> None:
    text_of(record, "variant")
    if (measure := text_of(record, "measure")) not in MEASURES:
        raise ValueError(f"no measure is named '{measure}'; known are: {' '.join(MEASURES)}")
    if (system := text_of(record, "system")) not in SYSTEMS:
        raise ValueError(f"no system is named '{system}'; known are: {' '.join(SYSTEMS)}")


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def check_record(record: object) -> dict:
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    check_names(record)
    for key in ("note", "skipped"):
        if key in record:
            text_of(record, key)
    if "skipped" in record:
        if "value" in record:
            raise ValueError("a skipped one has no value")
        return record
    text_of(record, "unit")
    if not is_number(record.get("value")):
        raise ValueError("'value' must be a number")
    if not isinstance(record.get("round"), int) or isinstance(record["round"], bool):
        raise ValueError("'round' must be a whole number")
    return record


def key_of(record: dict) -> Key:
    return record["measure"], record["variant"], record["system"]


def add_record(groups: dict[Key, list[dict]], record: dict) -> None:
    group = groups.setdefault(key_of(record), [])
    for other in group if "value" in record else ():
        if "value" not in other:
            continue
        if other["round"] == record["round"]:
            raise ValueError(f"a second value of round {record['round']}")
        if other["unit"] != record["unit"]:
            raise ValueError(f"the unit is '{record['unit']}', and was '{other['unit']}'")
    group.append(record)


def read_samples(path: Path) -> dict[Key, list[dict]]:
    """The records of each measure, variant and system, in the order of their first ones."""
    groups: dict[Key, list[dict]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise BadInput(f"{path}: {reason}; give the file that scripts/bench.sh wrote") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            add_record(groups, check_record(json.loads(line)))
        except ValueError as error:
            raise BadInput(f"{path}:{number}: {error}; mend or remove the line") from None
    if not groups:
        raise BadInput(f"{path}: no sample; run scripts/bench.sh again")
    return groups


def spread_of(values: list[float]) -> float | None:
    """Half of the interquartile range; one value has none."""
    if len(values) < 2:
        return None
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2


def summary_of(values: list[float]) -> dict:
    return {"median": statistics.median(values), "spread": spread_of(values), "n": len(values),
            "values": values}


def ratio_of(over: dict[int, float], under: dict[int, float]) -> dict | None:
    """From the rounds that both have: their ratios, then the median of these."""
    ratios = [over[r] / under[r] for r in over if under.get(r)]
    return summary_of(ratios) if ratios else None


def values_by_round(groups: dict[Key, list[dict]], key: Key) -> dict[int, float]:
    return {r["round"]: float(r["value"]) for r in groups.get(key, ()) if "value" in r}


def unique(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def texts_of(records: list[dict], name: str) -> list[str]:
    """Each text of that name once; with the number of rounds, if it is not about all."""
    texts = [r[name] for r in records if name in r]
    times = {text: texts.count(text) for text in texts}
    return [text if n == len(records) else f"{text} ({n} of {len(records)} rounds)"
            for text, n in times.items()]


def result_of(groups: dict[Key, list[dict]], key: Key) -> Result:
    measure, variant, system = key
    records = groups[key]
    by_round = values_by_round(groups, key)
    result: Result = {"measure": measure, "variant": variant, "system": system}
    result["notes"] = texts_of(records, "note")
    result["skipped"] = texts_of(records, "skipped")
    if not by_round:
        return result
    result["unit"] = next(r["unit"] for r in records if "value" in r)
    result["better"] = MEASURES[measure].better
    result["rounds"] = list(by_round)
    result |= summary_of(list(by_round.values()))
    result["ratio"] = {}
    for reference in MEASURES[measure].references:
        ratio = ratio_of(by_round, values_by_round(groups, (measure, variant, reference)))
        if ratio and reference != system:
            result["ratio"][reference] = ratio
    return result


def results_of(groups: dict[Key, list[dict]]) -> list[Result]:
    order = list(MEASURES)
    keys = sorted(groups, key=lambda key: order.index(key[0]))
    return [result_of(groups, key) for key in keys]


def is_measured(result: Result | None) -> bool:
    return result is not None and "values" in result


def find(results: list[Result], key: Key) -> Result | None:
    return next((r for r in results if key_of(r) == key), None)
