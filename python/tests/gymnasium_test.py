"""The package with Gymnasium: conformance, equality with Gymnasium's own vectors, errors, states, processes."""
import os
import subprocess
import sys
import threading
import time
import unittest
import warnings

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import mazescan
from mazescan.gymnasium import MazeEnv, MazeVectorEnv

PLANES = {"name": "maze_aisc", "world_dim": 7, "region": 3, "time_limit": 30, "actions": "moves", "observation": "planes"}
PICTURES = {**PLANES, "observation": "rgb", "actions": "procgen"}
STEPS = 10_000


def equal(mine, theirs):
    """Whether two infos are equal: dictionaries of arrays, arrays of arrays."""
    if isinstance(theirs, dict):
        return isinstance(mine, dict) and mine.keys() == theirs.keys() and all(equal(mine[k], theirs[k]) for k in theirs)
    if theirs.dtype == object:
        return all((a is None) == (b is None) and (a is None or np.array_equal(a, b)) for a, b in zip(mine, theirs))
    return mine.dtype == theirs.dtype and np.array_equal(mine, theirs)


class Conformance(unittest.TestCase):
    def test_gymnasiums_own_check(self):
        for options in (PLANES, PICTURES):
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                check_env(MazeEnv(**options), skip_render_check=True)
        check_env(gymnasium.make("mazescan/Maze-v0").unwrapped)

    def test_import_is_fast_and_needs_numpy_alone(self):
        # Processor time, because other programs may run beside the tests.
        code = ("import sys, time; begin = time.process_time(); sys.modules['gymnasium'] = None; import mazescan; "
                "assert time.process_time() - begin < 0.2; world = mazescan.World('name: maze', 0, 2, 1, 'next_step'); "
                "assert world.observations.shape[0] == 2")
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_made_by_id(self):
        mazes = gymnasium.make_vec("mazescan/MazeAisc-v0", num_envs=3, region=2, world_dim=5, threads=2)
        observations, infos = mazes.reset(seed=4)
        self.assertEqual((observations.shape, observations.dtype), ((3, 64, 64, 3), np.uint8))
        self.assertEqual(infos["level_seed"].shape, (3,))
        self.assertEqual(mazes.metadata["autoreset_mode"], AutoresetMode.NEXT_STEP)
        self.assertEqual(gymnasium.make("mazescan/Maze-v0", observation="planes", world_dim=9).observation_space.shape,
                         (3, 9, 9))


