"""Activations datasets, as `mazescan-evaluator record` writes them, for torch and xarray.

    recording = mazescan.recording.open("runs/quickstart/record")      # checks every file first
    samples = recording.xarray(9)                                      # lazy, one variable for each layer and key
    batches = recording.batches(9, "embedder.fc", labels=("cheese",), part="train", shuffle=True)
    for activations, labels in torch.utils.data.DataLoader(batches, batch_size=None, num_workers=2): ...

Needs h5py; `batches` needs torch, `xarray` needs xarray and h5netcdf, the check of hashes needs xxhash.
"""
from __future__ import annotations

import itertools
import json
import os
import pathlib
import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np

from mazescan import codes

_LANES = 4  # windows that are read at the same time by shuffled batches
_OPEN_FILES = 64
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
        Use it with DataLoader(..., batch_size=None); the order of the batches is the same for any number of workers. With 2 or
        4 workers and `shuffle`, each chunk is read by one of them; otherwise all read all chunks. Labels are in memory.

        Args:
            size: maze size.
            layer: a recorded layer.
            labels: keys of the samples, such as "cheese", "mouse", "optimal", "probability".
            part: "train", "validation" or "test": samples of these layouts only, as the job `probe` divides them; None: all.
            batch_size: samples of a batch; the last one of a window may have fewer.
            shuffle, seed: whether and how samples are shuffled; `set_epoch` changes the order.
            window: chunks whose samples are mixed; four windows are in memory.
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


class _Block(NamedTuple):
    """Samples of one chunk that belong to a part."""

    path: pathlib.Path
    begin: int  # of the chunk, in the file
    end: int
    rows: np.ndarray  # in the chunk
    first: int  # number of its first sample in the part


def _batches_class() -> type:
    """Defines the class that needs torch."""
    import torch

    class Batches(torch.utils.data.IterableDataset):
        """Batches of a layer; see Recording.batches."""

        def __init__(self, recording, size, layer, labels, part, batch_size, shuffle, seed, window, split_seed):
            super().__init__()
            self._layer = layer
            self._batch_size, self._shuffle, self._seed, self._window = batch_size, shuffle, seed, window
            self._epoch = 0
            self._blocks: list[_Block] = []
            columns: dict[str, list[np.ndarray]] = {label: [] for label in labels}  # of all samples of the part
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
                    for label, parts_of_column in columns.items():
                        parts_of_column.append(shard["samples"][label][:][keep])
                    step = (values.chunks or (256,))[0]
                    for begin in range(0, len(values), step):
                        rows = np.flatnonzero(keep[begin:begin + step])
                        if len(rows):
                            self._blocks.append(_Block(path, begin, min(begin + step, len(values)), rows, self.samples()))
            self._labels = {label: torch.from_numpy(np.concatenate(column)) for label, column in columns.items()}

        def set_epoch(self, epoch: int) -> None:
            """Chooses another order of the samples; call it before each epoch."""
            self._epoch = epoch

        def _windows(self) -> list[list[_Block]]:
            order = np.arange(len(self._blocks))
            if self._shuffle:
                np.random.default_rng([self._seed, self._epoch]).shuffle(order)
            return [[self._blocks[b] for b in order[i:i + self._window]] for i in range(0, len(order), self._window)]

        def _batches_of(self, window: list[_Block]) -> int:
            return -(-sum(len(block.rows) for block in window) // self._batch_size)

        def _schedule(self, windows: list[list[_Block]]) -> Iterator[tuple[int, int]]:
            """Yields (window, batch of it) in the order of the batches.

            Shuffled batches come from _LANES windows in turn. So each window is read by one worker only, if the number of
            workers divides _LANES (until the first lane ends).
            """
            lanes = [[(w, b) for w in range(lane, len(windows), _LANES) for b in range(self._batches_of(windows[w]))]
                     for lane in range(_LANES)] if self._shuffle else [
                         [(w, b) for w, window in enumerate(windows) for b in range(self._batches_of(window))]]
            for turn in itertools.zip_longest(*lanes):
                yield from (each for each in turn if each is not None)

        def __len__(self) -> int:
            return sum(self._batches_of(window) for window in self._windows())

        def samples(self) -> int:
            """Returns the number of samples of an epoch."""
            return sum(len(block.rows) for block in self._blocks)

        def _read(self, window: list[_Block], files: dict[pathlib.Path, h5py.File]) -> torch.Tensor:
            """Returns the activations of a window [N, ...]. files: open ones, to which it adds."""
            values, at = None, 0
            for block in window:
                if block.path not in files:
                    if len(files) >= _OPEN_FILES:
                        files.pop(next(iter(files))).close()
                    files[block.path] = h5py.File(block.path)
                layer = files[block.path]["activations"][self._layer]
                if values is None:
                    values = np.empty((sum(len(each.rows) for each in window), *layer.shape[1:]), codes.value_type(layer))
                target = values[at:at + len(block.rows)]
                if len(block.rows) < block.end - block.begin:
                    np.take(codes.values(layer, block.begin, block.end), block.rows, axis=0, out=target)
                else:
                    codes.read_values(layer, block.begin, block.end, target)
                at += len(target)
            return torch.from_numpy(values)

        def __iter__(self) -> Iterator[tuple[torch.Tensor, dict[str, torch.Tensor]]]:
            worker = torch.utils.data.get_worker_info()
            first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
            windows, files = self._windows(), {}
            loaded = {}  # by window: activations, and for each batch the rows in them and the samples
            try:
                for number, (w, b) in enumerate(self._schedule(windows)):
                    if number % step == first:
                        if w not in loaded:
                            samples = np.concatenate([block.first + np.arange(len(block.rows)) for block in windows[w]])
                            order = np.arange(len(samples))
                            if self._shuffle:
                                np.random.default_rng([self._seed, self._epoch, w]).shuffle(order)
                            loaded[w] = (self._read(windows[w], files), torch.from_numpy(order).split(self._batch_size),
                                         torch.from_numpy(samples[order]).split(self._batch_size))
                        values, rows, samples = loaded[w]
                        yield (values.index_select(0, rows[b]).float(),
                               {label: column.index_select(0, samples[b]) for label, column in self._labels.items()})
                    if b == self._batches_of(windows[w]) - 1:
                        loaded.pop(w, None)
            finally:
                for file in files.values():
                    file.close()

    return Batches
