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
STEPS, COUNT = 150, 64


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

    def test_an_unchanged_program_runs_on_it(self):
        program = ("from procgen import ProcgenEnv\n"
                   "env = ProcgenEnv(num_envs=8, env_name='maze', distribution_mode='easy', rand_seed=1)\n"
                   "import numpy, hashlib\nhash = hashlib.sha256(env.reset()['rgb'].tobytes())\n"
                   "random = numpy.random.default_rng(1)\n"
                   "for _ in range(200):\n"
                   "    obs, reward, done, info = env.step(random.integers(0, 15, 8))\n"
                   "    hash.update(obs['rgb'].tobytes() + reward.tobytes() + done.tobytes() + repr(info[0]).encode())\n"
                   "print(hash.hexdigest(), ProcgenEnv.__module__)")
        activated = "import mazescan.procgen\nmazescan.procgen.activate()\n" + program
        outputs = [subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True,
                                  text=True).stdout.split() for code in (program, activated)]
        self.assertEqual(outputs[0][0], outputs[1][0])
        self.assertEqual([modules for _, modules in outputs], ["procgen.env", "mazescan.procgen"])

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
                                  ("render_mode", {"render_mode": "rgb_array"}),
                                  ("no folder /nowhere", {"resource_root": "/nowhere"}),
                                  ("exploration", {"distribution_mode": "exploration", "num_levels": 3}),
                                  ("maze_aisc", {"env_name": "maze_aisc", "distribution_mode": "memory"})):
            with self.subTest(fragment), self.assertRaises(ValueError) as caught:
                ProcgenGym3Env(**{"num": 1, "env_name": "maze", **options})
            for part in (fragment, "reason:", "hint:"):
                self.assertIn(part, str(caught.exception))

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
