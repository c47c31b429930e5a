"""heist: equal to the original (the package procgen-mirror, if it is installed), positions and velocities included."""
import sys
import unittest

import numpy as np

from mazescan import World, _procgen_state

try:
    import gymnasium
except ImportError:
    gymnasium = None
try:
    import gym3
    import procgen
except ImportError as error:
    gym3 = procgen = None
    print(f"######## SKIPPED: procgen's own programs are not installed ({error})", file=sys.stderr)

# The side of each mode's world; options of procgen, and the same for mazescan.
MODES = {"easy": (9, {}, {}),
         "hard": (13, {"use_sequential_levels": True}, {"sequential": "true"}),
         "memory": (23, {"num_levels": 5, "start_level": 70}, {"levels": 5, "start_level": 70})}
COUNT, STEPS = 31, 1100  # together more than 100,000 steps, and more than an episode can have
_FIELDS = _procgen_state._HEAD + _procgen_state._TAIL
_FIELDS = _FIELDS[:_FIELDS.index("E:entities") + 1]


def world_of(count=COUNT, **options):
    return World("name: heist\n" + "\n".join(f"{key}: {value}" for key, value in options.items()), 0, count, 1, "same_step")


def entities_of(state):
    """Returns the entities of procgen's saved state; the first is the mouse."""
    return _procgen_state._Reader(state).record(_FIELDS)["entities"]


class EqualToProcgen(unittest.TestCase):
    @unittest.skipIf(procgen is None, "procgen is not installed")
    def test_positions_velocities_objects_rewards_and_levels(self):
        for mode, (side, theirs, mine) in MODES.items():
            with self.subTest(mode):
                original = procgen.ProcgenGym3Env(num=COUNT, env_name="heist", distribution_mode=mode, rand_seed=5,
                                                  num_threads=1, **theirs)
                world = world_of(world_dim=side, **mine)
                world.seed(5)
                ends, taken = self.compare(original, world)
                self.assertGreater(ends, COUNT)
                self.assertGreater(taken, COUNT)

    def compare(self, original, world):
        """Returns how many episodes ended, and how many keys and doors were taken."""
        random, ends, taken = np.random.default_rng(1), 0, 0
        actions = np.full(COUNT, 4, np.int32)
        objects = [0] * COUNT  # of the original's levels, with the mouse and the ring
        before = [0] * COUNT
        for step in range(STEPS):
            rewards, _, first = original.observe()
            if step > 0:  # before, the original marks first observations
                np.testing.assert_array_equal(world.rewards, rewards, str(step))
                np.testing.assert_array_equal(world.terminated | world.truncated, first, str(step))
                ends += int(first.sum())
            self.assertEqual(world.level_seeds.tolist(), [info["level_seed"] for info in original.get_info()])
            for i, saved in enumerate(original.get_state()):
                mouse, *others = entities_of(saved)
                state = world.state(i)
                self.assertEqual((*state.position, *state.velocity), tuple(mouse[key] for key in ("x", "y", "vx", "vy")),
                                 f"step {step}, environment {i}")
                if state.clock == 0:
                    objects[i] = len(others)
                gone = state.taken.bit_count()
                self.assertEqual(len(others), objects[i] - gone, f"step {step}, environment {i}")
                taken += gone > before[i]
                before[i] = gone
            # Actions last for some steps, so that mice get somewhere.
            actions = np.where(random.random(COUNT) < 0.3, random.integers(0, 15, COUNT), actions).astype(np.int32)
            played = np.where(random.random(COUNT) < 0.001, -1, actions).astype(np.int32)
            original.act(played)
            world.step(played)
        return ends, taken


class Heist(unittest.TestCase):
    def test_a_saved_vector_goes_on_identically(self):
        world, copy = world_of(world_dim=9), world_of(world_dim=9)
        random = np.random.default_rng(2)
        for step in range(200):
            if step == 100:
                copy.restore(world.save())
            actions = random.integers(0, 15, COUNT).astype(np.int32)
            world.step(actions)
            if step >= 100:
                copy.step(actions)
                np.testing.assert_array_equal(copy.observations, world.observations)
                for i in range(COUNT):
                    self.assertEqual(copy.state(i).position, world.state(i).position)
                    self.assertEqual(copy.state(i).velocity, world.state(i).velocity)

    def test_states_of_mazes_are_refused(self):
        world = world_of(1, world_dim=9)
        with self.assertRaisesRegex(ValueError, "never lead to it"):
            world.set_state(0, world.state(0))

    @unittest.skipIf(gymnasium is None, "Gymnasium is not installed")
    def test_its_space_has_all_bytes(self):
        from mazescan.gymnasium import MazeVectorEnv
        envs = MazeVectorEnv(4, name="heist", world_dim=9)
        observations, _ = envs.reset(seed=1)
        self.assertEqual(observations.shape, (4, 14, 9, 9))
        self.assertEqual(observations.max(), 255)
        for _ in range(20):
            self.assertTrue(envs.observation_space.contains(observations))
            observations = envs.step(envs.action_space.sample())[0]


if __name__ == "__main__":
    unittest.main()
