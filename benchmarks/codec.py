"""Compares ways to store activations, on a recording in float32: bits of a value, millions of values written and read in a second
(by h5py with the plug-in of the build; in memory, one thread), and what a linear probe of the cheese's cell reads from codes.

    HDF5_PLUGIN_PATH=build/release/hdf5-plugin python3 benchmarks/codec.py RECORDING SIZE [--layers NAME...] [--probe]

The speeds are those of HDF5's filters and checksums, without the conversion from floats. Compares zstd and lz4, too, if
hdf5plugin is installed. --probe needs torch.
"""
import argparse
import importlib
import pathlib
import sys
import time
import types

import h5py
import numpy as np

package = types.ModuleType("mazescan")  # the package without its extension
package.__path__ = [str(pathlib.Path(__file__).resolve().parents[1] / "python/mazescan")]
sys.modules["mazescan"] = package
codes, recording = (importlib.import_module(f"mazescan.{name}") for name in ("codes", "recording"))

GZIP = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
CHUNK = 1 << 20  # bytes
BITS = (16, 8, 6, 4)


def quantised(values, bits):
    """Returns codes, and the bounds that they need: of the values of the first tenth of the samples."""
    first = values[:max(1, len(values) // 10)]
    lo, hi = min(0.0, float(first.min())), max(0.0, float(first.max())) or 1.0
    steps = 2**bits - 1
    # A quarter of the array at a time, because float64 needs twice its memory.
    parts = [np.floor((np.clip(part.astype(np.float64), lo, hi) - lo) * (steps / (hi - lo)) + 0.5)
             .astype(np.uint8 if bits <= 8 else np.uint16) for part in np.array_split(values, 4)]
    return np.concatenate(parts), lo, (hi - lo) / steps


def seg(stored):
    return {"compression": codes.SEG, "compression_opts": (1, stored.dtype.itemsize, codes.BEST_K, 0)}


def seg_list(stored):
    """Returns properties with SEG before the filters of h5py's options."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_filter(codes.SEG, h5py.h5z.FLAG_MANDATORY, (1, stored.dtype.itemsize, codes.BEST_K, 0))
    return properties


def formats(values):
    """Yields (name, elements to store, options of h5py)."""
    half, (two, *_), (one, *_) = values.astype(np.float16), quantised(values, 16), quantised(values, 8)
    yield "float32", values, {}
    yield "float16 + gzip", half, GZIP
    yield "uint16 + gzip", two, GZIP
    yield "uint16 + SEG", two, seg(two)
    yield "uint8 + gzip", one, GZIP
    yield "uint8 + SEG", one, seg(one)
    yield "uint8 + SEG, gzip", one, {"dcpl": seg_list(one), **GZIP, "shuffle": False}
    try:
        import hdf5plugin
    except ImportError:
        return
    for name, stored in (("uint16", two), ("uint8", one)):
        yield f"{name} + zstd", stored, {**hdf5plugin.Zstd(clevel=1), "shuffle": True}
        yield f"{name} + lz4", stored, {**hdf5plugin.LZ4(), "shuffle": True}


def measure(stored, options):
    """Returns bits a value, values written and read in a second: the fastest of three."""
    rows = max(1, CHUNK // max(1, stored[0].nbytes))
    writing, reading = [], []
    for _ in range(3):
        with h5py.File("memory.h5", "w", driver="core", backing_store=False, rdcc_nbytes=0) as file:
            begin = time.perf_counter()
            layer = file.create_dataset("x", data=stored, chunks=(min(rows, len(stored)), *stored.shape[1:]), fletcher32=True,
                                        **options)
            file.flush()
            writing.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            back = layer[:]
            reading.append(time.perf_counter() - begin)
            bits = 8 * layer.id.get_storage_size() / stored.size
        if not np.array_equal(back, stored):
            raise AssertionError("other values were read than were written")
    return bits, stored.size / min(writing), stored.size / min(reading)


def cheese_probe(dataset, size):
    """Returns a function of a layer's values: the accuracy, on test layouts, of a linear probe of the cheese's cell."""
    import torch
    torch.set_num_threads(1)
    labels, train, test = [], [], []
    for path in dataset.shards(size):
        with h5py.File(path) as shard:
            parts = {seed: recording.part_of(walls) for seed, walls in zip(shard["levels/level_seed"][:].tolist(),
                                                                           shard["levels/open"][:])}
            of_samples = [parts[seed] for seed in shard["samples/level_seed"][:].tolist()]
            train += [part == "train" for part in of_samples]
            test += [part == "test" for part in of_samples]
            labels.append(shard["samples/cheese"][:].astype(np.int64) @ np.array([1, size]))
    label, train, test = torch.from_numpy(np.concatenate(labels)), torch.tensor(train), torch.tensor(test)

    def accuracy(values):
        x = torch.from_numpy(values.reshape(len(values), -1))
        mean = x[train].mean(0)
        x = (x - mean) / x[train].var(0).mean().sqrt()
        weight, bias = (torch.zeros(shape, requires_grad=True) for shape in ((x.shape[1], size * size), (size * size,)))
        fit = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

        def loss():
            fit.zero_grad()
            total = torch.nn.functional.cross_entropy(x[train] @ weight + bias, label[train]) + 0.0005 * (weight**2).sum()
            total.backward()
            return total
        fit.step(loss)
        with torch.no_grad():
            right = ((x[test] @ weight + bias).argmax(1) == label[test]).double()
        return right.mean().item(), 1.96 * (right.var() / len(right)).sqrt().item()
    return accuracy


def main():
    parser = argparse.ArgumentParser(description="Compares ways to store activations.")
    parser.add_argument("recording")
    parser.add_argument("size", type=int)
    parser.add_argument("--probe", action="store_true", help="fit linear probes instead")
    parser.add_argument("--layers", nargs="+", help="default: all recorded layers")
    options = parser.parse_args()
    dataset = recording.open(options.recording)
    accuracy = cheese_probe(dataset, options.size) if options.probe else None
    for layer in options.layers or dataset.layers(options.size):
        values = dataset.values(options.size, layer)
        print(f"{layer}: {' x '.join(map(str, values.shape))}, {100 * (values == 0).mean():.1f} % zeros", flush=True)
        if accuracy is None:
            for name, stored, how in formats(values):
                bits, written, read = measure(np.ascontiguousarray(stored), how)
                print(f"    {name:<18}{bits:8.3f} bits {written / 1e6:8.0f} M/s written {read / 1e6:8.0f} M/s read", flush=True)
            continue
        print(f"    {'float32':<16}{'%.4f ± %.4f' % accuracy(values)}", flush=True)
        for bits in BITS:
            stored, lo, step = quantised(values, bits)
            print(f"    {bits:<2} bits         {'%.4f ± %.4f' % accuracy((lo + stored * step).astype(np.float32))}", flush=True)


if __name__ == "__main__":
    main()
