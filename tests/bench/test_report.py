#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests of report.py with made-up samples. Ends with "N passed, N failed"; NAMEs choose some."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import tally  # noqa: E402 (the path comes first)
from made_up import CONDITIONS, samples  # noqa: E402
from report_compare import OURS  # noqa: E402
from report_samples import find  # noqa: E402
from report_table import figure  # noqa: E402

HIT = {"measure": "rate", "variant": "60B 1 flow", "unit": "packets/s"}


def sample(system: str, number: int, value: float, **more: object) -> dict:
    return HIT | {"system": system, "round": number, "value": value} | more


def scaled(records: list[dict], factor: float, systems: tuple[str, ...]) -> list[dict]:
    """The same run, with these systems' packet rates changed."""
    return [r | {"value": r["value"] * factor}
            if r["measure"] == "rate" and r["system"] in systems else r for r in records]


class ReportTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = Path(directory.name)
        (self.dir / "conditions.json").write_text(json.dumps(CONDITIONS))

    def run_text(self, text: str, *options: str,
                 output: str = "out") -> subprocess.CompletedProcess:
        (self.dir / "samples.jsonl").write_text(text)
        command = [sys.executable, str(HERE / "report.py"), "--samples", "samples.jsonl",
                   "--conditions", "conditions.json", "--output", output, *options]
        return subprocess.run(command, cwd=self.dir, capture_output=True, text=True, check=False)

    def report(self, records: list[dict], *options: str, output: str = "out") -> dict:
        """What bench.json holds; what was printed is in self.printed."""
        text = "".join(json.dumps(r) + "\n" for r in records)
        done = self.run_text(text, *(options or ("--no-plots",)), output=output)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.printed = done.stdout
        return json.loads((self.dir / output / "bench.json").read_text())

    def refused(self, text: str, wanted: str, *options: str) -> None:
        done = self.run_text(text, *(options or ("--no-plots",)))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(wanted, done.stderr)
        self.assertIn(";", done.stderr)  # what to do about it
        self.assertEqual(done.stdout, "")

    def compare(self, old: list[dict], new: list[dict]) -> list[str]:
        """The lines of the comparison that speak of figures."""
        self.report(old, output="old")
        self.report(new, "--no-plots", "--compare", "old/bench.json")
        text = (self.dir / "out" / "compare.txt").read_text()
        self.assertIn(text, self.printed)
        return [line for line in text.splitlines() if " %  " in line]


class Statistics(ReportTest):
    def test_median_spread_and_values(self) -> None:
        bench = self.report([sample("nft", n, v) for n, v in enumerate((5, 1, 4, 2, 3), 1)])
        result = bench["results"][0]
        self.assertEqual(result["values"], [5, 1, 4, 2, 3])
        self.assertEqual((result["median"], result["spread"], result["n"]), (3, 1, 5))

    def test_ratio_is_that_of_rounds(self) -> None:
        """The machine gets faster: the ratio of each round is 2 all the same."""
        records = [sample(s, n, v * 10.0 ** n) for n in (1, 2, 3)
                   for s, v in (("nft", 1), ("natloop-tc", 2))]
        ratio = find(self.report(records)["results"], ("rate", "60B 1 flow", "natloop-tc"))["ratio"]
        self.assertEqual(ratio, {"nft": {"median": 2, "spread": 0, "n": 3, "values": [2, 2, 2]}})

    def test_ratio_takes_only_rounds_that_both_have(self) -> None:
        records = [sample("nft", 1, 1.0), sample("nft", 2, 2.0), sample("natloop-tc", 2, 6.0),
                   sample("natloop-tc", 3, 1000.0)]
        ratio = find(self.report(records)["results"], ("rate", "60B 1 flow", "natloop-tc"))["ratio"]
        self.assertEqual((ratio["nft"]["median"], ratio["nft"]["n"]), (3, 1))

    def test_one_round_has_no_spread(self) -> None:
        bench = self.report(samples(rounds=1))
        self.assertTrue(all(r["spread"] is None for r in bench["results"]))
        row = next(line for line in self.printed.splitlines() if line.startswith("60B 1 flow"))
        self.assertNotIn("±", row)

    def test_division_by_nothing(self) -> None:
        bench = self.report([sample("nft", 1, 0), sample("natloop-tc", 1, 5)])
        self.assertEqual([r["ratio"] for r in bench["results"]], [{}, {}])

    def test_figures_have_three_digits(self) -> None:
        wanted = {0: "0.00", 9.994: "9.99", 9.996: "10.0", 99.96: "100", 1000: "1.00 k",
                  999.9: "1.00 k", 1.4349e6: "1.43 M", 1.25e10: "12.5 G", -0.51: "-0.51"}
        self.assertEqual({v: figure(v) for v in wanted}, wanted)


