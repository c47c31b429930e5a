"""If any process is killed at any moment, the job ends soon, and a restarted job ends with the same result."""
import os
import random
import shutil
import subprocess
import time
import unittest

from programs import (BIN, EVALUATOR, TRAINER, UPDATES, Job, expect_same_training, files_of, kill_one, leave_temporary,
                      run, scan_hashes, state_of, temporaries, temporary_folder, write_config, written_lines)

KILLS = int(os.environ.get("MAZESCAN_KILLS", "50"))  # half of them in training, half in scanning
FINE = (("chunk: 8", "chunk: 2"),)  # many small units of the scan, so that kills hit between and within them
FINE_UNITS = 72


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.reference = cls.folder / "reference"
        config = write_config(cls.reference, *FINE)
        run(TRAINER, config)
        run(EVALUATOR, "scan", config)

    def kill_repeatedly(self, seed, kills, ranks, begin, finish):
        """Starts a job repeatedly and kills it at random moments: a random time after its start, or after a random amount of
        progress. When it ends before it is killed, checks its result and begins a new one. begin() returns, for a new run
        directory, a function that starts the job on a number of ranks, and a function that measures its progress in 0..1;
        finish() checks the result."""
        rng = random.Random(seed)
        self.slowest_end = 0
        done, survived, start, progress = 0, 0, *begin()
        while done < kills:
            job, before = start(rng.choice(ranks)), progress()
            if rng.random() < 0.3:
                time.sleep(rng.uniform(0, 2))
            else:
                share = rng.uniform(0.05, 0.4)
                while progress() < before + share and job.process.poll() is None:
                    time.sleep(0.005)
                time.sleep(rng.uniform(0, 0.1))
            seconds = kill_one(self, job, rng)
            if seconds is not None and job.wait().status != 0:  # 0: it had finished before the kill
                self.slowest_end = max(self.slowest_end, seconds)
                done += 1
                continue
            job.wait()
            self.assertEqual(job.status, 0, f"{job.command}\n{job.err}")
            finish()
            survived, start, progress = survived + 1, *begin()
            self.assertLess(survived, kills, "jobs end before they can be killed")
        job = start(2).wait()
        self.assertEqual(job.status, 0, f"{job.command}\n{job.err}")
        finish()
        print(f"{done} kills, {survived + 1} results equal to the result without kills, slowest end after "
              f"{self.slowest_end:.1f} s", flush=True)

    def test_training(self):
        runs = []

        def begin():
            runs.append(self.folder / f"training{len(runs)}")
            config = write_config(runs[-1], *FINE)
            return (lambda ranks: Job(TRAINER, config, ranks=ranks),
                    lambda: written_lines(runs[-1] / "metrics.jsonl") / UPDATES)

        self.kill_repeatedly(1, KILLS // 2, (1, 2, 4), begin,
                             lambda: expect_same_training(self, runs[-1], self.reference))

    def test_scanning(self):
        runs = []

        def begin():
            runs.append(self.folder / f"scanning{len(runs)}")
            runs[-1].mkdir()
            shutil.copy(self.reference / "policy.safetensors", runs[-1])
            config = write_config(runs[-1], *FINE)
            return (lambda ranks: Job(EVALUATOR, "scan", config, ranks=ranks),
                    lambda: len(list((runs[-1] / "scan" / "shards").glob("*.h5"))) / FINE_UNITS)

        def finish():
            self.assertEqual(len(scan_hashes(runs[-1])), FINE_UNITS)
            self.assertEqual(scan_hashes(runs[-1]), scan_hashes(self.reference))
            self.assertEqual(temporaries(runs[-1]), [])

        self.kill_repeatedly(2, KILLS - KILLS // 2, (1, 2, 3, 4), begin, finish)

    def test_damaged_shards_are_computed_again(self):
        folder, config = self.folder / "damaged", write_config(self.folder / "damaged", *FINE)
        shutil.copytree(self.reference, folder)
        before = files_of(folder / "scan" / "shards")
        names = sorted(before)
        rng = random.Random(3)
        deleted, truncated, empty, foreign, *flipped = rng.sample(names, 12)
        (folder / "scan" / "shards" / deleted).unlink()
        with (folder / "scan" / "shards" / truncated).open("r+b") as file:
            file.truncate(1000)
        (folder / "scan" / "shards" / empty).write_bytes(b"")
        (folder / "scan" / "shards" / foreign).write_bytes(b"not a shard")
        for name in flipped:
            path = folder / "scan" / "shards" / name
            data = bytearray(path.read_bytes())
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(data)
        left_over = leave_temporary(folder / "scan" / "shards" / deleted)
        job = run(EVALUATOR, "scan", config, ranks=2)
        for name in (truncated, empty, foreign):
            self.assertEqual(len([line for line in job.err.splitlines() if "warning" in line and name in line]), 1,
                             f"{name}\n{job.err}")
        self.assertEqual(scan_hashes(folder), scan_hashes(self.reference))
        after = files_of(folder / "scan" / "shards")
        self.assertEqual(sorted(after), names)
        for name in names:
            if name not in (deleted, truncated, empty, foreign, *flipped):
                self.assertEqual(after[name], before[name], "an intact shard was computed again")
        self.assertFalse(left_over.exists())
        run(EVALUATOR, "report", config)  # reads every shard and checks it against the manifest

    def test_a_rank_whose_launcher_is_killed_ends(self):
        """Also if MPI does not notice it: here MPI has no launcher, only the environment says that there is one."""
        config = write_config(self.folder / "orphan")
        script = "PMI_RANK=0 \"$0\" \"$1\" --set train.steps=1000000000 2>\"$2\" & echo $!; wait"
        log = self.folder / "orphan.log"
        log.touch()
        with subprocess.Popen(["sh", "-c", script, BIN / TRAINER, config, log], stdout=subprocess.PIPE, text=True) as launcher:
            rank = int(launcher.stdout.readline())
            end = time.monotonic() + 60
            while "training" not in log.read_text(encoding="utf-8") and time.monotonic() < end:
                time.sleep(0.05)
            launcher.kill()
        end = time.monotonic() + 10
        while state_of(rank) not in ("", "Z") and time.monotonic() < end:
            time.sleep(0.05)
        self.assertIn(state_of(rank), ("", "Z"), "the rank goes on without its launcher")
        self.assertIn("the launcher of this rank has ended", log.read_text(encoding="utf-8"))

    def test_temporary_files_are_removed(self):
        folder, config = self.folder / "left-overs", write_config(self.folder / "left-overs", *FINE)
        run(TRAINER, config, "--updates", 5)
        for name in ("checkpoints/00000008", "metrics.jsonl", "config.yaml", "policy.safetensors"):
            leave_temporary(folder / name)
        run(TRAINER, config)
        self.assertEqual(temporaries(folder), [])
        # What a kill right behind the last checkpoint leaves: an older one than is kept, and a temporary.
        kept = sorted((folder / "checkpoints").iterdir())
        shutil.copytree(kept[0], folder / "checkpoints" / "00000001")
        leave_temporary(folder / "checkpoints" / "00000001")
        run(TRAINER, config)
        self.assertEqual(sorted((folder / "checkpoints").iterdir()), kept)
        run(EVALUATOR, "scan", config)
        leave_temporary(folder / "scan" / "manifest.json")
        run(EVALUATOR, "scan", config)
        self.assertEqual(temporaries(folder), [])


if __name__ == "__main__":
    unittest.main()
