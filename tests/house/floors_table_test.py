"""floors_table.py makes README's table of folders from floors.txt, and notices when one of both was changed."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
FLOORS = """\
# floor | folder | what lives there | never
0   | core        | ground | torch
1   | envs        | mazes  | torch
1.2 | envs/maze   | rules  | torch
1.1 | envs/frame  | pixels | torch
1   | policy      | nets   |
2.1 | trainer/ppo | part   |
"""
README = "# Title\n\n<!-- floors -->\nold\n<!-- /floors -->\n\nAfter.\n"
TABLE = """\
| floor | folder | what lives there |
| --- | --- | --- |
| 0 | `core/` | ground |
| 1 | `envs/` | mazes (`frame/`, `maze/`) |
|  | `policy/` | nets |
| 2 | `trainer/` | (`ppo/`) |
"""


class FloorsTable(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "floors.txt").write_text(FLOORS)
        self.readme = self.root / "README.md"
        self.readme.write_text(README)

    def run_it(self, option):
        return subprocess.run([sys.executable, HERE / "floors_table.py", option, self.root], capture_output=True,
                              text=True)

    def test_write_makes_the_table_and_keeps_the_rest(self):
        self.assertEqual(self.run_it("--write").returncode, 0)
        self.assertEqual(self.readme.read_text(), README.replace("old\n", TABLE))
        self.assertEqual(self.run_it("--check").returncode, 0)

    def test_check_fails_after_a_change_and_changes_nothing(self):
        self.assertEqual(self.run_it("--check").returncode, 1)
        self.assertEqual(self.readme.read_text(), README)
        self.run_it("--write")
        (self.root / "floors.txt").write_text(FLOORS.replace("nets", "networks"))
        done = self.run_it("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--write", done.stderr)

    def test_a_readme_without_the_marks_is_an_error(self):
        self.readme.write_text("# Title\n")
        for option in ("--check", "--write"):
            with self.subTest(option):
                self.assertIn("<!-- floors -->", self.run_it(option).stderr)
        self.assertEqual(self.readme.read_text(), "# Title\n")


if __name__ == "__main__":
    unittest.main()
