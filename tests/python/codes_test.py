"""Activations as codes, compressed by the filter SEG: our reader, h5py with the plug-in, and mazescan.codes without it return the
same bits; streams that one of the last two refuses, the other one refuses, too."""
import contextlib
import importlib
import importlib.util
import os
import random
import subprocess
import sys
import types
import unittest
from unittest import mock

from finished_run import Recorded
from programs import BIN, EVALUATOR, SOURCE, Job, expect_user_error, record_hashes, run, seal_listed, temporary_folder

PLUGINS = BIN.parent / "hdf5-plugin"
os.environ["HDF5_PLUGIN_PATH"] = str(PLUGINS)  # HDF5 reads it when it is loaded

import h5py  # noqa: E402
import numpy as np  # noqa: E402

package = types.ModuleType("mazescan")  # the package without its extension, which is not built here
package.__path__ = [str(SOURCE / "python/mazescan")]
sys.modules["mazescan"] = package
codes, recording = (importlib.import_module(f"mazescan.{name}") for name in ("codes", "recording"))

VECTOR = (0, 0, 3, 0, 1, 0, 0, 12, 0, 0, 0, 0, 1, 2, 0, 0)
STREAMS = ("cee19e96", "c958df4f", "da99fe8b80", "d5464fd09c", "d2a1b7e82380")  # of the vector, for k = 0 to 4


def header(k, count, flags=4, version=1):
    return bytes((version, k, flags)) + count.to_bytes(4, "little")


def without_plugin():
    return mock.patch.object(codes, "needs_plugin", return_value=True)


