"""Parts of the Python package that need neither its extension nor our programs: mazescan.recording on a dataset that `record`
wrote, mazescan.runs on a run. (mazescan.policy and .edits are in torch_test.py; ./run python tests the rest.)"""
import importlib
import sys
import types
import unittest

import h5py
import numpy as np

from finished_run import FinishedRun
from programs import EVALUATOR, SOURCE, UPDATES, metrics, run, write_record_config

try:
    import torch
    import xarray
except ImportError as reason:
    print(f"######## SKIPPED: the Python package was NOT tested on recordings ({reason}); apt-get install python3-torch python3-xarray")
    sys.exit(77)


# The package without its extension, which is not built here.
package = types.ModuleType("mazescan")
package.__path__ = [str(SOURCE / "python/mazescan")]
sys.modules["mazescan"] = package
codes, recording, runs = (importlib.import_module(f"mazescan.{name}") for name in ("codes", "recording", "runs"))


class Recordings(FinishedRun, unittest.TestCase):
    jobs = ("record",)

    @classmethod
    def write(cls, name):
        return write_record_config(cls.folder / name, ("placements: [top_left, uniform]", "placements: [uniform]"),
                                   ("levels: 24\n  chunk: 8\n  sampling", "levels: 60\n  chunk: 12\n  sampling"),
                                   cells="every_cell")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dataset = recording.open(cls.run_folder / "record")

    def rows(self, size, layer, label):
        """Every sample, read by h5py: {(level seed, mouse): (activations, label)}."""
        rows = {}
        for path in self.dataset.shards(size):
            with h5py.File(path) as shard:
                keys = zip(shard["samples/level_seed"][:].tolist(), map(tuple, shard["samples/mouse"][:].tolist()))
                for key, value, mark in zip(keys, shard["activations"][layer][:], shard["samples"][label][:]):
                    rows[key] = value, mark
        return rows

    def test_contents(self):
        self.assertEqual(self.dataset.sizes, [3, 5])
        self.assertEqual(self.dataset.layers(5), ["embedder.block1.conv", "embedder.fc"])
        self.assertEqual(len(self.dataset.shards(5)), 5)

    def test_every_sample_once_in_every_order(self):
        expected = self.rows(5, "embedder.fc", "optimal")
        orders = []
        for shuffle, epoch in ((False, 0), (True, 0), (True, 1)):
            batches = self.dataset.batches(5, "embedder.fc", ("level_seed", "mouse", "optimal"), batch_size=32, shuffle=shuffle,
                                           seed=3, window=2)
            batches.set_epoch(epoch)
            self.assertEqual(batches.samples(), len(expected))
            seen = {}
            for values, labels in batches:
                self.assertEqual(values.dtype, torch.float32)
                self.assertLessEqual(len(values), 32)
                for value, seed, mouse, optimal in zip(values, labels["level_seed"], labels["mouse"], labels["optimal"]):
                    key = seed.item(), tuple(mouse.tolist())
                    self.assertNotIn(key, seen)
                    seen[key] = optimal.item()
                    np.testing.assert_array_equal(value.numpy(), expected[key][0].astype(np.float32))
                    self.assertEqual(optimal.item(), expected[key][1])
            self.assertEqual(seen.keys(), expected.keys())
            orders.append(list(seen))
        self.assertEqual(orders[0], list(expected), "without shuffling, the order of the files")
        self.assertEqual(len({tuple(order) for order in orders}), 3)

    def test_the_order_does_not_depend_on_the_number_of_workers(self):
        batches = self.dataset.batches(5, "embedder.fc", ("level_seed",), batch_size=16, shuffle=True, window=2)
        orders = [[labels["level_seed"].tolist() for _, labels in
                   torch.utils.data.DataLoader(batches, batch_size=None, num_workers=workers)] for workers in (0, 1, 4)]
        self.assertGreater(len(orders[0]), 10)
        self.assertEqual(len(orders[0]), len(batches))
        self.assertEqual(orders[1], orders[0])
        self.assertEqual(orders[2], orders[0])

    def test_no_layout_is_in_two_parts(self):
        layouts = {}  # by level seed
        for path in self.dataset.shards(5):
            with h5py.File(path) as shard:
                layouts |= {seed: walls.tobytes() for seed, walls in zip(shard["levels/level_seed"][:].tolist(), shard["levels/open"][:])}
        parts, total = {}, 0
        for part in recording.PARTS:
            batches = self.dataset.batches(5, "embedder.fc", ("level_seed",), part=part)
            total += batches.samples()
            parts[part] = {layouts[seed] for _, labels in batches for seed in labels["level_seed"].tolist()}
            self.assertTrue(parts[part])
        self.assertFalse(parts["train"] & parts["test"] or parts["train"] & parts["validation"] or parts["validation"] & parts["test"])
        self.assertEqual(total, len(self.rows(5, "embedder.fc", "optimal")))
        self.assertGreater(len(parts["train"]), len(parts["test"]))

    def test_the_stream_of_the_division_is_philox(self):
        # Known answers of Philox4x32-10 (Salmon et al.): counter and key 0.
        self.assertEqual(int(recording._first_uniform(0) * 2**24), 0x6627E8D5 >> 8)

    def test_xarray(self):
        samples = self.dataset.xarray(5)
        self.assertIsInstance(samples, xarray.Dataset)
        self.assertEqual(samples["embedder.fc"].shape[0], len(self.rows(5, "embedder.fc", "optimal")))
        samples.close()

    def test_runs(self):
        run(EVALUATOR, "scan", self.config)
        run(EVALUATOR, "report", self.config)
        table, lines = runs.metrics(self.run_folder), metrics(self.run_folder)
        self.assertEqual(table.index.tolist(), list(range(1, UPDATES + 1)))
        self.assertEqual(table["loss/entropy"].tolist(), [line["loss"]["entropy"] for line in lines])
        self.assertEqual(table.loc[UPDATES, "steps"], lines[-1]["steps"])
        summary = runs.summary(self.run_folder)
        row = summary.loc["success_limit/size=3/placement=top_right"]
        self.assertTrue(row["low"] <= row["value"] <= row["high"])
        verdicts = runs.verdicts(self.run_folder)
        self.assertEqual([f"Q{i}" in verdicts.index for i in range(1, 10)], [True] * 9)
        with self.assertRaisesRegex(ValueError, "mazescan-evaluator report writes it"):
            runs.summary(self.folder)

    def test_damage_and_wrong_names(self):
        folder = self.folder / "damaged"
        self.clone_run("damaged", "record")
        shard = recording.open(folder / "record").shards(3)[0]
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 1
        shard.write_bytes(data)
        whole = self.dataset
        for call, fragment in ((lambda: recording.open(folder / "record"), "is damaged"),
                               (lambda: recording.open(folder), "holds no activations dataset"),
                               (lambda: whole.shards(9), "it was not recorded"),
                               (lambda: whole.batches(5, "embedder.fcc"), "one of embedder.block1.conv, embedder.fc"),
                               (lambda: whole.batches(5, "embedder.fc", ("cheeese",)), "samples have no such key"),
                               (lambda: whole.batches(5, "embedder.fc", part="training"), "None or one of train")):
            with self.subTest(fragment), self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(fragment, str(caught.exception))
        shard.unlink()
        with self.assertRaisesRegex(ValueError, "missing or incomplete"):
            recording.open(folder / "record", verify=False)


if __name__ == "__main__":
    unittest.main()
