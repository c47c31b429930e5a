"""Single flipped bits: verify notices each, and the job that made the file repairs it.

MAZESCAN_FLIPS sets their number.
"""
import json
import random
import subprocess
import unittest

from attacked_run import FLIPS, AttackedRun
from programs import BIN, EVALUATOR, job_names, record_hashes, run

RESUMED = max(1, FLIPS // 400)  # flips of each job after which it is run again


def flip(path, rng):
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


class Flips(AttackedRun, unittest.TestCase):
    def test_every_flip_is_noticed(self):
        folder, _ = self.copy("flipped")
        done = subprocess.run([BIN / "flip_attack", folder, str(FLIPS)], capture_output=True, text=True, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 3 * len(job_names()) + 4, "kinds of files")

    def test_a_damaged_shard_is_made_again(self):
        rng = random.Random(1)
        folder, config = self.copy("resumed")
        for job in job_names():
            before = record_hashes(folder / job)
            for _ in range(RESUMED):
                name = rng.choice(sorted(before))
                flip(folder / job / name, rng)
                again = run(EVALUATOR, job, config)
                self.assertIn("computing a damaged shard again", again.err)
                self.assertIn(name, again.err)
                self.assertEqual(record_hashes(folder / job), before)
                self.assertIn("whole", run(EVALUATOR, "verify", folder / job).out)

    def test_a_damaged_plan_or_manifest(self):
        folder, config = self.copy("listed")
        plan, manifest = folder / "scan" / "plan.json", folder / "scan" / "manifest.json"
        content = plan.read_text(encoding="utf-8")
        plan.write_text(content.replace('"units": 6', '"units": 5'), encoding="utf-8")
        self.assertNotEqual(plan.read_text(encoding="utf-8"), content)
        for command in ("scan", "verify"):
            job = run(EVALUATOR, command, config if command == "scan" else folder / "scan", status=2 if command == "scan" else 1)
            self.assertIn("plan.json is damaged", job.out + job.err)
        plan.write_text(content, encoding="utf-8")
        listed = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        manifest.write_text(manifest.read_text(encoding="utf-8").replace("0", "1"), encoding="utf-8")
        self.assertIn("manifest.json is damaged", run(EVALUATOR, "report", config, status=2).err)
        run(EVALUATOR, "scan", config)
        self.assertEqual(json.loads(manifest.read_text(encoding="utf-8"))["files"], listed)


if __name__ == "__main__":
    unittest.main()
