"""Checks that count_results.py counts what CTest and GoogleTest print."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("count_results.py")
CTEST = """      Start  1: core_test.1_of_2
 1/6 Test  #1: core_test.1_of_2 ..................   Passed    0.30 sec
 2/6 Test  #2: core_test.2_of_2 ..................***Failed    0.31 sec
 3/6 Test  #3: policy_test.1_of_1 ................***Exception: SegFault  0.31 sec
 4/6 Test  #4: files_test ........................   Passed   12.30 sec
 5/6 Test  #5: slurm_test ........................***Skipped   0.10 sec
 6/6 Test  #6: kill_test .........................***Timeout  90.10 sec
"""
OUTPUTS = """1/6 Test: core_test.1_of_2
Output:
[==========] 12 tests from 3 test suites ran. (4 ms total)
[  PASSED  ] 11 tests.
[  SKIPPED ] 1 test.
2/6 Test: core_test.2_of_2
[==========] 12 tests from 3 test suites ran. (4 ms total)
[  PASSED  ] 10 tests.
3/6 Test: policy_test.1_of_1
Segmentation fault
4/6 Test: files_test
[  PASSED  ] 99 tests.
"""


class CountResults(unittest.TestCase):
    def count(self, ctest, outputs):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("tests.log", ctest), ("outputs.log", outputs)):
                (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
            return subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False)

    def test_counts_the_tests_of_programs_that_run_in_parts(self):
        result = self.count(CTEST, OUTPUTS)
        self.assertEqual(result.stdout, "22 passed, 4 failed, 2 skipped\n")
        self.assertEqual(result.returncode, 1)

    def test_a_crash_after_the_last_test_counts(self):
        result = self.count(CTEST.splitlines()[1].replace("   Passed", "***Failed"), OUTPUTS)
        self.assertEqual(result.stdout, "11 passed, 1 failed, 1 skipped\n")

    def test_a_build_without_logs_counts_as_a_failed_test(self):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False)
        self.assertEqual((result.stdout, result.returncode), ("0 passed, 1 failed\n", 1))

    def test_all_passed(self):
        result = self.count(CTEST.splitlines()[4], OUTPUTS)
        self.assertEqual((result.stdout, result.returncode), ("1 passed, 0 failed\n", 0))


if __name__ == "__main__":
    unittest.main()
