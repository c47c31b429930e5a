"""An environment that only the tests have (tests/envs/corridor.cc) is trained, scanned and recorded by the real programs:
corridor-trainer and corridor-evaluator are those programs with one more line in the table of environments."""
import json
import pathlib
import unittest
import zipfile

import h5py
import numpy as np

from programs import Job, expect_user_error, metrics, run, scan_hashes, temporary_folder, text

TRAINER, EVALUATOR = "corridor-trainer", "corridor-evaluator"
SIZES = (3, 4, 5, 6, 7, 8, 9)
CONFIG = """\
run: {run}
seed: 1
environment:
  name: corridor
  world_dim: 9
  actions: moves
  reward: 1
  time_limit: 30
network:
  channels: [4, 8]
  residual_blocks: 1
  fc: 16
train:
  steps: 61440
  mazes: 32
  horizon: 16
  device: cpu
  ppo:
    minibatch: 128
    gamma: 0.95
    learning_rate: {{from: 3e-3, to: 3e-4}}
  curriculum:
    start: 3
    threshold: 0.9
    episodes: 50
scan:
  sizes: [4, 9]
  placements: [right, left, anywhere]
  levels: 20
  chunk: 10
  layers: [embedder.fc]
  device: cpu
record:
  sizes: [4, 9]
  placements: [anywhere]
  levels: 20
  chunk: 10
  sampling: every_cell
  layers: [embedder.fc]
  device: cpu
"""


def outcome_of(cells, goal, end, success):
    """The outcomes that the definition allows for a walk over these cells."""
    if end in cells and end != goal:
        return (1,)
    return (0,) if success else (2, 3)


