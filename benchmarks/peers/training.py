"""Environment steps per second of PPO on one thread, with the network of Mnih et al. (2015) and equal settings, as JSON.

run.py calls it, in an environment with Debian's torch, Stable-Baselines3, procgen-mirror and mazescan.
"""
from __future__ import annotations

import importlib.metadata
import json
import pathlib
import time

import gymnasium
import gym3
import mazescan.procgen
import numpy as np
import ppo
import procgen
import stable_baselines3
import torch
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import DummyVecEnv

COUNT, ROLLOUT, EPOCHS, MINIBATCHES, UPDATES = 64, 32, 3, 8, 2
LOOK = {"world_dim": 25, "theme": "procgen", "assets": str(pathlib.Path(procgen.__file__).parent / "data" / "assets")}


class Gym3Vector:
    """What ppo.train needs of a Gymnasium vector, over gym3."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}
    num_envs = COUNT

    def __init__(self, env: gym3.Env):
        self._env = env

    def reset(self, seed: int | None = None):
        del seed
        return self._env.observe()[1]["rgb"], {}

    def step(self, actions: np.ndarray):
        self._env.act(actions)
        reward, observation, first = self._env.observe()
        return observation["rgb"], reward, first & (reward > 0), first & (reward <= 0), {}


def loop_rate(envs) -> float:
    torch.manual_seed(1)
    agent = ppo.Agent(*ppo.picture_body(), 15)
    return ppo.train(envs, agent, (UPDATES + 1) * ROLLOUT * COUNT, rollout=ROLLOUT, epochs=EPOCHS, minibatches=MINIBATCHES)


def baselines_rate() -> float:
    """Stable-Baselines3's PPO with its CnnPolicy, which is the same network."""
    envs = DummyVecEnv([lambda i=i: gymnasium.make("mazescan/Maze-v0", index=i, **LOOK) for i in range(COUNT)])
    learner = stable_baselines3.PPO("CnnPolicy", envs, n_steps=ROLLOUT, n_epochs=EPOCHS, seed=1, device="cpu",
                                    batch_size=ROLLOUT * COUNT // MINIBATCHES)
    learner.learn(ROLLOUT * COUNT)
    begin = time.perf_counter()
    learner.learn(UPDATES * ROLLOUT * COUNT)
    return UPDATES * ROLLOUT * COUNT / (time.perf_counter() - begin)


def main() -> None:
    torch.set_num_threads(1)
    options = {"num": COUNT, "env_name": "maze", "distribution_mode": "hard", "rand_seed": 1, "num_threads": 1}
    torch_version, version = torch.__version__, importlib.metadata.version
    rates = {
        ("CleanRL's loop", f"torch {torch_version}", f"procgen-mirror {version('procgen-mirror')}"):
            loop_rate(Gym3Vector(procgen.ProcgenGym3Env(**options))),
        ("CleanRL's loop", f"torch {torch_version}", f"mazescan {mazescan.__version__}"):
            loop_rate(gymnasium.make_vec("mazescan/Maze-v0", num_envs=COUNT, **LOOK)),
        ("Stable-Baselines3", stable_baselines3.__version__, f"mazescan {mazescan.__version__}"): baselines_rate(),
    }
    print(json.dumps([{"package": package, "version": own, "interface": "PPO, same network", "name": environment, "value": value,
                       "unit": "steps/s"} for (package, own, environment), value in rates.items()]))


if __name__ == "__main__":
    main()
