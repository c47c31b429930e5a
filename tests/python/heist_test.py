"""A policy of heist is trained, resumed and described by the programs; what needs all states of a level refuses it."""
import json
import unittest

from programs import EVALUATOR, TRAINER, Job, expect_same_training, expect_user_error, metrics, run, temporary_folder

CONFIG = """\
run: {run}
seed: 1
environment:
  name: heist
  world_dim: 5
  reward: 1
  time_limit: 60
network:
  channels: [8]
  residual_blocks: 1
  fc: 16
train:
  steps: 10240
  mazes: 16
  horizon: 16
  device: cpu
  ppo:
    epochs: 1
    minibatch: 128
    gamma: 0.95
    learning_rate: {{from: 5e-3, to: 1e-3}}
  checkpoint: {{every: 10}}
scan:
  sizes: [5]
  placements: [as_in_training]
  layers: [embedder.fc]
record:
  sizes: [5]
  placements: [as_in_training]
  layers: [embedder.fc]
"""


class Heist(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.config = cls.write("reference")
        run(TRAINER, cls.config)
        cls.policy = cls.folder / "reference" / "policy.safetensors"

    @classmethod
    def write(cls, name):
        path = cls.folder / f"{name}.yaml"
        path.write_text(CONFIG.format(run=cls.folder / name), encoding="utf-8")
        return path

    def test_stopped_and_resumed_it_ends_with_the_same_bits(self):
        again = self.write("again")
        run(TRAINER, again, "--updates", 13)
        run(TRAINER, again, ranks=2)
        expect_same_training(self, self.folder / "again", self.folder / "reference")

    def test_workers_change_no_bit(self):
        run(TRAINER, self.write("workers"), "--set", "ranks.workers_per_learner=1", ranks=2)
        expect_same_training(self, self.folder / "workers", self.folder / "reference")

    def test_it_learns(self):
        settings = ("environment.levels=3", "environment.actions=moves", "environment.time_limit=100", "network.channels=[16]",
                    "network.fc=32", "train.steps=100000", "train.mazes=64", "train.horizon=32", "train.ppo.epochs=2",
                    "train.ppo.minibatch=256", "train.ppo.gamma=0.98", "train.ppo.learning_rate.from=2e-3",
                    "train.loss.entropy={from: 0.01, to: 0.001}")
        run(TRAINER, self.write("learns"), *(argument for setting in settings for argument in ("--set", setting)))
        rows = metrics(self.folder / "learns")

        def success(some):
            episodes = [row["episodes"].get("5", 0) for row in some]
            return sum(row["success"].get("5", 0) * count for row, count in zip(some, episodes)) / sum(episodes)
        self.assertGreater(success(rows[-8:]), success(rows[:16]) + 0.2)

    def test_exact_advantages_are_refused(self):
        expect_user_error(self, Job(TRAINER, self.write("exact"), "--set", "train.advantages=exact").wait(),
                          "the environment is 'heist'", "moves by parts of a cell", "advantages: sampled")

    def test_jobs_that_need_all_states_are_refused(self):
        for job in ("scan", "record"):
            for dry in ((), ("--dry-run",)):
                expect_user_error(self, Job(EVALUATOR, job, self.config, *dry).wait(), f"{job}: the environment is 'heist'",
                                  "moves by parts of a cell")
        for job in ("edit", "trigger", "certify", "sparsity", "rationale"):
            expect_user_error(self, Job(EVALUATOR, job, self.config).wait(), "the environment is 'heist'",
                              f"{job} works only on mazes")
        expect_user_error(self, Job(EVALUATOR, "draw", self.folder / "field.svg", "--show", "field", "--policy", self.policy).wait(),
                          "draw: the environment is 'heist'", "moves by parts of a cell")
        self.assertEqual(run(EVALUATOR, "jobs", "--for", self.config).out, "")

    def test_it_is_described(self):
        described = json.loads(run(EVALUATOR, "describe", self.policy).out)
        self.assertEqual({key: described["environment"][key] for key in ("name", "goal", "sizes")},
                         {"name": "heist", "goal": "exit", "sizes": [5]})


if __name__ == "__main__":
    unittest.main()
