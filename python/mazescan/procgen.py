"""procgen's interface over mazescan's mazes: programs written for procgen's maze run unchanged, faster.

    from mazescan.procgen import ProcgenEnv, ProcgenGym3Env
    mazescan.procgen.activate()     # from here on, `import procgen` gives this module

Observations, rewards, episode ends and infos equal procgen's to the bit. It needs the package gym3; procgen's look needs
procgen's pictures (`resource_root`, or an installed procgen package), otherwise mazescan's own are drawn.
"""
from __future__ import annotations

import importlib.machinery
import json
import pathlib
import random
import sys
import warnings
from typing import Any

import gym3
import numpy as np
from gym3.types import DictType, Discrete, TensorType

from mazescan._world import World

# world_dim and view of procgen's distribution modes.
_MODES = {"easy": (15, "world"), "hard": (25, "world"), "memory": (31, "mouse")}
_EXPLORATION_LEVEL = 158988835  # procgen's one level of the mode "exploration", which is hard


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


def _assets(resource_root: str | None) -> str | None:
    """Returns the folder of procgen's pictures; None if there is none."""
    if resource_root is not None:
        return str(resource_root)
    spec = importlib.machinery.PathFinder.find_spec("procgen")
    for place in spec.submodule_search_locations or () if spec else ():
        folder = pathlib.Path(place) / "data" / "assets"
        if folder.is_dir():
            return str(folder)
    warnings.warn("procgen's pictures are not installed: mazescan's own are drawn (resource_root=... names a folder)",
                  stacklevel=4)
    return None


class ProcgenGym3Env(gym3.Env):
    """procgen's maze with gym3's interface.

    Args:
        num: number of environments.
        env_name: "maze", or "maze_aisc" of procgenAISC (cheese in the top-right region).
        distribution_mode: "easy", "hard", "memory" or "exploration".
        num_levels, start_level: a finite set of levels; 0: all.
        use_sequential_levels: after a success the next level begins in the same episode.
        rand_seed: seed of the choice of levels; None: a random one.
        num_threads: threads that step the environments.
        use_backgrounds, use_monochrome_assets: the pictures, as procgen draws them.
        resource_root: folder of procgen's pictures (procgen/data/assets).
        rand_region: maze_aisc: the cheese lies in the top-right cells of this number a side.
        reuse_arrays: `observe` returns views of buffers that the next `act` overwrites.
        center_agent, restrict_themes, paint_vel_info, debug_mode: accepted; procgen's maze ignores them, too.

    Raises:
        ValueError: an option is wrong or not supported; the message says what would be right.
    """

    def __init__(self, num: int, env_name: str, center_agent: bool = True, use_backgrounds: bool = True,
                 use_monochrome_assets: bool = False, restrict_themes: bool = False,
                 use_generated_assets: bool = False, paint_vel_info: bool = False, distribution_mode: str = "hard",
                 rand_seed: int | None = None, num_levels: int = 0, start_level: int = 0,
                 use_sequential_levels: bool = False, debug_mode: int = 0, resource_root: str | None = None,
                 num_threads: int = 4, render_mode: str | None = None, rand_region: int = 5, reuse_arrays: bool = False):
        if env_name not in ("maze", "maze_aisc"):
            raise _error(f"env_name is {env_name!r}", "mazescan has procgen's maze only", '"maze" or "maze_aisc"')
        if distribution_mode == "exploration":
            if num_levels or start_level:
                raise _error("num_levels or start_level with distribution_mode='exploration'",
                             "that mode has one level", "omit them")
            distribution_mode, num_levels, start_level = "hard", 1, _EXPLORATION_LEVEL
        if distribution_mode == "memory" and env_name == "maze_aisc":
            raise _error("maze_aisc with distribution_mode='memory'", "procgenAISC's maze has no such mode", "easy or hard")
        if distribution_mode not in _MODES:
            raise _error(f"distribution_mode is {distribution_mode!r}", "procgen's maze has no such mode",
                         "easy, hard, memory or exploration")
        if use_generated_assets:
            raise _error("use_generated_assets is True", "generated pictures are not supported", "False")
        if render_mode is not None:
            raise _error(f"render_mode is {render_mode!r}", "frames in high resolution are not supported",
                         'None; mazescan.gymnasium.MazeEnv(render_mode="rgb_array") renders')
        world_dim, view = _MODES[distribution_mode]
        del center_agent, restrict_themes, paint_vel_info, debug_mode  # procgen's maze ignores them
        assets = _assets(resource_root)
        options = {"name": env_name, "world_dim": world_dim, "observation": "rgb", "view": view,
                   "theme": "mazescan" if assets is None else "procgen", "assets": assets or "",
                   "backgrounds": bool(use_backgrounds), "monochrome": bool(use_monochrome_assets),
                   "levels": num_levels, "start_level": start_level, "sequential": bool(use_sequential_levels),
                   "region": rand_region}
        self._world = World("\n".join(f"{key}: {json.dumps(value)}" for key, value in options.items()), 0, num,
                            max(1, num_threads), "same_step")
        self._world.seed(random.SystemRandom().randrange(2**31) if rand_seed is None else rand_seed)
        self._world.observe()
        super().__init__(ob_space=DictType(rgb=TensorType(Discrete(256, dtype_name="uint8"), (64, 64, 3))),
                         ac_space=TensorType(Discrete(15), ()), num=num)
        self._reuse_arrays = reuse_arrays
        self._first = np.ones(num, bool)
        self._seeds = self._world.level_seeds.copy()
        self._seeds_before = np.zeros(num, np.int32)
        self._complete = np.zeros(num, np.uint8)

    def observe(self) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """Returns rewards, observations {"rgb": uint8 [num, 64, 64, 3]} and the marks of first observations."""
        rewards, frames = self._world.rewards, self._world.observations
        if not self._reuse_arrays:
            rewards, frames = rewards.copy(), frames.copy()
        return rewards, {"rgb": frames}, self._first

    def act(self, ac: np.ndarray) -> None:
        world = self._world
        world.step(np.ascontiguousarray(ac, np.int32))
        self._first = world.terminated | world.truncated
        self._seeds_before = self._seeds
        self._seeds = world.level_seeds.copy()
        self._complete = np.zeros(self.num, np.uint8)
        for index, _, _, _, success, _ in world.ended():
            self._complete[index] = success

    def get_info(self) -> list[dict[str, Any]]:
        """Returns for each environment the seed of its level, of that before the last step, and whether the last step
        solved that."""
        return [{"prev_level_seed": before, "prev_level_complete": complete, "level_seed": seed}
                for before, complete, seed in zip(self._seeds_before, self._complete, self._seeds, strict=True)]

    @staticmethod
    def get_combos() -> list[tuple[str, ...]]:
        """Returns the keys of each action."""
        return [("LEFT", "DOWN"), ("LEFT",), ("LEFT", "UP"), ("DOWN",), (), ("UP",), ("RIGHT", "DOWN"), ("RIGHT",),
                ("RIGHT", "UP"), ("D",), ("A",), ("W",), ("S",), ("Q",), ("E",)]


def ProcgenEnv(num_envs: int, env_name: str, **options: Any) -> gym3.ToBaselinesVecEnv:  # noqa: N802 (procgen's name)
    """Returns the environments with the interface of baselines' VecEnv: reset() and step(actions)."""
    return gym3.ToBaselinesVecEnv(ProcgenGym3Env(num_envs, env_name, **options))


def activate() -> None:
    """Makes `import procgen` give this module, in this process."""
    sys.modules["procgen"] = sys.modules[__name__]
