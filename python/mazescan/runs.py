"""Results of a run directory as pandas tables, and rollouts of its policy as a Minari dataset.

    from mazescan import runs
    runs.metrics("runs/quickstart")                            # a row for each update of the training
    runs.summary("runs/quickstart").query("measure == 'success_limit' and size == 9")
    runs.verdicts("runs/quickstart")[["finding", "scope", "value", "low", "high"]]
    runs.rollouts("maze/quickstart-v0", 1000, "runs/quickstart")

The tables need pandas; rollouts need minari[hdf5] and gymnasium, and torch if a policy is loaded.
"""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import minari
    import pandas


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


def _read(path: pathlib.Path, made_by: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be read\n  reason: {error.strerror}\n  hint:   {made_by} writes it") from error


def metrics(run: str | os.PathLike) -> pandas.DataFrame:
    """Returns metrics.jsonl: a row for each update, with columns such as `steps`, `success/9` and `loss/entropy`.

    Raises:
        ValueError: the run has no metrics.
    """
    import pandas
    rows = []
    for line in _read(pathlib.Path(run) / "metrics.jsonl", "mazescan-trainer").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # a killed training leaves an incomplete last line
        row = {}
        entry.pop("seal", None)
        for key, value in entry.items():
            if isinstance(value, dict):
                row |= {f"{key}/{name}": number for name, number in value.items()}
            else:
                row[key] = value
        rows.append(row)
    return pandas.DataFrame(rows).set_index("update")


def summary(run: str | os.PathLike) -> pandas.DataFrame:
    """Returns report/summary.json: every number of the report with its 95 % interval, indexed by its id.

    Raises:
        ValueError: the run has no report.
    """
    import pandas
    text = _read(pathlib.Path(run) / "report" / "summary.json", "mazescan-evaluator report")
    return pandas.DataFrame(json.loads(text)).set_index("id")


def verdicts(run: str | os.PathLike) -> pandas.DataFrame:
    """Returns the verdicts of the questions: the rows of `summary` that have a finding."""
    rows = summary(run)
    return rows[rows["finding"].notna()]


# ---- Rollouts

_IDS = {"maze": "mazescan/Maze-v0", "maze_aisc": "mazescan/MazeAisc-v0"}


def _loaded(policy: Any) -> tuple[Callable[[np.ndarray], np.ndarray] | None, dict[str, Any]]:
    """Returns the function from observations to logits (None: random actions), and the environment it was trained in."""
    if policy is None:
        return None, {}
    if isinstance(policy, (str, os.PathLike)):
        from mazescan import policy as policies
        path = pathlib.Path(policy)
        policy = policies.load(path / "policy.safetensors" if path.is_dir() else path)
    options = getattr(policy, "environment", {})
    if not hasattr(policy, "parameters"):
        return policy, options
    import torch

    def logits(observations: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            output = policy(torch.from_numpy(observations))
        return (output[0] if isinstance(output, tuple) else output).numpy()

    return logits, options


def _choose(logits: np.ndarray, greedy: bool, generators: list[np.random.Generator]) -> np.ndarray:
    """Returns an action for each row of logits. Shapes: logits [N, actions], one generator for each row; returns [N]."""
    if greedy:
        return logits.argmax(axis=1)
    odds = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True)).cumsum(axis=1)
    draws = np.array([generator.random() for generator in generators]) * odds[:, -1]
    return (odds <= draws[:, None]).sum(axis=1).clip(max=logits.shape[1] - 1)


def _play(options: dict[str, Any], first: int, count: int, seed: int, greedy: bool,
          logits: Callable[[np.ndarray], np.ndarray] | None) -> list[dict[str, Any]]:
    """Plays the first episodes of environments first..first+count-1.

    Returns:
        For each: observations [T + 1, ...], level_seeds [T + 1], actions, rewards, terminations and truncations [T],
        and `about`: index, level_size, optimal_steps and success of its last level.
    """
    from mazescan._world import World
    world = World("\n".join(f"{key}: {json.dumps(value)}" for key, value in options.items()), first, count, 1, "next_step")
    world.seed(seed)
    world.observe()
    generators = [np.random.default_rng([seed, first + i]) for i in range(count)]
    keys = ("observations", "level_seeds", "actions", "rewards", "terminations", "truncations")
    episodes: list[dict[str, Any]] = [{key: [] for key in keys} for _ in range(count)]
    for i, episode in enumerate(episodes):
        episode["observations"].append(world.observations[i].copy())
        episode["level_seeds"].append(int(world.level_seeds[i]))
    actions, live = np.zeros(count, np.int32), list(range(count))
    while live:
        mine = [generators[i] for i in live]
        if logits is None:
            actions[live] = [generator.integers(world.actions) for generator in mine]
        else:
            scores = np.asarray(logits(world.observations[live]))
            if scores.shape != (len(live), world.actions):
                raise _error(f"the policy returned an array of shape {scores.shape}", "it returns a logit for each action",
                             f"an array [{len(live)}, {world.actions}]")
            actions[live] = _choose(scores, greedy, mine)
        world.step(actions)
        ends = {index: (size, optimal, success) for index, size, _, optimal, success, _ in world.ended()}
        for i in live:
            values = (world.observations[i].copy(), int(world.level_seeds[i]), int(actions[i]), float(world.rewards[i]),
                      bool(world.terminated[i]), bool(world.truncated[i]))
            for key, value in zip(keys, values, strict=True):
                episodes[i][key].append(value)
            if i in ends:
                size, optimal, success = ends[i]
                episodes[i]["about"] = {"index": first + i, "level_size": size, "optimal_steps": optimal, "success": bool(success)}
        live = [i for i in live if not (world.terminated[i] or world.truncated[i])]
    return episodes


