"""Jobs of slurm/ on a real Slurm with four simulated nodes: if jobs are stopped or killed, or nodes are lost, the final
checkpoint, policy and scan have the payload hashes of an undisturbed run.

All tests run in parallel, because they mostly wait for timers of Slurm. A job is paused before it is disturbed, so that the
tests do not depend on the speed of the machine."""
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
from programs import (BIN, EVALUATOR, SOURCE, TRAINER, UNITS, checkpoint_hash, checkpoints, job_names, metrics_without_times, registered_jobs,
                      run,
                      scan_hashes, temporaries, temporary_folder, write_analyses_config, write_config,
                      written_lines)

CPUS = 8  # per node: enough for all jobs in parallel, including paused ones
LONG = (("steps: 5120", "steps: 25600"),)  # 100 updates: long enough to be paused before the end
MANY = (("levels: 24", "levels: 6000"), ("chunk: 8", "chunk: 500"))
MANY_UNITS = 72
PIPELINE = ("train", *job_names(), "report")
SITE = """\
mazescan_bin={bin}
[ -z "${{WITH_MPIRUN:-}}" ] || launch=(mpirun)
[ -z "${{LATE:-}}" ] || launch=(slurm/late.sh)
[ -z "${{HET_GROUPS:-}}" ] || launch=(srun --mpi=pmix --het-group="$HET_GROUPS" --kill-on-bad-exit=1)
"""
# A launcher that loses a signal before it starts, as mpirun does.
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
        cls.folder = temporary_folder()  # laid out as a clone: slurm/ with a site file, configurations, runs
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
        """Runs sbatch in the clone; returns the job's ID."""
        return int(self.slurm.call("sbatch", "--parsable", *map(str, arguments), cwd=self.folder, **variables))

    def call(self, script, *arguments, **variables):
        return self.slurm.call("bash", f"slurm/{script}", *map(str, arguments), cwd=self.folder, **variables)

    def end_of(self, job):
        """Waits until a job has ended; fails if it did not succeed. Returns the fields of its tasks."""
        tasks = self.slurm.wait_for_end(job)
        logs = "".join(self.log_of(task["JobId"]) for task in tasks)
        self.assertEqual({task["JobState"] for task in tasks}, {"COMPLETED"}, f"{tasks}\n{logs}")
        return tasks

    def log_of(self, job):
        return "".join(path.read_text() for path in self.folder.glob(f"*-{job}.log"))

    def begin_long(self, name, *options, **variables):
        """Starts the long training on two nodes, and pauses it after ten updates."""
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
        """Makes a run directory that contains only a trained policy; returns it and its configuration."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copy(self.short / "policy.safetensors", folder)
        return folder, write_config(folder, *changes)

    def test_pipeline(self):
        folder = self.folder / "pipeline"
        output = self.call("pipeline.sh", "--parts", 3, write_analyses_config(folder).name)
        jobs = [int(line.split()[1].rstrip(":")) for line in output.splitlines()]
        self.assertEqual(len(jobs), len(PIPELINE), output)
        for job in jobs:
            self.end_of(job)
        self.assert_same_training(folder, self.short)
        self.assert_same_scan(folder, self.short)
        answers = {row["id"]: row for row in json.loads((folder / "report" / "summary.json").read_text())}
        self.assertIsNotNone(answers["Q9"]["value"])
        self.assertNotIn("not measured", (folder / "report" / "index.html").read_text())
        starts = dict(zip(PIPELINE, (min(task["StartTime"] for task in self.slurm.tasks(job)) for job in jobs)))
        ends = dict(zip(PIPELINE, (max(task["EndTime"] for task in self.slurm.tasks(job)) for job in jobs)))
        needs = [(job["name"], need) for job in registered_jobs() for need in job["needs"]]
        for later, earlier in (*needs, *(("report", name) for name in job_names())):
            self.assertGreaterEqual(starts[later], ends[earlier], f"{later} and {earlier}")

    def test_pipeline_ends_when_a_step_fails(self):
        output = self.call("pipeline.sh", write_analyses_config(self.folder / "broken").name, "--set", "ranks.learners=3")
        train, *later = (int(line.split()[1].rstrip(":")) for line in output.splitlines())
        (task,) = self.slurm.wait_for_end(train)
        self.assertEqual((task["JobState"], task["ExitCode"], task["Restarts"]), ("FAILED", "2:0", "0"))
        self.assertIn("ranks.learners: 3", self.log_of(train))
        for job in later:
            self.assertEqual({task["JobState"] for task in self.slurm.wait_for_end(job)}, {"CANCELLED"})

    def test_dry_run_submits_nothing(self):
        config = write_analyses_config(self.folder / "dry")
        output = self.call("pipeline.sh", config.name, "--dry-run", SBATCH_JOB_NAME="dry")
        self.assertEqual(output.count("would submit"), len(PIPELINE), output)
        self.assertIn(f"{UNITS} units, 288 rollouts", output)
        output = self.call("sweep.sh", "--dry-run", "--regions", "1 3", "--seeds", "1 2", "--channels", "[4,8] [8,16]",
                         config.name, SBATCH_JOB_NAME="dry")
        self.assertEqual(output.count("--array=1-8%4"), 3, output)
        self.assertEqual(output.count(f"{UNITS} units"), 8, output)
        self.assertIn("dry-region3-seed2-width8_16 --set environment.region=3 --set seed=2", output)
        lists = {self.call("sweep.sh", "--dry-run", "--seeds", seeds, config.name).split()[2] for seeds in "12"}
        self.assertEqual(len(lists), 2, "a sweep would overwrite the list of another one")
        self.assertEqual(self.slurm.call("squeue", "-h", "--states=all", "--name=dry"), "")
        self.assertFalse((self.folder / "dry").exists())

    def test_user_errors_before_submission(self):
        config = write_config(self.folder / "refused").name
        spaced = write_config(self.folder / "with space").name
        broken = write_config(self.folder / "misspelt", ("horizon:", "horizn:")).name
        for script, arguments, reason in (
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
                self.assertIn(reason, done.stderr)
                self.assertIn("hint:", done.stderr)
        self.assertEqual(self.slurm.call("squeue", "-h", "--states=all", "--name=refused"), "")
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

    def test_dry_run_continues_if_the_scheduler_rejects_a_job(self):
        config = write_analyses_config(self.folder / "too-much").name
        for script in ("pipeline.sh", "sweep.sh"):
            done = self.try_script(f"slurm/{script}", config, "--dry-run", SBATCH_PARTITION="nowhere")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("invalid partition", done.stdout)
            self.assertIn(f"{UNITS} units", done.stdout)

    def test_widths_of_a_sweep_are_not_file_name_patterns(self):
        for name in ("4", "8", ","):
            (self.folder / name).touch()
        output = self.call("sweep.sh", "--dry-run", "--channels", "[4,8]", write_config(self.folder / "widths").name)
        self.assertIn("widths-width4_8 --set network.channels=[4,8]", output)

    def test_learners_and_workers_of_a_heterogeneous_job(self):
        folder = self.folder / "roles"
        job = self.submit("--ntasks=1", ":", "--ntasks=2", "slurm/train.sbatch", write_config(folder).name,
                          "--set", "ranks.workers_per_learner=2", HET_GROUPS="0,1")
        self.end_of(job)
        self.assertIn("2 workers", self.log_of(job))
        self.assert_same_training(folder, self.short)

    def test_a_signal_lost_by_the_launcher(self):
        endless = write_config(self.folder / "late", ("steps: 5120", "steps: 51200000")).name
        job = self.submit("--ntasks=2", "slurm/train.sbatch", endless, LATE="1")
        self.slurm.wait_for((self.folder / "late.began").exists, "the start of the launcher")
        self.slurm.call("scancel", "--batch", "--signal=USR2", str(job))
        self.slurm.wait_for(lambda: "ended with status" in self.log_of(job), "the repeated signal")
        self.slurm.call("scancel", str(job))
        # 140: the repeated signal arrived while the ranks were starting.
        self.assertRegex(self.log_of(job), "ended with status (75|140), after 0 restarts")

    def test_sweep(self):
        output = self.call("sweep.sh", "--at-once", 2, "--seeds", "3 4", write_config(self.folder / "sweep").name)
        for line in output.splitlines():
            self.end_of(int(line.split()[1].rstrip(":")))
        self.assert_same_training(self.folder / "sweep-seed3", self.short)
        self.assert_same_scan(self.folder / "sweep-seed3", self.short)
        other = self.folder / "sweep-seed4"
        self.assertNotEqual(checkpoint_hash(checkpoints(other)[-1]), checkpoint_hash(checkpoints(self.short)[-1]))
        self.assertTrue((other / "report" / "index.html").exists())

    def test_requeued_during_training(self):
        folder, job = self.begin_long("requeued")
        second = self.submit("--ntasks=4", "slurm/train.sbatch", "requeued.yaml")
        (task,) = self.slurm.wait_for_end(second)
        self.assertEqual((task["JobState"], task["ExitCode"], task["Restarts"]), ("FAILED", "2:0", "0"))
        self.assertRegex(self.log_of(second), rf"requeued is in use\n.*Slurm job {job}")
        self.slurm.call("scontrol", "requeue", str(job))
        self.release(job)
        (task,) = self.end_of(job)
        self.assertEqual(task["Restarts"], "1")
        self.assertIn("resuming from", self.log_of(job))
        self.assert_same_training(folder, self.long)

    def test_time_limit_with_a_signal_to_the_ranks(self):
        self.check_time_limit(*self.begin_long("limited", "--time=2", "--signal=USR2@60"))

    def test_time_limit_with_a_signal_that_the_shell_forwards(self):
        self.check_time_limit(*self.begin_long("limited-mpirun", "--nodes=1", "--time=2", "--signal=B:USR2@60",
                                               WITH_MPIRUN="1"))

    def check_time_limit(self, folder, job):
        """Slurm checks its timers every 30 s and signals early rather than late: 30 to 60 s after each start. The job may be
        requeued several times, and on a slow machine the signal may arrive while the ranks are starting."""
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
        """Slurm considers the node lost and starts the job on another node while the old ranks still run: the new ranks wait
        for the lock until the old ones have ended."""
        folder, job = self.begin_long("unattended", "--nodes=1", "--partition=all", "--exclude=n2")
        paused_at = written_lines(folder / "metrics.jsonl")
        node = self.slurm.job(job)["NodeList"]
        self.assertEqual(node, "n1")
        self.slurm.kill_slurmd(node)
        self.slurm.wait_for(lambda: "waiting for the run directory" in self.log_of(job), "the message of the waiting job")
        self.assertEqual(written_lines(folder / "metrics.jsonl"), paused_at)
        self.release(job)
        (task,) = self.end_of(job)
        self.assertGreaterEqual(int(task["Restarts"]), 1)
        self.assert_same_training(folder, self.long)

    def test_scan_in_parts(self):
        folder, config = self.new_scan("parts")
        job = self.submit("--array=1-4", "--ntasks=1", "slurm/analyse.sbatch", "scan", config.name)
        self.assertEqual(len(self.end_of(job)), 4)
        self.assert_same_scan(folder, self.short)

    def test_an_array_that_omits_parts(self):
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
        # Kill a rank of the last part, whose job ID is that of the array: the other parts must not be restarted with it.
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


class ParallelSuite(unittest.TestSuite):
    """Runs each test in its own thread."""

    def run(self, result, debug=False):
        start = time.monotonic()

        def run_one(test):
            test(result)
            print(f"{time.monotonic() - start:6.1f} s  {test.id()}", flush=True)

        Slurm.setUpClass()
        print(f"{time.monotonic() - start:6.1f} s  the undisturbed runs", flush=True)
        try:
            tests = [test for suite in self for test in suite]
            with concurrent.futures.ThreadPoolExecutor(len(tests)) as pool:
                list(pool.map(run_one, tests))
        finally:
            Slurm.tearDownClass()
        return result


def load_tests(loader, tests, pattern):
    return ParallelSuite(tests)


if __name__ == "__main__":
    if local_slurm.missing():
        print(f"SKIPPED: Slurm cannot be started on this machine: {local_slurm.missing()}")
        sys.exit(77)
    unittest.main()
