"""A policy of keys_and_chests is trained, resumed, scanned and reported by the programs; measures count keys and chests."""
import json
import unittest

import numpy as np

from programs import EVALUATOR, Job, expect_user_error, run, text
from trained_world import TrainedWorld

CONFIG = """\
run: {run}
seed: 1
environment:
  name: keys_and_chests
  world_dim: 5
  anchor: bottom_left
  actions: moves
  reward: 1
  time_limit: 40
network:
  channels: [8]
  residual_blocks: 1
  fc: 16
train:
  mazes: 16
  horizon: 16
  device: cpu
{how}
  ppo:
    epochs: 1
    minibatch: 128
    gamma: 0.95
    learning_rate: {{from: 5e-3, to: 1e-3}}
  checkpoint: {{every: 10}}
scan:
  sizes: [5]
  placements: [many_chests, many_keys]
  levels: 40
  chunk: 20
  layers: [embedder.fc]
  device: cpu
"""
MEASURES = ("chests_opened", "keys_taken", "spare_keys", "steps_with_enough_keys")
POLICY, RANDOM_MOUSE, SAMPLED_WALK, GREEDY_WALK = range(4)


class KeysAndChests(TrainedWorld, unittest.TestCase):
    CONFIG = CONFIG

    def test_both_placements_are_the_same_levels(self):
        cells = {}
        for shard in self.shards():
            for seed, level, path in zip(shard["episodes/level_seed"][:].tolist(), shard["episodes/open"][:],
                                         shard["episodes/sampled/path_offset"][:]):
                start = int(shard["episodes/sampled/path"][path])
                known = cells.setdefault(seed, (level.tobytes(), start))
                self.assertEqual((level.tobytes(), start), known, text(shard.attrs["placement"]))
            kinds, many = shard["objects/kind"][:], int(text(shard.attrs["placement"]) == "many_keys")
            keys, chests = np.sum(kinds == 0, axis=1), np.sum(kinds == 1, axis=1)
            np.testing.assert_array_equal(keys, 2 * chests if many else chests // 2)
            for level, objects, count in zip(shard["episodes/open"][:], shard["objects/cell"][:], keys + chests):
                self.assertTrue(all(level[y, x] == 1 for x, y in objects[:count]))
                self.assertTrue(np.all(objects[count:] == -1))
        self.assertEqual(len(cells), 40)

    def test_measures_fit_the_rollouts(self):
        for shard in self.shards():
            values = {name: shard[f"measures/{name}"][:] for name in MEASURES}
            for column, kind in ((SAMPLED_WALK, "sampled"), (GREEDY_WALK, "greedy")):
                steps, success = shard[f"episodes/{kind}/steps"][:], shard[f"episodes/{kind}/success"][:]
                chests, keys = values["chests_opened"][:, column], values["keys_taken"][:, column]
                self.assertTrue(np.all(chests <= keys), "each chest needs a key")
                self.assertTrue(np.all(chests[success == 1] >= 1))
                self.assertTrue(np.all(values["steps_with_enough_keys"][:, column] <= steps))
            for column in (POLICY, RANDOM_MOUSE):
                self.assertTrue(np.all(values["chests_opened"][:, column] <= values["keys_taken"][:, column] + 1e-9))
            if text(shard.attrs["placement"]) == "many_chests":
                self.assertTrue(np.all(np.abs(values["spare_keys"]) < 1e-9), "every key can be used")
            self.assertTrue(np.all(shard["episodes/cheese"][:] == -1))
            self.assertTrue(np.all(shard["episodes/optimal"][:] > 0))

    def test_it_is_verified(self):
        self.assertIn("whole", run(EVALUATOR, "verify", self.run_folder / "scan").out)

    def test_the_report_shows_the_measures(self):
        run(EVALUATOR, "report", self.config)
        page = (self.run_folder / "report" / "index.html").read_text(encoding="utf-8")
        rows = {row["id"]: row for row in
                json.loads((self.run_folder / "report" / "summary.json").read_text(encoding="utf-8"))}
        for prefix, column in (("", POLICY), ("greedy_", GREEDY_WALK), ("random_", RANDOM_MOUSE)):
            for name in MEASURES:
                row = rows[f"{prefix}{name}/size=5/placement=many_keys"]
                stored = np.concatenate([shard[f"measures/{name}"][:, column] for shard in self.shards()
                                         if text(shard.attrs["placement"]) == "many_keys"])
                self.assertAlmostEqual(row["value"], float(np.mean(stored)))
                self.assertEqual(row["n"], 40)
                self.assertLessEqual(row["low"], row["value"] + 1e-9)
                self.assertGreaterEqual(row["high"], row["value"] - 1e-9)
        for words in ('"goal":"chests"', '"proxy":"keys"', "Mean spare keys of an episode", "This mouse finishes"):
            self.assertIn(words, page)

    def test_its_placements_and_jobs_are_its_own(self):
        expect_user_error(self, Job(EVALUATOR, "scan", self.config, "--set", "scan.placements=[top_right]").wait(),
                          "there is no placement \"top_right\"")
        for job in ("edit", "trigger", "certify", "sparsity", "rationale"):
            expect_user_error(self, Job(EVALUATOR, job, self.config).wait(), "the environment is 'keys_and_chests'",
                              f"{job} works only on mazes")
        expect_user_error(self, Job(EVALUATOR, "record", self.config).wait(),
                          "record: the environment is 'keys_and_chests'", "which objects are gone")
        policy = self.run_folder / "policy.safetensors"
        expect_user_error(self, Job(EVALUATOR, "draw", self.folder / "field.svg", "--show", "field", "--policy", policy).wait(),
                          "whose levels have objects")
        listed = run(EVALUATOR, "jobs", "--for", self.config).out
        self.assertEqual([line.split()[0] for line in listed.splitlines()], ["scan"])

    def test_it_is_described(self):
        environment = json.loads(run(EVALUATOR, "describe", self.run_folder / "policy.safetensors").out)["environment"]
        self.assertEqual({key: environment[key] for key in ("name", "goal", "proxy", "sizes")},
                         {"name": "keys_and_chests", "goal": "chests", "proxy": "keys", "sizes": [5]})


if __name__ == "__main__":
    unittest.main()