class EqualToSyncVectorEnv(unittest.TestCase):
    """Every result of 10,000 random steps equals that of Gymnasium's vector of our single environments."""

    COUNT = 5

    def check(self, mode, options, threads=1):
        mine = MazeVectorEnv(self.COUNT, autoreset_mode=mode, threads=threads, **options)
        theirs = SyncVectorEnv([lambda i=i: MazeEnv(index=i, **options) for i in range(self.COUNT)], autoreset_mode=mode)
        random = np.random.default_rng(1)
        self.assertEqual(mine.single_observation_space, theirs.single_observation_space)
        self.assertEqual(mine.action_space, theirs.action_space)
        results = mine.reset(seed=3), theirs.reset(seed=[3] * self.COUNT)
        self.assertTrue(np.array_equal(results[0][0], results[1][0]) and equal(results[0][1], results[1][1]))
        ends = 0
        for _ in range(STEPS if options is PLANES else STEPS // 10):
            actions = random.integers(0, mine.single_action_space.n, self.COUNT)
            one, other = mine.step(actions), theirs.step(actions)
            for a, b in zip(one[:4], other[:4]):
                self.assertEqual(a.dtype, b.dtype)
                self.assertTrue(np.array_equal(a, b))
            self.assertTrue(equal(one[4], other[4]), (one[4], other[4]))
            over = one[2] | one[3]
            ends += over.sum()
            if mode is AutoresetMode.DISABLED and over.any():
                one, other = (v.reset(options={"reset_mask": over}) for v in (mine, theirs))
                self.assertTrue(np.array_equal(one[0], other[0]) and equal(one[1], other[1]))
        self.assertGreater(ends, 20)

    def test_next_step(self):
        self.check(AutoresetMode.NEXT_STEP, PLANES)
        self.check(AutoresetMode.NEXT_STEP, PICTURES, threads=2)

    def test_same_step(self):
        self.check(AutoresetMode.SAME_STEP, PLANES)
        self.check(AutoresetMode.SAME_STEP, PICTURES)

    def test_disabled(self):
        self.check(AutoresetMode.DISABLED, PLANES)


class Wrappers(unittest.TestCase):
    def test_vector_wrappers(self):
        mazes = gymnasium.wrappers.vector.NormalizeReward(gymnasium.wrappers.vector.RecordEpisodeStatistics(
            MazeVectorEnv(8, **PLANES)))
        mazes.reset(seed=1)
        returns = []
        random = np.random.default_rng(1)
        for _ in range(2000):
            infos = mazes.step(random.integers(0, 5, 8))[4]
            if "episode" in infos:
                returns += list(zip(infos["episode"]["r"][infos["_episode"]], infos["episode"]["l"][infos["_episode"]],
                                    infos["success"][infos["_episode"]], infos["episode_steps"][infos["_episode"]]))
        self.assertGreater(len(returns), 100)
        for episode_return, length, success, steps in returns:
            self.assertEqual(episode_return, 10.0 if success else 0.0)
            self.assertEqual(length, steps)

    def test_frame_stack(self):
        stacked = gymnasium.wrappers.FrameStackObservation(MazeEnv(**PLANES), 3)
        self.assertEqual(stacked.reset(seed=1)[0].shape, (3, 3, 7, 7))


class States(unittest.TestCase):
    def test_a_seed_gives_the_same_levels_and_another_seed_others(self):
        mazes = MazeVectorEnv(4, **PLANES)
        first, again, other = (mazes.reset(seed=s)[0] for s in (1, 1, 2))
        self.assertTrue(np.array_equal(first, again))
        self.assertFalse(np.array_equal(first, other))
        mazes.reset(seed=1)
        self.assertFalse(np.array_equal(mazes.reset()[0], first), "without a seed the next levels begin")

    def test_save_and_restore(self):
        random = np.random.default_rng(2)
        actions = random.integers(0, 5, (400, 4))
        mazes = MazeVectorEnv(4, **PLANES)
        mazes.reset(seed=5)
        for row in actions[:200]:
            mazes.step(row)
        state = mazes.save()
        expected = [mazes.step(row) for row in actions[200:]]
        other = MazeVectorEnv(4, **PLANES)
        other.restore(state)
        for row, result in zip(actions[200:], expected):
            mine = other.step(row)
            self.assertTrue(all(np.array_equal(a, b) for a, b in zip(mine[:4], result[:4])))
        with self.assertRaisesRegex(ValueError, "cannot be restored|saved state"):
            MazeVectorEnv(4, **{**PLANES, "region": 1}).restore(state)

    def test_views_are_of_one_buffer_and_copies_are_not(self):
        for copy in (False, True):
            mazes = MazeVectorEnv(2, copy=copy, **PLANES)
            first = mazes.reset(seed=1)[0]
            self.assertEqual(np.shares_memory(first, mazes.step([0, 1])[0]), not copy)

    def test_arrays_of_earlier_steps_never_change(self):
        mazes = MazeVectorEnv(3, **PLANES)
        arrays = [mazes.reset(seed=1)[0]]
        copies = [arrays[0].copy()]
        random = np.random.default_rng(1)
        for i in range(60):
            arrays.append(mazes.step(random.integers(0, 5, 3))[0])
            copies.append(arrays[-1].copy())
            if i % 7 == 0:
                del arrays[-4:], copies[-4:]  # so that buffers are used again
        for array, copy in zip(arrays, copies, strict=True):
            self.assertTrue(np.array_equal(array, copy))
        world = mazescan.World("name: maze", 0, 2, 1, "same_step")
        first = world.take_observations()
        second = world.take_observations()
        self.assertFalse(np.shares_memory(first, second))
        self.assertTrue(np.array_equal(first, second))

    def test_a_view_keeps_the_buffer(self):
        mazes = MazeVectorEnv(2, copy=False, **PLANES)
        view = mazes.reset(seed=1)[0]
        expected = view.copy()
        del mazes
        self.assertTrue(np.array_equal(view, expected))

    def test_rendered_frames_show_the_state_whatever_is_observed(self):
        planes = MazeEnv(render_mode="rgb_array", **PLANES)
        pictures = MazeEnv(**{**PLANES, "observation": "rgb"})
        planes.reset(seed=3)
        expected = pictures.reset(seed=3)[0]
        self.assertEqual(planes.render().shape, (512, 512, 3))
        self.assertTrue(np.array_equal(planes.render()[::8, ::8], expected))


class Mazes(unittest.TestCase):
    DRAWING = "..c\n.#.\nm#.\n"
    LEFT, DOWN, UP, RIGHT, NOOP = range(5)

    def test_an_episode_begins_in_a_given_maze(self):
        for options in (PLANES, {**PICTURES, "actions": "moves"}):
            drawn, level = mazescan.Maze(self.DRAWING, **options), mazescan.Maze(123, size=5, **options)
            level.place("top_left_corner")
            env = MazeEnv(**options)
            env.reset(seed=1)
            for maze in (drawn, level):
                observation, info = env.reset(options={"maze": maze})
                self.assertTrue(np.array_equal(observation, maze.observe()))
                self.assertEqual(info["level_seed"], maze.level_seed)
            env.reset(seed=2, options={"maze": drawn})
            for action in (self.UP, self.UP, self.RIGHT):
                self.assertFalse(env.step(action)[2])
            _, reward, terminated, _, info = env.step(self.RIGHT)
            self.assertEqual((reward, terminated), (10.0, True))
            self.assertEqual((info["level_size"], info["optimal_steps"], info["success"]), (3, 4, True))

    def test_vectors(self):
        drawn = mazescan.Maze(self.DRAWING, **PLANES)
        mazes, others = MazeVectorEnv(3, **PLANES), MazeVectorEnv(3, **PLANES)
        observations = mazes.reset(seed=1, options={"mazes": [None, drawn, None]})[0]
        expected = others.reset(seed=1)[0].copy()
        expected[1] = drawn.observe()
        self.assertTrue(np.array_equal(observations, expected))
        mazes.reset()
        observations = mazes.reset(options={"mazes": [drawn] * 3, "reset_mask": np.array([False, False, True])})[0]
        self.assertEqual([np.array_equal(each, drawn.observe()) for each in observations], [False, False, True])
        for options, fragment in (({"mazes": [drawn]}, "1 mazes"), ({"mazes": [None, self.DRAWING, None]}, "a mazescan.Maze"),
                                  ({"mazes": [mazescan.Maze(1, size=9, name="maze", world_dim=9, observation="planes"), None, None]}, "size")):
            with self.assertRaisesRegex(ValueError, fragment):
                mazes.reset(options=options)


class Errors(unittest.TestCase):
    def message(self, call, *fragments):
        with self.assertRaises(ValueError) as caught:
            call()
        text = str(caught.exception)
        for fragment in (*fragments, "reason:", "hint:"):
            self.assertIn(fragment, text)

    def test_options(self):
        self.message(lambda: MazeEnv(wrold_dim=5), "did you mean 'world_dim'?")
        self.message(lambda: MazeEnv(world_dim=4), "world_dim: 4")
        self.message(lambda: MazeEnv(world_dim="large"), "world_dim")
        self.message(lambda: MazeVectorEnv(0, **PLANES), "num_envs is 0")
        self.message(lambda: MazeEnv(render_mode="ansi"), "render_mode is 'ansi'")

    def test_seeds_masks_and_actions(self):
        mazes = MazeVectorEnv(3, **PLANES)
        with self.assertRaises(gymnasium.error.ResetNeeded):
            mazes.step(np.zeros(3, int))
        self.message(lambda: mazes.reset(seed=-1), "seed is -1")
        self.message(lambda: mazes.reset(seed=[1, 2, 3]), "seed is [1, 2, 3]")
        mazes.reset(seed=1)
        for actions in (np.zeros(2, int), np.zeros((3, 1), int), np.zeros(3), [0, 1], "abc", None):
            self.message(lambda actions=actions: mazes.step(actions), "actions have shape")
        self.message(lambda: mazes.step([0, 5, 0]), "action 5 of environment 1", "0 to 4")
        self.message(lambda: mazes.step([0, -2, 0]), "action -2 of environment 1")
        self.message(lambda: mazes.reset(options={"reset_mask": [True, False, True]}), "reset_mask")
        self.message(lambda: mazes.reset(options={"reset_mask": np.ones(2, bool)}), "(3,)")
        disabled = MazeVectorEnv(1, autoreset_mode="disabled", **PLANES)
        disabled.reset(seed=1)
        disabled.step([-1])
        self.message(lambda: disabled.step([0]), "environments [0] have ended")

    def test_after_a_fork(self):
        """A forked process gets an error, not a hang: the threads are in the parent."""
        mazes = MazeVectorEnv(4, threads=2, **PLANES)
        mazes.reset(seed=1)
        child = os.fork()
        if child == 0:
            try:
                mazes.step(np.zeros(4, int))
            except RuntimeError as error:
                os._exit(0 if "before a fork" in str(error) else 1)
            os._exit(2)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        mazes.step(np.zeros(4, int))


class Threads(unittest.TestCase):
    def test_python_runs_while_environments_step(self):
        """Two threads of Python that step take less time together than one after the other."""
        if (os.cpu_count() or 1) < 2:
            self.skipTest("one core")
        worlds = [mazescan.World("name: maze\nobservation: rgb", 0, 512, 1, "same_step") for _ in range(2)]
        actions = np.zeros(512, np.int32)

        def step(world):
            for _ in range(60):
                world.step(actions)

        best = 0.0
        for _ in range(5):
            begin = time.perf_counter()
            for world in worlds:
                step(world)
            alone = time.perf_counter() - begin
            threads = [threading.Thread(target=step, args=(world,)) for world in worlds]
            begin = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            best = max(best, alone / (time.perf_counter() - begin))
        self.assertGreater(best, 1.2)


if __name__ == "__main__":
    unittest.main()
