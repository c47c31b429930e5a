"""procgen's interface: equal to the original (the package procgen-mirror, if it is installed) in every bit."""
import itertools
import subprocess
import sys
import unittest
import warnings

import numpy as np

try:
    import gym3
    import procgen
except ImportError as error:
    gym3 = procgen = None
    print(f"######## SKIPPED: procgen's own programs are not installed ({error})", file=sys.stderr)

MODES = ("easy", "hard", "memory")
OPTIONS = ({}, {"use_backgrounds": False}, {"use_monochrome_assets": True}, {"num_levels": 7, "start_level": 3},
           {"use_sequential_levels": True})
INFOS = ("prev_level_seed", "prev_level_complete", "level_seed")
STEPS, COUNT = 1000, 64


@unittest.skipIf(procgen is None, "procgen is not installed")
class EqualToProcgen(unittest.TestCase):
    def test_frames_rewards_firsts_and_infos(self):
        from mazescan.procgen import ProcgenGym3Env
        for mode, options in itertools.product(MODES, OPTIONS):
            with self.subTest(mode=mode, **options):
                arguments = {"num": COUNT, "env_name": "maze", "distribution_mode": mode, "rand_seed": 5, **options}
                theirs = procgen.ProcgenGym3Env(num_threads=1, **arguments)
                mine = ProcgenGym3Env(num_threads=2, **arguments)
                self.assertEqual((str(mine.ob_space), str(mine.ac_space), mine.num),
                                 (str(theirs.ob_space), str(theirs.ac_space), theirs.num))
                random = np.random.default_rng(1)
                ends = 0
                for step in range(STEPS):
                    (reward, observation, first), (reward2, observation2, first2) = mine.observe(), theirs.observe()
                    for a, b in ((reward, reward2), (first, first2), (observation["rgb"], observation2["rgb"])):
                        self.assertEqual(a.dtype, b.dtype)
                        self.assertTrue(np.array_equal(a, b), step)
                    infos, infos2 = mine.get_info(), theirs.get_info()
                    self.assertEqual(infos, infos2)
                    self.assertEqual([type(v) for v in infos[0].values()], [type(v) for v in infos2[0].values()])
                    ends += first.sum()
                    actions = random.integers(0, 15, COUNT)
                    if step % 50 == 25:
                        actions[::2] = -1  # procgen's action that ends an episode
                    mine.act(actions)
                    theirs.act(actions)
                self.assertGreater(ends, COUNT + 50)

    def outputs_of_both(self, program):
        """Returns what `program` prints with procgen, and with mazescan under its name."""
        activated = "import mazescan.procgen\nmazescan.procgen.activate()\n" + program
        return [subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True).stdout
                for code in (program, activated)]

    def test_an_unchanged_program_runs_on_it(self):
        program = ("from procgen import ProcgenEnv\n"
                   "env = ProcgenEnv(num_envs=8, env_name='maze', distribution_mode='easy', rand_seed=1)\n"
                   "import numpy, hashlib\nhash = hashlib.sha256(env.reset()['rgb'].tobytes())\n"
                   "random = numpy.random.default_rng(1)\n"
                   "for _ in range(200):\n"
                   "    obs, reward, done, info = env.step(random.integers(0, 15, 8))\n"
                   "    hash.update(obs['rgb'].tobytes() + reward.tobytes() + done.tobytes() + repr(info[0]).encode())\n"
                   "print(hash.hexdigest(), ProcgenEnv.__module__)")
        outputs = [output.split() for output in self.outputs_of_both(program)]
        self.assertEqual(outputs[0][0], outputs[1][0])
        self.assertEqual([modules for _, modules in outputs], ["procgen.env", "mazescan.procgen"])

    def test_an_unchanged_gym_program_runs_on_it(self):
        program = ("import gym, hashlib, numpy\n"
                   "env = gym.make('procgen:procgen-maze-v0', distribution_mode='easy', rand_seed=1, apply_api_compatibility=True)\n"
                   "hash = hashlib.sha256(env.reset()[0].tobytes())\n"
                   "random = numpy.random.default_rng(1)\n"
                   "for _ in range(200):\n"
                   "    obs, reward, *ends, info = env.step(random.integers(0, 15))\n"
                   "    hash.update(obs.tobytes() + repr((reward, ends, info)).encode())\n"
                   "print(hash.hexdigest())")
        self.assertEqual(*self.outputs_of_both(program))

    def assert_equal_steps(self, mine, theirs, steps, seed=1):
        """Returns the number of episodes that ended."""
        random, ends = np.random.default_rng(seed), 0
        for step in range(steps):
            (reward, observation, first), (reward2, observation2, first2) = mine.observe(), theirs.observe()
            for a, b in ((reward, reward2), (first, first2), (observation["rgb"], observation2["rgb"])):
                self.assertTrue(np.array_equal(a, b), step)
            self.assertEqual([{k: info[k] for k in INFOS} for info in mine.get_info()],
                             [{k: info[k] for k in INFOS} for info in theirs.get_info()])
            ends += first.sum()
            actions = random.integers(0, 9, mine.num)
            if step == steps // 2:
                actions[::2] = -1
            mine.act(actions)
            theirs.act(actions)
        return ends

    def test_saved_states_go_both_ways(self):
        from mazescan.procgen import ProcgenGym3Env
        for mode, options in itertools.product(MODES, ({}, {"num_levels": 7, "start_level": 3}, {"use_sequential_levels": True})):
            with self.subTest(mode=mode, **options):
                arguments = {"num": 8, "env_name": "maze", "distribution_mode": mode}
                theirs = procgen.ProcgenGym3Env(num_threads=1, rand_seed=5, **arguments, **options)
                theirs2 = procgen.ProcgenGym3Env(num_threads=1, rand_seed=6, **arguments, **options)
                # A state has its own range of levels.
                options = {key: value for key, value in options.items() if "level" not in key.split("_")}
                mine = ProcgenGym3Env(rand_seed=7, **arguments, **options)
                random = np.random.default_rng(3)
                for _ in range(60):
                    theirs.act(random.integers(0, 9, 8))
                mine.callmethod("set_state", theirs.callmethod("get_state"))
                self.assertGreater(self.assert_equal_steps(mine, theirs, 200), 3)
                theirs2.callmethod("set_state", mine.callmethod("get_state"))
                self.assertGreater(self.assert_equal_steps(mine, theirs2, 200, seed=2), 3)

    def test_saved_states_have_procgens_values(self):
        from mazescan import _procgen_state
        from mazescan.procgen import ProcgenGym3Env
        arguments = {"num": 4, "env_name": "maze", "distribution_mode": "memory", "rand_seed": 5, "paint_vel_info": True}
        mine, theirs = ProcgenGym3Env(**arguments), procgen.ProcgenGym3Env(num_threads=1, **arguments)
        self.assert_equal_steps(mine, theirs, 700)
        for state, state2 in zip(mine.get_state(), theirs.get_state(), strict=True):
            values, values2 = _procgen_state.read(state), _procgen_state.read(state2)
            self.assertEqual(_procgen_state.write(values2), state2)
            for each in (values, values2):
                each["grid"] = each["grid"].tolist()
                each["entities"][0] |= {"vx": 0, "vy": 0}  # of the last step, as _TRACES
                for name in ("rand_gen", *_procgen_state._TRACES):
                    del each[name]
            self.assertEqual(values, values2)

    def test_changed_states(self):
        from mazescan import _procgen_state
        from mazescan.procgen import ProcgenGym3Env
        arguments = {"num": 2, "env_name": "maze", "distribution_mode": "easy", "rand_seed": 5}
        mine, theirs = ProcgenGym3Env(**arguments), procgen.ProcgenGym3Env(num_threads=1, **arguments)
        values = [_procgen_state.read(state) for state in theirs.get_state()]
        for value in values:
            grid = np.full((15, 15), 100, np.int32)  # an empty room, larger than the maze was
            grid[::2, 0] = 51
            grid[3, 11] = 2
            value["grid"] = grid.ravel()
            value["entities"][0] |= {"x": 7.5, "y": 14.5}
        states = [_procgen_state.write(value) for value in values]
        mine.set_state(states)
        theirs.set_state(states)
        self.assert_equal_steps(mine, theirs, 400)
        saved = mine._world.save()  # a maze of no seed
        mine.act(np.array([7, 7]))
        mine._world.restore(saved)

    def test_render_mode(self):
        from mazescan.procgen import ProcgenEnv, ProcgenGym3Env
        arguments = {"env_name": "maze", "distribution_mode": "hard", "rand_seed": 5, "render_mode": "rgb_array"}
        mine, theirs = ProcgenGym3Env(num=1, **arguments), procgen.ProcgenGym3Env(num=1, num_threads=1, **arguments)
        mine.observe()
        theirs.observe()
        picture, picture2 = mine.get_info()[0]["rgb"], theirs.get_info()[0]["rgb"]
        self.assertEqual((picture.shape, picture.dtype), (picture2.shape, picture2.dtype))
        self.assertLess(np.abs(picture.astype(float) - picture2).mean(), 10)  # procgen smooths
        self.assertEqual(ProcgenEnv(1, **arguments).render("rgb_array").shape, (512, 512, 3))

    def test_reused_arrays_are_views(self):
        from mazescan.procgen import ProcgenGym3Env
        for reuse in (False, True):
            env = ProcgenGym3Env(2, "maze", rand_seed=1, reuse_arrays=reuse)
            before = env.observe()[1]["rgb"]
            env.act(np.array([7, 5]))
            self.assertEqual(np.shares_memory(before, env.observe()[1]["rgb"]), reuse)

    def test_errors(self):
        from mazescan.procgen import ProcgenGym3Env
        for fragment, options in (("env_name is 'coinrun'", {"env_name": "coinrun"}),
                                  ("distribution_mode is 'extreme'", {"distribution_mode": "extreme"}),
                                  ("use_generated_assets", {"use_generated_assets": True}),
                                  ("render_mode", {"render_mode": "human"}),
                                  ("no folder /nowhere", {"resource_root": "/nowhere"}),
                                  ("exploration", {"distribution_mode": "exploration", "num_levels": 3}),
                                  ("maze_aisc", {"env_name": "maze_aisc", "distribution_mode": "memory"})):
            with self.subTest(fragment), self.assertRaises(ValueError) as caught:
                ProcgenGym3Env(**{"num": 1, "env_name": "maze", **options})
            for part in (fragment, "reason:", "hint:"):
                self.assertIn(part, str(caught.exception))

    def test_states_of_procgen_aisc(self):
        from mazescan import _procgen_state
        from mazescan.procgen import ProcgenGym3Env
        arguments = {"num": 3, "env_name": "maze_aisc", "distribution_mode": "easy", "rand_region": 3}
        first, second = ProcgenGym3Env(rand_seed=1, **arguments), ProcgenGym3Env(rand_seed=2, **arguments)
        first.act(np.array([7, 5, 5]))
        states = first.get_state()
        values = [_procgen_state.read(state) for state in states]
        self.assertEqual([value["rand_region"] for value in values], [3, 3, 3])
        second.set_state(states)
        self.assertGreater(self.assert_equal_steps(first, second, 200), 1)
        # Other versions of procgenAISC write no options of their own.
        second.set_state(first.get_state())
        plain = [{key: value for key, value in _procgen_state.read(state).items()
                  if key not in _procgen_state._AISC.split()} for state in first.get_state()]
        second.set_state([_procgen_state.write(value) for value in plain])
        self.assert_equal_steps(first, second, 50)
        with self.assertRaisesRegex(ValueError, "rand_region was 3, and is 4 here"):
            ProcgenGym3Env(**{**arguments, "rand_region": 4}).set_state(states)

    def test_wrong_states_change_nothing(self):
        from mazescan import _procgen_state
        from mazescan.procgen import ProcgenGym3Env
        env = ProcgenGym3Env(2, "maze", distribution_mode="easy", rand_seed=1)
        other = ProcgenGym3Env(2, "maze", distribution_mode="easy", rand_seed=2)
        good, state = other.get_state()
        before = env.get_state()

        def changed(**values):
            return _procgen_state.write({**_procgen_state.read(state), **values})

        two = np.full(225, 2, np.int32)
        mouse = _procgen_state.read(state)["entities"]
        wrong = [b"", state[:-4], state + b"\0\0\0\0", state[:1000], b"\xff" * len(state), changed(grid=two),
                 changed(grid=two[1:]), changed(grid=two + 1), changed(entities=[]), changed(entities=mouse * 2),
                 changed(entities=[{**mouse[0], "x": 0.7}]), changed(entities=[{**mouse[0], "y": float("nan")}]),
                 changed(entities=[{**mouse[0], "x": 1e30}]), changed(cur_time=500), changed(cur_time=-1),
                 changed(maze_dim=2), changed(maze_dim=-1), changed(maze_dim=2**31 - 1), changed(background_index=9),
                 changed(level_seed_low=9, level_seed_high=3), changed(level_seed_low=-3), changed(timeout=100),
                 changed(level_seed_rand_gen=b"1 2 3"), changed(level_seed_rand_gen=b"x"), changed(use_backgrounds=0),
                 changed(game_name=b"coinrun")]
        for i, bad in enumerate(wrong):
            with self.subTest(i), self.assertRaises(ValueError) as caught:
                env.set_state([good, bad])
            self.assertIn("hint:", str(caught.exception))
            self.assertEqual(env.get_state(), before)
        with self.assertRaisesRegex(ValueError, "1 states"):
            env.set_state([good])
        random = np.random.default_rng(1)
        for _ in range(500):  # any other wrong byte raises ValueError or is read
            bad = bytearray(state)
            for at in random.integers(0, len(bad), 3):
                bad[at] = random.integers(256)
            try:
                env.set_state([good, bytes(bad)])
                env.act(np.array([4, 4]))
            except ValueError:
                pass

    def test_without_procgens_pictures_a_warning(self):
        from mazescan import procgen as mine
        path = sys.path[:]
        sys.path[:] = []
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                self.assertIsNone(mine._assets(None))
        finally:
            sys.path[:] = path
        self.assertIn("mazescan's own are drawn", str(caught[0].message))


if __name__ == "__main__":
    unittest.main()
