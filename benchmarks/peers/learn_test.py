"""CleanRL's loop and Stable-Baselines3 learn small mazes through gymnasium.make_vec and make: 90 % of episodes succeed.

`python3 benchmarks/peers/run.py --test` runs it, one to three minutes. It needs torch and stable_baselines3.
"""
import collections
import unittest

import gymnasium
import mazescan  # noqa: F401  (registers the environments)
import ppo
import stable_baselines3
import torch
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

MAZE = {"id": "mazescan/Maze-v0", "world_dim": 5, "observation": "planes", "actions": "moves", "time_limit": 50, "reward": 1}
GOAL, MAX_STEPS = 0.9, 500_000


class Learns(unittest.TestCase):
    def setUp(self):
        torch.set_num_threads(1)
        torch.manual_seed(1)

    def test_cleanrl_loop(self):
        envs = gymnasium.make_vec(num_envs=64, **MAZE)
        shares = collections.deque([0.0] * 10, maxlen=10)

        def is_learned(_steps, share):
            shares.append(share)
            return sum(shares) / len(shares) >= GOAL

        agent = ppo.Agent(*ppo.planes_body(envs.single_observation_space.shape), envs.single_action_space.n)
        ppo.train(envs, agent, MAX_STEPS, learning_rate=2e-3, gamma=0.95, on_update=is_learned)
        self.assertGreaterEqual(sum(shares) / len(shares), GOAL)

    def test_stable_baselines3(self):
        envs = VecMonitor(DummyVecEnv([lambda i=i: gymnasium.make(index=i, **MAZE) for i in range(32)]))
        learner = stable_baselines3.PPO("MlpPolicy", envs, n_steps=64, batch_size=512, n_epochs=4, learning_rate=2e-3, gamma=0.95,
                                        ent_coef=0.01, policy_kwargs={"net_arch": [128, 128]}, stats_window_size=300, seed=1,
                                        device="cpu")
        success = 0.0
        while success < GOAL and learner.num_timesteps < MAX_STEPS:
            learner.learn(20_000, reset_num_timesteps=False)
            success = sum(episode["r"] for episode in learner.ep_info_buffer) / len(learner.ep_info_buffer)
        self.assertGreaterEqual(success, GOAL)


if __name__ == "__main__":
    unittest.main()
