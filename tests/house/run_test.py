"""./run names the command nearest to a misspelt one, and what is missing."""
import subprocess
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
        self.assertIn("./run help describes demo, study, seeds, test, bench", message)

    def test_a_study_needs_a_policy(self):
        self.assertIn("no policy is given", self.refused("study"))

    def test_seeds_need_a_configuration_and_a_number(self):
        for arguments in ((), ("configs/maze_cues.yaml",), ("configs/maze_cues.yaml", "0"), ("nowhere.yaml", "3")):
            self.assertIn("a configuration and a number of seeds are needed", self.refused("seeds", *arguments))

    def test_a_trained_policy_is_a_folder(self):
        self.assertIn("demo --policy nowhere: not a trained policy", self.refused("demo", "--policy", "nowhere"))


if __name__ == "__main__":
    unittest.main()
