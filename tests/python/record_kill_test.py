"""A recording that is killed at any moment and restarted, on any number of ranks, ends with the same dataset."""
import os
import random
import shutil
import time
import unittest

from programs import (EVALUATOR, TRAINER, Job, kill_one, record_hashes, run, temporaries, temporary_folder,
                      write_record_config)

KILLS = int(os.environ.get("MAZESCAN_KILLS", "20"))
DEADLINE = 30  # seconds within which a killed job must have ended: the kernel first completes the fsync of a large shard
# Long enough to be killed midway; several pieces per shard.
LARGE = (("levels: 24\n  chunk: 8\n  sampling", "levels: 1200\n  chunk: 100\n  sampling"),)
UNITS = 48


class RecordKill(unittest.TestCase):
    def test_killed_and_restarted(self):
        folder = temporary_folder()
        reference = folder / "reference"
        config = write_record_config(reference, *LARGE)
        run(TRAINER, config)
        begin = time.monotonic()
        run(EVALUATOR, "record", config)
        duration = time.monotonic() - begin
        expected = record_hashes(reference / "record")
        self.assertEqual(len(expected), UNITS)
        rng, kills, results, share = random.Random(1), 0, 0, 0.4
        while kills < KILLS or results == 0:
            target = folder / f"run{results}"
            if not target.exists():
                target.mkdir()
                shutil.copy(reference / "policy.safetensors", target)
            config = write_record_config(target, *LARGE)
            job = Job(EVALUATOR, "record", config, ranks=rng.choice((1, 2, 3)))
            if kills < KILLS:
                time.sleep(rng.uniform(0, share * duration))
                kill_one(self, job, rng, DEADLINE)
            if job.wait().status != 0:
                kills += 1
                continue
            # The job ended before it was killed, or all kills are done.
            self.assertEqual(record_hashes(target / "record"), expected)
            self.assertEqual(temporaries(target), [])
            self.assertIn("whole", run(EVALUATOR, "verify", target / "record").out)
            results, share = results + 1, share * 0.7
            self.assertLess(results, KILLS + 2, "jobs end before they can be killed")
        print(f"{kills} kills, {results} results equal to the result without kills", flush=True)


if __name__ == "__main__":
    unittest.main()
