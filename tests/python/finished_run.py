"""What the tests of the evaluator's jobs share: a finished run to compare with, other runs of its policy, and that ranks,
parts and kills change nothing."""
import pathlib
import random
import shutil
import time

from programs import (EVALUATOR, TRAINER, Job, expect_user_error, kill_one, record_hashes, run, temporaries,
                      temporary_folder, write_record_config)


def kill_and_start_again(test, job, config, numbers, kills, seconds, share=(0.1, 0.5), ranks=(1, 2), prompt=10):
    """Runs the job to its end, which comes after so many SIGKILLs, each at some share of `seconds`; how many it took."""
    killed = 0
    for _ in range(50):
        process = Job(EVALUATOR, job, config, ranks=numbers.choice(ranks))
        if killed < kills:
            time.sleep(numbers.uniform(*share) * seconds)
            kill_one(test, process, numbers, prompt)
        if process.wait().status == 0:
            return killed
        killed += 1
    raise AssertionError(f"{job} was started 50 times and is not done")


class FinishedRun:
    """Beside unittest.TestCase: trains, and runs `jobs` one after the other, in the run directory `run`."""
    jobs = ()  # the last is what is tested

    @classmethod
    def write(cls, name):
        """A configuration of the run directory `name`; its path."""
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

    def again(self, name, *finished):
        """A configuration of another run directory with the same policy, and these jobs done."""
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


class SameWhateverHappens(FinishedRun):
    """The tests that every analysis has."""
    units = 0
    kills = 0
    seed = 2  # of when is killed
    ranks = {2: (), 3: ()}  # with these settings
    killed_ranks = (1, 2)

    def test_ranks_change_nothing(self):
        self.assertEqual(len(self.hashes("run")), self.units)
        for ranks, settings in self.ranks.items():
            config = self.again(f"ranks{ranks}", *self.jobs[:-1])
            arguments = [argument for each in settings for argument in ("--set", each)]
            run(EVALUATOR, self.jobs[-1], config, *arguments, ranks=ranks)
            self.assertEqual(self.hashes(f"ranks{ranks}"), self.hashes("run"))

    def test_parts_make_the_whole(self):
        config = self.again("parts", *self.jobs[:-1])
        run(EVALUATOR, self.jobs[-1], config, "--part", "2/2")
        self.assertFalse((self.folder / "parts" / self.jobs[-1] / "manifest.json").exists())
        run(EVALUATOR, self.jobs[-1], config, "--part", "1/2", ranks=2)
        self.assertEqual(self.hashes("parts"), self.hashes("run"))

    def test_killed_and_started_again(self):
        config = self.again("killed", *self.jobs[:-1])
        killed = kill_and_start_again(self, self.jobs[-1], config, random.Random(self.seed), self.kills,
                                      self.seconds[self.jobs[-1]], ranks=self.killed_ranks)
        self.assertGreater(killed, 0)
        self.assertEqual(self.hashes("killed"), self.hashes("run"))
        self.assertEqual(temporaries(self.folder / "killed"), [])


class Recorded(FinishedRun):
    """A recording to look at and to damage."""
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
