"""Mazes as Gymnasium environments (Gymnasium 1.1 or later).

    gymnasium.make("mazescan/Maze-v0")
    gymnasium.make_vec("mazescan/MazeAisc-v0", num_envs=64, region=5, observation="planes")

Every key of the section `environment` of a mazescan configuration is a keyword (`mazescan-trainer --dump-config` lists
them with their meaning). Observations are uint8: pictures [64, 64, 3], or planes [3, world_dim, world_dim], row 0 at the
top. Infos have `level_seed` at every step and, where an episode ended, `level_size`, `episode_steps`, `optimal_steps`
(-1: there is no way) and `success`.
"""
from __future__ import annotations

import json
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from mazescan._world import World
from mazescan.maze import Maze

_SEEDS = 2**31
_END_KEYS = ("level_size", "episode_steps", "optimal_steps", "success")


def _world(options: dict[str, Any], first: int, count: int, threads: int, mode: AutoresetMode) -> World:
    text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in options.items()) or "{}"
    return World(text, first, count, threads, mode.name.lower())


def _spaces(world: World) -> tuple[gymnasium.spaces.Box, gymnasium.spaces.Discrete]:
    return (gymnasium.spaces.Box(0, world.highest_byte, tuple(world.observation_shape), np.uint8),
            gymnasium.spaces.Discrete(world.actions))


class _Renderer:
    """Draws the states of a world in 512 x 512 pixels, whatever its observations are."""

    def __init__(self, options: dict[str, Any], first: int, count: int, mode: AutoresetMode):
        self._world = _world({**options, "observation": "rgb", "view": "world"}, first, count, 1, mode)

    def frames(self, world: World) -> np.ndarray:
        self._world.restore(world.save())
        self._world.observe()
        return self._world.observations.repeat(8, axis=1).repeat(8, axis=2)


def _begin(world: World, index: int, maze: Any) -> None:
    """Puts the beginning of `maze` in place of a level that has just begun."""
    if not isinstance(maze, Maze):
        raise ValueError(f"options have a {type(maze).__name__}\n  reason: an episode begins in a mazescan.Maze\n"
                         "  hint:   mazescan.Maze(LEVEL SEED OR DRAWING, ...)")
    state = world.state(index)
    state.level_seed, state.size, state.background = maze.level_seed, maze.size, maze.background
    state.open, state.mouse, state.cheese = maze.free.astype(np.uint8).ravel().tolist(), maze.mouse, maze.cheese
    world.set_state(index, state)


def _require_render_mode(render_mode: str | None, metadata: dict[str, Any]) -> None:
    if render_mode not in (None, *metadata["render_modes"]):
        raise ValueError(f"render_mode is {render_mode!r}\n  reason: there is no such mode\n"
                         f"  hint:   None or {metadata['render_modes'][0]!r}")


