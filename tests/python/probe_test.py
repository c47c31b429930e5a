"""Probes: results do not depend on ranks, parts, kills or memory; user errors are reported; the use of a read-out is what a
network written here in numpy computes."""
import json
import struct
import unittest

import h5py
import numpy as np

from finished_run import ReproducibleJob
from programs import EVALUATOR, files_of, run, seal_json, write_record_config
from safetensors_file import read_safetensors

PROBE = """\
probe:
  max_iterations: 20
  interchanges: 20
  pairs: 40
  device: cpu
"""
UNITS = 6  # sizes x (layers and the observation)


def conv(x, weight, bias):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    out = np.zeros((len(x), len(weight), *x.shape[2:]))
    for row in range(3):
        for column in range(3):
            window = padded[:, :, row:row + x.shape[2], column:column + x.shape[3]]
            out += np.einsum("nchw,oc->nohw", window, weight[:, :, row, column])
    return out + bias[:, None, None]


def maxpool(x):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    height, width = ((side + 1) // 2 for side in x.shape[2:])
    return np.max([padded[:, :, row:row + 2 * height - 1:2, column:column + 2 * width - 1:2] for row in range(3)
                   for column in range(3)], axis=0)


class NumpyPolicy:
    """The tiny network; `replaced` maps the name of a layer to activations that replace its output."""

    def __init__(self, path):
        self.weights = {name: values.astype(float) for name, values in read_safetensors(path)[0].items()}

    def layer(self, name, *inputs):
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return self.note(name, conv(inputs[0], weight, bias) if weight.ndim == 4 else inputs[0] @ weight.T + bias)

    def note(self, name, output):
        if name in self.replaced:
            output = self.replaced[name].reshape(output.shape)
        self.seen[name] = output
        return output

    def __call__(self, planes, replaced=()):
        """Returns the probabilities of the moves, and the outputs of all layers."""
        self.replaced, self.seen = dict(replaced), {}
        x = planes
        for block in ("embedder.block1", "embedder.block2"):
            x = self.note(f"{block}.maxpool", maxpool(self.layer(f"{block}.conv", x)))
            inner = self.layer(f"{block}.res1.conv1", np.maximum(x, 0))
            x = self.note(f"{block}.res1.resadd", x + self.layer(f"{block}.res1.conv2", np.maximum(inner, 0)))
        x = self.layer("embedder.fc", np.maximum(x, 0).reshape(len(x), -1))
        logits = self.layer("fc_policy", np.maximum(x, 0))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True), self.seen


