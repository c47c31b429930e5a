"""Offline learners: episodes of a run's checkpoints, equal bits on any number of ranks, exact resuming, jobs, bad inputs."""
import json
import struct
import unittest

import browser
from programs import (EVALUATOR, TRAINER, Job, checkpoints, expect_same_training, expect_user_error, files_of, metrics, run,
                      temporary_folder, write_config)

UPDATES = 10
# Learners and their heads.
LEARNERS = {"clone": "fc", "best_clone": "fc", "bcq": "bcq", "cql": "q",
            "decision_transformer": "decision_transformer"}
COLLECT = ("scan:\n", "collect:\n  sizes: [3, 5]\n  placements: [top_right]\n  levels: 12\n  device: cpu\nscan:\n")


def read_episodes(path):
    """Returns (updates of the players, [(player, level seed, actions, rewards, end)]) of an episodes.bin."""
    data, at = path.read_bytes(), 0

    def number(kind):
        nonlocal at
        at += struct.calcsize(kind)
        return struct.unpack_from("<" + kind, data, at - struct.calcsize(kind))[0]

    def text():
        nonlocal at
        size = number("Q")
        at += size
        return data[at - size:at]

    number("Q")  # the length of the contents
    header = text(), text()
    assert header[0] == b"mazescan-episodes 1" and b"name: maze_aisc" in header[1]
    players = [(number("q"), text())[0] for _ in range(number("Q"))]
    episodes = []
    for _ in range(number("Q")):
        player, seed, _, actions, rewards = number("i"), number("i"), text(), text(), text()
        episodes.append((player, seed, actions, struct.unpack(f"<{len(actions)}f", rewards), number("B")))
    return players, episodes