class MazeEnv(gymnasium.Env):
    """One environment.

    Args:
        name: "maze" (procgen's) or "maze_aisc" (cheese in the top-right region).
        index: the environment of a vector that this one equals, with the same seed.
        render_mode: None, or "rgb_array": the frame in 512 x 512 pixels.
        environment: other keys of the section `environment`.

    Raises:
        ValueError: an option is wrong; the message says what would be right.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15}

    def __init__(self, name: str = "maze", index: int = 0, render_mode: str | None = None, **environment: Any):
        _require_render_mode(render_mode, self.metadata)
        options = {"name": name, **environment}
        self._world = _world(options, index, 1, 1, AutoresetMode.DISABLED)
        self._renderer = None if render_mode is None else _Renderer(options, index, 1, AutoresetMode.DISABLED)
        self.observation_space, self.action_space = _spaces(self._world)
        self.render_mode = render_mode
        self._begun = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        """Begins the next level; with a seed, the first level of that seed. options: {"maze": Maze} begins in that maze."""
        checked = None if seed is None else _checked_seed(seed)
        super().reset(seed=checked)
        if checked is not None or not self._begun:
            self._world.seed(int(self.np_random.integers(_SEEDS)) if checked is None else checked)
            self._begun = True
        else:
            self._world.reset(None)
        if options and "maze" in options:
            _begin(self._world, 0, options["maze"])
        self._world.observe()
        return self._world.observations[0].copy(), self._info()

    def step(self, action: int):
        if not self._begun:
            raise gymnasium.error.ResetNeeded("step() before the first reset()")
        world = self._world
        world.step(np.array([action], np.int32))
        info = self._info()
        for _, size, steps, optimal, success, _ in world.ended():
            info |= dict(zip(_END_KEYS, (size, steps, optimal, success), strict=True))
        return (world.observations[0].copy(), float(world.rewards[0]), bool(world.terminated[0]),
                bool(world.truncated[0]), info)

    def render(self):
        return None if self._renderer is None else self._renderer.frames(self._world)[0]

    def _info(self) -> dict[str, Any]:
        return {"level_seed": int(self._world.level_seeds[0])}

    def save(self) -> bytes:
        """Returns the whole state, for `restore` of an environment with the same options."""
        return self._world.save()

    def restore(self, state: bytes) -> np.ndarray:
        """Continues where `save` was called. Returns the observation."""
        self._world.restore(state)
        self._begun = True
        self._world.observe()
        return self._world.observations[0].copy()


def _checked_seed(seed: Any) -> int:
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < _SEEDS:
        raise ValueError(f"seed is {seed!r}\n  reason: one seed serves all environments, which differ by their index\n"
                         f"  hint:   a whole number from 0 to {_SEEDS - 1}")
    return int(seed)


class MazeVectorEnv(VectorEnv):
    """A vector of environments, stepped in C++. Environment i depends on seed and i only.

    Args:
        num_envs: number of environments.
        name: "maze" (procgen's) or "maze_aisc" (cheese in the top-right region).
        threads: threads that step them.
        autoreset_mode: see gymnasium.vector.AutoresetMode; also its name in lower case.
        copy: whether `reset` and `step` return copies. False: views of buffers that the next call overwrites.
        render_mode: None, or "rgb_array": frames in 512 x 512 pixels.
        environment: other keys of the section `environment`.

    Raises:
        ValueError: an option is wrong; the message says what would be right.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15, "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, num_envs: int = 1, name: str = "maze", threads: int = 1,
                 autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP, copy: bool = True,
                 render_mode: str | None = None, **environment: Any):
        _require_render_mode(render_mode, self.metadata)
        mode = AutoresetMode[autoreset_mode.upper()] if isinstance(autoreset_mode, str) else autoreset_mode
        self.num_envs = num_envs
        self.metadata = {**self.metadata, "autoreset_mode": mode}
        self.render_mode = render_mode
        options = {"name": name, **environment}
        self._world = _world(options, 0, num_envs, threads, mode)
        self._renderer = None if render_mode is None else _Renderer(options, 0, num_envs, mode)
        self.single_observation_space, self.single_action_space = _spaces(self._world)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._mode = mode
        self._begun = False
        self._ended = np.zeros(num_envs, bool)  # episodes that ended in the last step
        # Views of buffers that never move, made once because that takes a microsecond.
        self._rewards, self._terminated, self._truncated, self._level_seeds = (
            self._world.rewards, self._world.terminated, self._world.truncated, self._world.level_seeds)
        self._view = None if copy else self._world.observations
        self._seeds_before = self._level_seeds.copy()  # of that step

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        """Begins the next levels; with a seed, the first levels of that seed.

        options: {"reset_mask": bool [num_envs]} restricts it to some environments; {"mazes": [Maze or None, ...]} begins in
        these mazes, in the next level where it is None.
        """
        mask, mazes = (options or {}).get("reset_mask"), (options or {}).get("mazes")
        if mazes is not None and len(mazes) != self.num_envs:
            raise ValueError(f"{len(mazes)} mazes\n  reason: each environment takes one, or None\n  hint:   {self.num_envs} of them")
        if seed is not None or not self._begun:
            if mask is not None:
                raise ValueError("reset_mask with a seed or before the first reset\n"
                                 "  reason: a seed begins all environments\n  hint:   reset() without a mask")
            checked = None if seed is None else _checked_seed(seed)
            super().reset(seed=checked)
            self._world.seed(int(self.np_random.integers(_SEEDS)) if checked is None else checked)
            self._begun = True
        else:
            self._world.reset(None if mask is None else self._checked_mask(mask))
        for index, maze in enumerate(mazes or ()):
            if maze is not None and (mask is None or mask[index]):
                _begin(self._world, index, maze)
        self._world.observe()
        self._ended = self._ended & ~mask if mask is not None else np.zeros(self.num_envs, bool)
        return self._observations(), self._infos(np.ones(self.num_envs, bool) if mask is None else mask)

    def step(self, actions: np.ndarray):
        if not self._begun:
            raise gymnasium.error.ResetNeeded("step() before the first reset()")
        world = self._world
        if self._mode is AutoresetMode.DISABLED and self._ended.any():
            raise ValueError(f"environments {np.flatnonzero(self._ended).tolist()} have ended\n"
                             "  reason: nothing resets them in this autoreset mode\n"
                             '  hint:   reset(options={"reset_mask": terminated | truncated}) first')
        checked = self._checked_actions(actions)
        self._seeds_before = self._level_seeds.copy()
        world.step(checked)
        self._ended = self._terminated | self._truncated
        infos = {"level_seed": self._level_seeds.astype(int), "_level_seed": np.ones(self.num_envs, bool)}
        self._add_ended(infos)
        return (self._observations(), self._rewards.astype(np.float64), self._terminated.copy(), self._truncated.copy(),
                infos)

    def render(self):
        return None if self._renderer is None else tuple(self._renderer.frames(self._world))

    def save(self) -> bytes:
        """Returns the whole state, for `restore` of a vector with the same options."""
        return self._world.save()

    def restore(self, state: bytes) -> np.ndarray:
        """Continues where `save` was called. Returns the observations."""
        self._world.restore(state)
        self._begun = True
        self._ended[:] = False
        self._world.observe()
        return self._observations()

    def _observations(self) -> np.ndarray:
        return self._world.take_observations() if self._view is None else self._view

    def _checked_mask(self, mask: Any) -> list[int]:
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (self.num_envs,):
            raise ValueError("reset_mask is not an array of booleans, one for each environment\n"
                             f"  reason: it is {type(mask).__name__} {getattr(mask, 'shape', '')}\n"
                             f"  hint:   a numpy array of dtype bool and shape ({self.num_envs},)")
        return mask.astype(np.uint8).tolist()

    def _checked_actions(self, actions: Any) -> np.ndarray:
        array = np.asarray(actions)
        if array.shape != (self.num_envs,) or not np.issubdtype(array.dtype, np.integer):
            raise ValueError(f"actions have shape {array.shape} and type {array.dtype}\n"
                             f"  reason: each of {self.num_envs} environments takes one action\n"
                             f"  hint:   an array of whole numbers of shape ({self.num_envs},)")
        return np.ascontiguousarray(array, np.int32)

    def _infos(self, mask: np.ndarray) -> dict[str, Any]:
        if not mask.any():
            return {}
        seeds = np.where(mask, self._level_seeds, 0).astype(int)
        return {"level_seed": seeds, "_level_seed": mask.copy()}

    def _add_ended(self, infos: dict[str, Any]) -> None:
        """Adds what `gymnasium.vector.SyncVectorEnv` makes of the infos of environments that ended."""
        ended = self._world.ended()
        if not ended:
            return
        mask = np.zeros(self.num_envs, bool)
        values = {key: np.zeros(self.num_envs, bool if key == "success" else int) for key in _END_KEYS}
        for index, size, steps, optimal, success, _ in ended:
            mask[index] = True
            for key, value in zip(_END_KEYS, (size, steps, optimal, success), strict=True):
                values[key][index] = value
        at_end = {name: array for key in _END_KEYS for name, array in ((key, values[key]), (f"_{key}", mask.copy()))}
        if self._mode is not AutoresetMode.SAME_STEP:
            infos |= at_end
            return
        final = np.full(self.num_envs, None, object)
        for k, (index, *_) in enumerate(ended):
            final[index] = np.frombuffer(self._world.final_observation(k), np.uint8).reshape(
                self.single_observation_space.shape)
        seeds = np.where(mask, self._seeds_before, 0).astype(int)
        infos["final_obs"], infos["_final_obs"] = final, mask.copy()
        infos["final_info"] = {"level_seed": seeds, "_level_seed": mask.copy(), **at_end}
        infos["_final_info"] = mask.copy()

