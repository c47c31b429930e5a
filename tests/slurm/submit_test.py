"""User errors that slurm/pipeline.sh and slurm/sweep.sh report before they submit. No scheduler is needed: sbatch is replaced
by a script that records its arguments."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

from programs import BIN, SOURCE, job_names, temporary_folder, write_analyses_config

SBATCH = """\
#!/usr/bin/env bash
echo "$*" >>submitted
wc -l <submitted
"""
STEPS = len(job_names()) + 2  # steps of the pipeline, including training and report


class Submit(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder()  # laid out as a clone of the repository
        shutil.copytree(SOURCE / "slurm", self.folder / "slurm", ignore=shutil.ignore_patterns("site.sh"))
        self.use_programs_in(BIN)
        (self.folder / "commands").mkdir()
        (self.folder / "commands" / "sbatch").write_text(SBATCH, encoding="utf-8")
        (self.folder / "commands" / "sbatch").chmod(0o755)
        self.config = write_analyses_config(self.folder / "run").name

    def use_programs_in(self, folder):
        (self.folder / "slurm" / "site.sh").write_text(f"mazescan_bin={folder}\n", encoding="utf-8")

    def submit(self, script, *arguments):
        """Runs a script; returns the completed process and the submitted commands."""
        commands = f"{self.folder / 'commands'}:{os.environ['PATH']}"
        done = subprocess.run(["bash", f"slurm/{script}", *arguments], cwd=self.folder, capture_output=True, text=True,
                              check=False, env={**os.environ, "PATH": commands})
        submitted = self.folder / "submitted"
        return done, submitted.read_text(encoding="utf-8").splitlines() if submitted.exists() else []

    def refused(self, script, *arguments, reason):
        with self.subTest(script=script, arguments=arguments):
            done, submitted = self.submit(script, *arguments)
            self.assertEqual((done.returncode, done.stdout, submitted), (2, "", []), done.stderr)
            self.assertIn(reason, done.stderr)
            self.assertEqual((done.stderr.count("  reason: "), done.stderr.count("  hint:   ")), (1, 1), done.stderr)

    def test_errors_of_later_jobs(self):
        for override, reason in (("scan.layers=[nope]", "'scan.layers' holds 'nope'"),
                              ("record.layers=[nope]", "'record.layers' holds 'nope'"),
                              ("record.sizes=[11]", "'record.sizes' holds 11"),
                              ("probe.layers=[fc_value]", "'probe.layers' holds fc_value"),
                              ("edit.layers=[nope]", "'edit.layers' holds 'nope'"),
                              ("trigger.sizes=[11]", "'trigger.sizes' holds 11"),
                              ("certify.sizes=[7]", "'certify.sizes' holds 7")):
            self.refused("pipeline.sh", self.config, "--set", override, reason=reason)
        with (self.folder / self.config).open("r+", encoding="utf-8") as file:
            text = file.read().replace("layers: [embedder", "layers: [embeder")
            file.seek(0)
            file.write(text)
            file.truncate()
        self.refused("sweep.sh", "--seeds", "1 2", self.config, reason="'scan.layers' holds 'embeder.block1.conv'")

    def test_a_missing_or_a_second_configuration(self):
        for script in ("pipeline.sh", "sweep.sh"):
            self.refused(script, reason="no configuration is given")
            self.refused(script, self.config, "other.yaml", reason=f"a configuration is already given: {self.config}")

    def test_batch_scripts_give_reasons(self):
        script = 'source slurm/job.sh; SLURM_JOB_ID=1; max_restarts=0; '
        for call, status, reason in (
                ("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_MAX=4 SLURM_ARRAY_TASK_COUNT=2; read_part a.yaml",
                 2, "PARTS, the number of all parts, is not set"),
                ("requeue 9", 9, "it was restarted 0 times"),
                ("max_restarts=9; PATH=; requeue 8", 8, "this node cannot requeue it")):
            with self.subTest(call):
                done = subprocess.run(["/bin/bash", "-c", script + call], cwd=self.folder, capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertRegex(done.stderr, rf"\n  reason: {reason}.*\n  hint:   ")

    def test_a_valid_configuration_is_submitted(self):
        done, submitted = self.submit("pipeline.sh", self.config)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((done.stdout.count("submitted "), len(submitted)), (STEPS, STEPS), done.stdout)
        self.assertNotIn(" units", done.stdout)
        self.assertFalse((self.folder / "run").exists())

    def test_a_dry_run_prints_the_costs_of_each_job(self):
        done, submitted = self.submit("pipeline.sh", "--dry-run", self.config)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line.split()[0] for line in submitted], ["--test-only"] * STEPS)
        for job in job_names():
            self.assertRegex(done.stdout, rf"(?m)^{job}:\n(size .*\n)*\d+ units")

    def test_an_unbuilt_tree(self):
        self.use_programs_in("build/release/bin")
        self.refused("pipeline.sh", self.config, reason="./run build")
        self.refused("sweep.sh", "--seeds", "1", self.config, reason="there is no such program")

    def test_two_tasks_on_one_run_directory(self):
        for option, values, name in (("--regions", "5 5", "run-region5"), ("--seeds", "1 2 1", "run-seed1"),
                                     ("--channels", "[4,8] [4,8,]", "run-width4_8")):
            self.refused("sweep.sh", option, values, self.config, reason=f"{name}\n  reason: two tasks of the sweep")


if __name__ == "__main__":
    unittest.main()
