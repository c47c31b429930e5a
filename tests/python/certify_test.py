"""Certificates: results do not depend on ranks, parts or kills; their values, read by h5py, are consistent; user errors are
reported."""
import struct
import unittest

import h5py
import numpy as np

from finished_run import ReproducibleJob
from programs import EVALUATOR, TRAINER, files_of, run, write_config

CERTIFY = """\
certify:
  sizes: [3, 5, 7]
  layouts: 300
  chunk: 8
  device: cpu
"""
UNITS = 1 + 24 + 38


class Certify(ReproducibleJob, unittest.TestCase):
    jobs = ("certify",)
    units = UNITS
    kills = 6
    killed_ranks = (1, 2, 3)

    @classmethod
    def write(cls, name):
        path = write_config(cls.folder / name, ("world_dim: 5", "world_dim: 7"))
        path.write_text(path.read_text(encoding="utf-8") + CERTIFY, encoding="utf-8")
        return path

    def test_values_are_consistent(self):
        shards = self.folder / "run" / "certify" / "shards"
        for size, cells in ((3, 7), (5, 17)):
            probabilities, pairs, index, weight = [], [], [], 0
            for path in sorted(shards.glob(f"size0{size}-all-*.h5")):
                with h5py.File(path) as shard:
                    results = shard["results"]
                    index += list(results["layout/index"][()])
                    probabilities += list(results["layout/probability"][()])
                    pairs += list(results["layout/pairs"][:, 0])
                    weight = weight + results["curve/weight"][0, 0]
                    curve = results["curve/arrived"][0, 0] / results["curve/weight"][0, 0]
                    self.assertEqual(curve[0], 0)
                    self.assertTrue(np.all(np.diff(curve) >= 0))
                    self.assertAlmostEqual(curve[-1], np.mean(results["sampled/within_limit"][:, 0]), 12)
                    self.assertLessEqual(results["curve/lowest"][-1], np.min(results["sampled/within_limit"][:, 0]))
                    self.assertEqual(results["curve/lowest"][-1], np.min(results["sampled/lowest"][()]))
            self.assertEqual(index, list(range(len(index))))
            self.assertEqual(len(index), 4 if size == 3 else 192)
            self.assertEqual(weight, len(index))
            self.assertAlmostEqual(sum(probabilities), 1, 12)
            self.assertEqual(set(pairs), {cells * (cells - 1)})

    def test_a_dry_run_prints_units_and_writes_nothing(self):
        config = self.clone_run("dry")
        before = files_of(self.folder / "dry")
        output = run(EVALUATOR, "certify", config, "--dry-run").out
        self.assertIn("size 7: 300 of 100352 layouts, 279000 states", output)
        self.assertIn(f"{UNITS} units, {168 + 52224 + 279000} states", output)
        self.assertEqual(files_of(self.folder / "dry"), before)

    def test_user_errors(self):
        config = self.clone_run("wrong")
        self.refused(config, "'certify.sizes' holds 9", "557,568,000 layouts", sets=["certify.sizes=[3, 9]"])
        self.refused(config, "'certify.sizes' holds 4", "odd", sets=["certify.sizes=[4]"])
        self.refused(config, "'certify.sizes' holds a size twice", sets=["certify.sizes=[3, 3]"])
        self.refused(config, "'certify.sizes' is empty", sets=["certify.sizes=[]"])
        self.refused(config, "'certify.layouts' is -1", sets=["certify.layouts=-1"])
        self.assertFalse((self.folder / "wrong" / "certify").exists())
        # A policy whose world is too small.
        small = write_config(self.folder / "small")
        run(TRAINER, small)
        self.refused(small, "'certify.sizes' holds 7", "levels of the sizes 3, 5")
        # Weights that are NaN.
        path = self.folder / "wrong" / "policy.safetensors"
        path.write_bytes(path.read_bytes()[:-4] + struct.pack("<f", float("nan")))
        self.refused(config, str(path), "holds NaN")
        # Another limit in a folder with some results.
        other = self.clone_run("other")
        run(EVALUATOR, "certify", other, "--part", "1/30")
        self.refused(other, "another certificate", sets=["certify.max_steps=7"])


if __name__ == "__main__":
    unittest.main()
