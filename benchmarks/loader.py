"""Rate of mazescan.recording's batches beside sequential reading: loader.py RECORD [--layer LAYER] [--size SIZE] [--json FILE].

RECORD is an activations dataset, such as runs/quickstart/record. Sequential reading is h5py's, chunk by chunk in the order of the
files; the files are in the page cache for both. A second row for sequential reading converts to float32, as batches do. Each
rate is the best of five passes, in MB of float32 activations a second. Needs the Python package with h5py, torch and xxhash.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import time
from collections.abc import Callable

import h5py
import numpy as np
import torch

from mazescan import codes, recording

PASSES = 5


def sequential(paths: list[pathlib.Path], layer: str, convert: bool) -> None:
    for path in paths:
        with h5py.File(path) as shard:
            values = shard["activations"][layer]
            step = (values.chunks or (256,))[0]
            for begin in range(0, len(values), step):
                rows = codes.values(values, begin, min(begin + step, len(values)))
                if convert:
                    rows.astype(np.float32)


def drain(batches, workers: int) -> None:
    for _ in torch.utils.data.DataLoader(batches, batch_size=None, num_workers=workers):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Rate of mazescan.recording's batches beside sequential reading.")
    parser.add_argument("record", help="folder of an activations dataset")
    parser.add_argument("--size", type=int, help="maze size (default: the largest recorded)")
    parser.add_argument("--layer", help="layer (default: the first recorded)")
    parser.add_argument("--json", help="write rows {name, value, unit} to this file")
    options = parser.parse_args()
    dataset = recording.open(options.record)
    size = options.size or dataset.sizes[-1]
    layer = options.layer or dataset.layers(size)[0]
    paths = dataset.shards(size)
    ordered, shuffled = (dataset.batches(size, layer, shuffle=shuffle) for shuffle in (False, True))
    with h5py.File(paths[0]) as shard:
        values = shard["activations"][layer]
        megabytes = ordered.samples() * int(np.prod(values.shape[1:])) * 4 / 1e6
        print(f"{layer}, size {size}: {ordered.samples()} samples of {values.shape[1:]}, {megabytes:.0f} MB as float32, "
              f"{values.dtype} in chunks of {values.chunks[0] if values.chunks else 'no'} samples, compression {values.compression}")
    tasks: dict[str, Callable[[], None]] = {
        "sequential": lambda: sequential(paths, layer, False),
        "sequential, as float32": lambda: sequential(paths, layer, True),
        "batches": lambda: drain(ordered, 0),
        "batches, shuffled": lambda: drain(shuffled, 0),
        "batches, shuffled, 1 worker": lambda: drain(shuffled, 1),
        "batches, shuffled, 4 workers": lambda: drain(shuffled, 4),
    }
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(PASSES):  # in turn, so that other programs disturb all of them alike
        for name, task in tasks.items():
            begin = time.perf_counter()
            task()
            best[name] = min(best[name], time.perf_counter() - begin)
    rows = []
    for name, seconds in best.items():
        print(f"{name:30} {megabytes / seconds:8.0f} MB/s {best['sequential'] / seconds:7.0%}")
        rows.append({"name": name, "value": megabytes / seconds, "unit": "MB/s"})
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
