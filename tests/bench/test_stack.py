#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests of scripts/check-stack.py with made-up programs. Ends with "N passed, N failed"."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import tally  # noqa: E402 (the path comes first)

CHECK = Path(__file__).resolve().parents[2] / "scripts" / "check-stack.py"
CLANG = os.environ.get("CLANG", "clang")

# KIND: static or not; a function that is called, and one that calls it.
CALLED = """
KIND __attribute__((noinline)) int NAME(int n)
{
    char room[BYTES];

    asm volatile("" : : "r"(room) : "memory");
    return room[0] + CALL;
}
"""
PROGRAM = """
__attribute__((section("tc"))) int program(int *n)
{
    char room[BYTES];

    asm volatile("" : : "r"(room) : "memory");
    return CALL + room[0];
}
"""


def called(name: str, size: int, call: str = "n", kind: str = "") -> str:
    text = CALLED.replace("NAME", name).replace("KIND", kind)
    return text.replace("BYTES", str(size)).replace("CALL", call)


def program(size: int, call: str) -> str:
    return PROGRAM.replace("BYTES", str(size)).replace("CALL", call)


class StackTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.object = str(Path(directory.name) / "made_up.o")

    def run_check(self, *sources: str) -> subprocess.CompletedProcess:
        subprocess.run([CLANG, "-O2", "--target=bpf", "-mcpu=v3", "-x", "c", "-c", "-",
                        "-o", self.object], input="".join(sources), text=True, check=True)
        return subprocess.run([CHECK, self.object], text=True, capture_output=True)

    def taken(self, *sources: str) -> str:
        result = self.run_check(*sources)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout.removeprefix(f"{self.object}: ")

    def test_steps(self) -> None:
        self.assertEqual(self.taken(program(100, "*n")), "128 bytes of stack: program (100)\n")
        self.assertEqual(self.taken(program(96, "*n")), "96 bytes of stack: program (96)\n")

    def test_a_function_without_stack_takes_a_step(self) -> None:
        leaf = "__attribute__((noinline)) int leaf(int n) { asm volatile(\"\"); return n; }"
        self.assertEqual(self.taken(leaf, program(64, "leaf(*n)")),
                         "96 bytes of stack: program (64) > leaf (0)\n")

    def test_the_deepest_path_counts(self) -> None:
        for kind in "", "static":
            self.assertEqual(
                self.taken(called("b", 160, kind=kind), called("a", 64, "b(n)", kind),
                           called("c", 192, kind=kind), program(64, "a(*n) + c(*n)")),
                "288 bytes of stack: program (64) > a (64) > b (160)\n")

    def test_the_limit(self) -> None:
        self.assertIn("512 bytes", self.taken(called("a", 256), program(256, "a(*n)")))
        result = self.run_check(called("a", 256), program(260, "a(*n)"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("544 bytes of stack: program (260) > a (256)\n", result.stdout)
        self.assertIn("program takes 32 bytes of stack too many\n", result.stdout)

    def test_a_callback_is_not_followed(self) -> None:
        result = self.run_check("""
            static long (*loop)(unsigned int, void *, void *, unsigned long) = (void *)181;
            static long one(unsigned int i, void *data) { return 0; }
            """, program(8, "loop(4, one, 0, 0)"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("program: bpf_loop is not followed", result.stderr)

    def test_what_is_no_object(self) -> None:
        for path, words in (str(CHECK), "no little-endian"), (self.object, "No such file"):
            result = subprocess.run([CHECK, path], text=True, capture_output=True)
            self.assertEqual(result.returncode, 1)
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    sys.exit(tally.main())
