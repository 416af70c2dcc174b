# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Samples for test_report.py, with noise that is the same each time."""

import random

FLOWS = (1, 1000, 100000, 1000000)
RATES = {"xdp-tx": 1.7e6, "xdp-rewrite": 1.6e6, "natloop-xdp": 1.5e6, "natloop-tc": 3.1e5,
         "nft": 2.0e5, "iptables": 1.9e5}
BULK = {"natloop-xdp": 1.8e9, "natloop-tc": 1.25e10, "nft": 1.1e10, "iptables": 1.1e10,
        "direct": 1.38e10}
DELAYS = {"natloop-xdp": 33.0, "natloop-tc": 34.0, "nft": 37.0, "iptables": 37.5, "direct": 30.0}
BYTES = {"natloop": 360.0, "nft": 420.0}
COSTS = {"natloop-xdp": 50.0, "natloop-tc": 70.0}
ANSWERS = {"natloop": 1.5e5, "dnsmasq": 4.0e4, "unbound": 5.0e4}


def plural(flows: int) -> str:
    return f"{flows} flow" + "s" * (flows != 1)


def figures() -> list[tuple[str, str, str, float, str]]:
    """All figures without noise: measure, variant, system, value, unit."""
    rows = []
    for system, rate in RATES.items():
        rows += [("rate", f"{size}B {plural(f)}", system, rate / (1 + f / 1e6), "packets/s")
                 for size in (60, 512, 1514) for f in FLOWS[:3]]
        if not system.startswith("xdp-"):
            rows.append(("new-flows", "UDP", system, rate / 5, "flows/s"))
    for system, cost in COSTS.items():
        rows += [("cost", f"UDP to {to}, {plural(f)}", system, cost * (1 + f / 1e6), "ns")
                 for to in ("server", "client") for f in FLOWS]
        rows += [("cost", f"unrelated, to {to}", system, cost / 6, "ns")
                 for to in ("the Internet", "a LAN host")]
    for system, rate in BULK.items():
        for variant in ("1 stream up", "1 stream down", "8 streams up", "8 streams down"):
            rows.append(("bulk", variant, system, rate, "bit/s"))
            rows.append(("cpu", variant, system, 1e10 / rate, "s/GB"))
    for system, delay in DELAYS.items():
        rows += [("latency", f"{protocol} {load} {p}", system, delay * times, "us")
                 for protocol in ("UDP", "TCP") for load in ("idle", "loaded")
                 for p, times in (("p50", 1), ("p99", 2.5), ("p99.9", 7))]
    for system, size in BYTES.items():
        rows += [("memory", plural(f), system, size, "bytes/flow")
                 for f in (10000, 100000, 1000000)]
    for system, rate in ANSWERS.items():
        rows += [("dns", variant, system, rate, "answers/s") for variant in ("A", "NODATA")]
        rows += [("dns-latency", f"A {p}", system, times * 1e6 / rate, "us")
                 for p, times in (("p50", 1), ("p99", 3))]
    return rows


def samples(rounds: int = 5, seed: int = 1, noise: float = 0.02) -> list[dict]:
    """A whole run. Each round is slow or fast as a whole, as machines are."""
    draw = random.Random(seed)
    records = []
    for number in range(1, rounds + 1):
        for measure, variant, system, value, unit in figures():
            value *= 1 + draw.uniform(-noise, noise)
            records.append({"measure": measure, "variant": variant, "system": system,
                            "round": number, "value": value, "unit": unit})
    return records


CONDITIONS = {"date": "2026-01-02", "kernel": "6.18", "cpu": "made up", "cores": 2}
