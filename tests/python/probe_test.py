"""Probes: results do not depend on ranks, parts, kills or memory; user errors are reported."""
import json
import struct
import unittest

from finished_run import ReproducibleJob
from programs import EVALUATOR, files_of, run, write_record_config

PROBE = """\
probe:
  epochs: 5
  pairs: 40
  device: cpu
"""
UNITS = 6  # sizes x (layers and the observation)


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
        path.write_text(json.dumps(manifest), encoding="utf-8")
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
        weights = policy.read_bytes()
        policy.write_bytes(weights[:-4] + struct.pack("<f", 7.0))
        self.refused(config, "is of another policy", "record again")
        policy.write_bytes(weights[:-4] + struct.pack("<f", float("nan")))
        self.refused(config, "holds NaN or infinity")


if __name__ == "__main__":
    unittest.main()
