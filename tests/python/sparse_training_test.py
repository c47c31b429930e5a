"""Sparse networks and penalties: equal bits on any number of ranks, exact resuming, fine-tuning."""
import unittest

from programs import (EXACT, TRAINER, UPDATES, checkpoint_hash, checkpoints, expect_same_training, expect_user_error, metrics, run,
                      temporary_folder, write_config)
from safetensors_file import read_safetensors

# Winners with duty cycles that change from step to step, and every penalty.
SPARSE = [("activation: relu", "activation: kwta_cell\n  activation_options: {fraction: 0.4, boost: 1.5, boost_decay: 0.95, anneal_updates: 10}"),
          ("  checkpoint:\n", "  loss:\n    activation_l1: {from: 0.1, to: 0.2}\n    elites: {from: 0.1, to: 0.1}\n"
           "    input_l1: {from: 0.01, to: 0.01}\n    corner_l2: {from: 0.01, to: 0.01}\n"
           "  penalties:\n    activations: {layers: [embedder.block2.res1.relu1, embedder.relufc], zeros: 0.9}\n"
           "    elites: {count: 2, updates: 3, refresh: true}\n  checkpoint:\n")]


class SparseTraining(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()

    def check_bits(self, name, *changes):
        one = self.folder / f"{name}1"
        run(TRAINER, write_config(one, *changes))
        self.assertEqual(len(metrics(one)), UPDATES)
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                folder = self.folder / f"{name}{ranks}"
                run(TRAINER, write_config(folder, *changes), ranks=ranks)
                expect_same_training(self, folder, one)
        folder = self.folder / f"{name}-resumed"
        config = write_config(folder, *changes)
        run(TRAINER, config, "--updates", 9, ranks=2)
        run(TRAINER, config)
        expect_same_training(self, folder, one)
        return one

    def test_sampled(self):
        one = self.check_bits("sampled", *SPARSE)
        penalties = metrics(one)[-1]["penalties"]
        self.assertEqual(set(penalties), {f"{what}/{layer}" for what in ("zeros", "multiplier")
                                          for layer in ("embedder.block2.res1.relu1", "embedder.relufc")})
        for line in metrics(one)[4:]:
            self.assertGreater(line["loss"]["elites"], 0)
        self.assertEqual(metrics(one)[0]["loss"]["elites"], 0, "the elites are not known yet")
        self.assertNotEqual(penalties["multiplier/embedder.relufc"], 1)

    def test_exact_with_some_states_drawn(self):
        changes = [*SPARSE, *EXACT]
        changes[2] = ("  steps: 5120\n", "  advantages: exact\n  exact: {levels: 320, backward: 0.5}\n")
        self.check_bits("exact", *changes)

    def expect_equal_weights(self, one, other):
        mine, theirs = (read_safetensors(run_folder / "policy.safetensors")[0] for run_folder in (one, other))
        self.assertEqual(set(mine), set(theirs))
        for name, weights in mine.items():
            self.assertEqual(weights.tobytes(), theirs[name].tobytes(), name)

    def test_penalties_without_weight_change_no_bit(self):
        plain, other = self.folder / "plain", self.folder / "other"
        run(TRAINER, write_config(plain))
        run(TRAINER, write_config(other, ("  checkpoint:\n", SPARSE[1][1].replace("from: 0.1, to: 0.2", "from: 0, to: 0")
                                          .replace("from: 0.1, to: 0.1", "from: 0, to: 0").replace("from: 0.01, to: 0.01", "from: 0, to: 0"))))
        self.expect_equal_weights(plain, other)
        for mine, expected in zip(metrics(other), metrics(plain), strict=True):
            self.assertEqual(mine["loss"], expected["loss"])

    def test_fine_tuning(self):
        plain, tuned = self.folder / "before", self.folder / "tuned"
        run(TRAINER, write_config(plain))
        start = ("train:\n", f"train:\n  from: {plain}/policy.safetensors\n")
        rate = ("{from: 2e-3, to: 2e-4}", "{from: 0, to: 0}")
        run(TRAINER, write_config(tuned, start, rate))
        self.expect_equal_weights(plain, tuned)  # nothing is learned at rate 0, so the weights are those of the start
        sparse = self.folder / "sparse"
        config = write_config(sparse, start, *SPARSE)
        run(TRAINER, config, "--updates", 9)
        (plain / "policy.safetensors").unlink()
        run(TRAINER, config)  # resumes: the weights are in the checkpoint
        self.assertEqual(len(metrics(sparse)), UPDATES)
        self.assertTrue(checkpoint_hash(checkpoints(sparse)[-1]))

    def test_fine_tuning_of_another_network(self):
        plain = self.folder / "narrow"
        run(TRAINER, write_config(plain), "--updates", 4)
        policy = plain / "checkpoints" / "00000004" / "policy.safetensors"
        job = run(TRAINER, write_config(self.folder / "wide", ("train:\n", f"train:\n  from: {policy}\n"), ("[4, 8]", "[8, 8]")), status=2)
        expect_user_error(self, job, "its network is another one", "embedder.block1.conv.weight")


if __name__ == "__main__":
    unittest.main()
