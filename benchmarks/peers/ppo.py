"""PPO as CleanRL writes it, in one loop: for the table of peers, and for the test that it learns mazes.

Environments are Gymnasium vectors (autoreset next_step or same_step) with uint8 observations.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from torch import nn


class Agent(nn.Module):
    """Policy and value on one body."""

    def __init__(self, body: nn.Module, features: int, actions: int):
        super().__init__()
        self.body = body
        self.actor, self.critic = nn.Linear(features, actions), nn.Linear(features, 1)
        nn.init.orthogonal_(self.actor.weight, 0.01)

    def forward(self, observations: torch.Tensor) -> tuple[torch.distributions.Categorical, torch.Tensor]:
        features = self.body(observations.float())
        return torch.distributions.Categorical(logits=self.actor(features)), self.critic(features).squeeze(-1)


def planes_body(shape: tuple[int, ...], width: int = 128) -> tuple[nn.Module, int]:
    """Returns a body for small planes, and its number of features."""
    body = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(shape)), width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
    return body, width


class _Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1),
                                    nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps + self.layers(maps)


def impala_body() -> tuple[nn.Module, int]:
    """Returns the network of Espeholt et al. (2018), procgen's usual one, for [3, 64, 64] from 0 to 1, and its number of features."""
    layers, inputs = [], 3
    for channels in (16, 32, 32):
        layers += [nn.Conv2d(inputs, channels, 3, padding=1), nn.MaxPool2d(3, 2, 1), _Residual(channels), _Residual(channels)]
        inputs = channels
    return nn.Sequential(*layers, nn.ReLU(), nn.Flatten(), nn.Linear(32 * 8 * 8, 256), nn.ReLU()), 256


class _Scaled(nn.Module):
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.permute(0, 3, 1, 2) / 255


def picture_body() -> tuple[nn.Module, int]:
    """Returns `impala_body` for pictures [64, 64, 3], and its number of features."""
    body, features = impala_body()
    return nn.Sequential(_Scaled(), body), features


def _advantages(rewards: torch.Tensor, values: torch.Tensor, ends: torch.Tensor, gamma: float, trace: float) -> torch.Tensor:
    """Generalised advantage estimation. Shapes: rewards [T, N], values and ends [T + 1, N]."""
    result, last = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        alive = 1 - ends[t + 1]
        last = rewards[t] + gamma * values[t + 1] * alive - values[t] + gamma * trace * alive * last
        result[t] = last
    return result


def train(envs: Any, agent: Agent, total_steps: int, *, rollout: int = 32, epochs: int = 3, minibatches: int = 4,
          learning_rate: float = 1e-3, gamma: float = 0.99, trace: float = 0.95, clip: float = 0.2, entropy: float = 0.01,
          seed: int = 1, on_update: Callable[[int, float], bool] = lambda _steps, _success: False) -> float:
    """Trains `agent`. Returns environment steps per processor second, without the first update.

    on_update: called after each update with the steps so far and the share of successes among the episodes that ended in
    it; training stops if it returns True.
    """
    count = envs.num_envs
    optimizer = torch.optim.Adam(agent.parameters(), lr=learning_rate, eps=1e-5)
    observation, _ = envs.reset(seed=seed)
    end = np.zeros(count, bool)
    shape = observation.shape[1:]
    observations = torch.zeros((rollout, count, *shape), dtype=torch.uint8)
    actions = torch.zeros((rollout, count), dtype=torch.int64)
    log_probs, rewards = torch.zeros((rollout, count)), torch.zeros((rollout, count))
    values, ends = torch.zeros((rollout + 1, count)), torch.zeros((rollout + 1, count))
    done_steps, begin = 0, time.process_time()
    while done_steps < total_steps:
        successes = episodes = 0
        for t in range(rollout):
            observations[t], ends[t] = torch.from_numpy(observation), torch.from_numpy(end.astype(np.float32))
            with torch.no_grad():
                distribution, values[t] = agent(observations[t])
            actions[t] = distribution.sample()
            log_probs[t] = distribution.log_prob(actions[t])
            observation, reward, terminated, truncated, _ = envs.step(actions[t].numpy())
            end = terminated | truncated
            rewards[t] = torch.from_numpy(reward.astype(np.float32))
            successes, episodes = successes + int(terminated.sum()), episodes + int(end.sum())
        ends[rollout] = torch.from_numpy(end.astype(np.float32))
        with torch.no_grad():
            values[rollout] = agent(torch.from_numpy(observation))[1]
        advantages = _advantages(rewards, values, ends, gamma, trace)
        # With autoreset next_step, the step after an end begins the next level, whatever the action is: nothing is learned
        # from it.
        skipped = ends[:-1].reshape(-1) if envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP else torch.zeros(1)
        kept = torch.nonzero(skipped.expand(rollout * count) == 0).squeeze(-1)
        flat = [each.flatten(0, 1)[kept] for each in (observations, actions, log_probs, advantages, advantages + values[:-1])]
        for _ in range(epochs):
            for rows in torch.randperm(len(kept)).chunk(minibatches):
                batch, chosen, old, gain, target = (each[rows] for each in flat)
                distribution, value = agent(batch)
                ratio = (distribution.log_prob(chosen) - old).exp()
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                surrogate = torch.min(ratio * gain, ratio.clamp(1 - clip, 1 + clip) * gain).mean()
                loss = 0.5 * (value - target).square().mean() - surrogate - entropy * distribution.entropy().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimizer.step()
        if done_steps == 0:
            begin = time.process_time()
            first = rollout * count
        done_steps += rollout * count
        if on_update(done_steps, successes / max(1, episodes)):
            break
    return max(1, done_steps - first) / (time.process_time() - begin)