def rollouts(dataset_id: str, episodes: int, policy: Any = None, *, seed: int = 0, greedy: bool = False, num_envs: int = 64,
             about: dict[str, Any] | None = None, **environment: Any) -> minari.MinariDataset:
    """Plays a policy, and writes the episodes as a new Minari dataset.

    Episode i is the first one of `MazeEnv(index=i, ...)` after `reset(seed=seed)`, whatever `episodes` and `num_envs` are;
    its actions repeat it there exactly. The infos have `level_seed` of each observation; the metadata of an episode have
    `seed`, and `index`, `level_size`, `optimal_steps` and `success` of its last level. Pictures are stored channels first,
    [3, 64, 64]: Minari would compress [64, 64, 3] as JPEG, which changes them.

    Args:
        dataset_id: Minari's name for it, such as "maze/quickstart-v0". There must not be such a dataset.
        episodes: number of episodes.
        policy: a run directory or policy file; a mazescan.policy.Policy; any function from observations uint8 [N, ...] to
            logits [N, actions]; None: random actions.
        seed: of levels and actions.
        greedy: takes the action with the largest logit; otherwise actions are sampled.
        num_envs: episodes that are played at the same time, and held in memory.
        about: arguments of minari.create_dataset_from_buffers, such as author, description and data_format.
        environment: keys of the section `environment`; for those left out, the policy file decides.

    Raises:
        ValueError: the dataset exists, or an argument is wrong. Nothing is left behind then.
    """
    import gymnasium
    import minari
    from minari.data_collector import EpisodeBuffer
    from minari.storage import get_dataset_path

    from mazescan.gymnasium import MazeEnv
    if episodes < 1 or num_envs < 1:
        raise _error(f"{episodes} episodes, {num_envs} at the same time", "both are numbers above 0", "1, 2, ...")
    folder = get_dataset_path(dataset_id)
    if folder.exists():
        raise _error(f"Minari has a dataset {dataset_id!r}", f"{folder} exists",
                     "another name, or minari.delete_dataset first")
    logits, trained_in = _loaded(policy)
    options = {"name": "maze", "observation": "rgb", **trained_in, **environment}
    rest = {key: value for key, value in options.items() if key != "name"}
    env = gymnasium.make(_IDS[options["name"]], **rest) if options["name"] in _IDS else MazeEnv(**options)
    space = env.observation_space
    is_picture = space.shape[-1] == 3 and options["observation"] == "rgb"
    if is_picture:
        space = gymnasium.spaces.Box(0, 255, (3, *space.shape[:2]), np.uint8)
    play = "random actions" if logits is None else "greedy" if greedy else "sampled"
    details = {"algorithm_name": play, "description": f"Rollouts in mazescan's environment {options['name']}: {play}.",
               **(about or {})}
    dataset = None
    try:
        for first in range(0, episodes, num_envs):
            played = _play(options, first, min(num_envs, episodes - first), seed, greedy, logits)
            buffers = []
            for episode in played:
                observations = np.stack(episode["observations"])
                buffers.append(EpisodeBuffer(
                    seed=seed, observations=observations.transpose(0, 3, 1, 2) if is_picture else observations,
                    actions=np.array(episode["actions"]), infos={"level_seed": episode["level_seeds"]},
                    **{key: episode[key] for key in ("rewards", "terminations", "truncations")}))
            if dataset is None:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", message=".*`eval_env`")
                    dataset = minari.create_dataset_from_buffers(dataset_id, buffers, env, observation_space=space, **details)
                stored = next(iter(dataset.storage.get_episodes([0])))["observations"]
                if not np.array_equal(stored, buffers[0].observations):
                    raise _error("Minari does not store these observations exactly",
                                 "it compresses arrays that look like pictures as JPEG",
                                 'another size, or about={"data_format": "parquet"}')
            else:
                dataset.storage.update_episodes(buffers)
            dataset.storage.update_episode_metadata([episode["about"] for episode in played],
                                                    range(first, first + len(played)))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return minari.load_dataset(dataset_id)
