# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs the tests of the script that calls it, and counts them as scripts/test.sh does."""

import sys
import unittest


def main() -> int:
    """Those of __main__ whose names contain one of the arguments; all of them without any."""
    names = sys.argv[1:]
    loader = unittest.defaultTestLoader
    loader.testNamePatterns = [f"*{name}*" for name in names] or None
    suite = loader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(sys.stderr).run(suite)
    failed = len({str(test) for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed")
    return 0 if result.testsRun and not failed else 1
