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
from collections.abc import Sequence
from typing import Any

import gym3
import numpy as np
from gym3.types import DictType, Discrete, TensorType

from mazescan import _procgen_state
from mazescan._world import World

# world_dim and view of procgen's distribution modes, and their numbers.
_MODES = {"easy": (15, "world", 0), "hard": (25, "world", 1), "memory": (31, "mouse", 10)}
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
        render_mode: None, or "rgb_array": infos have "rgb", the frame in 512 x 512 pixels (procgen smooths it).
        reuse_arrays: `observe` returns views of buffers that the next `act` overwrites.
        center_agent, restrict_themes, paint_vel_info, debug_mode: accepted, and kept in saved states; procgen's maze
            ignores them, too.

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
        if render_mode not in (None, "rgb_array"):
            raise _error(f"render_mode is {render_mode!r}", "there is no such mode", 'None or "rgb_array"')
        world_dim, view, mode = _MODES[distribution_mode]
        del center_agent  # a level sets it
        self._options = {"game_name": env_name.encode(), "paint_vel_info": int(paint_vel_info),
                         "use_monochrome_assets": int(use_monochrome_assets), "restrict_themes": int(restrict_themes),
                         "use_backgrounds": int(use_backgrounds), "debug_mode": debug_mode, "distribution_mode": mode,
                         "use_sequential_levels": int(use_sequential_levels)}
        if env_name == "maze_aisc":
            self._options |= {"random_percent": 0, "key_penalty": 0, "step_penalty": 0, "rand_region": rand_region,
                              "continue_after_coin": 0}
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
        # Views of buffers that never move, made once because that takes a microsecond.
        self._rewards, self._terminated, self._truncated, self._level_seeds = (
            self._world.rewards, self._world.terminated, self._world.truncated, self._world.level_seeds)
        self._frames = self._world.observations if reuse_arrays else None
        self._renders = render_mode is not None
        self._first = np.ones(num, bool)
        self._seeds = self._world.level_seeds.copy()
        self._seeds_before = np.zeros(num, np.int32)
        self._complete = np.zeros(num, np.uint8)

    def observe(self) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """Returns rewards, observations {"rgb": uint8 [num, 64, 64, 3]} and the marks of first observations."""
        if self._frames is not None:
            return self._rewards, {"rgb": self._frames}, self._first
        return self._rewards.copy(), {"rgb": self._world.take_observations()}, self._first

    def act(self, ac: np.ndarray) -> None:
        world = self._world
        world.step(np.ascontiguousarray(ac, np.int32))
        self._first = self._terminated | self._truncated
        self._seeds_before = self._seeds
        self._seeds = self._level_seeds.copy()
        self._complete = np.zeros(self.num, np.uint8)
        for index, _, _, _, success, _ in world.ended():
            self._complete[index] = success

    def get_info(self) -> list[dict[str, Any]]:
        """Returns for each environment the seed of its level, of that before the last step, and whether the last step
        solved that; with render_mode also the large frame."""
        infos = [{"prev_level_seed": before, "prev_level_complete": complete, "level_seed": seed}
                 for before, complete, seed in zip(self._seeds_before, self._complete, self._seeds, strict=True)]
        if self._renders:
            for info, frame in zip(infos, self._world.observations, strict=True):
                info["rgb"] = frame.repeat(8, axis=0).repeat(8, axis=1)
        return infos

    def get_state(self) -> list[bytes]:
        """Returns the state of each environment in procgen's bytes (those of procgenAISC for maze_aisc).

        procgen continues from them with the same frames, rewards, ends and levels. Values that influence nothing, such as
        the direction of the last move, are those after a step that stays in place.
        """
        return [_procgen_state.write(_procgen_state.values_of(self._world.state(i), self._options, {
            "game_n": i, "reward": self._world.rewards[i], "done": int(self._first[i]), "level_complete": int(self._complete[i]),
            "prev_level_seed": int(self._seeds_before[i])})) for i in range(self.num)]

    def set_state(self, states: Sequence[bytes]) -> None:
        """Continues from states of procgen, procgenAISC or mazescan, whose walls, cheese and mouse may have been changed.

        Raises:
            ValueError: one is damaged, or belongs to an environment with other options. Nothing is changed then.
        """
        if len(states) != self.num:
            raise _error(f"{len(states)} states", "each environment takes one", f"{self.num} states")
        before = self._world.save()
        try:
            values = [_procgen_state.read(state) for state in states]
            for i, value in enumerate(values):
                state = self._world.state(i)
                _procgen_state.update(state, value, self._options)
                self._world.set_state(i, state)
        except ValueError:
            self._world.restore(before)
            raise
        self._world.observe()
        self._world.rewards[:] = [value["reward"] for value in values]
        self._first = np.array([value["done"] != 0 for value in values])
        self._complete = np.array([value["level_complete"] for value in values], np.uint8)
        self._seeds_before = np.array([value["prev_level_seed"] for value in values], np.int32)
        self._seeds = self._world.level_seeds.copy()

    @staticmethod
    def get_combos() -> list[tuple[str, ...]]:
        """Returns the keys of each action."""
        return [("LEFT", "DOWN"), ("LEFT",), ("LEFT", "UP"), ("DOWN",), (), ("UP",), ("RIGHT", "DOWN"), ("RIGHT",),
                ("RIGHT", "UP"), ("D",), ("A",), ("W",), ("S",), ("Q",), ("E",)]


class _BaselinesVecEnv(gym3.ToBaselinesVecEnv):
    metadata = {"render.modes": ["human", "rgb_array"], "video.frames_per_second": 15}

    def render(self, mode: str = "human") -> np.ndarray | None:
        if mode != "rgb_array":
            return None
        return self.env.get_info()[0].get("rgb", self.env.observe()[1]["rgb"][0])


def ProcgenEnv(num_envs: int, env_name: str, **options: Any) -> gym3.ToBaselinesVecEnv:  # noqa: N802 (procgen's name)
    """Returns the environments with the interface of baselines' VecEnv: reset() and step(actions)."""
    return _BaselinesVecEnv(ProcgenGym3Env(num_envs, env_name, **options))


def make_env(render_mode: str | None = None, render: bool = False, **options: Any) -> gym3.ToGymEnv:
    """Returns one maze with the interface of gym: what gym.make("procgen-maze-v0") returns after `activate`.

    render_mode: None, "rgb_array", or "human": a window. render: the same as "human".
    """
    human = render or render_mode == "human"
    env = gym3.ExtractDictObWrapper(
        ProcgenGym3Env(1, render_mode="rgb_array" if human else render_mode, num_threads=1, **options), key="rgb")
    return gym3.ToGymEnv(gym3.ViewerWrapper(env, tps=15, info_key="rgb") if human else env)


def activate() -> None:
    """Makes `import procgen` give this module, in this process; gym.make("procgen:procgen-maze-v0"), too."""
    sys.modules["procgen"] = sys.modules[__name__]
    try:
        import gym
    except ImportError:
        return
    for name in ("maze", "maze_aisc"):
        gym.register(id=f"procgen-{name}-v0", entry_point="mazescan.procgen:make_env", kwargs={"env_name": name})
