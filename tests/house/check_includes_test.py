"""check_includes.py finds planted faults: an upward include, a sideways one, a circle, a header that must not be reached."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
FLOORS = """\
0   | core        | ground | torch
1   | envs        | mazes  | torch
1   | policy      | nets   |
2   | trainer     | trains | mpi
2.1 | trainer/ppo | part   |
"""
HOUSE = {
    "core/error.h": "",
    "envs/maze.h": '#include "core/error.h"\n',
    "policy/network.h": '#include <torch/types.h>\n#include "core/error.h"\n',
    "trainer/ppo/loss.h": '#include "policy/network.h"\n',
    "trainer/learner.h": '#include "envs/maze.h"\n#include "policy/network.h"\n',
}


class CheckIncludes(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "floors.txt").write_text(FLOORS)
        for name, text in HOUSE.items():
            self.write(name, text)

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def check(self):
        done = subprocess.run([sys.executable, HERE / "check_includes.py", self.root], capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_a_house_in_order(self):
        self.assertEqual(self.check(), (0, "every include leads to a lower floor\n"))

    def test_planted_faults(self):
        for name, text, fault in (
                ("core/error.h", '#include "envs/maze.h"\n', "core is not above envs"),
                ("envs/maze.h", '#include "policy/network.h"\n', "envs is not above policy"),
                ("trainer/learner.h", '#include "trainer/ppo/loss.h"\n', "trainer is not above trainer/ppo"),
                ("envs/maze.h", '#include <torch/torch.h>\n', "envs never uses torch"),
                ("envs/level.h", '#include "envs/nothing.h"\n', "envs/nothing.h"),
                ("core/log.h", "#include <envs/maze.h>\n", "core is not above envs"),
                ("core/log.h", '  #  include "envs/maze.h"\n', "core is not above envs"),
                ("core/log.hpp", '#include "envs/maze.h"\n', "core is not above envs"),
                ("core/log.h", '#include "error.h"\n', "error.h, which is no path from the root"),
                ("core/log.h", '#include "tests/log.h"\n', "tests/log.h, which is in no folder of floors.txt"),
                ("trainer/job.cc", '#include <mpi/mpi.h>\n', "trainer never uses mpi"),
                ("evaluator/main.cc", '#include "core/error.h"\n', "evaluator/main.cc: its folder is not in floors.txt"),
                ("evaluator/main.cc", "", "evaluator/main.cc: its folder is not in floors.txt")):
            with self.subTest(fault):
                before = HOUSE.get(name)
                self.write("tests/log.h", "")
                self.write(name, text)
                status, output = self.check()
                self.assertEqual(status, 1, output)
                self.assertIn(fault, output)
                (self.root / name).unlink()
                if before is not None:
                    self.write(name, before)

    def test_headers_from_outside(self):
        """<png.h> is not envs/png.h, which lies beside the file."""
        self.write("envs/png.h", "")
        self.write("envs/picture.cc", "#include <png.h>\n#include <vector>\n")
        self.assertEqual(self.check()[0], 0)

    def test_a_circle(self):
        self.write("envs/maze.h", '#include "envs/level.h"\n')
        self.write("envs/level.h", '#include "envs/maze.h"\n')
        status, output = self.check()
        self.assertEqual(status, 1)
        self.assertIn("circle: envs/level.h -> envs/maze.h -> envs/level.h", output)


if __name__ == "__main__":
    unittest.main()
