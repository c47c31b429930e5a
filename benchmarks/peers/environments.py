"""Environment steps per second of one package, as JSON: environments.py procgen | envpool. run.py calls it.

With envpool it first compares its frames, rewards and ends with mazescan's, and fails if they differ. In heist mazescan has
planes, the others draw frames.
"""
from __future__ import annotations

import importlib.metadata
import json
import pathlib
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

COUNT, SECONDS, ROUNDS = 64, 2.0, 3  # environments; time of a measurement, of which the best counts
MODES = {"easy": (15, "world"), "hard": (25, "world"), "memory": (31, "mouse")}
ENVPOOL_IDS = {"easy": "MazeEasy-v0", "hard": "MazeHard-v0", "memory": "MazeMemory-v0"}
HEIST_WORLDS = {"easy": 9, "hard": 13, "memory": 23}
ENVPOOL_HEIST_IDS = {"easy": "HeistEasy-v0", "hard": "HeistHard-v0", "memory": "HeistMemory-v0"}


def rate(step: Callable[[np.ndarray], object]) -> float:
    """Returns environment steps per second with random actions."""
    actions = np.random.default_rng(1).integers(0, 15, (256, COUNT)).astype(np.int32)
    best = 0.0
    for _ in range(ROUNDS):
        steps, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < SECONDS:
            for _ in range(16):
                step(actions[steps % len(actions)])
                steps += 1
        best = max(best, steps * COUNT / (time.perf_counter() - begin))
    return best


def through_gym3(env) -> Callable[[np.ndarray], object]:
    def step(actions: np.ndarray) -> object:
        env.act(actions)
        return env.observe()
    return step


def procgen_rows() -> Iterator[dict[str, object]]:
    """Rates through gym3's interface, and through Gymnasium's of mazescan."""
    import gymnasium
    import mazescan.gymnasium
    import mazescan.procgen
    import procgen

    version = importlib.metadata.version("procgen-mirror")
    for mode in MODES:
        options = {"num": COUNT, "env_name": "maze", "distribution_mode": mode, "rand_seed": 1, "num_threads": 1}
        theirs = procgen.ProcgenGym3Env(**options)
        yield row("procgen-mirror", version, "gym3", mode, rate(through_gym3(theirs)))
        for interface, reuse in (("gym3", False), ("gym3, reuse_arrays", True)):
            mine = mazescan.procgen.ProcgenGym3Env(**options, reuse_arrays=reuse)
            yield row("mazescan", mazescan.__version__, interface, mode, rate(through_gym3(mine)))
        for interface, copy in (("Gymnasium", True), ("Gymnasium, copy=False", False)):
            envs = gymnasium.make_vec("mazescan/Maze-v0", num_envs=COUNT, copy=copy, **look(mode, pathlib.Path(procgen.__file__)
                                                                                         .parent / "data" / "assets"))
            envs.reset(seed=1)
            yield row("mazescan", mazescan.__version__, interface, mode, rate(envs.step))
    for mode, world_dim in HEIST_WORLDS.items():
        theirs = procgen.ProcgenGym3Env(num=COUNT, env_name="heist", distribution_mode=mode, rand_seed=1, num_threads=1)
        yield row("procgen-mirror", version, "gym3", f"heist {mode}", rate(through_gym3(theirs)))
        for interface, copy in (("Gymnasium, planes", True), ("planes, copy=False", False)):
            envs = mazescan.gymnasium.MazeVectorEnv(COUNT, name="heist", world_dim=world_dim, copy=copy)
            envs.reset(seed=1)
            yield row("mazescan", mazescan.__version__, interface, f"heist {mode}", rate(envs.step))


def look(mode: str, assets: pathlib.Path) -> dict[str, object]:
    world_dim, view = MODES[mode]
    return {"observation": "rgb", "world_dim": world_dim, "view": view, "theme": "procgen", "assets": str(assets)}


def envpool_rows() -> Iterator[dict[str, object]]:
    """Rates through envpool's Gymnasium interface."""
    import envpool
    import mazescan.gymnasium

    assets = pathlib.Path(envpool.__file__).parents[1] / "envpool_assets" / "procgen" / "assets"
    for mode, name in ENVPOOL_IDS.items():
        compare_frames(envpool, mazescan.gymnasium.MazeEnv, name, look(mode, assets))
        envs = envpool.make(name, env_type="gymnasium", num_envs=COUNT, num_threads=1, seed=1)
        envs.reset()
        yield row("envpool", envpool.__version__, "Gymnasium", mode, rate(envs.step))
    for mode, name in ENVPOOL_HEIST_IDS.items():
        envs = envpool.make(name, env_type="gymnasium", num_envs=COUNT, num_threads=1, seed=1)
        envs.reset()
        yield row("envpool", envpool.__version__, "Gymnasium", f"heist {mode}", rate(envs.step))


def compare_frames(envpool, maze_env, name: str, options: dict[str, object]) -> None:
    """Exits if a frame, a reward or an end differs from envpool's."""
    random, compared = np.random.default_rng(2), 0
    for level in range(24):
        theirs = envpool.make(name, env_type="gymnasium", num_envs=1, start_level=level, num_levels=1, channel_first=False)
        mine = maze_env("maze", start_level=level, levels=1, **options)
        frame, ended = theirs.reset()[0][0], False
        frame2, _ = mine.reset(seed=1)
        for _ in range(100):
            if not np.array_equal(frame, frame2):
                sys.exit(f"envpool's {name}: another frame of level {level}")
            compared += 1
            action = int(random.integers(0, 15))
            frame, reward, terminated, truncated, _ = (each[0] if isinstance(each, np.ndarray) else each
                                                       for each in theirs.step(np.array([action], np.int32)))
            frame2, reward2, terminated2, truncated2, _ = mine.step(action)
            if (reward, terminated or truncated) != (reward2, terminated2 or truncated2):
                sys.exit(f"envpool's {name}: another reward or end in level {level}")
            ended = terminated2 or truncated2
            if ended:
                break  # envpool shows the next level
    print(f"envpool's {name}: {compared} frames equal", file=sys.stderr)


def row(package: str, version: str, interface: str, mode: str, value: float) -> dict[str, object]:
    return {"package": package, "version": version, "interface": interface, "name": mode, "value": value, "unit": "steps/s"}


if __name__ == "__main__":
    print(json.dumps(list({"procgen": procgen_rows, "envpool": envpool_rows}[sys.argv[1]]())))