class Tables(ReportTest):
    def test_whole_run(self) -> None:
        bench = self.report(samples())
        self.assertEqual(self.printed, (self.dir / "out" / "table.txt").read_text())
        self.assertLessEqual(max(map(len, self.printed.splitlines())), 100)
        self.assertEqual(bench["conditions"], CONDITIONS)
        for text in ("6.18", "made up", "rate:", "latency:", "memory:", "targets:"):
            self.assertIn(text, self.printed)

    def test_targets(self) -> None:
        values = {"xdp-tx": 100.0, "natloop-xdp": 93.0, "nft": 13.5}
        bench = self.report([sample(s, 1, v) for s, v in values.items()])
        verdicts = {t["what"]: t["verdict"] for t in bench["targets"]}
        self.assertEqual(verdicts["rate, 60B 1 flow: natloop-xdp / xdp-tx"], "met")
        self.assertEqual(verdicts["rate, 60B 1 flow: natloop-xdp / nft"], "NOT met")
        self.assertEqual(verdicts["rate, 60B 1 flow: natloop-tc / nft"], "not measured")
        self.assertEqual(verdicts["memory, 10000 flows: natloop"], "not measured")

    def test_target_of_two_variants(self) -> None:
        cost = {"measure": "cost", "system": "natloop-xdp", "unit": "ns", "round": 1}
        bench = self.report([cost | {"variant": "UDP to server, 1 flow", "value": 40},
                             cost | {"variant": "UDP to server, 1000000 flows", "value": 104}])
        target = next(t for t in bench["targets"] if t["what"].startswith(
            "cost, UDP to server, 1000000"))
        self.assertEqual((target["median"], target["verdict"]), (2.6, "NOT met"))

    def test_skipped_says_why(self) -> None:
        records = samples() + [{"measure": "bulk", "variant": "1 stream up", "system": "xdp-tx",
                                "skipped": "it does not forward"}]
        self.report(records)
        self.assertIn('xdp-tx, "1 stream up": skipped: it does not forward', self.printed)

    def test_skipped_in_one_round_only(self) -> None:
        records = [sample("nft", 1, 5.0), HIT | {"system": "nft", "skipped": "out of memory"}]
        result = self.report(records)["results"][0]
        self.assertEqual((result["n"], result["skipped"]), (1, ["out of memory (1 of 2 rounds)"]))
        self.assertIn("skipped: out of memory (1 of 2 rounds)", self.printed)

    def test_fewer_rounds_than_the_others(self) -> None:
        records = [sample(s, n, 1.43e6) for s in ("xdp-tx", "nft") for n in (1, 2, 3)
                   if (s, n) != ("nft", 2)]
        self.report(records + [HIT | {"system": "nft", "skipped": "the generator was the limit"}])
        row = next(line for line in self.printed.splitlines() if line.startswith("60B 1 flow"))
        self.assertEqual(row.split()[3:], ["1.43", "M", "±0%", "1.43", "M", "(2/3)"])
        self.assertIn("the generator was the limit (1 of 3 rounds)", self.printed)
        self.assertIn("1.43 M, 2 of 3 rounds |", (self.dir / "out" / "table.md").read_text())

    def test_everything_skipped(self) -> None:
        self.report([HIT | {"system": "nft", "skipped": "no veth here"}], "--output", "out")
        self.assertIn("skipped: no veth here", self.printed)

    def test_note_is_shown_once(self) -> None:
        self.report([sample("nft", n, 1.0, note="the wire was full") for n in (1, 2, 3)])
        self.assertEqual(self.printed.count("the wire was full"), 1)
        self.report([sample("nft", 1, 1.0, note="the wire was full"), sample("nft", 2, 1.0)])
        self.assertIn("the wire was full (1 of 2 rounds)", self.printed)

    def test_missing_system_and_measure(self) -> None:
        self.report([r for r in samples() if r["system"] != "nft" and r["measure"] != "cpu"])
        self.assertIn("cpu: not measured in this run", self.printed)
        self.assertNotIn("/ nft  ", self.printed.partition("targets:")[0])

    def test_markdown(self) -> None:
        self.report(samples())
        text = (self.dir / "out" / "table.md").read_text()
        for reference, least in (("nft", 8), ("dnsmasq", 6)):
            part, _, text = text.partition(f"In brackets: the ratio to {reference}.")
            rows = [line for line in part.splitlines() if line.startswith("|")]
            self.assertEqual({row.count("|") for row in rows}, {rows[0].count("|")})
            self.assertGreaterEqual(len(rows), least)
            self.assertIn("x)", part)
        self.assertTrue(text.strip().startswith("Measured: "))

    def test_plots(self) -> None:
        self.report(samples(), "--output", "out")
        for plot in ("rate", "bulk", "latency", "cost"):
            svg = (self.dir / "out" / f"{plot}.svg").read_text()
            self.assertIn("is better", svg)
            self.assertTrue((self.dir / "out" / f"{plot}.png").read_bytes().startswith(b"\x89PNG"))


