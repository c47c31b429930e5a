"""Policies as torch modules: one submodule for every tap, by the names of the maze literature.

    policy = mazescan.policy.load("runs/quickstart/policy.safetensors")
    logits, value = policy(observations)                               # uint8 [N, C, H, W] or [N, H, W, C]
    cache = policy.run_with_cache(observations)                        # {"embedder.block2.res1.resadd": ..., ...}
    policy.run_with_hooks(observations, {"embedder.relu3": lambda output: output * 0})

Each tap is the output of the submodule of that name, so forward hooks of torch and of libraries on top of it see and may
replace it. Needs torch, and neither the C++ programs nor mazescan's environments.
"""
from __future__ import annotations

import json
import os
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

_ACTIVATIONS: dict[str, Callable[[Mapping[str, float]], nn.Module]] = {
    "relu": lambda options: nn.ReLU(),
    "leaky_relu": lambda options: nn.LeakyReLU(options.get("negative_slope", 0.01)),
    "elu": lambda options: nn.ELU(options.get("alpha", 1.0)),
    "gelu": lambda options: nn.GELU(),
    "silu": lambda options: nn.SiLU(),
    "tanh": lambda options: nn.Tanh(),
}
_TYPES = {"F32": torch.float32, "F16": torch.float16, "F64": torch.float64, "BF16": torch.bfloat16}


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


