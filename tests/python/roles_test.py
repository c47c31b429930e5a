"""Environment workers do not change the bits of a training, even if the job is stopped, killed or resumed."""
import contextlib
import os
import random
import shutil
import signal
import time
import unittest

from programs import (TRAINER, UPDATES, Job, checkpoints, expect_same_training, expect_user_error, metrics, run,
                      temporary_folder, write_config, written_lines)

DEADLINE = 10  # seconds within which a job must have ended after one of its processes was killed
# Keep all checkpoints: those written at stops would replace older ones.
KEEP_ALL = ("keep: 3", "keep: 100")


def workers(count):
    return ("seed: 3", f"seed: 3\nranks: {{workers_per_learner: {count}}}")


def only_same_checkpoints(folder, reference):
    """Removes checkpoints that the reference does not have: those written at stops."""
    names = {c.name for c in checkpoints(reference)}
    for checkpoint in checkpoints(folder):
        if checkpoint.name not in names:
            shutil.rmtree(checkpoint)


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.reference = cls.folder / "reference"
        run(TRAINER, write_config(cls.reference, KEEP_ALL))

    def expect_reference(self, folder):
        only_same_checkpoints(folder, self.reference)
        expect_same_training(self, folder, self.reference)

    def test_bits_do_not_depend_on_workers(self):
        for count, ranks in ((1, 2), (2, 3), (3, 4), (1, 4)):
            with self.subTest(workers_per_learner=count, ranks=ranks):
                folder = self.folder / f"workers{count}-{ranks}"
                job = run(TRAINER, write_config(folder, KEEP_ALL, workers(count)), ranks=ranks)
                self.assertIn(f"{ranks // (1 + count)} learners with {count} workers each", job.err)
                self.expect_reference(folder)

    def test_frames_too(self):
        """The learner renders the observations: frames, also those of truncated episodes, do not depend on workers."""
        frames = (("observation: planes", "observation: rgb"), ("steps: 5120", "steps: 1024"),
                  ("time_limit_per_size: 6", "time_limit_per_size: 3"))
        plain = self.folder / "frames"
        run(TRAINER, write_config(plain, *frames))
        folder = self.folder / "frames-workers"
        run(TRAINER, write_config(folder, *frames, workers(2)), ranks=3)
        expect_same_training(self, folder, plain)

    def test_resumed_with_other_workers(self):
        folder = self.folder / "resumed"
        config = write_config(folder, KEEP_ALL)
        for count, ranks, updates in ((0, 1, 5), (2, 3, 5), (0, 2, 4), (1, 4, 0)):
            stop = ("--updates", updates) if updates else ()
            run(TRAINER, config, "--set", f"ranks.workers_per_learner={count}", *stop, ranks=ranks)
        self.expect_reference(folder)

    def test_bits_do_not_depend_on_threads_of_workers(self):
        folder = self.folder / "threads"
        run(TRAINER, write_config(folder, KEEP_ALL, workers(1)), "--set", "train.threads=3", ranks=2)
        self.expect_reference(folder)

    def test_stops_at_a_signal_and_resumes(self):
        folder = self.folder / "stopped"
        config = write_config(folder, KEEP_ALL, workers(2))
        job = Job(TRAINER, config, ranks=3)
        job.wait_until(lambda: written_lines(folder / "metrics.jsonl") >= 3, "the third update")
        job.send(signal.SIGUSR2)
        job.wait()
        done = len(metrics(folder))
        self.assertLess(done, UPDATES, "stopped before the end")
        self.assertEqual(checkpoints(folder)[-1].name, f"{done:08}", "the checkpoint of the stop")
        run(TRAINER, config, ranks=3)
        self.expect_reference(folder)

    def test_a_killed_worker_ends_the_job_which_then_resumes(self):
        folder = self.folder / "killed"
        config = write_config(folder, KEEP_ALL, workers(2))
        rng = random.Random(5)
        for _ in range(4):
            job, before = Job(TRAINER, config, ranks=3), written_lines(folder / "metrics.jsonl")
            job.wait_until(lambda: written_lines(folder / "metrics.jsonl") > before + 1 or
                           (folder / "policy.safetensors").exists(), "an update")
            time.sleep(rng.uniform(0, 0.02))
            for victim in job.pids():
                if self.rank_of(victim) == "2":
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(victim, signal.SIGKILL)
            end = time.monotonic() + DEADLINE
            while job.process.poll() is None or job.pids():
                self.assertLess(time.monotonic(), end, "the job still runs after its worker was killed")
                time.sleep(0.02)
            job.wait()
        run(TRAINER, config, ranks=3)
        self.expect_reference(folder)

    @staticmethod
    def rank_of(pid):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/environ", "rb") as file:
                for variable in file.read().split(b"\0"):
                    if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                        return variable.partition(b"=")[2].decode()
        return ""

    def test_errors_of_workers_are_reported(self):
        """An error of a worker ends the job with the worker's message."""
        folder = self.folder / "broken"
        config = write_config(folder, workers(1))
        theme = ("--set", "environment.observation=rgb", "--set", "environment.theme=procgen", "--set",
                f"environment.assets={folder}/nowhere")
        job = Job(TRAINER, config, *theme, ranks=2).wait()
        self.assertEqual(job.status, 2, job.err)
        self.assertIn(f"{folder}/nowhere", job.err)

    def test_impossible_layouts_name_the_launch_that_fits(self):
        for ranks, settings, fragments in (
                (1, {"workers_per_learner": 1}, ("1 ranks", "mpirun -n 2 ")),
                (2, {"workers_per_learner": 2}, ("2 ranks", "mpirun -n 3 ")),
                (4, {"workers_per_learner": 2}, ("4 ranks", "mpirun -n 3 ")),
                (2, {"learners": 2, "workers_per_learner": 1}, ("2 ranks", "mpirun -n 4 ")),
                (4, {"learners": 2}, ("4 ranks", "mpirun -n 2 ")),
                (3, {}, ("3 learners share 4 partitions", "1, 2, 4, ... learners")),
                (4, {"workers_per_learner": 3, "learners": 2}, ("mpirun -n 8 ",))):
            with self.subTest(ranks=ranks, **settings):
                folder = self.folder / "impossible"
                overrides = [word for key, value in settings.items() for word in ("--set", f"ranks.{key}={value}")]
                expect_user_error(self, Job(TRAINER, write_config(folder), *overrides, ranks=ranks).wait(),
                                  *fragments)
                self.assertFalse(folder.exists(), "the run directory was created")
        with self.subTest("more workers than mazes"):
            job = Job(TRAINER, write_config(folder, ("mazes: 16", "mazes: 4"), ("minibatch: 64", "minibatch: 16")),
                      "--set", "ranks.workers_per_learner=2", ranks=3).wait()
            expect_user_error(self, job, "'ranks.workers_per_learner' is 2", "at most 1")

    def test_every_nth_checkpoint_is_kept(self):
        folder = self.folder / "kept"
        run(TRAINER, write_config(folder, ("keep: 3", "keep: 1\n    keep_every: 2")))
        self.assertEqual([c.name for c in checkpoints(folder)], ["00000008", "00000016", "00000020"])


if __name__ == "__main__":
    unittest.main()