class Compare(ReportTest):
    def test_same_run(self) -> None:
        lines = self.compare(samples(), samples())
        self.assertTrue(lines)
        self.assertTrue(all(line.endswith("noise") for line in lines))
        self.assertIn(" 0 got worse beyond the noise", self.printed)

    def test_noise_alone_is_never_slower(self) -> None:
        for seed in range(2, 6):
            lines = self.compare(samples(noise=0.05), samples(noise=0.05, seed=seed))
            self.assertEqual([line for line in lines if line.endswith("WORSE")], [])

    def test_slower_ones_come_first(self) -> None:
        lines = self.compare(samples(), scaled(samples(seed=2), 0.8, OURS))
        worse = [line for line in lines if line.endswith("WORSE")]
        self.assertEqual(lines[:len(worse)], worse)
        # 9 rates of natloop-xdp, and of natloop-tc, and the ratio of each to nft, xdp-tx and
        # xdp-rewrite
        self.assertEqual(len(worse), 18 * 4)
        self.assertTrue(all("natloop" in line and "rate" in line for line in worse))
        self.assertIn(f" {18 * 4} got worse beyond the noise", self.printed)

    def test_ratios_see_through_drift(self) -> None:
        """Each round is slow or fast for all systems; natloop alone got 10 % slower."""
        old = [sample(s, n, v * (1 + n % 3)) for n in range(1, 7)
               for s, v in (("nft", 10.0), ("natloop-tc", 20.0))]
        lines = self.compare(old, scaled(old, 0.9, OURS))
        self.assertEqual([line.split(":")[0] for line in lines if line.endswith("WORSE")],
                         ["natloop-tc / nft"])

    def test_faster_is_not_slower(self) -> None:
        lines = self.compare(samples(), scaled(samples(seed=2), 1.3, OURS))
        self.assertEqual(sum(line.endswith("better") for line in lines), 18 * 4)
        self.assertIn(" 0 got worse beyond the noise", self.printed)

    def test_drift_of_the_machine(self) -> None:
        records = [r for r in samples(noise=0) if r["measure"] == "rate"]
        self.compare(records, scaled(records, 0.9, ("nft", "iptables", "xdp-tx", "xdp-rewrite")))
        self.assertIn("What is not natloop got +10.0 % worse", self.printed)

    def test_one_round_is_never_judged(self) -> None:
        lines = self.compare(samples(rounds=1), scaled(samples(rounds=1), 0.5, OURS))
        self.assertTrue(all("fewer than 3 rounds" in line for line in lines))
        self.assertTrue(self.printed.endswith(
            f"\n{len(lines)} figures compared, 0 got worse beyond the noise; "
            f"{len(lines)} could not be judged: fewer than 3 rounds\n"))

    def test_only_some_can_be_judged(self) -> None:
        old = [sample("nft", n, 10.0) for n in (1, 2, 3)]
        old += [sample("iptables", n, 10.0) for n in (1, 2)]
        self.compare(old, scaled(old, 0.5, ("nft", "iptables")))
        self.assertTrue(self.printed.endswith("\n2 figures compared, 1 got worse beyond the noise; "
                                              "1 could not be judged: fewer than 3 rounds\n"))

    def test_conditions_that_differ(self) -> None:
        records = [sample("nft", n, 1.0) for n in (1, 2, 3)]
        self.compare(records, records)
        self.assertNotIn(" differs: ", self.printed)
        self.report(records, output="old")
        (self.dir / "conditions.json").write_text(
            json.dumps(CONDITIONS | {"kernel": "6.19", "run": "quick"}))
        self.report(records, "--no-plots", "--compare", "old/bench.json")
        self.assertIn("\nkernel differs: 6.18 -> 6.19\nrun differs: - -> quick\n", self.printed)
        self.assertNotIn("cpu differs", self.printed)

    def test_another_version(self) -> None:
        records = [sample("nft", n, 1.0) for n in (1, 2, 3)]
        old = self.report(records)
        for version in (1, None):
            (self.dir / "old.json").write_text(json.dumps(old | {"version": version}))
            self.refused(json.dumps(records[0]), f"old.json: has version {version}, not 2",
                         "--compare", "old.json")
            done = subprocess.run([sys.executable, str(HERE / "report_compare.py"), "old.json"],
                                  cwd=self.dir, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))

    def test_what_only_one_has(self) -> None:
        self.compare(samples(), [r for r in samples() if r["measure"] != "new-flows"])
        self.assertIn("only in the old run: new-flows, UDP, nft", self.printed)

    def test_with_itself(self) -> None:
        self.report(samples())
        self.report(samples(seed=2), "--no-plots", "--compare", "out/bench.json")
        self.assertIn("figures compared", self.printed)

    def test_bad_old_run(self) -> None:
        good = json.dumps(sample("nft", 1, 1.0))
        self.refused(good, "gone.json: No such file", "--compare", "gone.json")
        for text in ("{", "[]", '{"results": [{}], "conditions": {}, "version": 2}',
                     '{"results": 5}', '{"results": [], "version": 2}'):
            (self.dir / "old.json").write_text(text)
            self.refused(good, "old.json: ", "--compare", "old.json")
        (self.dir / "old.json").write_text(
            '{"version": 2, "conditions": {},'
            ' "results": [{"measure": "speed", "variant": "", "system": ""}]}')
        self.refused(good, "old.json: no measure is named 'speed'", "--compare", "old.json")