class Codes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        subprocess.run([BIN / "write_sample_codes", cls.folder], check=True)

    def test_three_readers_return_the_same_bits(self):
        self.assertTrue(h5py.h5z.filter_avail(codes.SEG), f"h5py does not load the plug-in in {PLUGINS}")
        for kind in ("uint8", "uint16"):
            with h5py.File(self.folder / f"{kind}.h5") as shard:
                self.assertEqual(set(shard["activations"]), {"embedder.block1.conv", "fc_policy"})
                for name, layer in shard["activations"].items():
                    with self.subTest(f"{kind} {name}"):
                        self.assertEqual(layer.dtype, np.dtype(kind))
                        self.assertEqual(layer._filters[str(codes.SEG)], (1, layer.dtype.itemsize, 255, 0))
                        self.assertTrue(layer.fletcher32)
                        by_plugin = layer[:]
                        with without_plugin():
                            pure = codes.stored(layer)
                            np.testing.assert_array_equal(pure, by_plugin)
                            self.assertEqual(pure.dtype, by_plugin.dtype)
                            numbers = codes.values(layer)
                            for begin, end in ((5, 9), (0, 0), (12_345, 39_999), (39_990, None), (-3, None)):
                                np.testing.assert_array_equal(codes.stored(layer, begin, end), by_plugin[begin:end])
                        self.assertEqual(numbers.tobytes(), (self.folder / f"{kind}-{name}.f32").read_bytes())
                        self.assertEqual(codes.values(layer).tobytes(), numbers.tobytes())
                        self.assertEqual(codes.value_type(layer), np.float32)

    def test_known_streams(self):
        for k, body in enumerate(STREAMS):
            decoded = codes.decode(header(k, len(VECTOR)) + bytes.fromhex(body), np.uint16)
            np.testing.assert_array_equal(decoded, np.array(VECTOR, np.uint16))
            self.assertEqual(decoded.dtype, np.uint16)
        signed = codes.decode(header(0, 4, flags=6) + b"\x49\x80", np.int16)  # 1, 2, 1, 0
        np.testing.assert_array_equal(signed, [-1, 1, -1, 0])
        self.assertEqual(len(codes.decode(header(0, 0), np.uint16)), 0)

    def test_faults_are_named(self):
        whole = header(0, len(VECTOR)) + bytes.fromhex(STREAMS[0])
        for stream, fragment in ((whole[:5], "is cut off"), (whole[:-1], "claims|is cut off"),
                                 (b"\x02" + whole[1:], "of version 2 of the SEG codec, not 1"),
                                 (header(17, 16) + whole[7:], "a k above 16"), (header(0, 16, flags=0) + whole[7:], "another type"),
                                 (header(0, 99) + whole[7:], "another number"), (whole + b"\0", "longer than its numbers"),
                                 (whole[:-1] + b"\x97", "bits after its last number"),
                                 (header(0, 1) + b"\0\0\4\0\0\0", "too large")):
            with self.subTest(fragment), self.assertRaisesRegex(ValueError, fragment):
                codes.decode(stream, np.uint16)

    def write_chunk(self, data, count, dtype=np.uint16):
        path = self.folder / "chunk.h5"
        with h5py.File(path, "w") as file:
            layer = file.create_dataset("data", (count,), dtype, chunks=(count,), compression=codes.SEG, fletcher32=True,
                                        compression_opts=(1, np.dtype(dtype).itemsize, 255, 0))
            layer.id.write_direct_chunk((0,), data + codes.fletcher32(data).to_bytes(4, "little"))
        return path

    def test_plugin_and_numpy_refuse_the_same_streams(self):
        rng, refused = random.Random(1), 0
        seeds = [header(k, len(VECTOR)) + bytes.fromhex(body) for k, body in enumerate(STREAMS)]
        seeds.append(header(3, 16, flags=5) + np.array(VECTOR, np.uint16).tobytes())
        for number in range(600):
            stream = bytearray(rng.choice(seeds))
            for _ in range(rng.randrange(4)):
                at = rng.randrange(len(stream))
                change = rng.randrange(3)
                if change == 0:
                    stream[at] ^= 1 << rng.randrange(8)
                elif change == 1:
                    del stream[at:at + rng.randrange(1, 3)]
                else:
                    stream.insert(at, rng.randrange(256))
                if not stream:
                    stream = bytearray(1)
            # libhdf5 1.10 reads beyond chunks of too few elements, so the plug-in is not tried on these.
            whole = int.from_bytes(stream[3:7], "little") == len(VECTOR)
            with h5py.File(self.write_chunk(bytes(stream), len(VECTOR))) as file:
                results = []
                for needs_plugin in (False, True) if whole else (True,):
                    with mock.patch.object(codes, "needs_plugin", return_value=needs_plugin):
                        try:
                            results.append(codes.stored(file["data"]).tolist())
                        except (OSError, ValueError):
                            results.append(None)
            with self.subTest(f"{number}: {stream.hex()}"):
                self.assertEqual(results[0], results[-1])
                if not whole:
                    self.assertIsNone(results[0])
            refused += results[0] is None
        self.assertGreater(refused, 200)
        self.assertLess(refused, 500)

    def test_damaged_chunks_are_one_error(self):
        data = header(0, len(VECTOR)) + bytes.fromhex(STREAMS[0])
        path = self.write_chunk(data, len(VECTOR))
        content = path.read_bytes()
        at = content.index(data)
        path.write_bytes(content[:at + 9] + bytes((content[at + 9] ^ 1,)) + content[at + 10:])
        with h5py.File(path) as file, without_plugin(), self.assertRaisesRegex(ValueError, r"/data(.|\n)*wrong checksum"):
            codes.stored(file["data"])
        newer = self.write_chunk(b"\x02" + data[1:], len(VECTOR))
        for reader in (without_plugin(), contextlib.nullcontext()):
            with h5py.File(newer) as file, reader, self.assertRaisesRegex(ValueError, "version 2 of the SEG codec, not 1"):
                codes.stored(file["data"])

    def test_the_checksum_is_that_of_hdf5(self):
        rng = np.random.default_rng(1)
        for count in (1, 2, 3, 1000, 4097):
            data = rng.integers(0, 256, count, np.uint8)
            for values in (data, np.zeros_like(data), np.full_like(data, 255)):
                with h5py.File(self.folder / "sum.h5", "w") as file:
                    layer = file.create_dataset("data", data=values, chunks=(count,), fletcher32=True)
                    stored = layer.id.read_direct_chunk((0,))[1]
                self.assertEqual(int.from_bytes(stored[-4:], "little"), codes.fletcher32(values.tobytes()))


