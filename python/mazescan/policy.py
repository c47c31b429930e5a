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
import math
import os
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn



def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


class _Winners(nn.Module):
    """k-winners-take-all: what is not above the (k+1)-th largest of its competitors becomes 0.

    scope: "map" (all activations compete), "channel" (those of a channel) or "cell" (the channels at a cell).
    """

    def __init__(self, scope: str, options: Mapping[str, float]):
        super().__init__()
        if options.get("boost", 0) != 0 or options.get("anneal_updates", 0) != 0:
            raise _error("an activation function with boost or anneal_updates", "this package does not compute duty cycles",
                         "a policy without them")
        self.scope, self.fraction, self.rectify = scope, options.get("fraction", 0.5), options.get("rectify", 1) != 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        dims = {"map": (1, 2, 3), "channel": (2, 3), "cell": (1,)}[self.scope] if x.dim() == 4 else (1,)
        rows = x.detach().movedim(dims, tuple(range(x.dim() - len(dims), x.dim()))).flatten(x.dim() - len(dims))
        count = rows.shape[-1]
        winners = max(1, int(self.fraction * count + 0.5))
        if winners < count:
            limit = rows.topk(winners + 1, -1).values[..., -1]
            for dim in dims:
                limit = limit.unsqueeze(dim)
            x = torch.where(x > limit, x, torch.zeros((), dtype=x.dtype))
        return torch.relu(x) if self.rectify else x


_ACTIVATIONS: dict[str, Callable[[Mapping[str, float]], nn.Module]] = {
    "relu": lambda options: nn.ReLU(),
    "leaky_relu": lambda options: nn.LeakyReLU(options.get("negative_slope", 0.01)),
    "elu": lambda options: nn.ELU(options.get("alpha", 1.0)),
    "gelu": lambda options: nn.GELU(),
    "silu": lambda options: nn.SiLU(),
    "tanh": lambda options: nn.Tanh(),
    "kwta": lambda options: _Winners("map", options),
    "kwta_channel": lambda options: _Winners("channel", options),
    "kwta_cell": lambda options: _Winners("cell", options),
}
_TYPES = {"F32": torch.float32, "F16": torch.float16, "F64": torch.float64, "BF16": torch.bfloat16}


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


def entmax(scores: torch.Tensor, alpha: float | torch.Tensor) -> torch.Tensor:
    """Returns alpha-entmax (Correia et al., 2019) of the last dimension, by bisection; softmax for alpha = 1.

    Shapes: scores [..., n]; alpha a number from 1 on, or [..., 1].
    """
    if not isinstance(alpha, torch.Tensor):
        if alpha - 1 < 1e-4:
            return torch.softmax(scores, -1)
        alpha = torch.tensor(float(alpha))
    less, z = alpha.double() - 1, scores.double()
    y = less * z
    top = y.amax(-1, keepdim=True)
    low, high = top - 1, top - (1 / scores.shape[-1]) ** less
    for _ in range(50):
        middle = (low + high) / 2
        too_low = ((y - middle).clamp_min(0) ** (1 / less)).sum(-1, keepdim=True) >= 1
        low, high = torch.where(too_low, middle, low), torch.where(too_low, high, middle)
    p = (y - low).clamp_min(0) ** (1 / less)
    return (p / p.sum(-1, keepdim=True)).to(scores.dtype)


