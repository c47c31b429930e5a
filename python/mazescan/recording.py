"""Activations datasets, as `mazescan-evaluator record` writes them, for torch and xarray.

    recording = mazescan.recording.open("runs/quickstart/record")      # checks every file first
    samples = recording.xarray(9)                                      # lazy, one variable for each layer and key
    batches = recording.batches(9, "embedder.fc", labels=("cheese",), part="train", shuffle=True)
    for activations, labels in torch.utils.data.DataLoader(batches, batch_size=None, num_workers=2): ...

Needs h5py; `batches` needs torch, `xarray` needs xarray and h5netcdf, the check of hashes needs xxhash.
"""
from __future__ import annotations

import json
import os
import pathlib
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import h5py
import numpy as np

from mazescan import codes

PARTS = ("train", "validation", "test")
_SHARES = (0.7, 0.15)  # of layouts for training and validation


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


def _first_uniform(key: int) -> float:
    """Returns the first number of a stream of Philox4x32-10 (Salmon et al., 2011) with this key, in [0, 1)."""
    counter, keys, mask = [0, 0, 0, 0], [key & 0xFFFFFFFF, key >> 32], 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [(p1 >> 32) ^ counter[1] ^ keys[0], p1 & mask, (p0 >> 32) ^ counter[3] ^ keys[1], p0 & mask]
        keys = [(keys[0] + 0x9E3779B9) & mask, (keys[1] + 0xBB67AE85) & mask]
    return (counter[0] >> 8) * 2.0**-24


def part_of(walls: np.ndarray, seed: int = 1) -> str:
    """Returns the part of a layout: "train", "validation" or "test", as the job `probe` with this seed divides them.

    Shapes: walls uint8 [size, size], 1 = free, as `/levels/open`.
    """
    import xxhash
    size = walls.shape[0]
    layout = xxhash.xxh3_64_intdigest(np.ascontiguousarray(walls, np.uint8).tobytes())
    key = xxhash.xxh3_64_intdigest(f"split/{size}\0".encode() + struct.pack("<QQ", seed, layout))
    u = np.float32(_first_uniform(key))
    if u < np.float32(_SHARES[0]):
        return "train"
    return "validation" if u < np.float32(_SHARES[0]) + np.float32(_SHARES[1]) else "test"


