"""Checks that h5py reads the sample shard of tests/datasets/sample_shard.h.

The first argument, or MAZESCAN_SAMPLE_SHARD, is the path of the shard.
"""

import json
import os
import sys
import unittest

import h5py
import numpy as np

PATH = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None
PATH = PATH or os.environ.get("MAZESCAN_SAMPLE_SHARD")
if not PATH:
    sys.exit("usage: shards_h5py_test.py SHARD (or set MAZESCAN_SAMPLE_SHARD)")

N, M, F, S = 7, 4, 2, 5


class SampleShard(unittest.TestCase):
    def setUp(self):
        self.shard = h5py.File(PATH, "r")

    def tearDown(self):
        self.shard.close()

    def check(self, path, dtype, axes, shape):
        """Checks type, shape, axis labels, and that the scale of each axis is 0, 1, 2, ...; returns the values."""
        data = self.shard[path]
        self.assertEqual(data.dtype, np.dtype(dtype), path)
        self.assertEqual(data.shape, shape, path)
        self.assertEqual([dim.label for dim in data.dims], axes, path)
        for dim, name, length in zip(data.dims, axes, shape):
            self.assertEqual(len(dim), 1, f"{path}: scales of {name}")
            scale = dim[0]
            self.assertIn(scale.name, (f"/{name}", f"/{name}_{length}", f"/{name}_index"))
            self.assertEqual(scale.attrs["CLASS"], b"DIMENSION_SCALE")
            np.testing.assert_array_equal(scale[()], np.arange(length))
        return data[()]

    def test_attributes(self):
        attributes = self.shard.attrs
        expected = {"size": S, "chunk": 2, "limit": 20, "region": 1, "format_version": 3}
        for name, value in expected.items():
            self.assertEqual(attributes[name], value, name)
        self.assertEqual(attributes["format"].decode(), "mazescan-scan-shard")
        self.assertEqual(attributes["placement"].decode(), "cell:3,4")
        self.assertEqual(attributes["scan_key"].decode(), "0123456789abcdef" * 2)
        self.assertRegex(attributes["payload_hash"].decode(), "^[0-9a-f]{32}$")
        self.assertEqual(json.loads(attributes["provenance"]), {"made_by": "a test"})

    def test_no_scale_has_the_name_of_a_group(self):
        """In netCDF's data model a group cannot have the name of a dimension: xarray.open_datatree raises KeyError."""
        names = {"group": set(), "scale": set()}

        def visit(path, item):
            kind = "group" if isinstance(item, h5py.Group) else "scale" if "/" not in path else None
            if kind:
                names[kind].add(path.split("/")[-1])

        self.shard.visititems(visit)
        self.assertIn("decision_index", names["scale"])
        self.assertIn("decision", names["group"])
        self.assertEqual(names["group"] & names["scale"], set())

    def test_levels(self):
        episode = np.arange(N)
        cell = np.arange(S * S).reshape(S, S)
        np.testing.assert_array_equal(
            self.check("/episodes/level_seed", "int32", ["episode"], (N,)), 1000 + episode)
        np.testing.assert_array_equal(
            self.check("/episodes/open", "uint8", ["episode", "y", "x"], (N, S, S)),
            (cell[None] + episode[:, None, None]) % 3 != 0)
        np.testing.assert_array_equal(
            self.check("/episodes/cheese", "int16", ["episode", "coordinate"], (N, 2)),
            np.stack([episode % S, np.full(N, 4)], axis=1))
        np.testing.assert_array_equal(
            self.check("/episodes/proxy", "int16", ["episode", "coordinate"], (N, 2)),
            np.stack([np.full(N, 4), episode % S], axis=1))
        np.testing.assert_array_equal(self.check("/episodes/optimal", "int32", ["episode"], (N,)), 8)
        np.testing.assert_array_equal(
            self.check("/episodes/on_path", "uint8", ["episode"], (N,)), episode % 3 == 0)
        decision = self.check("/episodes/decision", "int16", ["episode", "coordinate"], (N, 2))
        np.testing.assert_array_equal(decision[:, 0], np.where(episode % 2 == 0, 2, -1))

    def test_exact_chances(self):
        episode, step = np.arange(N), np.arange(21)
        np.testing.assert_allclose(self.check("/exact/arrived", "float32", ["episode", "step"], (N, 21)),
                                   step[None] / (21 + episode[:, None]), rtol=1e-6)
        np.testing.assert_allclose(self.check("/exact/random_arrived", "float32", ["episode", "step"], (N, 21)),
                                   np.broadcast_to(step / 40, (N, 21)), rtol=1e-6)
        np.testing.assert_array_equal(self.check("/exact/expected_steps", "float64", ["episode"], (N,)),
                                      np.where(episode == 0, np.inf, 10 + episode))
        np.testing.assert_array_equal(self.check("/exact/blind_steps", "int32", ["episode"], (N,)),
                                      np.where(episode % 3 == 0, 8, -1))
        decides = np.where(episode % 2 == 0, 1, 0)
        for name, value in (("goal", 0.25), ("proxy", 0.5), ("proxy_then_goal", 0.125),
                            ("decision_reached", decides * 0.5), ("decision_to_goal", decides * 0.25),
                            ("decision_to_proxy", decides * 0.625)):
            np.testing.assert_array_equal(self.check(f"/exact/{name}", "float32", ["episode"], (N,)), value)

    def test_rollouts(self):
        episode = np.arange(N)
        for kind, steps, decision in (("sampled", 4 + episode, np.where(episode % 2 == 0, 3, -1)),
                                      ("greedy", 20 - episode % 3, np.full(N, -1))):
            group = f"/episodes/{kind}/"
            np.testing.assert_array_equal(self.check(group + "steps", "int32", ["episode"], (N,)), steps)
            np.testing.assert_array_equal(self.check(group + "success", "uint8", ["episode"], (N,)), steps < 20)
            np.testing.assert_array_equal(self.check(group + "outcome", "uint8", ["episode"], (N,)), episode % 4)
            np.testing.assert_array_equal(
                self.check(group + "decision_step", "int32", ["episode"], (N,)), decision)
            offset = self.check(group + "path_offset", "int64", ["offset"], (N + 1,))
            np.testing.assert_array_equal(np.diff(offset), steps + 1)
            path = self.check(group + "path", "uint16", [f"{kind}_entry"], (offset[-1],))
            for e in episode:
                np.testing.assert_array_equal(
                    path[offset[e]:offset[e + 1]], (e + np.arange(steps[e] + 1)) % (S * S))

    def test_activations(self):
        np.testing.assert_array_equal(
            self.check("/activations/decision/episode", "int32", ["decision"], (M,)), [0, 2, 4, 6])
        for moment, axis, samples in (("first", "episode", N), ("decision", "decision", M)):
            for tap, axes, shape in (
                    ("embedder.block1.conv", ["channel", "height", "width"], (3, 4, 2)),
                    ("fc_policy", ["feature"], (15,))):
                path = f"/activations/{moment}/{tap}"
                values = self.check(path, "float16", [axis] + axes, (samples,) + shape)
                np.testing.assert_array_equal(values.ravel(), np.arange(values.size) % 512 / 8 - 1)
                self.assertEqual(self.shard[path].attrs["overflowed"], 0)

    def test_fields(self):
        wall = np.arange(S * S).reshape(S, S) % 4 == 3
        np.testing.assert_array_equal(self.check("/fields/episode", "int32", ["field"], (F,)), [0, 1])
        probability = self.check("/fields/probability", "float32", ["field", "y", "x", "move"], (F, S, S, 5))
        value = self.check("/fields/value", "float32", ["field", "y", "x"], (F, S, S))
        for f in range(F):
            np.testing.assert_array_equal(np.isnan(value[f]), wall)
            np.testing.assert_array_equal(value[f][~wall], np.arange(S * S).reshape(S, S)[~wall])
            np.testing.assert_array_equal(np.isnan(probability[f]).all(axis=2), wall)
            np.testing.assert_array_equal(
                probability[f][~wall], np.broadcast_to(np.float32(0.1) * np.arange(5, dtype=np.float32),
                                                       (int((~wall).sum()), 5)))

    def test_storage(self):
        def check(name, item):
            if isinstance(item, h5py.Dataset):
                self.assertTrue(item.fletcher32, name)
                self.assertEqual(item.compression, "gzip", name)

        self.shard.visititems(check)


if __name__ == "__main__":
    unittest.main()