class Recordings(Recorded, unittest.TestCase):
    """Recordings of codes. Their layers: one with negative values, one without."""
    LAYERS = "record.layers=[embedder.block1.conv, embedder.relufc]"

    def recording(self, name, *overrides, ranks=1, layers=LAYERS):
        folder = self.folder / name
        sets = [word for override in (f"record.folder={folder}", layers, *overrides) for word in ("--set", override)]
        run(EVALUATOR, "record", self.config, *sets, ranks=ranks)
        return folder

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floats = cls.recording(cls, "floats", "record.storage_dtype=float32")
        cls.codes = {bits: cls.recording(cls, f"codes{bits}", f"record.storage_dtype=uint{bits}", "record.compression=seg")
                     for bits in (8, 16)}

    def test_values_are_within_half_a_step(self):
        floats, clipped = recording.open(self.floats), 0
        for bits, folder in self.codes.items():
            coded = recording.open(folder)
            self.assertEqual(coded.sizes, floats.sizes)
            for size in coded.sizes:
                for layer in coded.layers(size):
                    exact, near = floats.values(size, layer), coded.values(size, layer)
                    self.assertEqual(near.dtype, np.float32)
                    with h5py.File(coded.shards(size)[0]) as shard:
                        lo, hi, stored_bits = (shard["activations"][layer].attrs[a] for a in ("lo", "hi", "bits"))
                    self.assertEqual(stored_bits, bits)
                    step = (hi - lo) / (2**bits - 1)
                    np.testing.assert_allclose(near, np.clip(exact, lo, hi), rtol=0, atol=step * 0.50001)
                    if layer == "embedder.relufc":
                        self.assertEqual(lo, 0)
                        self.assertGreater((exact == 0).sum(), 0)
                        np.testing.assert_array_equal(near == 0, exact < step / 2)
                    else:
                        self.assertLess(lo, 0)
                    clipped += ((exact < lo) | (exact > hi)).sum()
            counted = 0
            for name in record_hashes(folder):
                with h5py.File(folder / name) as shard:
                    counted += sum(int(layer.attrs["clipped"]) for layer in shard["activations"].values())
            self.assertEqual(counted, clipped)
            clipped = 0

    def test_neither_ranks_nor_parts_nor_compression_change_the_shards(self):
        due = record_hashes(self.codes[8])
        dtype = "record.storage_dtype=uint8"
        for name, more, ranks in (("ranks", ["record.compression=seg"], 3), ("gzip", ["record.compression=gzip"], 1),
                                  ("none", ["record.compression=none"], 2)):
            with self.subTest(name):
                folder = self.recording(name, dtype, *more, ranks=ranks)
                self.assertEqual(record_hashes(folder), due)
                self.assertIn(": 12 shards, ", self.verify(folder, 0))
        for part in ("2/2", "1/2"):
            sets = [word for override in (f"record.folder={self.folder}/parts", self.LAYERS, dtype, "record.compression=seg")
                    for word in ("--set", override)]
            run(EVALUATOR, "record", self.config, "--part", part, *sets)
        self.assertEqual(record_hashes(self.folder / "parts"), due)

    def test_a_lost_shard_is_made_again(self):
        folder = self.copy("lost", self.codes[16])
        lost = sorted(record_hashes(folder))[5]
        (folder / lost).unlink()
        self.recording("lost", "record.storage_dtype=uint16", "record.compression=seg")
        self.assertEqual(record_hashes(folder), record_hashes(self.codes[16]))
        self.assertIn(": 12 shards, ", self.verify(folder, 0))

    def test_the_merged_dataset_shows_numbers(self):
        other = self.recording("other", "record.storage_dtype=uint8", "record.compression=seg", "record.first_level=5000")
        merged = self.folder / "merged"
        run(EVALUATOR, "merge", merged, self.codes[8], other)
        self.assertIn(": 24 shards, ", self.verify(merged, 0))
        near = recording.open(merged).values(5, "embedder.relufc")
        with h5py.File(merged / "dataset.h5") as file:
            layer = file["size05"]["embedder.relufc"]
            lo, scale, offset = (layer.attrs[a] for a in ("lo", "scale_factor", "add_offset"))
            self.assertEqual(offset, lo)
            np.testing.assert_array_equal((lo + layer[:] * scale).astype(np.float32), near)
        sheet = (merged / "datasheet.md").read_text(encoding="utf-8")
        self.assertIn(" | uint8 from 0 to ", sheet)
        job = Job(EVALUATOR, "merge", self.folder / "mixed", self.codes[8], self.floats).wait()
        expect_user_error(self, job, "has other taps")

    def test_dataset_h5_with_other_bounds_is_a_fault(self):
        folder = self.copy("bounds", self.codes[8])
        with h5py.File(folder / "dataset.h5", "a") as file:
            file["size03"]["embedder.relufc"].attrs["scale_factor"] = 0.5
        seal_listed(folder, "dataset.h5")
        self.assertIn("/size03/embedder.relufc has another scale_factor", self.verify(folder, 1))

    @unittest.skipIf(importlib.util.find_spec("h5netcdf") is None, "h5netcdf is not installed")
    def test_xarray_returns_numbers(self):
        dataset = recording.open(self.codes[8])
        samples = dataset.xarray(5)
        np.testing.assert_allclose(samples["embedder.relufc"].values, dataset.values(5, "embedder.relufc"), rtol=1e-6, atol=1e-6)
        samples.close()
        with without_plugin(), self.assertRaisesRegex(ValueError, "HDF5_PLUGIN_PATH"):
            dataset.xarray(5)

    def test_probes_read_codes(self):
        config = self.clone_run("probed")
        sets = [word for override in (self.LAYERS, "record.storage_dtype=uint16", "record.compression=seg",
                                      "probe.max_iterations=5") for word in ("--set", override)]
        run(EVALUATOR, "record", config, *sets)
        run(EVALUATOR, "probe", config, *sets)
        self.assertIn("whole", self.verify(self.folder / "probed" / "probe", 0))


if __name__ == "__main__":
    unittest.main()
