"""Jobs of slurm/ on a real Slurm of three pretended nodes: whatever is stopped, lost or killed, in the end checkpoint,
policy and scan have the payload hashes of the undisturbed run."""
import json
import os
import pathlib
import shutil
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

import local_slurm
from programs import (BIN, EVALUATOR, SOURCE, TRAINER, UNITS, checkpoint_hash, checkpoints, metrics,
                      metrics_without_times, run, scan_hashes, temporaries, temporary_folder, write_config,
                      written_lines)

NODES, CPUS = 3, 2
LONG_SECONDS = 40  # of the undisturbed long training: a time limit's signal comes up to 30 s late
SITE = """\
mazescan_bin={bin}
launch=(srun --mpi=pmix --kill-on-bad-exit=1)
most_restarts=50
export OMP_NUM_THREADS=1
"""


class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()  # as a user's clone: slurm/ with a site file, configurations, runs
        shutil.copytree(SOURCE / "slurm", cls.folder / "slurm")
        (cls.folder / "slurm" / "site.sh").write_text(SITE.format(bin=BIN), encoding="utf-8")
        cls.short = cls.folder / "short"
        config = write_config(cls.short)
        run(TRAINER, config)
        run(EVALUATOR, "scan", config)
        # As many updates as fill the time on this machine.
        trial = cls.folder / "trial"
        run(TRAINER, write_config(trial, ("steps: 5120", "steps: 5120000")), "--updates", 200, ranks=2)
        updates = round(LONG_SECONDS * 199 / (metrics(trial)[-1]["seconds"] - metrics(trial)[0]["seconds"]))
        cls.long_changes = (("steps: 5120", f"steps: {256 * updates}"), ("every: 4", "every: 25"))
        cls.long = cls.folder / "long"
        run(TRAINER, write_config(cls.long, *cls.long_changes), ranks=2)
        cls.slurm = local_slurm.LocalSlurm(NODES, CPUS)

    @classmethod
    def tearDownClass(cls):
        cls.slurm.stop()

    def tearDown(self):
        self.slurm.ask("scancel", "--user=root")  # what a failed test has left

    def submit(self, *arguments, **variables):
        """sbatch in the clone; the job's number."""
        environment = dict(self.slurm.environment)
        try:
            self.slurm.environment.update(variables)
            return int(self.slurm.ask("sbatch", "--parsable", *map(str, arguments), cwd=self.folder))
        finally:
            self.slurm.environment = environment

    def call(self, script, *arguments):
        return self.slurm.ask("bash", f"slurm/{script}", *map(str, arguments), cwd=self.folder)

    def end_of(self, job, timeout=150):
        """Waits for the end of a job, which must be a success; the jobs of an array or the one."""
        tasks = self.slurm.wait_for_end(job, timeout)
        self.assertEqual({task["JobState"] for task in tasks}, {"COMPLETED"}, f"{tasks}\n{self.logs()}")
        return tasks

    def logs(self):
        return "".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("*.log")))

    def log_of(self, job):
        return "".join(path.read_text() for path in self.folder.glob(f"*-{job}.log"))

    def begin_long(self, name, *options):
        """Starts the long training on two nodes and waits until it is well under way."""
        folder = self.folder / name
        config = write_config(folder, *self.long_changes)
        job = self.submit("--nodes=2", "--ntasks=2", *options, "slurm/train.sbatch", config.name)
        self.slurm.wait_for(lambda: written_lines(folder / "metrics.jsonl") >= 60, "the sixtieth update", 60)
        return folder, job

    def assert_same_training(self, folder, reference):
        self.assertEqual(checkpoints(folder)[-1].name, checkpoints(reference)[-1].name)
        self.assertEqual(checkpoint_hash(checkpoints(folder)[-1]), checkpoint_hash(checkpoints(reference)[-1]))
        self.assertEqual((folder / "policy.safetensors").read_bytes(), (reference / "policy.safetensors").read_bytes())
        self.assertEqual(metrics_without_times(folder), metrics_without_times(reference))

    def assert_same_scan(self, folder, reference):
        self.assertEqual(len(scan_hashes(folder)), UNITS)
        self.assertEqual(scan_hashes(folder), scan_hashes(reference))
        self.assertEqual(temporaries(folder), [])

    def new_scan(self, name):
        """A run directory with a trained policy alone, and its configuration."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copy(self.short / "policy.safetensors", folder)
        return folder, write_config(folder)

    def test_pipeline(self):
        folder = self.folder / "pipeline"
        told = self.call("pipeline.sh", "--parts", 3, write_config(folder).name)
        jobs = [int(line.split()[1].rstrip(":")) for line in told.splitlines()]
        self.assertEqual(len(jobs), 3, told)
        for job in jobs:
            self.end_of(job)
        self.assert_same_training(folder, self.short)
        self.assert_same_scan(folder, self.short)
        self.assertTrue((folder / "report" / "index.html").exists())
        starts = [min(task["StartTime"] for task in self.slurm.tasks(job)) for job in jobs]
        self.assertEqual(starts, sorted(starts))

    def test_pipeline_ends_where_a_step_fails(self):
        told = self.call("pipeline.sh", write_config(self.folder / "broken").name, "--set", "train.horizon=0")
        train, scan, report = (int(line.split()[1].rstrip(":")) for line in told.splitlines())
        (task,) = self.slurm.wait_for_end(train, 60)
        self.assertEqual((task["JobState"], task["ExitCode"], task["Restarts"]), ("FAILED", "2:0", "0"))
        self.assertIn("'train.horizon'", self.log_of(train))
        for job in (scan, report):
            self.assertEqual({task["JobState"] for task in self.slurm.wait_for_end(job, 60)}, {"CANCELLED"})

    def test_dry_run_submits_nothing(self):
        before = self.slurm.ask("squeue", "-h")
        config = write_config(self.folder / "dry")
        told = self.call("pipeline.sh", "--dry-run", config.name)
        self.assertEqual(told.count("would submit"), 3, told)
        self.assertIn(f"{UNITS} units, 288 rollouts", told)
        told = self.call("sweep.sh", "--dry-run", "--regions", "1 3", "--seeds", "1 2", "--channels", "[4,8] [8,16]",
                         config.name)
        self.assertEqual(told.count("--array=1-8%4"), 3, told)
        self.assertEqual(told.count(f"{UNITS} units"), 8, told)
        self.assertIn("dry-region3-seed2-width8_16 --set environment.region=3 --set seed=2", told)
        self.assertEqual(self.slurm.ask("squeue", "-h"), before)
        self.assertFalse((self.folder / "dry").exists())

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
        self.slurm.ask("scontrol", "requeue", str(job))
        (task,) = self.end_of(job)
        self.assertEqual(task["Restarts"], "1")
        self.assertIn("going on from", self.log_of(job))
        self.assert_same_training(folder, self.long)

    def test_time_limit_that_comes_with_a_signal(self):
        folder, job = self.begin_long("limited", "--time=2", "--signal=USR2@90")
        (task,) = self.end_of(job)
        log = self.log_of(job)
        self.assertGreaterEqual(int(task["Restarts"]), 1, log)
        self.assertIn("stopped at update", log)
        self.assertIn("ended with status 75, after 0 restarts", log)
        self.assert_same_training(folder, self.long)

    def test_a_lost_node(self):
        folder, job = self.begin_long("lost")
        nodes = self.slurm.job(job)["NodeList"]
        self.assertIn(nodes, ("n[1-2]", "n[1,3]", "n[2-3]"))
        lost = f"n{nodes[2]}"
        self.slurm.lose_node(lost)
        try:
            (task,) = self.end_of(job)
            self.assertGreaterEqual(int(task["Restarts"]), 1)
            self.assert_same_training(folder, self.long)
        finally:
            self.slurm.restore_node(lost)

    def test_a_killed_slurmd(self):
        """Slurm takes the node for lost and starts the job elsewhere, while the old ranks go on: the lock keeps the
        new ones waiting until they have ended."""
        folder, job = self.begin_long("unattended", "--nodes=1")
        node = self.slurm.job(job)["NodeList"]
        self.slurm.kill_slurmd(node)
        try:
            (task,) = self.end_of(job)
            self.assertGreaterEqual(int(task["Restarts"]), 1)
            self.assert_same_training(folder, self.long)
        finally:
            self.slurm.lose_node(node)
            self.slurm.restore_node(node)

    def test_scan_in_parts(self):
        folder, config = self.new_scan("parts")
        job = self.submit("--array=1-4", "--ntasks=1", "slurm/scan.sbatch", config.name, PARTS="4")
        self.assertEqual(len(self.end_of(job)), 4)
        self.assert_same_scan(folder, self.short)

    def test_killed_and_repeated_parts(self):
        folder = self.folder / "killed-parts"
        folder.mkdir()
        shutil.copy(self.short / "policy.safetensors", folder)
        many = (("levels: 24", "levels: 6000"), ("block: 8", "block: 500"))
        reference, config = self.folder / "many", write_config(self.folder / "many", *many)
        reference.mkdir()
        shutil.copy(self.short / "policy.safetensors", reference)
        run(EVALUATOR, "scan", config, ranks=2)
        config = write_config(folder, *many)
        job = self.submit("--array=1-3", "--ntasks=2", "slurm/scan.sbatch", config.name, PARTS="3")
        self.slurm.wait_for(lambda: len(list((folder / "scan" / "shards").glob("*.h5"))) >= 6, "shards", 60)
        victims = [pid for node in self.slurm.hosts for pid in self.slurm.processes_of(node)
                   if b"mazescan-evaluator" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]]
        os.kill(victims[0], signal.SIGKILL)
        tasks = self.end_of(job)
        self.assertEqual(sum(int(task["Restarts"]) for task in tasks), 1, self.logs())
        again = self.submit("--array=2", "--ntasks=1", "slurm/scan.sbatch", config.name, PARTS="3")
        self.end_of(again)
        self.assertEqual(scan_hashes(folder), scan_hashes(reference))
        self.assertEqual(temporaries(folder), [])
        status = json.loads(run(EVALUATOR, "status", folder, "--json").out)
        self.assertEqual((status["state"], status["units"]), ("finished", 72))


if __name__ == "__main__":
    if local_slurm.missing():
        print(f"SKIPPED: no Slurm can be started here: {local_slurm.missing()}")
        sys.exit(77)
    unittest.main()
