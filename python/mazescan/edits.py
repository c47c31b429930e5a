"""Edits of activations, of all kinds of the C++ programs, and the share of a network that they change.

    from mazescan import edits, policy
    network = policy.load("policy.safetensors")
    changes = [edits.ZeroChannels("embedder.block2.res1.resadd", channels=[3, 5])]
    logits, values = edits.run(network, observations, changes)
    edits.share(network, changes).of_network                   # 0.0123

A layer's output for one observation has the shape of its tap, [C, H, W] or [C]; "channels" are its first axis. A tensor of
values has that shape, for all observations of a batch, or [N, ...] with one entry for each. A cell is (row, column) of the
layer's map, row 0 at the top of the picture. Several edits of one layer act in the order given.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import torch

# Taps whose output is the same activations as their input: they count once in `of_network`.
_REPEATS = (torch.nn.ReLU, torch.nn.LeakyReLU, torch.nn.ELU, torch.nn.GELU, torch.nn.SiLU, torch.nn.Tanh, torch.nn.Flatten)


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


@dataclasses.dataclass(frozen=True)
class _Place:
    """The network and the layer that an edit changes."""
    network: Any
    tap: str
    shape: tuple[int, ...]

    def values(self, tensor: torch.Tensor, what: str) -> torch.Tensor:
        """Returns the tensor as [1 or N, shape]."""
        tensor = torch.as_tensor(tensor)
        if tuple(tensor.shape) == self.shape:
            tensor = tensor.unsqueeze(0)
        if tuple(tensor.shape[1:]) != self.shape or not len(tensor):
            raise _error(f"an edit of '{self.tap}': its {what} has shape {list(tensor.shape)}",
                         "it has a value for each activation of the layer",
                         f"{list(self.shape)}, or [N, ...] for a batch of N")
        if not torch.isfinite(tensor).all():
            raise _error(f"an edit of '{self.tap}': its {what} holds NaN or infinity", "everything after it would be NaN",
                         "finite values")
        return tensor if tensor.dtype == torch.bool else tensor.float()

    def channels(self, channels: Sequence[int]) -> torch.Tensor:
        if not channels or len(set(channels)) != len(channels) or min(channels) < 0 or max(channels) >= self.shape[0]:
            raise _error(f"an edit of '{self.tap}': its channels are {list(channels)}",
                         "each is one of the layer's, and named once", f"some of 0 to {self.shape[0] - 1}")
        return torch.tensor(channels)

    def channel_mask(self, channels: torch.Tensor) -> torch.Tensor:
        return torch.zeros(self.shape, dtype=torch.bool).index_fill(0, channels, True).unsqueeze(0)


@dataclasses.dataclass(frozen=True)
class _Action:
    """An edit that fits its layer."""
    apply: Callable[[torch.Tensor], torch.Tensor]
    changed: torch.Tensor  # bool [1 or N, shape]


@dataclasses.dataclass(frozen=True)
class AddVector:
    """Adds coefficient x vector."""
    tap: str
    vector: torch.Tensor
    coefficient: float = 1.0

    def _prepare(self, place: _Place) -> _Action:
        summand = place.values(self.vector, "vector") * self.coefficient
        return _Action(lambda x: x + summand, summand != 0)


@dataclasses.dataclass(frozen=True)
class ClampCells:
    """Sets each channel to `value` at one cell and, if given, to `elsewhere` on all others.

    cells: int64 [N, 2], one for each observation, or [N, channels, 2], one for each channel too.
    """
    tap: str
    channels: Sequence[int]
    cells: torch.Tensor
    value: float = 0.0
    elsewhere: float | None = None

    def _prepare(self, place: _Place) -> _Action:
        if len(place.shape) != 3:
            raise _error(f"an edit of '{place.tap}': its layer has no cells", "only maps of [channels, rows, columns] have",
                         "a layer before embedder.flatten, or another kind of edit")
        channels = place.channels(self.channels)
        cells = torch.as_tensor(self.cells)
        if cells.dim() == 2:
            cells = cells.unsqueeze(1)
        if cells.dim() != 3 or cells.shape[2] != 2 or cells.shape[1] not in (1, len(channels)) or not len(cells):
            raise _error(f"an edit of '{place.tap}': its cells have shape {list(torch.as_tensor(self.cells).shape)}",
                         "each observation has its own cell, or one for each channel",
                         f"[N, 2] or [N, {len(channels)}, 2], row and column")
        rows, columns = cells[..., 0], cells[..., 1]
        if ((rows < 0) | (rows >= place.shape[1]) | (columns < 0) | (columns >= place.shape[2])).any():
            raise _error(f"an edit of '{place.tap}': a cell is outside its map",
                         f"the map has {place.shape[1]} rows and {place.shape[2]} columns", "cells of (row, column), from 0")
        index = torch.arange(len(cells)).unsqueeze(1), channels.unsqueeze(0), rows, columns

        def apply(x: torch.Tensor) -> torch.Tensor:
            rest = x if self.elsewhere is None else x.index_fill(1, channels, self.elsewhere)
            return rest.index_put(index, torch.tensor(float(self.value)))

        if self.elsewhere is not None:
            return _Action(apply, place.channel_mask(channels).expand(len(cells), *place.shape))
        return _Action(apply, torch.zeros(len(cells), *place.shape, dtype=torch.bool).index_put(index, torch.tensor(True)))


@dataclasses.dataclass(frozen=True)
class ZeroChannels:
    """Sets channels to zero."""
    tap: str
    channels: Sequence[int]

    def _prepare(self, place: _Place) -> _Action:
        channels = place.channels(self.channels)
        return _Action(lambda x: x.index_fill(1, channels, 0), place.channel_mask(channels))


@dataclasses.dataclass(frozen=True)
class ReplaceChannels:
    """Sets channels to given activations, such as their mean over other observations."""
    tap: str
    channels: Sequence[int]
    activations: torch.Tensor

    def _prepare(self, place: _Place) -> _Action:
        mask = place.channel_mask(place.channels(self.channels))
        values = place.values(self.activations, "activations")
        return _Action(lambda x: torch.where(mask, values, x), mask.expand(len(values), *place.shape))


@dataclasses.dataclass(frozen=True)
class ResampleChannels:
    """Sets channels to the layer's unedited activations for other observations, uint8 [C, H, W] or [N, C, H, W]."""
    tap: str
    channels: Sequence[int]
    observations: torch.Tensor

    def _prepare(self, place: _Place) -> _Action:
        observations = self.observations if self.observations.dim() == 4 else self.observations.unsqueeze(0)
        with torch.no_grad():
            values = place.network.run_with_cache(observations)[place.tap]
        return ReplaceChannels(self.tap, self.channels, values)._prepare(place)