class _Scores(nn.Module):
    """A score of each cell for each read-out."""

    def __init__(self, channels: int, heads: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(heads, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("hc,ncyx->nhyx", self.weight, x)


class _PoolShares(nn.Module):
    """Weights of the cells for each read-out, which sum to 1."""

    def __init__(self, heads: int, alpha: float, learned: bool):
        super().__init__()
        self.fixed = alpha
        if learned:
            self.alpha = nn.Parameter(torch.zeros(heads))

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        alpha = (1 + torch.sigmoid(self.alpha)).clamp_min(1.01).unsqueeze(-1) if hasattr(self, "alpha") else self.fixed
        return entmax(scores.flatten(2), alpha).view_as(scores)


class _Pool(nn.Module):
    """Means of a map and of the cells' coordinates, row and column from -1 to 1, by the weights of each read-out."""

    def forward(self, maps: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        count, _, height, width = maps.shape
        rows = torch.linspace(-1, 1, height).view(-1, 1).expand(height, width)
        columns = torch.linspace(-1, 1, width).view(1, -1).expand(height, width)
        values = torch.cat([maps, torch.stack([rows, columns]).to(maps).expand(count, 2, height, width)], 1)
        return (shares.flatten(2) @ values.flatten(2).transpose(1, 2)).flatten(1)


class _QLogits(nn.Module):
    """Q / temperature; actions that the behaviour seldom chooses get a logit far below the best."""

    def __init__(self, threshold: float, temperature: float):
        super().__init__()
        self.threshold, self.temperature = threshold, temperature

    def forward(self, q: torch.Tensor, behaviour: torch.Tensor | None = None) -> torch.Tensor:
        logits = q / self.temperature
        if behaviour is None:
            return logits
        least = math.log(self.threshold) if self.threshold > 0 else -math.inf
        allowed = behaviour - behaviour.amax(1, keepdim=True) > least
        best = logits.masked_fill(~allowed, -math.inf).amax(1, keepdim=True)
        return torch.where(allowed, logits, best - 50)


class _LargestQ(nn.Module):
    def __init__(self, temperature: float):
        super().__init__()
        self.temperature = temperature

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.amax(1, keepdim=True) * self.temperature


_RETURN_BINS = 18  # of the head decision_transformer: policy/decision_transformer.h


class _LinearOfCells(nn.Module):
    """A linear function of the channels of each cell, plus, with `places`, a learned vector for each cell."""

    def __init__(self, inputs: int, outputs: int, places: tuple[int, int] | None = None):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(outputs, inputs)), nn.Parameter(torch.zeros(outputs))
        if places:
            self.position = nn.Parameter(torch.zeros(outputs, *places))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.einsum("nchw,oc->nohw", x, self.weight) + self.bias.view(-1, 1, 1)
        return y + self.position if hasattr(self, "position") else y


class _LinearOfTokens(nn.Linear):
    """The same linear function of each of `_RETURN_BINS` tokens, which are side by side."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.view(len(x), _RETURN_BINS, -1)).flatten(1)


class _LayerNorm(nn.Module):
    """Normalises the channels of each cell."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.layer_norm(x.movedim(1, 3), x.shape[1:2]).movedim(3, 1)


class _Attention(nn.Module):
    """What attention of cells and of returns share: keys and values are linear functions of a map's cells."""

    def __init__(self, width: int, heads: int, matrices: int):
        super().__init__()
        self.heads, self.matrices = heads, matrices
        self.in_weight, self.in_bias = nn.Parameter(torch.zeros(matrices * width, width)), nn.Parameter(torch.zeros(matrices * width))
        self.out_weight, self.out_bias = nn.Parameter(torch.zeros(width, width)), nn.Parameter(torch.zeros(width))

    def projected(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return nn.functional.linear(x.flatten(2).transpose(1, 2), self.in_weight, self.in_bias).chunk(self.matrices, 2)

    def attended(self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        count, _, width = keys.shape
        q, k, v = (tokens.unflatten(-1, (self.heads, width // self.heads)).transpose(-3, -2) for tokens in (queries, keys, values))
        shares = torch.softmax(q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5, -1)
        return nn.functional.linear((shares @ v).transpose(1, 2).reshape(count, -1, width), self.out_weight, self.out_bias)


class _SelfAttention(_Attention):
    def __init__(self, width: int, heads: int):
        super().__init__(width, heads, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attended(*self.projected(x)).transpose(1, 2).reshape(x.shape)


class _ReturnTokens(_Attention):
    """A token for each return, which reads the cells of a map."""

    def __init__(self, width: int, heads: int):
        super().__init__(width, heads, 2)
        self.embedding = nn.Parameter(torch.zeros(_RETURN_BINS, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (self.embedding + self.attended(self.embedding, *self.projected(x))).flatten(1)


class _TransformerLayer(nn.Module):
    def __init__(self, width: int, heads: int, activation: Callable[[], nn.Module]):
        super().__init__()
        self.norm1, self.attention, self.add1 = _LayerNorm(), _SelfAttention(width, heads), _Add()
        self.norm2, self.fc1 = _LayerNorm(), _LinearOfCells(width, 4 * width)
        self.relu, self.fc2, self.add2 = activation(), _LinearOfCells(4 * width, width), _Add()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.add1(x, self.attention(self.norm1(x)))
        return self.add2(x, self.fc2(self.relu(self.fc1(self.norm2(x)))))


class _MeanOfCells(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


class _ReturnMixture(nn.Module):
    """Log-probabilities of the actions: a mean over an expert's returns, or for the return `only`, if that is at least 0."""

    def __init__(self, kappa: float, only: int):
        super().__init__()
        self.kappa, self.only = kappa, only

    def forward(self, returns: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        given = torch.log_softmax(actions.view(len(actions), _RETURN_BINS, -1), 2)
        if self.only >= 0:
            return given[:, self.only]
        expert = torch.log_softmax(returns + self.kappa * torch.linspace(1, 0, _RETURN_BINS).to(returns), 1)
        return torch.logsumexp(given + expert.unsqueeze(2), 1)


class _ExpectedReturn(nn.Module):
    def forward(self, returns: torch.Tensor) -> torch.Tensor:
        return (torch.softmax(returns, 1) * torch.linspace(1, 0, _RETURN_BINS).to(returns)).sum(1, keepdim=True)


class _Embedder(nn.Sequential):
    """The layers up to the last hidden ones. Some read an earlier layer: `pool` the last map, `returns` the cells.

    Returns the last hidden layer, and `mean`, if there is such a layer.
    """

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        maps, mean = x, None
        for name, module in self.named_children():
            if name in ("scores", "mean"):
                maps = x
            x = module(maps, x) if name == "pool" else module(maps if name == "returns" else x)
            mean = x if name == "mean" else mean
        return x, mean


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
        head, head_options: as in the section `network`: "fc", "entmax_pool", "q", "bcq" or
            "decision_transformer".

    Raises:
        ValueError: there is no such activation function or head, or it has state.
    """

    def __init__(self, channels: list[int], residual_blocks: int, fc: int, observation: tuple[int, int, int],
                 actions: int, activation: str = "relu", activation_options: Mapping[str, float] | None = None,
                 input_scale: float = 1 / 255, head: str = "fc", head_options: Mapping[str, float] | None = None):
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
        self.embedder = _Embedder()
        for i, count in enumerate(channels):
            self.embedder.add_module(f"block{i + 1}", _Block(inputs, count, residual_blocks, make))
            inputs, height, width = count, (height + 1) // 2, (width + 1) // 2
        self.embedder.add_module(f"relu{len(channels)}", make())
        self.embedder.add_module("fc", self._add_head(head, head_options or {}, (inputs, height, width), fc, make))
        self.embedder.add_module("relufc", make())
        self._add_outputs(head, head_options or {}, fc, actions)

    def _add_head(self, head: str, options: Mapping[str, float], last_map: tuple[int, int, int], fc: int,
                  activation: Callable[[], nn.Module]) -> nn.Module:
        """Adds the layers from the last map to the fully connected one. Returns that one."""
        channels, height, width = last_map
        heads = int(options.get("heads", 4))
        if head in ("fc", "q", "bcq"):
            self.embedder.add_module("flatten", nn.Flatten())
            return nn.Linear(channels * height * width, fc)
        if head == "decision_transformer":
            tokens = int(options.get("width", 64))
            self.embedder.add_module("tokens", _LinearOfCells(channels, tokens, (height, width)))
            for i in range(int(options.get("layers", 2))):
                self.embedder.add_module(f"transformer{i + 1}", _TransformerLayer(tokens, heads, activation))
            self.embedder.add_module("norm", _LayerNorm())
            self.embedder.add_module("mean", _MeanOfCells())
            self.fc_return = nn.Linear(tokens, _RETURN_BINS)
            self.embedder.add_module("returns", _ReturnTokens(tokens, heads))
            return _LinearOfTokens(tokens, fc)
        if head != "entmax_pool":
            raise _error(f"head {head!r}", "this package has no such head", "fc, entmax_pool, q, bcq or decision_transformer")
        self.embedder.add_module("scores", _Scores(channels, heads))
        self.embedder.add_module("attention", _PoolShares(heads, options.get("alpha", 1.5), options.get("learned", 0) != 0))
        self.embedder.add_module("pool", _Pool())
        return nn.Linear(heads * (channels + 2), fc)

    def _add_outputs(self, head: str, options: Mapping[str, float], fc: int, actions: int) -> None:
        """Adds the layers from the last hidden one to the logits and the value."""
        if head == "decision_transformer":
            self.fc_actions = _LinearOfTokens(fc, actions)
            self.fc_policy: nn.Module = _ReturnMixture(options.get("kappa", 10), int(options.get("return_bin", -1)))
            self.fc_value: nn.Module = _ExpectedReturn()
            return
        if head not in ("q", "bcq"):
            self.fc_policy = nn.Linear(fc, actions)
            self.fc_value = nn.Linear(fc, 1)
            return
        temperature = options.get("temperature", 0.0078125)
        self.fc_q = nn.Linear(fc, actions)
        if head == "bcq":
            self.fc_behaviour = nn.Linear(fc, actions)
        self.fc_policy = _QLogits(options.get("threshold", 0.3), temperature)
        self.fc_value = _LargestQ(temperature)

    @property
    def environment(self) -> dict[str, Any]:
        """Returns the section `environment` of the training, for MazeEnv, make_vec or Maze; empty if the file has none."""
        options = {}
        for key, text in re.findall(r"(?m)^(\w+): *([^#\n]*?) *(?:#.*)?$", self.metadata.get("environment", "")):
            try:
                options[key] = json.loads(text)
            except ValueError:
                options[key] = text
        return options

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
        hidden, mean = self.embedder(self.preprocess(observations))
        if mean is not None:
            returns = self.fc_return(mean)
            return self.fc_policy(returns, self.fc_actions(hidden)), self.fc_value(returns).squeeze(1)
        if not hasattr(self, "fc_q"):
            return self.fc_policy(hidden), self.fc_value(hidden).squeeze(1)
        inputs = [self.fc_q(hidden)] + ([self.fc_behaviour(hidden)] if hasattr(self, "fc_behaviour") else [])
        logits = self.fc_policy(*inputs)
        return logits, self.fc_value(logits).squeeze(1)

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

    def options_of(section: str) -> dict[str, float]:
        return {key.partition(".")[2]: value for key, value in network.items() if key.startswith(section + ".")}
    policy = Policy(network["channels"], network["residual_blocks"], network["fc"],
                    (interface["channels"], interface["height"], interface["width"]), interface["actions"],
                    network["activation"], options_of("activation_options"), interface["input_scale"],
                    network.get("head", "fc"), options_of("head_options"))
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
