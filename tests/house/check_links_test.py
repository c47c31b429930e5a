"""check_links.py finds planted faults: a link to a higher floor, a library that must not be reached, a link that is missing."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
FLOORS = """\
0   | core          | ground | torch
1.0 | envs          | worlds | torch
1.1 | envs/maze     | mazes  | torch
1.2 | envs/registry | table  | torch
1   | policy        | nets   |
2   | trainer       | trains |
2   | report        | shows  | torch
"""
FILES = {
    "core/CMakeLists.txt": "mazescan_library(mazescan_core error.cc LINK fmt::fmt)\n",
    "core/error.h": "", "core/error.cc": "",
    "envs/CMakeLists.txt": "mazescan_library(mazescan_envs task.cc LINK mazescan_core)\n",
    "envs/task.h": '#include "core/error.h"\n', "envs/task.cc": "",
    "envs/maze/CMakeLists.txt": "mazescan_library(mazescan_maze maze.cc LINK mazescan_envs)\n",
    "envs/registry/CMakeLists.txt": "add_library(mazescan_environments OBJECT table.cc)\n"
                                    "target_link_libraries(mazescan_environments PUBLIC ${environments})\n",
    "policy/CMakeLists.txt": "mazescan_library(mazescan_policy net.cc LINK mazescan_core mazescan_torch)\n",
    "policy/net.h": "", "policy/net.cc": "",
    "trainer/CMakeLists.txt": "mazescan_library(mazescan_trainer_lib a.cc LINK mazescan_envs mazescan_policy)\n"
                              "add_executable(mazescan-trainer)\n"
                              "target_link_libraries(mazescan-trainer PRIVATE mazescan_trainer_lib mazescan_environments)\n",
    "trainer/a.cc": '#include "envs/task.h"\n#include "policy/net.h"\n',
    "report/CMakeLists.txt": "mazescan_library(mazescan_report b.cc LINK mazescan_envs)  # not mazescan_policy\n",
}


class CheckLinks(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.write("floors.txt", FLOORS)
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def check(self):
        done = subprocess.run([sys.executable, HERE / "check_links.py", self.root], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout

    def test_a_house_in_order(self):
        self.assertEqual(self.check(), (0, "every library links lower floors\n"))

    def test_planted_faults(self):
        for name, text, fault in (
                ("envs/CMakeLists.txt", "target_link_libraries(mazescan_envs INTERFACE mazescan_environments)\n",
                 "envs: mazescan_envs links mazescan_environments: envs is not above envs/registry"),
                ("core/CMakeLists.txt", "target_link_libraries(mazescan_core PUBLIC\n  mazescan_maze)\n",
                 "core is not above envs/maze"),
                ("report/CMakeLists.txt", "target_link_libraries(mazescan_report PUBLIC mazescan_policy)\n",
                 "report: mazescan_report reaches torch"),
                ("trainer/a.cc", '#include "envs/task.h"\n#include "report/b.h"\n', None),  # check_includes.py's fault
                ("report/b.cc", '#include "policy/net.h"\n',
                 "report: includes policy/net.h, and no library of it links one of policy")):
            with self.subTest(fault):
                before = FILES.get(name, "")
                self.write(name, before + text)
                status, output = self.check()
                self.assertEqual(status, 0 if fault is None else 1, output)
                self.assertIn(fault or "", output)
                self.write(name, before)


if __name__ == "__main__":
    unittest.main()