class Recording:
    """An activations dataset.

    Args:
        folder: the folder with manifest.json, such as runs/quickstart/record.
        verify: compares every file with its hash in the manifest first, and the manifest with its seal.

    Raises:
        ValueError: a file is missing or damaged, or the folder holds no such dataset.
    """

    def __init__(self, folder: str | os.PathLike, verify: bool = True):
        self.folder = pathlib.Path(folder)
        path = self.folder / "manifest.json"
        try:
            data = path.read_bytes()
            if verify:
                self._require_seal(data)
            self.manifest: dict[str, Any] = json.loads(data)
            if self.manifest["format"] != "mazescan-record":
                raise KeyError("format")
            self._files = [(self.folder / file["name"], file) for file in self.manifest["files"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _error(f"{self.folder} holds no activations dataset", f"{path}: {error}",
                         "the folder record of a run directory") from error
        for name, file in self._files:
            if not name.is_file() or name.stat().st_size != file["bytes"]:
                raise _error(f"{name} is missing or incomplete", f"the manifest lists {file['bytes']} bytes",
                             "record again, or mazescan-evaluator verify shows all damage")
            if verify:
                self._verify(name, file["file_hash"])

    @staticmethod
    def _require_seal(data: bytes) -> None:
        """Raises ValueError unless the last key of a manifest is the hash of the bytes before it."""
        import xxhash
        body, key, seal = data.rpartition(b',\n "seal": "')
        if not key or seal.decode(errors="replace") != xxhash.xxh3_128_hexdigest(body) + '"\n}\n':
            raise ValueError("it does not end with its seal: it is damaged or was edited")

    @staticmethod
    def _verify(path: pathlib.Path, expected: str) -> None:
        import xxhash
        hasher = xxhash.xxh3_128()
        with path.open("rb") as stream:
            while block := stream.read(1 << 22):
                hasher.update(block)
        if hasher.hexdigest() != expected:
            raise _error(f"{path} is damaged", "its bytes do not have the manifest's hash", "record that part again")

    @property
    def sizes(self) -> list[int]:
        """Returns the recorded maze sizes."""
        return sorted({file["attributes"]["size"] for _, file in self._files})

    def shards(self, size: int) -> list[pathlib.Path]:
        """Returns the files of a maze size."""
        paths = [path for path, file in self._files if file["attributes"]["size"] == size]
        if not paths:
            raise _error(f"size {size}", "it was not recorded", f"one of {self.sizes}")
        return paths

    def layers(self, size: int) -> list[str]:
        """Returns the recorded layers."""
        with h5py.File(self.shards(size)[0]) as shard:
            return sorted(shard["activations"])

    def xarray(self, size: int, **options: Any) -> Any:
        """Returns an xarray.Dataset over all shards of a size, read when it is used. options: of xarray.open_dataset."""
        import xarray
        with h5py.File(self.shards(size)[0]) as shard:
            if any(codes.needs_plugin(layer) for layer in shard["activations"].values()):
                raise _error(f"{self.folder} is compressed by HDF5 filter {codes.SEG}", "h5py has no plug-in for it",
                             "HDF5_PLUGIN_PATH=the folder hdf5-plugin of the build; or `values`, which needs none")
        return xarray.open_dataset(self.folder / "dataset.h5", group=f"size{size:02d}", engine="h5netcdf", **options)

    def values(self, size: int, layer: str) -> np.ndarray:
        """Returns the activations of a layer for all samples of a size, in the order of the shards: as floats, also if they
        are stored as codes. Needs no plug-in of HDF5."""
        parts = []
        for path in self.shards(size):
            with h5py.File(path) as shard:
                parts.append(codes.values(shard["activations"][layer]))
        return np.concatenate(parts)

    def batches(self, size: int, layer: str, labels: Sequence[str] = ("cheese",), part: str | None = None,
                batch_size: int = 256, shuffle: bool = False, seed: int = 0, window: int = 16,
                split_seed: int = 1) -> Any:
        """Returns a torch IterableDataset of batches (activations, labels).

        Whole HDF5 chunks are read. With `shuffle`, chunks come in random order and the samples of `window` chunks are mixed.
        Use it with DataLoader(..., batch_size=None); the order of the batches is the same for any number of workers.

        Args:
            size: maze size.
            layer: a recorded layer.
            labels: keys of the samples, such as "cheese", "mouse", "optimal", "probability".
            part: "train", "validation" or "test": samples of these layouts only, as the job `probe` divides them; None: all.
            batch_size: samples of a batch; the last one of a window may have fewer.
            shuffle, seed: whether and how samples are shuffled; `set_epoch` changes the order.
            window: chunks whose samples are mixed.
            split_seed: seed of the division, that of the run.

        Returns:
            Batches: activations float32 [B, ...], and a dict of labels [B, ...].
        """
        if layer not in self.layers(size):
            raise _error(f"layer {layer!r}", "it was not recorded", f"one of {', '.join(self.layers(size))}")
        if part is not None and part not in PARTS:
            raise _error(f"part {part!r}", "there is no such part", f"None or one of {', '.join(PARTS)}")
        return _batches_class()(self, size, layer, tuple(labels), part, batch_size, shuffle, seed, window, split_seed)


def open(folder: str | os.PathLike, verify: bool = True) -> Recording:  # pylint: disable=redefined-builtin
    """Opens an activations dataset; see Recording."""
    return Recording(folder, verify)


def _batches_class() -> type:
    """Defines the class that needs torch."""
    import torch

    class Batches(torch.utils.data.IterableDataset):
        """Batches of a layer; see Recording.batches."""

        def __init__(self, recording, size, layer, labels, part, batch_size, shuffle, seed, window, split_seed):
            super().__init__()
            self._layer, self._labels = layer, labels
            self._batch_size, self._shuffle, self._seed, self._window = batch_size, shuffle, seed, window
            self._epoch = 0
            self._blocks = []  # (file, rows of one chunk that belong to the part)
            for path in recording.shards(size):
                with h5py.File(path) as shard:
                    for label in labels:
                        if label not in shard["samples"]:
                            raise _error(f"label {label!r}", "samples have no such key",
                                         f"one of {', '.join(sorted(shard['samples']))}")
                    values = shard["activations"][layer]
                    keep = np.ones(len(values), bool)
                    if part is not None:
                        parts = {seed: part_of(walls, split_seed) for seed, walls in
                                 zip(shard["levels/level_seed"][:].tolist(), shard["levels/open"][:], strict=True)}
                        keep = np.array([parts[s] == part for s in shard["samples/level_seed"][:].tolist()], bool)
                    step = (values.chunks or (256,))[0]
                    for begin in range(0, len(values), step):
                        rows = begin + np.flatnonzero(keep[begin:begin + step])
                        if len(rows):
                            self._blocks.append((path, begin, min(begin + step, len(values)), rows))

        def set_epoch(self, epoch: int) -> None:
            """Chooses another order of the samples; call it before each epoch."""
            self._epoch = epoch

        def _windows(self) -> list[list[int]]:
            order = np.arange(len(self._blocks))
            if self._shuffle:
                np.random.default_rng([self._seed, self._epoch]).shuffle(order)
            return [order[i:i + self._window].tolist() for i in range(0, len(order), self._window)]

        def _batches_of(self, window: list[int]) -> int:
            rows = sum(len(self._blocks[b][3]) for b in window)
            return -(-rows // self._batch_size)

        def __len__(self) -> int:
            return sum(self._batches_of(window) for window in self._windows())

        def samples(self) -> int:
            """Returns the number of samples of an epoch."""
            return sum(len(rows) for *_, rows in self._blocks)

        def _read(self, window: list[int]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            values, labels = [], {label: [] for label in self._labels}
            for block in window:
                path, begin, end, rows = self._blocks[block]
                with h5py.File(path) as shard:
                    values.append(codes.values(shard["activations"][self._layer], begin, end)[rows - begin])
                    for label in self._labels:
                        labels[label].append(shard["samples"][label][begin:end][rows - begin])
            return np.concatenate(values), {label: np.concatenate(parts) for label, parts in labels.items()}

        def __iter__(self) -> Iterator[tuple[torch.Tensor, dict[str, torch.Tensor]]]:
            worker = torch.utils.data.get_worker_info()
            first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
            number = 0  # of a batch, over all windows
            for w, window in enumerate(self._windows()):
                count = self._batches_of(window)
                mine = [b for b in range(count) if (number + b) % step == first]
                number += count
                if not mine:
                    continue
                values, labels = self._read(window)
                order = np.arange(len(values))
                if self._shuffle:
                    np.random.default_rng([self._seed, self._epoch, w]).shuffle(order)
                for b in mine:
                    rows = order[b * self._batch_size:(b + 1) * self._batch_size]
                    yield (torch.from_numpy(values[rows].astype(np.float32)),
                           {label: torch.from_numpy(column[rows]) for label, column in labels.items()})

    return Batches
