"""Base classes of the tests of the evaluator's jobs: a finished run as reference, other runs of its policy, and tests that
ranks, parts and kills do not change the results."""
import pathlib
import random
import shutil
import time

from programs import (EVALUATOR, TRAINER, Job, expect_user_error, kill_one, record_hashes, run, temporaries,
                      temporary_folder, write_record_config)


def kill_and_restart(test, job, config, rng, kills, seconds, share=(0.1, 0.5), ranks=(1, 2), deadline=10):
    """Runs the job until it succeeds, killing its first `kills` starts, each after a random share of `seconds`. Returns the
    number of starts that failed."""
    killed = 0
    for _ in range(50):
        process = Job(EVALUATOR, job, config, ranks=rng.choice(ranks))
        if killed < kills:
            time.sleep(rng.uniform(*share) * seconds)
            kill_one(test, process, rng, deadline)
        if process.wait().status == 0:
            return killed
        killed += 1
    raise AssertionError(f"{job} is not finished after 50 starts")


class FinishedRun:
    """Mixin for unittest.TestCase that trains and then runs `jobs` in the run directory `run`."""
    jobs = ()  # the last one is the job under test

    @classmethod
    def write(cls, name):
        """Writes a configuration for the run directory `name`; returns its path."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.run_folder = cls.folder / "run"
        cls.config = cls.write("run")
        run(TRAINER, cls.config)
        cls.seconds = {}
        for job in cls.jobs:
            begin = time.monotonic()
            run(EVALUATOR, job, cls.config)
            cls.seconds[job] = time.monotonic() - begin

    def clone_run(self, name, *finished):
        """Makes a run directory with the same policy and the results of the jobs `finished`; returns its configuration."""
        (self.folder / name).mkdir()
        shutil.copy(self.run_folder / "policy.safetensors", self.folder / name)
        for job in finished:
            shutil.copytree(self.run_folder / job, self.folder / name / job)
        return self.write(name)

    def hashes(self, name, job=None):
        return record_hashes(self.folder / name / (job or self.jobs[-1]))

    def refused(self, config, *fragments, sets=()):
        arguments = [argument for each in sets for argument in ("--set", each)]
        expect_user_error(self, Job(EVALUATOR, self.jobs[-1], config, *arguments).wait(), *fragments)


class ReproducibleJob(FinishedRun):
    """Tests of every analysis: its results do not depend on ranks, parts or kills."""
    units = 0
    kills = 0
    seed = 2  # seed of the times of the kills
    ranks = {2: (), 3: ()}  # numbers of ranks to test, with overrides
    killed_ranks = (1, 2)

    def test_results_do_not_depend_on_ranks(self):
        self.assertEqual(len(self.hashes("run")), self.units)
        for ranks, settings in self.ranks.items():
            config = self.clone_run(f"ranks{ranks}", *self.jobs[:-1])
            arguments = [argument for each in settings for argument in ("--set", each)]
            run(EVALUATOR, self.jobs[-1], config, *arguments, ranks=ranks)
            self.assertEqual(self.hashes(f"ranks{ranks}"), self.hashes("run"))

    def test_parts_complete_the_job(self):
        config = self.clone_run("parts", *self.jobs[:-1])
        run(EVALUATOR, self.jobs[-1], config, "--part", "2/2")
        self.assertFalse((self.folder / "parts" / self.jobs[-1] / "manifest.json").exists())
        run(EVALUATOR, self.jobs[-1], config, "--part", "1/2", ranks=2)
        self.assertEqual(self.hashes("parts"), self.hashes("run"))

    def test_killed_and_restarted(self):
        config = self.clone_run("killed", *self.jobs[:-1])
        killed = kill_and_restart(self, self.jobs[-1], config, random.Random(self.seed), self.kills,
                                  self.seconds[self.jobs[-1]], ranks=self.killed_ranks)
        self.assertGreater(killed, 0)
        self.assertEqual(self.hashes("killed"), self.hashes("run"))
        self.assertEqual(temporaries(self.folder / "killed"), [])


class Recorded(FinishedRun):
    """Base class of tests that read or damage a recording."""
    jobs = ("record",)

    @classmethod
    def write(cls, name):
        return write_record_config(cls.folder / name)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dataset = cls.run_folder / "record"

    def copy(self, name, dataset=None):
        return pathlib.Path(shutil.copytree(dataset or self.dataset, self.folder / name))

    def verify(self, folder, status):
        return run(EVALUATOR, "verify", folder, status=status).out
