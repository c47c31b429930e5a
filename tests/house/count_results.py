#!/usr/bin/env python3
"""Prints 'N passed, N failed[, N skipped]' for the test logs of build folders: count_results.py BUILD...

./run test writes two logs: tests.log, what CTest printed, and outputs.log, what the tests printed. A GoogleTest program that
runs in parts (`policy_test.2_of_4`) counts as its tests, everything else as one test.
"""
import collections
import pathlib
import re
import sys

RESULT = re.compile(r"Test +#\d+: (\S+) \.*\s*(Passed|\*\*\*\w+)")
PART = re.compile(r"\.\d+_of_\d+$")
RAN = re.compile(r"^\[=+\] (\d+) tests? from .* ran\.", re.MULTILINE)
COUNTS = {"passed": re.compile(r"^\[  PASSED  \] (\d+) tests?\.", re.MULTILINE), "skipped": re.compile(r"^\[  SKIPPED \] (\d+) tests?", re.MULTILINE)}


def count_part(output, passed):
    """Returns the counts of one part of a GoogleTest program; a crash counts as one failed test."""
    ran = RAN.search(output)
    if not ran:
        return collections.Counter(failed=1)
    counts = collections.Counter()
    for name, pattern in COUNTS.items():
        found = pattern.search(output)
        counts[name] = int(found[1]) if found else 0
    counts["failed"] = int(ran[1]) - counts["passed"] - counts["skipped"]
    if not passed and not counts["failed"]:
        counts["failed"] = 1  # all tests passed, and then the program crashed
    return counts


def count(build):
    """Returns the counts of a build folder; without logs, because its build failed, one failed test."""
    if not (build / "outputs.log").exists():
        return collections.Counter(failed=1)
    outputs = {}
    for section in re.split(r"^\d+/\d+ Test: ", (build / "outputs.log").read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE)[1:]:
        name, _, output = section.partition("\n")
        outputs[name.strip()] = output
    counts = collections.Counter()
    for name, result in RESULT.findall((build / "tests.log").read_text(encoding="utf-8", errors="replace")):
        if PART.search(name):
            counts += count_part(outputs.get(name, ""), result == "Passed")
        else:
            counts["passed" if result == "Passed" else "skipped" if result == "***Skipped" else "failed"] += 1
    return counts


def main():
    total = sum((count(pathlib.Path(build)) for build in sys.argv[1:]), collections.Counter())
    print(f"{total['passed']} passed, {total['failed']} failed" + (f", {total['skipped']} skipped" if total["skipped"] else ""))
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
