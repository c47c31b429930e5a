"""Environment steps per processor second of PPO on one thread, with the same network (ppo.impala_body) and settings, as JSON.

run.py calls it, in an environment with Debian's torch, Stable-Baselines3, procgen-mirror and mazescan. mazescan-trainer has a
row if it is built (./run build).
"""
from __future__ import annotations

import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import tempfile
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
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
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


class Impala(BaseFeaturesExtractor):
    """The network for Stable-Baselines3, which scales and transposes pictures itself."""

    def __init__(self, space: gymnasium.Space):
        body, features = ppo.impala_body()
        super().__init__(space, features)
        self.body = body

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.body(pictures)


def baselines_rate() -> float:
    """Stable-Baselines3's PPO."""
    envs = DummyVecEnv([lambda i=i: gymnasium.make("mazescan/Maze-v0", index=i, **LOOK) for i in range(COUNT)])
    learner = stable_baselines3.PPO("CnnPolicy", envs, n_steps=ROLLOUT, n_epochs=EPOCHS, seed=1, device="cpu",
                                    batch_size=ROLLOUT * COUNT // MINIBATCHES,
                                    policy_kwargs={"features_extractor_class": Impala, "net_arch": []})
    learner.learn(ROLLOUT * COUNT)
    begin = time.process_time()
    learner.learn(UPDATES * ROLLOUT * COUNT)
    return UPDATES * ROLLOUT * COUNT / (time.process_time() - begin)


CONFIG = """\
run: {run}
environment: {{name: maze, world_dim: 25, observation: rgb, theme: procgen, assets: "{assets}", actions: procgen, reward: 10}}
network: {{channels: [16, 32, 32], residual_blocks: 2, fc: 256}}
train:
  {{steps: {steps}, mazes: {count}, horizon: {rollout}, threads: 1, device: cpu, ppo: {{epochs: {epochs}, minibatch: {minibatch}}}}}
"""


def trainer_rate(program: pathlib.Path) -> float:
    """mazescan-trainer with sampled advantages, which is PPO too."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "ppo.yaml"
        config.write_text(CONFIG.format(run=f"{folder}/run", assets=LOOK["assets"], steps=(UPDATES + 1) * ROLLOUT * COUNT, count=COUNT,
                                        rollout=ROLLOUT, epochs=EPOCHS, minibatch=ROLLOUT * COUNT // MINIBATCHES), encoding="utf-8")
        subprocess.run([program, config], check=True, stdout=sys.stderr,
                       env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
        lines = [json.loads(line) for line in (pathlib.Path(folder) / "run" / "metrics.jsonl").read_text().splitlines()]
    first, last = lines[0], lines[-1]
    return (last["steps"] - first["steps"]) / (last["processor_seconds"] - first["processor_seconds"])


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
    program = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "bin" / "mazescan-trainer"
    if program.is_file():
        rates["mazescan-trainer", mazescan.__version__, f"mazescan {mazescan.__version__}"] = trainer_rate(program)
    else:
        print(f"######## SKIPPED: no {program}: mazescan-trainer has no row", file=sys.stderr)
    print(json.dumps([{"package": package, "version": own, "interface": "PPO, same network", "name": environment, "value": value,
                       "unit": "steps/s"} for (package, own, environment), value in rates.items()]))


if __name__ == "__main__":
    main()