@dataclasses.dataclass(frozen=True)
class Interpolate:
    """Moves linearly from the output (amount 0) to other activations (amount 1)."""
    tap: str
    activations: torch.Tensor
    amount: float = 1.0

    def _prepare(self, place: _Place) -> _Action:
        values = place.values(self.activations, "activations")
        return _Action(lambda x: torch.lerp(x, values.expand_as(x), self.amount),
                       torch.full((len(values), *place.shape), self.amount != 0))


@dataclasses.dataclass(frozen=True)
class MultiplyMask:
    """Multiplies by a mask. Gradients pass to the mask."""
    tap: str
    mask: torch.Tensor

    def _prepare(self, place: _Place) -> _Action:
        mask = place.values(self.mask, "mask")
        return _Action(lambda x: x * mask, (mask != 1).detach())


@dataclasses.dataclass(frozen=True)
class SetActivations:
    """Sets the activations where the mask is not zero."""
    tap: str
    mask: torch.Tensor
    values: torch.Tensor

    def _prepare(self, place: _Place) -> _Action:
        mask, values = place.values(self.mask, "mask") != 0, place.values(self.values, "values")
        return _Action(lambda x: torch.where(mask, values, x), mask)


Edit = AddVector | ClampCells | ZeroChannels | ReplaceChannels | ResampleChannels | Interpolate | MultiplyMask | SetActivations


def _shapes(network: Any) -> dict[str, tuple[int, ...]]:
    """Returns the shape of each tap's output for one observation."""
    with torch.no_grad():
        return {name: tuple(output.shape[1:])
                for name, output in network.run_with_cache(torch.zeros(1, *network.observation)).items()}


def _prepare(network: Any, edits: Sequence[Edit]) -> tuple[dict[str, tuple[int, ...]], dict[str, list[_Action]]]:
    shapes = _shapes(network)
    actions: dict[str, list[_Action]] = {}
    for edit in edits:
        if edit.tap not in shapes:
            raise _error(f"an edit of '{edit.tap}'", "the network has no layer of that name", f"one of {', '.join(shapes)}")
        actions.setdefault(edit.tap, []).append(edit._prepare(_Place(network, edit.tap, shapes[edit.tap])))
    return shapes, actions


def hooks(network: Any, edits: Sequence[Edit]) -> dict[str, Callable[[torch.Tensor], torch.Tensor]]:
    """Returns the edits as hooks for `Policy.run_with_hooks`.

    Raises:
        ValueError: an edit does not fit the network; when a hook is called, the batch.
    """
    def hook_of(tap: str, actions: list[_Action]) -> Callable[[torch.Tensor], torch.Tensor]:
        def hook(output: torch.Tensor) -> torch.Tensor:
            for action in actions:
                items = len(action.changed)
                if items not in (1, len(output)):
                    raise _error(f"an edit of '{tap}' for a batch of {items}", f"this batch has {len(output)} observations",
                                 "one value for each observation, or one for all")
                output = action.apply(output)
            return output
        return hook

    return {tap: hook_of(tap, actions) for tap, actions in _prepare(network, edits)[1].items()}


def run(network: Any, observations: torch.Tensor, edits: Sequence[Edit]) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns logits [N, actions] and values [N] of the edited network."""
    return network.run_with_hooks(observations, hooks(network, edits))


@dataclasses.dataclass(frozen=True)
class Share:
    """The activations that edits change for one observation, averaged over a batch if observations differ.

    An activation counts as changed if an edit determines it, even if its value stays the same, and once if several do. A
    factor of 1, a summand of 0 and an amount of 0 change nothing.
    """
    activations: float
    of_layers: float   # divided by the activations of the edited taps
    of_taps: float     # of all taps
    of_network: float  # of the network, each counted once: without activation functions and embedder.flatten


def share(network: Any, edits: Sequence[Edit]) -> Share:
    """Returns the share of the network that the edits change."""
    shapes, actions = _prepare(network, edits)
    changed_in_all, edited_layers = 0.0, 0
    for tap, all_of_tap in actions.items():
        changed = all_of_tap[0].changed
        for action in all_of_tap[1:]:
            changed = changed | action.changed
        changed_in_all += changed.sum().item() / len(changed)
        edited_layers += changed[0].numel()
    sizes = {name: torch.Size(shape).numel() for name, shape in shapes.items()}
    once = sum(size for name, size in sizes.items() if not isinstance(network.taps()[name], _REPEATS))
    return Share(changed_in_all, changed_in_all / max(1, edited_layers), changed_in_all / sum(sizes.values()),
                 changed_in_all / once)
