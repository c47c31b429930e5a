"""A recording killed at any moment and started again, on any number of ranks, ends with the undisturbed dataset."""
import os
import random
import shutil
import time
import unittest

from programs import (EVALUATOR, TRAINER, Job, kill_one, record_hashes, run, temporaries, temporary_folder,
                      write_record_config)

KILLS = int(os.environ.get("MAZESCAN_KILLS", "20"))
PROMPT = 30  # seconds within which a killed job must be gone: the kernel first ends the fsync of a large shard
# Long enough to be killed in the middle; several pieces a shard.
LARGE = (("levels: 24\n  block: 8\n  cells", "levels: 1200\n  block: 100\n  cells"),)
UNITS = 48


class RecordKill(unittest.TestCase):
    def test_killed_and_started_again(self):
        folder = temporary_folder()
        reference = folder / "reference"
        config = write_record_config(reference, *LARGE)
        run(TRAINER, config)
        begin = time.monotonic()
        run(EVALUATOR, "record", config)
        whole = time.monotonic() - begin
        expected = record_hashes(reference / "record")
        self.assertEqual(len(expected), UNITS)
        numbers, kills, results, share = random.Random(1), 0, 0, 0.4
        while kills < KILLS or results == 0:
            target = folder / f"run{results}"
            if not target.exists():
                target.mkdir()
                shutil.copy(reference / "policy.safetensors", target)
            config = write_record_config(target, *LARGE)
            job = Job(EVALUATOR, "record", config, ranks=numbers.choice((1, 2, 3)))
            if kills < KILLS:
                time.sleep(numbers.uniform(0, share * whole))
                kill_one(self, job, numbers, PROMPT)
            if job.wait().status != 0:
                kills += 1
                continue
            # It was done before it could be killed, or may end undisturbed after the last kill.
            self.assertEqual(record_hashes(target / "record"), expected)
            self.assertEqual(temporaries(target), [])
            self.assertIn("whole", run(EVALUATOR, "verify", target / "record").out)
            results, share = results + 1, share * 0.7
            self.assertLess(results, KILLS + 2, "jobs end before they can be killed")
        print(f"{kills} kills, {results} results equal to the undisturbed one", flush=True)


if __name__ == "__main__":
    unittest.main()
