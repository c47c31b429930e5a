"""mazescan.runs.rollouts, read by Minari itself: observations are exact, and the environment repeats every episode."""
import os
import pathlib
import tempfile
import unittest
import warnings

import numpy as np

try:
    import minari
    from mazescan import runs
    from mazescan.gymnasium import MazeEnv
except ImportError as error:
    minari = None
    print(f"######## SKIPPED: rollouts as Minari datasets were NOT tested ({error})")

PLANES = {"name": "maze_aisc", "world_dim": 7, "region": 3, "time_limit": 30, "actions": "moves", "observation": "planes"}
PICTURES = {"name": "maze", "world_dim": 5, "time_limit": 12}


def up_and_right(observations):
    """A policy: logits that prefer UP and RIGHT, UP more if the mouse is in the left column."""
    logits = np.zeros((len(observations), 5))
    logits[:, 2] = 1 + observations[:, 1, :, 0].any(axis=1)
    logits[:, 3] = 1.5
    return logits


@unittest.skipIf(minari is None, "minari is not installed")
class Rollouts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        before = os.environ.get("MINARI_DATASETS_PATH")
        self.addCleanup(lambda: os.environ.pop("MINARI_DATASETS_PATH") if before is None else
                        os.environ.__setitem__("MINARI_DATASETS_PATH", before))
        os.environ["MINARI_DATASETS_PATH"] = folder.name
        warnings.filterwarnings("ignore", message=".*is set to None")

    def assert_repeats(self, dataset, options):
        """Plays the actions of every episode in our single environment. Returns the number of successes."""
        metadata = list(dataset.storage.get_episode_metadata(range(dataset.total_episodes)))
        successes = 0
        for episode, about in zip(dataset.iterate_episodes(), metadata, strict=True):
            env = MazeEnv(index=int(about["index"]), **options)
            observation, info = env.reset(seed=int(about["seed"]))
            rows = [(observation, info["level_seed"])]
            for action, *expected in zip(episode.actions, episode.rewards, episode.terminations, episode.truncations, strict=True):
                observation, *result, info = env.step(action)
                self.assertEqual(result, expected)
                rows.append((observation, info["level_seed"]))
            self.assertTrue(episode.terminations[-1] or episode.truncations[-1])
            self.assertFalse(episode.terminations[:-1].any() or episode.truncations[:-1].any())
            self.assertEqual((info["level_size"], info["success"], info["optimal_steps"]),
                             (about["level_size"], about["success"], about["optimal_steps"]))
            observations = np.stack([row[0] for row in rows])
            if observations.shape[-1] == 3:
                observations = observations.transpose(0, 3, 1, 2)
            np.testing.assert_array_equal(episode.observations, observations)
            np.testing.assert_array_equal(episode.infos["level_seed"], [row[1] for row in rows])
            successes += bool(about["success"])
        return successes

    def test_random_actions_on_planes(self):
        dataset = runs.rollouts("maze/random-v0", 70, num_envs=32, seed=4, **PLANES)
        self.assertEqual((dataset.total_episodes, dataset.storage.metadata["algorithm_name"]), (70, "random actions"))
        successes = self.assert_repeats(dataset, PLANES)
        self.assertTrue(0 < successes < 70)
        self.assertEqual(dataset.recover_environment().spec.kwargs["region"], 3)
        self.assertEqual(minari.load_dataset("maze/random-v0").total_steps, dataset.total_steps)

    def test_a_policy_sampled_and_greedy(self):
        sampled = runs.rollouts("maze/sampled-v0", 40, up_and_right, num_envs=40, seed=2, **PLANES)
        again = runs.rollouts("maze/again-v0", 40, up_and_right, num_envs=7, seed=2, **PLANES)
        greedy = runs.rollouts("maze/greedy-v0", 40, up_and_right, seed=2, greedy=True, **PLANES)
        for dataset in (sampled, greedy):
            self.assert_repeats(dataset, PLANES)
        for one, other in zip(sampled.iterate_episodes(), again.iterate_episodes(), strict=True):
            np.testing.assert_array_equal(one.actions, other.actions, "num_envs changes no episode")
        actions = np.concatenate([episode.actions for episode in sampled.iterate_episodes()])
        before = np.concatenate([episode.observations[:-1] for episode in sampled.iterate_episodes()])
        odds = np.exp(up_and_right(before))
        odds /= odds.sum(axis=1, keepdims=True)
        counts = np.bincount(actions, minlength=5)
        sigma = np.sqrt((odds * (1 - odds)).sum(axis=0))
        self.assertLess(np.abs((counts - odds.sum(axis=0)) / sigma).max(), 4, "actions have the policy's probabilities")
        for episode in greedy.iterate_episodes():
            np.testing.assert_array_equal(episode.actions, up_and_right(episode.observations[:-1]).argmax(axis=1))

    def test_pictures_are_exact(self):
        for data_format in ("hdf5", "parquet"):
            dataset = runs.rollouts(f"maze/{data_format}-v0", 5, about={"data_format": data_format}, **PICTURES)
            self.assertEqual(dataset.observation_space.shape, (3, 64, 64))
            self.assert_repeats(dataset, {**PICTURES, "observation": "rgb"})

    def test_a_policy_file_brings_its_environment(self):
        try:
            from mazescan import policy
        except ImportError as reason:
            print(f"######## SKIPPED: rollouts of a policy file were NOT tested ({reason})")
            self.skipTest("torch is not installed")
        path = pathlib.Path(__file__).resolve().parents[2] / "policies" / "largest_mazes" / "policy.safetensors"
        network = policy.load(path)
        small = {"time_limit": 40}  # other keys are those of the file
        dataset = runs.rollouts("maze/trained-v0", 6, path, seed=1, greedy=True, **small)
        options = dataset.recover_environment().spec.kwargs
        self.assertEqual((options["world_dim"], options["region"], options["anchor"], options["backgrounds"], options["assets"]),
                         (25, 5, "bottom_left", True, ""))
        self.assert_repeats(dataset, {"name": "maze_aisc", **options})
        import torch
        for episode in dataset.iterate_episodes():
            logits, _ = network(torch.from_numpy(episode.observations[:-1]))
            np.testing.assert_array_equal(episode.actions, logits.argmax(dim=1).numpy())

    def test_errors_leave_nothing_behind(self):
        def too_narrow(observations):
            return np.zeros((len(observations), 4))

        runs.rollouts("maze/there-v0", 1, **PLANES)
        for fragment, arguments, options in (
                ("Minari has a dataset 'maze/there-v0'", ("maze/there-v0", 1), PLANES), ("0 episodes", ("maze/a-v0", 0), PLANES),
                ("did you mean 'world_dim'", ("maze/a-v0", 1), {**PLANES, "wrold_dim": 5}),
                ("the policy returned an array of shape (1, 4)", ("maze/a-v0", 1, too_narrow), PLANES),
                ("does not store these observations exactly", ("maze/a-v0", 1), {**PLANES, "world_dim": 3})):
            with self.subTest(fragment), self.assertRaises(ValueError) as caught:
                runs.rollouts(*arguments, **options)
            for part in (fragment, "reason:", "hint:"):
                self.assertIn(part, str(caught.exception))
        self.assertEqual(minari.list_local_datasets().keys(), {"maze/there-v0"})


if __name__ == "__main__":
    unittest.main()