class Probe(ReproducibleJob, unittest.TestCase):
    jobs = ("record", "probe")
    units = UNITS
    kills = 5
    seed = 1
    ranks = {2: ["probe.memory=0"], 4: ["probe.memory=2"]}  # with different limits of memory

    @classmethod
    def write(cls, name):
        path = write_record_config(cls.folder / name, ("  levels: 24\n  chunk: 8\n  sampling", "  levels: 400\n  chunk: 100\n"
                                                       "  max_states_per_level: 2\n  sampling"))
        path.write_text(path.read_text(encoding="utf-8") + PROBE, encoding="utf-8")
        return path

    def planes(self, folder, size, level, mouse, cheese):
        """Returns the observations of states with these level seeds and cells, from the recorded walls."""
        walls = {}
        for path in (folder / "record" / "shards").glob(f"*size{size:02}-uniform*.h5"):
            with h5py.File(path) as shard:
                walls.update(zip(shard["levels/level_seed"][:].tolist(), shard["levels/open"][:]))
        planes = np.zeros((len(level), 3, 5, 5))
        for i, seed in enumerate(level.tolist()):
            planes[i, 0, 5 - size:, :size] = walls[seed][::-1]
            for plane, (x, y) in ((1, mouse[i]), (2, cheese[i])):
                planes[i, plane, 4 - y, x] = 1
        return planes

    def make_cheese_matter(self, path):
        """Changes a policy that hardly depends on the cheese after its short training: large, centred logits."""
        self.clone_run("walls", "record")
        levels, cheese = [], []
        for shard in (self.folder / "walls" / "record" / "shards").glob("*size05-uniform*.h5"):
            with h5py.File(shard) as file:
                levels += file["levels/level_seed"][:].tolist()
                cheese += file["levels/cheese"][:].tolist()
        states = self.planes(self.folder / "walls", 5, np.array(levels), np.zeros((len(levels), 2), int), np.array(cheese))
        policy = NumpyPolicy(path)
        features = np.maximum(policy(states)[1]["embedder.fc"], 0).mean(axis=0)
        weight = 300 * policy.weights["fc_policy.weight"]
        data = bytearray(path.read_bytes())
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8:8 + length])
        for name, values in (("fc_policy.weight", weight), ("fc_policy.bias", -weight @ features)):
            begin, end = (8 + length + offset for offset in header[name]["data_offsets"])
            data[begin:end] = values.astype("<f4").tobytes()
        path.write_bytes(data.replace(b"content_hash", b"another_hash"))

    def test_the_use_of_a_read_out_is_what_numpy_computes(self):
        config = self.clone_run("use")
        path = self.folder / "use" / "policy.safetensors"
        self.make_cheese_matter(path)
        run(EVALUATOR, "record", config)
        run(EVALUATOR, "probe", config, "--set", "probe.interchanges=60")
        policy = NumpyPolicy(path)
        for layer in ("embedder.block1.conv", "embedder.fc"):
            with self.subTest(layer=layer):
                (shard,) = (self.folder / "use" / "probe" / "shards").glob(f"*size05-{layer}-*.h5")
                with h5py.File(shard) as file:
                    use = {name: values[:] for name, values in file["results/use"].items()}
                self.assertGreater(len(use["level"]), 20)
                here, elsewhere = (self.planes(self.folder / "use", 5, use["level"], use["mouse"], use[cell])
                                   for cell in ("cheese", "elsewhere"))
                (policy_here, layers_here), (policy_elsewhere, layers_elsewhere) = policy(here), policy(elsewhere)
                original = np.abs(policy_here - policy_elsewhere).sum(axis=1) / 2
                self.assertGreater(original.min(), 0.2)
                np.testing.assert_allclose(original, use["original"], atol=2e-3)
                x, other = (layers[layer].reshape(len(here), -1) for layers in (layers_here, layers_elsewhere))
                basis = use["basis"].astype(float)
                np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-5)
                patched, _ = policy(here, {layer: x + (other - x) @ basis @ basis.T})
                distance = np.abs(patched - policy_elsewhere).sum(axis=1) / 2
                np.testing.assert_allclose(distance, use["patched"], atol=5e-3)
                self.assertGreater(1 - distance.sum() / original.sum(), 0.1)

    def test_a_dry_run_prints_units_and_writes_nothing(self):
        config = self.clone_run("dry", "record")
        before = files_of(self.folder / "dry")
        self.assertIn(f"{UNITS} units, ", run(EVALUATOR, "probe", config, "--dry-run").out)
        self.assertEqual(files_of(self.folder / "dry"), before)

    def test_user_errors(self):
        config = self.clone_run("wrong", "record")
        record = self.folder / "wrong" / "record"
        self.refused(config, "'probe.layers' holds embedder.relu2", "'record.layers' with embedder.relu2",
                     sets=["probe.layers=[embedder.relu2]"])
        self.refused(config, "'probe.sizes' holds 7", "'record.sizes' with 7", sets=["probe.sizes=[7]"])
        self.refused(config, "holds no finished recording", sets=["probe.dataset=nowhere"])
        self.refused(config, "holds something twice", sets=["probe.sizes=[3, 3]"])
        self.assertFalse((self.folder / "wrong" / "probe").exists())
        # A manifest with a wrong hash of a shard.
        path = record / "manifest.json"
        original = path.read_text(encoding="utf-8")
        manifest = json.loads(original)
        uniform = next(file for file in manifest["files"] if file["attributes"]["placement"] == "uniform")
        uniform["payload_hash"] = "0" * 32
        seal_json(path, manifest)
        self.refused(config, "not the shard that the manifest lists")
        path.write_text(original, encoding="utf-8")
        # A truncated shard.
        shard = record / uniform["name"]
        complete = shard.read_bytes()
        shard.write_bytes(complete[:len(complete) // 2])
        self.refused(config, shard.name)
        shard.write_bytes(complete)
        # Another policy.
        policy = self.folder / "wrong" / "policy.safetensors"
        weights = policy.read_bytes().replace(b"content_hash", b"another_hash")
        policy.write_bytes(weights[:-4] + struct.pack("<f", 7.0))
        self.refused(config, "is of another policy", "record again")
        policy.write_bytes(weights[:-4] + struct.pack("<f", float("nan")))
        self.refused(config, "holds NaN or infinity")


if __name__ == "__main__":
    unittest.main()
