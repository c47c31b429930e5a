"""Jobs of slurm/ on a real Slurm of four pretended nodes: whatever is stopped, lost or killed, in the end checkpoint,
policy and scan have the payload hashes of the undisturbed run.

All tests run at the same time, because most of their time they wait for clocks of Slurm. A job that is to be disturbed
is held in mid-run meanwhile, so that no machine is too fast or too slow for that."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

import local_slurm
from programs import (BIN, EVALUATOR, SOURCE, TRAINER, UNITS, checkpoint_hash, checkpoints, job_names, metrics_without_times, run,
                      scan_hashes, temporaries, temporary_folder, write_analyses_config, write_config,
                      written_lines)

CPUS = 8  # of a node: for all jobs at once, the held ones included
LONG = (("steps: 5120", "steps: 25600"),)  # 100 updates: long enough to be held before they are over
MANY = (("levels: 24", "levels: 6000"), ("block: 8", "block: 500"))
MANY_UNITS = 72
PIPELINE = ("train", *job_names(), "report")
SITE = """\
mazescan_bin={bin}
[ -z "${{WITH_MPIRUN:-}}" ] || launch=(mpirun)
[ -z "${{LATE:-}}" ] || launch=(slurm/late.sh)
[ -z "${{HET_GROUPS:-}}" ] || launch=(srun --mpi=pmix --het-group="$HET_GROUPS" --kill-on-bad-exit=1)
"""
# Loses a signal before it starts, as mpirun does.
LATE = """\
#!/usr/bin/env bash
trap 'touch late.signalled' USR2
touch late.began
until [ -e late.signalled ]; do sleep 0.1; done
exec mpirun "$@"
"""


class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()  # as a user's clone: slurm/ with a site file, configurations, runs
        shutil.copytree(SOURCE / "slurm", cls.folder / "slurm")
        (cls.folder / "slurm" / "site.sh").write_text(SITE.format(bin=BIN), encoding="utf-8")
        (cls.folder / "slurm" / "late.sh").write_text(LATE, encoding="utf-8")
        (cls.folder / "slurm" / "late.sh").chmod(0o755)
        cls.short, cls.long = cls.folder / "short", cls.folder / "long"
        config = write_config(cls.short)
        run(TRAINER, config)
        run(EVALUATOR, "scan", config)
        run(TRAINER, write_config(cls.long, *LONG))
        cls.slurm = local_slurm.LocalSlurm(CPUS)

    @classmethod
    def tearDownClass(cls):
        cls.slurm.stop()

    def submit(self, *arguments, **variables):
        """sbatch in the clone; the job's number."""
        return int(self.slurm.ask("sbatch", "--parsable", *map(str, arguments), cwd=self.folder, **variables))

    def call(self, script, *arguments, **variables):
        return self.slurm.ask("bash", f"slurm/{script}", *map(str, arguments), cwd=self.folder, **variables)

    def end_of(self, job):
        """Waits for the end of a job, which must be a success; the jobs of an array or the one."""
        tasks = self.slurm.wait_for_end(job)
        logs = "".join(self.log_of(task["JobId"]) for task in tasks)
        self.assertEqual({task["JobState"] for task in tasks}, {"COMPLETED"}, f"{tasks}\n{logs}")
        return tasks

    def log_of(self, job):
        return "".join(path.read_text() for path in self.folder.glob(f"*-{job}.log"))

    def begin_long(self, name, *options, **variables):
        """Starts the long training on two nodes, and holds it when it is well under way."""
        folder = self.folder / name
        config = write_config(folder, *LONG)
        job = self.submit("--nodes=2", "--ntasks=2", *options, "slurm/train.sbatch", config.name, **variables)
        self.slurm.wait_for(lambda: written_lines(folder / "metrics.jsonl") >= 10, "the tenth update", pause=0.02)
        self.assertEqual(len(self.slurm.signal_ranks(job, signal.SIGSTOP)), 2, "the training is over too soon")
        return folder, job

    def release(self, job):
        self.slurm.signal_ranks(job, signal.SIGCONT)

    def assert_same_training(self, folder, reference):
        self.assertEqual(checkpoints(folder)[-1].name, checkpoints(reference)[-1].name)
        self.assertEqual(checkpoint_hash(checkpoints(folder)[-1]), checkpoint_hash(checkpoints(reference)[-1]))
        self.assertEqual((folder / "policy.safetensors").read_bytes(), (reference / "policy.safetensors").read_bytes())
        self.assertEqual(metrics_without_times(folder), metrics_without_times(reference))

    def assert_same_scan(self, folder, reference):
        self.assertEqual(len(scan_hashes(folder)), UNITS)
        self.assertEqual(scan_hashes(folder), scan_hashes(reference))
        self.assertEqual(temporaries(folder), [])

    def new_scan(self, name, *changes):
        """A run directory with a trained policy alone, and its configuration."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copy(self.short / "policy.safetensors", folder)
        return folder, write_config(folder, *changes)

    def test_pipeline(self):
        folder = self.folder / "pipeline"
        told = self.call("pipeline.sh", "--parts", 3, write_analyses_config(folder).name)
        jobs = [int(line.split()[1].rstrip(":")) for line in told.splitlines()]
        self.assertEqual(len(jobs), len(PIPELINE), told)
        for job in jobs:
            self.end_of(job)
        self.assert_same_training(folder, self.short)
        self.assert_same_scan(folder, self.short)
        answers = {row["id"]: row for row in json.loads((folder / "report" / "summary.json").read_text())}
        self.assertIsNotNone(answers["Q9"]["value"])
        self.assertNotIn("not measured", (folder / "report" / "index.html").read_text())
        starts = dict(zip(PIPELINE, (min(task["StartTime"] for task in self.slurm.tasks(job)) for job in jobs)))
        for later, earlier in (("scan", "train"), ("record", "train"), ("probe", "record"), ("edit", "scan"),
                               ("trigger", "train"), ("certify", "scan"), ("report", "certify"), ("report", "probe")):
            self.assertGreaterEqual(starts[later], starts[earlier], f"{later} and {earlier}")

    def test_pipeline_ends_where_a_step_fails(self):
        told = self.call("pipeline.sh", write_analyses_config(self.folder / "broken").name, "--set", "ranks.learners=3")
        train, *later = (int(line.split()[1].rstrip(":")) for line in told.splitlines())
        (task,) = self.slurm.wait_for_end(train)
        self.assertEqual((task["JobState"], task["ExitCode"], task["Restarts"]), ("FAILED", "2:0", "0"))
        self.assertIn("ranks.learners: 3", self.log_of(train))
        for job in later:
            self.assertEqual({task["JobState"] for task in self.slurm.wait_for_end(job)}, {"CANCELLED"})

    def test_dry_run_submits_nothing(self):
        config = write_analyses_config(self.folder / "dry")
        told = self.call("pipeline.sh", config.name, "--dry-run", SBATCH_JOB_NAME="dry")
        self.assertEqual(told.count("would submit"), len(PIPELINE), told)
        self.assertIn(f"{UNITS} units, 288 rollouts", told)
        told = self.call("sweep.sh", "--dry-run", "--regions", "1 3", "--seeds", "1 2", "--channels", "[4,8] [8,16]",
                         config.name, SBATCH_JOB_NAME="dry")
        self.assertEqual(told.count("--array=1-8%4"), 3, told)
        self.assertEqual(told.count(f"{UNITS} units"), 8, told)
        self.assertIn("dry-region3-seed2-width8_16 --set environment.region=3 --set seed=2", told)
        lists = {self.call("sweep.sh", "--dry-run", "--seeds", seeds, config.name).split()[2] for seeds in "12"}
        self.assertEqual(len(lists), 2, "a sweep may not rewrite the list of one that is still at work")
        self.assertEqual(self.slurm.ask("squeue", "-h", "--states=all", "--name=dry"), "")
        self.assertFalse((self.folder / "dry").exists())

    def test_refused_before_anything_is_submitted(self):
        config = write_config(self.folder / "refused").name
        spaced = write_config(self.folder / "with space").name
        broken = write_config(self.folder / "misspelt", ("horizon:", "horizn:")).name
        for script, arguments, why in (
                ("pipeline.sh", (config, "--parts", "0"), "--parts 0"),
                ("pipeline.sh", (config, "--parts"), "--parts"),
                ("pipeline.sh", (config, "--at-once", "all"), "--at-once all"),
                ("pipeline.sh", (config, "--updates", "3"), "--updates"),
                ("pipeline.sh", (broken,), "'train.horizn'"),
                ("pipeline.sh", (config, "--set", "scan.levls=1"), "'scan.levls'"),
                ("sweep.sh", (broken, "--seeds", "1"), "'train.horizn'"),
                ("sweep.sh", (config, "--seeds", "1 x"), "'seed' is x"),
                ("sweep.sh", (config, "--seeds"), "--seeds"),
                ("sweep.sh", (config, "--at-once", "0"), "--at-once 0"),
                ("sweep.sh", (spaced,), "with space"),
                ("sweep.sh", (write_config(self.folder / "named", (f"run: {self.folder}", f"run: {self.folder}/a b")).name,),
                 "a b/named")):
            with self.subTest(script=script, arguments=arguments):
                done = self.try_script(f"slurm/{script}", *arguments, SBATCH_JOB_NAME="refused")
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(why, done.stderr)
                self.assertIn("hint:", done.stderr)
        self.assertEqual(self.slurm.ask("squeue", "-h", "--states=all", "--name=refused"), "")
        self.assertEqual([path for name in ("refused", "misspelt", "with space", "a b/named")
                          for path in self.folder.glob(f"{name}-*.sweep")], [])

    def try_script(self, script, *arguments, cwd="", **variables):
        return subprocess.run(["bash", script, *arguments], cwd=self.folder / cwd, capture_output=True, text=True,
                              check=False, env={**self.slurm.environment, **variables})

    def test_help_from_the_scripts_folder(self):
        for script in ("pipeline.sh", "sweep.sh"):
            done = self.try_script(script, "--help", cwd="slurm")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, rf"^slurm/{script} .*CONFIG(.*\n)+.*--dry-run submits nothing")

    def test_dry_run_goes_on_where_the_scheduler_refuses(self):
        config = write_analyses_config(self.folder / "too-much").name
        for script in ("pipeline.sh", "sweep.sh"):
            done = self.try_script(f"slurm/{script}", config, "--dry-run", SBATCH_PARTITION="nowhere")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("invalid partition", done.stdout)
            self.assertIn(f"{UNITS} units", done.stdout)

    def test_widths_of_a_sweep_are_no_patterns_of_file_names(self):
        for name in ("4", "8", ","):
            (self.folder / name).touch()
        told = self.call("sweep.sh", "--dry-run", "--channels", "[4,8]", write_config(self.folder / "widths").name)
        self.assertIn("widths-width4_8 --set network.channels=[4,8]", told)

    def test_learners_and_workers_of_a_heterogeneous_job(self):
        folder = self.folder / "roles"
        job = self.submit("--ntasks=1", ":", "--ntasks=2", "slurm/train.sbatch", write_config(folder).name,
                          "--set", "ranks.workers_per_learner=2", HET_GROUPS="0,1")
        self.end_of(job)
        self.assertIn("2 workers", self.log_of(job))
        self.assert_same_training(folder, self.short)

    def test_a_signal_that_the_launcher_loses(self):
        endless = write_config(self.folder / "late", ("steps: 5120", "steps: 51200000")).name
        job = self.submit("--ntasks=2", "slurm/train.sbatch", endless, LATE="1")
        self.slurm.wait_for((self.folder / "late.began").exists, "the launcher")
        self.slurm.ask("scancel", "--batch", "--signal=USR2", str(job))
        self.slurm.wait_for(lambda: "ended with status" in self.log_of(job), "the signal's second coming")
        self.slurm.ask("scancel", str(job))
        # 140: it came again while the ranks still started.
        self.assertRegex(self.log_of(job), "ended with status (75|140), after 0 restarts")

    def test_sweep(self):
        told = self.call("sweep.sh", "--at-once", 2, "--seeds", "3 4", write_config(self.folder / "sweep").name)
        for line in told.splitlines():
            self.end_of(int(line.split()[1].rstrip(":")))
        self.assert_same_training(self.folder / "sweep-seed3", self.short)
        self.assert_same_scan(self.folder / "sweep-seed3", self.short)
        other = self.folder / "sweep-seed4"
        self.assertNotEqual(checkpoint_hash(checkpoints(other)[-1]), checkpoint_hash(checkpoints(self.short)[-1]))
        self.assertTrue((other / "report" / "index.html").exists())

    def test_requeued_while_it_trains(self):
        folder, job = self.begin_long("requeued")
        second = self.submit("--ntasks=4", "slurm/train.sbatch", "requeued.yaml")
        (task,) = self.slurm.wait_for_end(second)
        self.assertEqual((task["JobState"], task["ExitCode"], task["Restarts"]), ("FAILED", "2:0", "0"))
        self.assertRegex(self.log_of(second), rf"requeued is in use\n.*Slurm job {job}")
        self.slurm.ask("scontrol", "requeue", str(job))
        self.release(job)
        (task,) = self.end_of(job)
        self.assertEqual(task["Restarts"], "1")
        self.assertIn("going on from", self.log_of(job))
        self.assert_same_training(folder, self.long)

    def test_time_limit_that_comes_with_a_signal(self):
        self.check_time_limit(*self.begin_long("limited", "--time=2", "--signal=USR2@60"))

    def test_time_limit_where_the_shell_hands_the_signal_on(self):
        self.check_time_limit(*self.begin_long("limited-mpirun", "--nodes=1", "--time=2", "--signal=B:USR2@60",
                                               WITH_MPIRUN="1"))

    def check_time_limit(self, folder, job):
        """Slurm looks at its clocks every 30 s and is early rather than late: the signal comes 30 to 60 s after each
        start. The job may need several, and a slow machine is signalled while its ranks still start."""
        self.slurm.wait_for(lambda: all(local_slurm.has_pending(rank, signal.SIGUSR2)
                                        for rank in self.slurm.ranks_of(job)), "the signal")
        self.release(job)
        (task,) = self.end_of(job)
        log = self.log_of(job)
        self.assertGreaterEqual(int(task["Restarts"]), 1, log)
        self.assertIn("stopped at update", log)
        self.assertIn("ended with status 75", log)
        self.assert_same_training(folder, self.long)

    def test_a_lost_node(self):
        folder, job = self.begin_long("lost", "--partition=all", "--exclude=n1")
        lost = self.slurm.job(job)["BatchHost"]
        self.assertEqual(lost, "n2")
        self.slurm.lose_node(lost)
        self.release(job)
        (task,) = self.end_of(job)
        self.assertGreaterEqual(int(task["Restarts"]), 1)
        self.assert_same_training(folder, self.long)

    def test_a_killed_slurmd(self):
        """Slurm takes the node for lost and starts the job elsewhere, while the old ranks go on: the lock keeps the
        new ones waiting until they have ended."""
        folder, job = self.begin_long("unattended", "--nodes=1", "--partition=all", "--exclude=n2")
        held_at = written_lines(folder / "metrics.jsonl")
        node = self.slurm.job(job)["NodeList"]
        self.assertEqual(node, "n1")
        self.slurm.kill_slurmd(node)
        self.slurm.wait_for(lambda: "waiting for the run directory" in self.log_of(job), "the second job")
        self.assertEqual(written_lines(folder / "metrics.jsonl"), held_at)
        self.release(job)
        (task,) = self.end_of(job)
        self.assertGreaterEqual(int(task["Restarts"]), 1)
        self.assert_same_training(folder, self.long)

    def test_scan_in_parts(self):
        folder, config = self.new_scan("parts")
        job = self.submit("--array=1-4", "--ntasks=1", "slurm/analyse.sbatch", "scan", config.name)
        self.assertEqual(len(self.end_of(job)), 4)
        self.assert_same_scan(folder, self.short)

    def test_an_array_that_leaves_out_parts(self):
        folder, config = self.new_scan("some-parts")
        job = self.submit("--array=2,4", "--ntasks=1", "slurm/analyse.sbatch", "scan", config.name)
        for task in self.slurm.wait_for_end(job):
            self.assertEqual((task["JobState"], task["ExitCode"], task["Restarts"]), ("FAILED", "2:0", "0"))
            self.assertIn("PARTS=8 sbatch --array=2,5", self.log_of(task["JobId"]))
        self.assertFalse((folder / "scan").exists())

    def test_killed_and_repeated_parts(self):
        reference, config = self.new_scan("many", *MANY)
        run(EVALUATOR, "scan", config, ranks=2)
        folder, config = self.new_scan("killed-parts", *MANY)
        job = self.submit("--array=1-3", "--ntasks=2", "slurm/analyse.sbatch", "scan", config.name)
        self.slurm.wait_for(lambda: len(list((folder / "scan" / "shards").glob("*.h5"))) >= 6
                            and (folder / "scan" / "scan-3of3.lock").exists(), "shards and the last part", pause=0.02)
        ranks = self.slurm.signal_ranks(job, signal.SIGSTOP)
        self.assertTrue(ranks, "the scan is over too soon")
        # Of the last part, whose number is that of the array: the others may not begin again with it.
        last = [pid for pid in ranks if f"SLURM_JOB_ID={job}".encode()
                in pathlib.Path("/proc", str(pid), "environ").read_bytes().split(b"\0")]
        self.assertTrue(last, "the last part is over too soon")
        os.kill(last[0], signal.SIGKILL)
        self.release(job)
        tasks = self.end_of(job)
        self.assertEqual(sum(int(task["Restarts"]) for task in tasks), 1, tasks)
        self.end_of(self.submit("--array=2", "--ntasks=1", "slurm/analyse.sbatch", "scan", config.name, PARTS="3"))
        self.assertEqual(scan_hashes(folder), scan_hashes(reference))
        self.assertEqual(temporaries(folder), [])
        (status,) = json.loads(run(EVALUATOR, "status", folder, "--json").out)
        self.assertEqual((status["state"], status["units"]), ("finished", MANY_UNITS))


class AtTheSameTime(unittest.TestSuite):
    """The tests of Slurm, each in a thread."""

    def run(self, result, debug=False):
        began = time.monotonic()

        def run_one(test):
            test(result)
            print(f"{time.monotonic() - began:6.1f} s  {test.id()}", flush=True)

        Slurm.setUpClass()
        print(f"{time.monotonic() - began:6.1f} s  the undisturbed runs", flush=True)
        try:
            tests = [test for suite in self for test in suite]
            with concurrent.futures.ThreadPoolExecutor(len(tests)) as pool:
                list(pool.map(run_one, tests))
        finally:
            Slurm.tearDownClass()
        return result


def load_tests(loader, tests, pattern):
    return AtTheSameTime(tests)


if __name__ == "__main__":
    if local_slurm.missing():
        print(f"SKIPPED: no Slurm can be started here: {local_slurm.missing()}")
        sys.exit(77)
    unittest.main()