class _Add(nn.Module):
    """The sum of a residual block, as a module so that hooks see it."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


class _Residual(nn.Module):
    def __init__(self, channels: int, activation: Callable[[], nn.Module]):
        super().__init__()
        self.relu1 = activation()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu2 = activation()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.resadd = _Add()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resadd(x, self.conv2(self.relu2(self.conv1(self.relu1(x)))))


class _Block(nn.Sequential):
    def __init__(self, inputs: int, channels: int, residual_blocks: int, activation: Callable[[], nn.Module]):
        super().__init__()
        self.add_module("conv", nn.Conv2d(inputs, channels, 3, padding=1))
        self.add_module("maxpool", nn.MaxPool2d(3, 2, 1))
        for i in range(residual_blocks):
            self.add_module(f"res{i + 1}", _Residual(channels, activation))


class Policy(nn.Module):
    """The network of a maze policy.

    Args:
        channels: channels of each block; a block halves the map.
        residual_blocks: residual blocks in each block.
        fc: width of the fully connected layer before the heads.
        observation: (channels, height, width).
        actions: number of actions.
        activation, activation_options: as in the section `network` of a configuration.
        input_scale: factor on the uint8 observations.

    Raises:
        ValueError: there is no such activation function.
    """

    def __init__(self, channels: list[int], residual_blocks: int, fc: int, observation: tuple[int, int, int],
                 actions: int, activation: str = "relu", activation_options: Mapping[str, float] | None = None,
                 input_scale: float = 1 / 255):
        super().__init__()
        if activation not in _ACTIVATIONS:
            raise _error(f"activation is {activation!r}", "this package has no such activation function",
                         f"one of {', '.join(_ACTIVATIONS)}")

        def make() -> nn.Module:
            return _ACTIVATIONS[activation](activation_options or {})

        self.observation = tuple(observation)
        self.input_scale = input_scale
        self.metadata: dict[str, str] = {}  # of the file it was loaded from
        inputs, height, width = self.observation
        self.embedder = nn.Sequential()
        for i, count in enumerate(channels):
            self.embedder.add_module(f"block{i + 1}", _Block(inputs, count, residual_blocks, make))
            inputs, height, width = count, (height + 1) // 2, (width + 1) // 2
        self.embedder.add_module(f"relu{len(channels)}", make())
        self.embedder.add_module("flatten", nn.Flatten())
        self.embedder.add_module("fc", nn.Linear(inputs * height * width, fc))
        self.embedder.add_module("relufc", make())
        self.fc_policy = nn.Linear(fc, actions)
        self.fc_value = nn.Linear(fc, 1)

    def preprocess(self, observations: torch.Tensor) -> torch.Tensor:
        """Returns float32 [N, C, H, W]. Shapes: uint8 [N, C, H, W] or [N, H, W, C]; float32 is taken as scaled."""
        channels, height, width = self.observation
        if observations.dim() == 4 and tuple(observations.shape[1:]) == (height, width, channels):
            observations = observations.permute(0, 3, 1, 2)
        if observations.dim() != 4 or tuple(observations.shape[1:]) != self.observation:
            raise _error(f"observations of shape {tuple(observations.shape)}",
                         f"this network sees {channels} x {height} x {width}",
                         f"[N, {channels}, {height}, {width}] or [N, {height}, {width}, {channels}]")
        return observations if observations.is_floating_point() else observations.float() * self.input_scale

    def forward(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns logits [N, actions] and values [N]."""
        hidden = self.embedder(self.preprocess(observations))
        return self.fc_policy(hidden), self.fc_value(hidden).squeeze(1)

    def taps(self) -> dict[str, nn.Module]:
        """Returns the submodule of each tap, in forward order."""
        modules = dict(self.named_modules())
        return {name: module for name, module in modules.items() if name and not any(
            other.startswith(name + ".") for other in modules)}

    def run_with_cache(self, observations: torch.Tensor) -> dict[str, torch.Tensor]:
        """Returns the output of every tap."""
        cache: dict[str, torch.Tensor] = {}
        self.run_with_hooks(observations, {name: lambda output, name=name: cache.__setitem__(name, output.detach())
                                           for name in self.taps()})
        return cache

    def run_with_hooks(self, observations: torch.Tensor,
                       hooks: Mapping[str, Callable[[torch.Tensor], torch.Tensor | None]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns logits and values of a forward pass in which `hooks` see the outputs of taps; what a hook returns replaces
        the output.

        Raises:
            ValueError: there is no such tap.
        """
        taps = self.taps()
        unknown = [name for name in hooks if name not in taps]
        if unknown:
            raise _error(f"no tap {unknown[0]!r}", "the network has no such layer", f"one of {', '.join(taps)}")
        handles = [taps[name].register_forward_hook(lambda module, inputs, output, hook=hook: hook(output))
                   for name, hook in hooks.items()]
        try:
            return self(observations)
        finally:
            for handle in handles:
                handle.remove()


def _scalar(text: str) -> Any:
    if text.startswith("["):
        return [_scalar(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            pass
    return text


def _settings(text: str) -> dict[str, Any]:
    """Reads `key: value` lines with comments; nested keys get the name of their section in front."""
    settings, section = {}, ""
    for line in text.splitlines():
        found = re.match(r"( *)([\w]+): *([^#]*?) *(#.*)?$", line)
        if not found:
            continue
        indent, key, value, _ = found.groups()
        if not indent and not value:
            section = key
        settings[f"{section}.{key}" if indent else key] = _scalar(value)
    return settings


def _read_safetensors(path: str | os.PathLike) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    with open(path, "rb") as file:
        data = file.read()
    try:
        length, = struct.unpack_from("<Q", data)
        header = json.loads(data[8:8 + length])
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(bytearray(data[8 + length + begin:8 + length + end]), dtype=_TYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"])
        return tensors, metadata
    except (struct.error, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise _error(f"{path} cannot be read", f"{type(error).__name__}: {error}",
                     "a policy.safetensors of mazescan, or a .pth file") from error


def _from_weights(weights: dict[str, torch.Tensor], path: str | os.PathLike) -> Policy:
    """Builds the network of a published .pth file, whose sizes follow from its weights: 64 x 64 frames."""
    try:
        blocks = 0
        while f"embedder.block{blocks + 1}.conv.weight" in weights:
            blocks += 1
        residual = 0
        while f"embedder.block1.res{residual + 1}.conv1.weight" in weights:
            residual += 1
        channels = [weights[f"embedder.block{i + 1}.conv.weight"].shape[0] for i in range(blocks)]
        fc, features = weights["embedder.fc.weight"].shape
        side = round((features / channels[-1]) ** 0.5) * 2**blocks
        policy = Policy(channels, residual, fc, (weights["embedder.block1.conv.weight"].shape[1], side, side),
                        weights["fc_policy.weight"].shape[0])
        policy.load_state_dict(weights)
        return policy
    except (KeyError, IndexError, RuntimeError) as error:
        raise _error(f"{path} holds no maze policy", str(error).splitlines()[0],
                     "weights named embedder.block1.conv.weight, ..., embedder.fc.weight, fc_policy.weight, fc_value.weight") from error


def _from_description(weights: dict[str, torch.Tensor], metadata: dict[str, str], path: str | os.PathLike) -> Policy:
    """Builds the network that mazescan's metadata describe."""
    if metadata.get("format") != "mazescan-policy":
        raise _error(f"{path} is no policy of mazescan", f"its format is {metadata.get('format')!r}",
                     "policy.safetensors of a run")
    network, interface = _settings(metadata["network"]), _settings(metadata["interface"])
    if network.get("head", "fc") != "fc":
        raise _error(f"{path}: head {network['head']!r}", "this package has the head fc only", "a policy with head: fc")
    options = {key.partition(".")[2]: value for key, value in network.items() if key.startswith("activation_options.")}
    policy = Policy(network["channels"], network["residual_blocks"], network["fc"],
                    (interface["channels"], interface["height"], interface["width"]), interface["actions"],
                    network["activation"], options, interface["input_scale"])
    try:
        policy.load_state_dict(weights)
    except RuntimeError as error:
        raise _error(f"{path} is damaged", str(error).splitlines()[-1].strip(), "an undamaged file") from error
    policy.metadata = dict(metadata)
    return policy


def _read_pth(path: str | os.PathLike) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Returns the weights, and the metadata that `mazescan-evaluator export` adds; empty in other files."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # torch raises several kinds
        raise _error(f"{path} cannot be read", str(error).splitlines()[0], "a .pth file that holds weights only") from error
    for key in ("model_state_dict", "state_dict"):
        if isinstance(content, dict) and key in content:
            content = content[key]
    if not isinstance(content, dict):
        raise _error(f"{path} holds no weights", f"it is a {type(content).__name__}", "the state_dict of a maze policy")
    metadata = {}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith("/extra/mazescan.json"):
                    metadata = json.loads(archive.read(name))
    return content, metadata


def load(path: str | os.PathLike) -> Policy:
    """Loads a policy.safetensors of mazescan, or a .pth file: exported by mazescan, or of the published maze policies.

    Nothing in a .pth file is run (`weights_only`).

    Raises:
        ValueError: the file is no such policy.
    """
    weights, metadata = _read_pth(path) if str(path).endswith((".pth", ".pt")) else _read_safetensors(path)
    if not metadata and str(path).endswith((".pth", ".pt")):
        return _from_weights(weights, path)
    return _from_description(weights, metadata, path)


def save(policy: Policy, path: str | os.PathLike) -> None:
    """Writes weights as policy.safetensors, with the metadata of the file that the policy was loaded from.

    Raises:
        ValueError: it was not loaded from a policy.safetensors; `mazescan-evaluator import` makes one of a .pth file.
    """
    if not policy.metadata:
        raise _error("the policy has no description of its environment", "it was not loaded from a policy.safetensors",
                     "torch.save(policy.state_dict(), ...), then mazescan-evaluator import")
    # The weights may have changed: the hash of the old ones would be wrong.
    header: dict[str, Any] = {"__metadata__": {k: v for k, v in policy.metadata.items() if k != "content_hash"}}
    data, offset = [], 0
    for name, tensor in sorted(policy.state_dict().items()):
        raw = tensor.detach().cpu().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        data.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