class BadInput(ReportTest):
    def test_bad_lines_are_named(self) -> None:
        good = json.dumps(sample("nft", 1, 1.0))
        for bad in ("{", "5", '"text"', "[]", "NaN"):
            self.refused(f"{good}\n\n{bad}\n", "samples.jsonl:3: ")

    def test_bad_records(self) -> None:
        changes = {"no measure is named 'speed'": {"measure": "speed"},
                   "no system is named 'ipfw'": {"system": "ipfw"},
                   "'variant' must be": {"variant": ""}, "'unit' must be": {"unit": None},
                   "'value' must be": {"value": "fast"}, "'round' must be": {"round": 1.5},
                   "'note' must be": {"note": 5}, "a skipped one has no value": {"skipped": "why"}}
        for wanted, change in changes.items():
            self.refused(json.dumps(sample("nft", 1, 1.0) | change), f"samples.jsonl:1: {wanted}")
        for value in ("NaN", "Infinity", "true"):
            line = json.dumps(sample("nft", 1, 1.5)).replace("1.5", value)
            self.refused(line, "'value' must be a number")

    def test_two_values_of_a_round(self) -> None:
        lines = [json.dumps(sample("nft", 1, v)) for v in (1.0, 2.0)]
        self.refused("\n".join(lines), "samples.jsonl:2: a second value of round 1")

    def test_two_units(self) -> None:
        lines = [json.dumps(sample("nft", 1, 1.0)), json.dumps(sample("nft", 2, 1.0, unit="kpps"))]
        self.refused("\n".join(lines), "samples.jsonl:2: the unit is 'kpps'")

    def test_no_sample(self) -> None:
        self.refused("\n", "samples.jsonl: no sample")

    def test_bad_conditions(self) -> None:
        good = json.dumps(sample("nft", 1, 1.0))
        (self.dir / "conditions.json").write_text("[]")
        self.refused(good, "conditions.json: not a JSON object")
        (self.dir / "conditions.json").unlink()
        self.refused(good, "conditions.json: No such file")

    def test_bad_output(self) -> None:
        (self.dir / "out").write_text("a file")
        self.refused(json.dumps(sample("nft", 1, 1.0)), "out")


if __name__ == "__main__":
    sys.exit(tally.main())