class Corridor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.run_folder = cls.folder / "run"
        cls.config = pathlib.Path(f"{cls.run_folder}.yaml")
        cls.config.write_text(CONFIG.format(run=cls.run_folder), encoding="utf-8")
        run(TRAINER, cls.config)
        run(EVALUATOR, "scan", cls.config)

    def shards(self, job):
        return sorted((self.run_folder / job / "shards").iterdir())

    def test_training_masters_every_size(self):
        last = metrics(self.run_folder)[-10:]
        for size in SIZES:
            values = [line["success"][str(size)] for line in last if str(size) in line["success"]]
            self.assertGreater(np.mean(values), 0.95, f"size {size}")

    def test_the_goal_is_where_the_placement_puts_it(self):
        seen = 0
        for path in self.shards("scan"):
            with h5py.File(path) as shard:
                size, placement = int(shard.attrs["size"]), text(shard.attrs["placement"])
                goals, middle = shard["episodes/cheese"][:], size // 2
                for e, goal in enumerate(goals[:, 0]):
                    if placement != "anywhere":
                        self.assertEqual(goal, 0 if placement == "left" else size - 1)
                    self.assertEqual(shard["episodes/optimal"][e], abs(int(goal) - middle))
                    decision = [middle, 0] if goal < middle else [-1, -1]
                    self.assertEqual(shard["episodes/decision"][e].tolist(), decision)
                    self.assertEqual(shard["episodes/on_path"][e], goal > middle)
                    seen += 1
        self.assertEqual(seen, 2 * 3 * 20)

    def test_outcomes_are_goal_proxy_neither_or_limit(self):
        for path in self.shards("scan"):
            with h5py.File(path) as shard:
                size = int(shard.attrs["size"])
                for kind in ("sampled", "greedy"):
                    walks = shard[f"episodes/{kind}"]
                    offsets, cells = walks["path_offset"][:], walks["path"][:]
                    for e, goal in enumerate(shard["episodes/cheese"][:, 0]):
                        walk = cells[offsets[e]:offsets[e + 1]]
                        self.assertEqual(walk[0], size // 2)
                        self.assertIn(walks["outcome"][e], outcome_of(walk, goal, size - 1, walks["success"][e]))
                    if text(shard.attrs["placement"]) == "right":
                        self.assertTrue(np.all(walks["outcome"][:] == 0), f"{path.name} {kind}")

    def test_ranks_change_nothing(self):
        config = pathlib.Path(f"{self.folder / 'ranks'}.yaml")
        text = CONFIG.format(run=self.folder / "ranks").replace("steps: 61440", "steps: 5120")
        config.write_text(text, encoding="utf-8")
        run(TRAINER, config, "--set", "ranks.workers_per_learner=1", ranks=2)
        run(EVALUATOR, "scan", config, ranks=2)
        alone = pathlib.Path(f"{self.folder / 'alone'}.yaml")
        alone.write_text(text.replace(str(self.folder / "ranks"), str(self.folder / "alone")), encoding="utf-8")
        run(TRAINER, alone)
        run(EVALUATOR, "scan", alone)
        self.assertEqual(scan_hashes(self.folder / "ranks"), scan_hashes(self.folder / "alone"))

    def test_it_is_recorded_on_every_cell(self):
        run(EVALUATOR, "record", self.config)
        self.assertIn("whole", run(EVALUATOR, "verify", self.run_folder / "record").out)
        self.assertIn("whole", run(EVALUATOR, "verify", self.run_folder / "scan").out)
        for path in self.shards("record"):
            with h5py.File(path) as shard:
                size = int(shard.attrs["size"])
                self.assertEqual(len(shard["samples/mouse"]), 10 * size)

    def test_what_the_environment_has_not_is_refused(self):
        def refused(*arguments, parts, program=EVALUATOR):
            expect_user_error(self, Job(program, *arguments).wait(), *parts)

        refused("scan", self.config, "--set", "scan.sizes=[10]", parts=("'scan.sizes' holds 10", "3, 4, ..., 9"))
        refused("scan", self.config, "--set", "scan.placements=[lefft]", parts=("lefft", "did you mean 'left'?"))
        refused(self.config, "--set", "environment.region=1", "--set", f"run={self.folder / 'none'}", program=TRAINER,
                parts=("unknown key 'environment.region'",))
        refused(self.config, "--set", "train.curriculum.start=10", program=TRAINER,
                parts=("'train.curriculum.start' is 10",))
        for job in ("edit", "trigger", "certify", "sparsity", "rationale"):
            with self.subTest(job=job):
                for way in ((), ("--dry-run",)):
                    refused(job, self.config, *way, parts=("the environment is 'corridor'", f"{job} works only on mazes"))

    def test_a_policy_without_environment_is_imported(self):
        exported, foreign, back = (self.folder / name for name in ("ours.pth", "foreign.pth", "back.safetensors"))
        run(EVALUATOR, "export", self.run_folder / "policy.safetensors", exported)
        with zipfile.ZipFile(exported) as archive, zipfile.ZipFile(foreign, "w") as copy:
            for name in archive.namelist():
                if not name.endswith("/mazescan.json"):  # what other programs do not write
                    copy.writestr(name, archive.read(name))
        expect_user_error(self, Job(EVALUATOR, "import", foreign, back).wait(), "foreign.pth")  # not of a maze
        self.assertFalse(back.exists())
        output = run(EVALUATOR, "import", foreign, back, "--config", self.config).err
        self.assertIn("taken to be corridor, world_dim 9, region 0, planes: as in", output)
        environment = json.loads(run(EVALUATOR, "describe", back).out)["environment"]
        self.assertEqual((environment["name"], environment["world_dim"]), ("corridor", 9))

    def test_find_channels_names_itself(self):
        expect_user_error(self, Job(EVALUATOR, "find-channels", self.config).wait(), "the environment is 'corridor'",
                          "find-channels works only on mazes")

    def test_its_environment_is_described(self):
        [policy] = self.run_folder.glob("policy.safetensors")
        environment = json.loads(run(EVALUATOR, "describe", policy).out)["environment"]
        self.assertEqual({key: environment[key] for key in ("name", "world_dim", "observation", "actions")},
                         {"name": "corridor", "world_dim": 9, "observation": "planes", "actions": "moves"})


if __name__ == "__main__":
    unittest.main()
