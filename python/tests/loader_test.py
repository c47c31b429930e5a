"""mazescan.recording's batches: the same order for any number of workers, each chunk read by one worker, and a rate near that
of sequential reading. benchmarks/loader.py measures the rate."""
import json
import pathlib
import tempfile
import time
import unittest

import numpy as np

try:
    import h5py
    import torch
    import xxhash
    from mazescan import codes, recording
except ImportError as error:
    h5py = None
    print(f"######## SKIPPED: the loader of recordings was NOT tested ({error})")

SHARDS, SAMPLES, CHUNK, SHAPE = 4, 8192, 512, (16, 5, 5)
LAYER = "embedder.block1.res1.resadd"


def write_recording(folder):
    """Writes an activations dataset of size 9 with one layer, about half of it zeros, compressed as `record` does."""
    (folder / "shards").mkdir(parents=True)
    random, files = np.random.default_rng(1), []
    for chunk in range(SHARDS):
        name = f"shards/size09-uniform-{chunk:03d}.h5"
        with h5py.File(folder / name, "w") as shard:
            seeds = np.arange(SAMPLES, dtype=np.int32) + chunk * SAMPLES
            shard["levels/level_seed"], shard["levels/open"] = seeds, np.ones((SAMPLES, 9, 9), np.uint8)
            shard["samples/level_seed"] = seeds
            shard["samples/cheese"] = random.integers(0, 9, (SAMPLES, 2)).astype(np.int16)
            values = np.maximum(random.standard_normal((SAMPLES, *SHAPE)), 0).astype(np.float16)
            values[:, 0, 0, 0], values[:, 0, 0, 1] = seeds % 1000, seeds // 1000  # exact in float16
            shard.create_dataset(f"activations/{LAYER}", data=values, chunks=(CHUNK, *SHAPE), compression="gzip",
                                 compression_opts=1, shuffle=True)
        content = (folder / name).read_bytes()
        files.append({"name": name, "bytes": len(content), "file_hash": xxhash.xxh3_128_hexdigest(content), "attributes": {"size": 9}})
    manifest = json.dumps({"format": "mazescan-record", "files": files})[:-1]
    (folder / "manifest.json").write_text(f'{manifest},\n "seal": "{xxhash.xxh3_128_hexdigest(manifest.encode())}"\n}}\n')


@unittest.skipIf(h5py is None, "h5py, torch or xxhash is not installed")
class Loader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        write_recording(pathlib.Path(folder.name) / "record")
        cls.dataset = recording.open(pathlib.Path(folder.name) / "record")
        torch.set_num_threads(1)

    def test_the_order_is_the_same_for_any_number_of_workers(self):
        for shuffle in (False, True):
            batches = self.dataset.batches(9, LAYER, ("level_seed",), shuffle=shuffle, window=5, seed=2)
            orders = []
            for workers in (0, 1, 2, 3, 4):
                order = []
                for values, labels in torch.utils.data.DataLoader(batches, batch_size=None, num_workers=workers):
                    seeds = (values[:, 0, 0, 0] + 1000 * values[:, 0, 0, 1]).long()
                    self.assertTrue(torch.equal(seeds, labels["level_seed"].long()), "each sample has its own labels")
                    order.append(seeds.tolist())
                orders.append(order)
                self.assertEqual(order, orders[0], (shuffle, workers))
            self.assertEqual(len(orders[0]), len(batches))
            flat = sum(orders[0], [])
            self.assertEqual(sorted(flat), list(range(SHARDS * SAMPLES)))
            self.assertEqual(flat == sorted(flat), not shuffle)

    def test_a_chunk_is_read_by_one_worker(self):
        batches = self.dataset.batches(9, LAYER, shuffle=True, window=4)  # 16 windows of equal length
        windows = batches._windows()
        for workers in (2, 4):
            readers = {}
            for number, (window, _) in enumerate(batches._schedule(windows)):
                readers.setdefault(window, set()).add(number % workers)
            self.assertEqual(set(map(len, readers.values())), {1})
            self.assertEqual(set.union(*readers.values()), set(range(workers)))

    def test_the_rate_is_near_that_of_sequential_reading(self):
        """At least half, although other programs may run; benchmarks/loader.py shows more than 70 %."""
        batches, paths = self.dataset.batches(9, LAYER, shuffle=True), self.dataset.shards(9)

        def sequential():
            for path in paths:
                with h5py.File(path) as shard:
                    for begin in range(0, SAMPLES, CHUNK):
                        codes.values(shard["activations"][LAYER], begin, begin + CHUNK)

        def loaded():
            for _ in torch.utils.data.DataLoader(batches, batch_size=None):
                pass

        best = [float("inf"), float("inf")]
        for _ in range(10):
            for i, task in enumerate((sequential, loaded)):
                begin = time.perf_counter()
                task()
                best[i] = min(best[i], time.perf_counter() - begin)
            if best[0] > 0.7 * best[1]:
                break
        self.assertGreater(best[0] / best[1], 0.5)


if __name__ == "__main__":
    unittest.main()