class Offline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.played = cls.folder / "played"
        cls.config = write_config(cls.played, ("    keep: 3\n", "    keep: 5\n"), COLLECT)
        run(TRAINER, cls.config)
        cls.collected = run(EVALUATOR, "collect", cls.config).out
        cls.data = cls.played / "episodes.bin"

    def offline_config(self, name, learner, data=None, *changes):
        """Writes a configuration of 10 updates of 4 gradient steps; returns its path."""
        offline = (f"  steps: 5120\n  advantages: offline\n"
                   f"  offline: {{learner: {learner}, data: {data or self.data}, steps: 40, update: 4}}\n")
        return write_config(self.folder / name, ("  steps: 5120\n", offline), ("    start: 3\n", "    start: 0\n"),
                            ("  activation: relu\n", f"  activation: relu\n  head: {LEARNERS[learner]}\n"), *changes)

    def test_all_checkpoints_play_new_levels(self):
        self.assertEqual(len(checkpoints(self.played)), 5)
        self.assertRegex(self.collected, rf"^{self.data}: 120 episodes of 5 checkpoints, \d+ steps; \d+ % reached the goal\n$")
        self.assertLess(self.data.stat().st_size, 40_000, "about five bytes a step")
        players, episodes = read_episodes(self.data)
        self.assertEqual(players, [4, 8, 12, 16, 20])
        self.assertEqual(len({(player, seed) for player, seed, *_ in episodes}), len({seed for _, seed, *_ in episodes}),
                         "no level is played by two checkpoints")
        for _, _, actions, rewards, end in episodes:
            self.assertEqual((set(rewards[:-1]) - {0.0}, rewards[-1]), (set(), 1.0 if end == 1 else 0.0))
            self.assertTrue(set(actions) <= set(range(5)))
        before = self.data.read_bytes()
        run(EVALUATOR, "collect", self.config)
        self.assertEqual(self.data.read_bytes(), before)
        two = self.folder / "two"
        two.mkdir()
        (two / "checkpoints").symlink_to(self.played / "checkpoints")
        output = run(EVALUATOR, "collect", self.config, "--set", f"run={two}", "--set", "collect.checkpoints=2").out
        self.assertIn("48 episodes of 2 checkpoints", output)

    def test_equal_bits_on_any_number_of_ranks_and_after_a_stop(self):
        for learner in LEARNERS:
            one = self.folder / f"{learner}1"
            run(TRAINER, self.offline_config(one.name, learner))
            self.assertEqual(len(metrics(one)), UPDATES)
            for ranks in (2, 4):
                with self.subTest(learner=learner, ranks=ranks):
                    folder = self.folder / f"{learner}{ranks}"
                    run(TRAINER, self.offline_config(folder.name, learner), ranks=ranks)
                    expect_same_training(self, folder, one)
            folder = self.folder / f"{learner}-resumed"
            config = self.offline_config(folder.name, learner)
            run(TRAINER, config, "--updates", 3, ranks=2)
            run(TRAINER, config)
            expect_same_training(self, folder, one)

    def test_metrics_and_status(self):
        folder = self.folder / "status"
        run(TRAINER, self.offline_config(folder.name, "bcq"))
        last = metrics(folder)[-1]
        self.assertEqual(set(last["loss"]), {"imitation", "q_error", "behaviour_l2"})
        self.assertEqual((last["steps"], last["success"], last["largest_size"]), (UPDATES * 4 * 64, {}, 5))
        self.assertNotIn("kl", last)
        self.assertIn("explained_variance", last)
        status = json.loads(run(TRAINER, "status", folder, "--json").out)
        self.assertEqual((status["state"], status["updates"], status["steps_in_all"]), ("finished", UPDATES, UPDATES * 4 * 64))
        self.assertIn("2.56 k of 2.56 k", run(TRAINER, "status", folder).out)

    def expect_that_the_page_computes(self, page):
        """Compares the probabilities that a report's scripts compute for its examples with those of the scan."""
        browser.require_browser(unittest.SkipTest)
        difference, console = browser.evaluate_within(
            page.read_text(encoding="utf-8"), "note(largestDifference(policyOf(DOC.play), DOC.examples, Infinity));")
        self.assertEqual(console, [])
        self.assertLess(difference, 0.6, "in thousandths; rounding contributes up to a half")

    def test_the_policies_are_policies_like_any_other(self):
        layers = {"bcq": ["fc_q", "fc_behaviour"], "cql": ["fc_q"], "decision_transformer": ["fc_return", "fc_actions"]}
        for learner, own in layers.items():
            folder = self.folder / f"{learner}-scan"
            config = self.offline_config(folder.name, learner)
            run(TRAINER, config)
            run(EVALUATOR, "scan", config)
            run(EVALUATOR, "report", config)
            self.expect_that_the_page_computes(folder / "report" / "index.html")
            described = json.loads(run(EVALUATOR, "describe", folder / "policy.safetensors").out)
            names = [layer["name"] for layer in described["layers"]]
            self.assertEqual([name for name in names if name.startswith("fc_")],
                             [*own, "fc_policy", "fc_value"])
        run(EVALUATOR, "collect", self.config, "--set", f"run={self.folder / 'cql-scan'}")

    def refuse(self, name, *expected, learner="clone", data=None, changes=()):
        config = self.offline_config(name, learner, data, *changes)
        job = Job(TRAINER, config).wait()
        expect_user_error(self, job, *expected)
        self.assertEqual(files_of(self.folder / name), {})

    def test_bad_inputs(self):
        damaged = self.folder / "damaged.bin"
        damaged.write_bytes(self.data.read_bytes()[:-200])
        self.refuse("truncated", f"{damaged} is damaged", "does not end with its seal", data=damaged)
        flipped = bytearray(self.data.read_bytes())
        flipped[len(flipped) // 2] ^= 1
        (self.folder / "flipped.bin").write_bytes(flipped)
        self.refuse("flipped", "flipped.bin is damaged", "its seal, a hash", data=self.folder / "flipped.bin")
        self.refuse("missing", "no.bin", "No such file", data="/no/no.bin")
        self.refuse("other-kind", "config.yaml is damaged", data=self.played / "config.yaml")
        self.refuse("world", "episodes of another environment", "there 'world_dim: 5', here 'world_dim: 7'",
                    changes=[("world_dim: 5", "world_dim: 7")])
        self.refuse("size", "'train.offline.size' is 7", "no episode",
                    changes=[("update: 4}", "update: 4, size: 7}")])
        self.refuse("alpha", "'train.loss.conservative.from' is -1", learner="cql",
                    changes=[("  checkpoint:\n", "  loss: {conservative: {from: -1}}\n  checkpoint:\n")])
        self.refuse("head", "'train.offline.learner' is cql, and 'network.head' is fc", learner="cql",
                    changes=[("  head: q\n", "  head: fc\n")])

    def test_collecting_from_nothing(self):
        config = write_config(self.folder / "untrained", COLLECT)
        expect_user_error(self, Job(EVALUATOR, "collect", config).wait(), "untrained/checkpoints holds no checkpoint")
        for override, message in (("collect.sizes=[4]", "'collect.sizes' holds 4"),
                                  ("collect.placements=[nowhere]", "no placement is called \"nowhere\""),
                                  ("collect.sizes=[3,3]", "holds something twice"),
                                  ("collect.first_level=2147483600", "'collect.first_level' is 2147483600")):
            expect_user_error(self, Job(EVALUATOR, "collect", self.config, "--set", override).wait(), message)


if __name__ == "__main__":
    unittest.main()
