"""Probes: ranks, parts, kills and memory do not change them, and what users get wrong."""
import json
import random
import shutil
import struct
import time
import unittest

from programs import (EVALUATOR, TRAINER, Job, expect_user_error, files_of, kill_one, record_hashes, run, temporaries,
                      temporary_folder, write_record_config)

PROBE = """\
probe:
  epochs: 5
  pairs: 40
  device: cpu
"""
UNITS = 6  # sizes x (layers and the observation)
KILLS = 5


class Probe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.config = cls.write("run")
        run(TRAINER, cls.config)
        run(EVALUATOR, "record", cls.config)
        begin = time.monotonic()
        run(EVALUATOR, "probe", cls.config)
        cls.seconds = time.monotonic() - begin
        cls.expected = record_hashes(cls.folder / "run" / "probe")

    @classmethod
    def write(cls, name):
        path = write_record_config(cls.folder / name, ("  levels: 24\n  block: 8\n  cells", "  levels: 400\n  block: 100\n"
                                                       "  states: 2\n  cells"))
        path.write_text(path.read_text(encoding="utf-8") + PROBE, encoding="utf-8")
        return path

    def again(self, name):
        """A configuration of another run directory, which holds the same policy and recording."""
        (self.folder / name).mkdir()
        shutil.copy(self.folder / "run" / "policy.safetensors", self.folder / name)
        shutil.copytree(self.folder / "run" / "record", self.folder / name / "record")
        return self.write(name)

    def test_ranks_and_memory_change_nothing(self):
        self.assertEqual(len(self.expected), UNITS)
        for ranks in (2, 4):
            config = self.again(f"ranks{ranks}")
            run(EVALUATOR, "probe", config, "--set", f"probe.memory={ranks - 2}", ranks=ranks)
            self.assertEqual(record_hashes(self.folder / f"ranks{ranks}" / "probe"), self.expected)

    def test_parts_make_the_whole(self):
        config = self.again("parts")
        run(EVALUATOR, "probe", config, "--part", "2/2")
        self.assertFalse((self.folder / "parts" / "probe" / "manifest.json").exists())
        run(EVALUATOR, "probe", config, "--part", "1/2")
        self.assertEqual(record_hashes(self.folder / "parts" / "probe"), self.expected)

    def test_killed_and_started_again(self):
        numbers, kills = random.Random(1), 0
        config = self.again("killed")
        for _ in range(50):
            job = Job(EVALUATOR, "probe", config, ranks=numbers.choice((1, 2)))
            if kills < KILLS:
                time.sleep(numbers.uniform(0.1, 0.5) * self.seconds)
                kill_one(self, job, numbers)
            if job.wait().status == 0:
                break
            kills += 1
        self.assertGreater(kills, 0)
        self.assertEqual(record_hashes(self.folder / "killed" / "probe"), self.expected)
        self.assertEqual(temporaries(self.folder / "killed"), [])

    def test_a_dry_run_tells_and_writes_nothing(self):
        config = self.again("dry")
        before = files_of(self.folder / "dry")
        self.assertIn(f"{UNITS} units of", run(EVALUATOR, "probe", config, "--dry-run").out)
        self.assertEqual(files_of(self.folder / "dry"), before)

    def refused(self, config, *fragments, sets=()):
        arguments = [argument for each in sets for argument in ("--set", each)]
        expect_user_error(self, Job(EVALUATOR, "probe", config, *arguments).wait(), *fragments)

    def test_what_users_get_wrong(self):
        config = self.again("wrong")
        record = self.folder / "wrong" / "record"
        self.refused(config, "'probe.layers' holds embedder.relu2", "'record.taps' with embedder.relu2",
                     sets=["probe.layers=[embedder.relu2]"])
        self.refused(config, "'probe.sizes' holds 7", "'record.sizes' with 7", sets=["probe.sizes=[7]"])
        self.refused(config, "holds no finished recording", sets=["probe.dataset=nowhere"])
        self.refused(config, "holds something twice", sets=["probe.sizes=[3, 3]"])
        self.assertFalse((self.folder / "wrong" / "probe").exists())
        # A manifest that lies about a shard.
        path = record / "manifest.json"
        honest = path.read_text(encoding="utf-8")
        manifest = json.loads(honest)
        uniform = next(file for file in manifest["files"] if file["attributes"]["placement"] == "uniform")
        uniform["payload_hash"] = "0" * 32
        path.write_text(json.dumps(manifest), encoding="utf-8")
        self.refused(config, "not the shard that the manifest lists")
        path.write_text(honest, encoding="utf-8")
        # A shard that is cut off.
        shard = record / uniform["name"]
        whole = shard.read_bytes()
        shard.write_bytes(whole[:len(whole) // 2])
        self.refused(config, shard.name)
        shard.write_bytes(whole)
        # Another policy.
        policy = self.folder / "wrong" / "policy.safetensors"
        weights = policy.read_bytes()
        policy.write_bytes(weights[:-4] + struct.pack("<f", 7.0))
        self.refused(config, "is of another policy", "record again")
        policy.write_bytes(weights[:-4] + struct.pack("<f", float("nan")))
        self.refused(config, "holds NaN or infinity")


if __name__ == "__main__":
    unittest.main()
