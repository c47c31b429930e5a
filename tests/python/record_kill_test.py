"""A recording killed at any moment and started again, on any number of ranks, ends with the undisturbed dataset."""
import contextlib
import os
import random
import shutil
import signal
import time
import unittest

from programs import (EVALUATOR, TRAINER, Job, record_hashes, run, state_of, temporaries, temporary_folder,
                      write_record_config)

KILLS = int(os.environ.get("MAZESCAN_KILLS", "20"))
PROMPT = 10  # seconds within which a job must be gone after one of its processes was killed
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
                self.kill_one(job, numbers)
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

    def kill_one(self, job, numbers):
        victims = job.pids()
        if not victims:
            return
        victim = numbers.choice(victims)
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        end = time.monotonic() + PROMPT
        while job.process.poll() is None or job.pids():
            if time.monotonic() > end:
                left = {pid: state_of(pid) for pid in job.pids()}
                job.kill()
                self.fail(f"processes {left} were still there {PROMPT} s after {victim} of {victims} was killed: "
                          f"{job.command}\n{job.wait().err}")
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
