"""./run names the command nearest to a misspelt one, and what is missing; without root it uses what is there."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Run(unittest.TestCase):
    def refused(self, *arguments):
        done = subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r"^\./run.*\n  reason: .*\n  hint:   .*\n$")
        return done.stderr

    def test_the_nearest_command(self):
        for word, command in (("tset", "test"), ("bech", "bench"), ("stduy", "study"), ("tidi", "tidy"), ("dem", "demo")):
            self.assertIn(f'did you mean "{command}"?', self.refused(word))

    def test_no_command_is_near(self):
        message = self.refused("frobnicate")
        self.assertNotIn("did you mean", message)
        self.assertIn("./run help describes demo, study, seeds, sweep, test, bench", message)

    def test_a_study_needs_a_policy(self):
        self.assertIn("no policy is given", self.refused("study"))

    def test_a_sweep_needs_a_configuration_variants_and_a_number(self):
        variants = "configs/sparse_variants.txt"
        for arguments in ((), ("configs/sparse.yaml",), ("configs/sparse.yaml", variants), ("configs/sparse.yaml", variants, "none"),
                          ("no.yaml", variants, "2"), ("configs/sparse.yaml", "none.txt", "2")):
            self.assertIn("a file of variants and a number of seeds are needed", self.refused("sweep", *arguments))

    def test_seeds_need_a_configuration_and_a_number(self):
        for arguments in ((), ("configs/maze_cues.yaml",), ("configs/maze_cues.yaml", "0"), ("nowhere.yaml", "3")):
            self.assertIn("a configuration and a number of seeds are needed", self.refused("seeds", *arguments))

    def test_a_trained_policy_is_a_folder(self):
        self.assertIn("demo --policy nowhere: not a trained policy", self.refused("demo", "--policy", "nowhere"))


class Machine(unittest.TestCase):
    """A machine that has only some commands, and some that answer as on another machine."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mazescan-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        for command in ("bash", "env", "dirname", "nproc", "grep", "awk", "cat", "mktemp", "rm", "ls"):
            (self.folder / command).symlink_to(shutil.which(command))
        self.add("id", "echo 1000")
        self.add("sudo", "exit 1")
        self.add("ninja")
        self.add("c++")

    def add(self, command, script=""):
        path = self.folder / command
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def build(self):
        """Builds in a folder that was not configured; returns the completed process."""
        environment = {**os.environ, "PATH": str(self.folder), "MAZESCAN_PRESET": self.folder.name}
        return subprocess.run([ROOT / "run", "build"], capture_output=True, text=True, check=False, env=environment,
                              stdin=subprocess.DEVNULL)

    def test_without_a_tool(self):
        done = self.build()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"^not found: cmake\n  reason: .*CMake 3.25.*\n  hint:   .*apt.*conda.*modules.*\n$")

    def test_without_root_it_goes_on_with_what_is_there(self):
        self.add("apt-get", "echo apt-get ran >&2")
        self.add("dpkg-query", "exit 1")
        self.add("cmake", "echo cmake lists what is missing; exit 1")
        done = self.build()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"^not installed: g\+\+ .*\n  reason: only root .*\n  hint:   .*apt.*conda.*modules.*\n$")
        self.assertIn("cmake lists what is missing", done.stdout)

    def test_another_distribution_is_not_refused(self):
        self.add("cmake", "echo cmake lists what is missing; exit 1")
        done = self.build()
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("cmake lists what is missing", done.stdout)

    def test_cmake_lists_all_that_is_missing(self):
        missing = {"fmt": "libfmt-dev", "HDF5": "libhdf5-dev", "Eigen3": "libeigen3-dev"}
        disabled = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in missing]
        done = subprocess.run(["cmake", "-S", ROOT, "-B", self.folder / "build", *disabled], capture_output=True, text=True,
                              check=False)
        self.assertNotEqual(done.returncode, 0)
        for package in missing.values():
            self.assertIn(package, done.stderr)
        self.assertNotIn("libcairo2-dev", done.stderr)


if __name__ == "__main__":
    unittest.main()
