"""Limits, streams, signals, and faults of the disk."""
import errno
import fcntl
import hashlib
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import time
import unittest

from attacked_run import AttackedRun
from programs import BIN, EVALUATOR, STOPPED, TRAINER, Job, expect_user_error, run

LONG = ("--set", "train.steps=1000000000", "--set", "train.mazes=512", "--set", "train.horizon=512", "--set", "train.ppo.minibatch=64")


def shell(script, *arguments, **environment):
    """Runs a shell script with arguments $1, $2, ..."""
    return subprocess.run(["bash", "-c", script, "-", *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment}, check=False)


class Surroundings(AttackedRun, unittest.TestCase):
    def new_run(self, name):
        return self.folder / name, self.config_of(self.folder / name)

    def expect_trained(self, folder, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        for file in ("policy.safetensors", "config.yaml"):
            self.assertTrue((folder / file).is_file())
        self.assertEqual((folder / "policy.safetensors").read_bytes(), (self.run_folder / "policy.safetensors").read_bytes())

    def test_a_broken_stderr_does_not_end_work(self):
        for name, redirection in (("full", "2>/dev/full"), ("closed", "2>&-"), ("pipe", "2> >(true)"), ("all closed", "<&- >&- 2>&-")):
            with self.subTest(name):
                folder, config = self.new_run(f"stderr {name}")
                self.expect_trained(folder, shell(f'"$1" "$2" {redirection}', BIN / TRAINER, config))

    def test_a_broken_stdout_is_an_error(self):
        for redirection in (">/dev/full", ">&-"):
            for command in ('"$1" --dump-config "$3"', '"$2" jobs', '"$2" describe "$4"'):
                with self.subTest(redirection + command):
                    done = shell(f"{command} {redirection}", BIN / TRAINER, BIN / EVALUATOR, self.folder / "run.yaml",
                                 self.run_folder / "scan")
                    self.assertEqual(done.returncode, 2)
                    self.assertIn("the output is incomplete", done.stderr)

    def test_limits(self):
        for name, script, environment, message in (
                ("memory", 'ulimit -v 700000; "$1" "$2"', {}, "ulimit -v"),
                ("files", 'ulimit -n 20; "$1" "$2"', {}, "ulimit -n"),
                ("temporary folder", '"$1" "$2"', {"TMPDIR": "/no/such/folder"}, "TMPDIR is /no/such/folder"),
                ("file size", 'ulimit -f 2; "$1" "$2"', {}, "ulimit -f")):
            with self.subTest(name):
                folder, config = self.new_run(f"limit {name}")
                done = shell(script, BIN / TRAINER, config, **environment)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stderr.count("hint:"), 1, done.stderr)
                self.assertEqual(list(folder.rglob(".*")), [], "temporary files are left")

    def test_hangup_stops_as_term_does(self):
        _, config = self.new_run("hangup")
        job = Job(TRAINER, config, *LONG, "--set", "train.mazes=16", "--set", "train.horizon=16")
        job.wait_until(lambda: "training" in job.read()[1], "training has begun")
        job.send(signal.SIGHUP)
        self.assertEqual(job.wait(30).status, STOPPED, job.err)

    def test_nohup_is_respected(self):
        folder, config = self.new_run("nohup")
        done = shell('trap "" HUP; "$1" "$2" & sleep 0.3; kill -HUP $!; wait $!', BIN / TRAINER, config)
        self.expect_trained(folder, done)

    def test_a_second_signal_ends_the_process(self):
        _, config = self.new_run("twice")
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)):
            job = Job(TRAINER, config, *LONG)  # an update takes minutes
            job.wait_until(lambda job=job: "parameters" in job.read()[1], "training has begun")
            job.send(first)
            time.sleep(0.5)
            self.assertIsNone(job.process.poll(), "the first signal waits for the update")
            job.send(second)
            self.assertEqual(job.wait(10).status, -second)

    def test_a_deleted_lock_file_lets_nobody_in(self):
        folder, config = self.new_run("deleted lock")
        first = Job(TRAINER, config, *LONG[:2])  # small updates
        first.wait_until(lambda: (folder / "metrics.jsonl").is_file(), "an update")
        (folder / "trainer.lock").unlink()
        second = Job(TRAINER, config, *LONG[:2])
        expect_user_error(self, first.wait(), "is no longer locked by this job, which stops")
        lines = len((folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
        second.wait_until(lambda: len((folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()) > lines, "its updates")
        second.send(signal.SIGTERM)
        self.assertEqual(second.wait().status, STOPPED)

    def test_progress_fits_the_terminal(self):
        _, config = self.new_run("terminal")
        for columns, longest in ((40, 39), (10, 9), (0, 79)):
            master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            process = subprocess.Popen([BIN / EVALUATOR, "verify", self.run_folder / "scan"], stdin=slave,
                                       stdout=subprocess.DEVNULL, stderr=slave)
            os.close(slave)
            shown = b""
            while True:
                try:
                    data = os.read(master, 65536)
                except OSError:
                    break
                if not data:
                    break
                shown += data
            os.close(master)
            self.assertEqual(process.wait(), 0)
            lines = [line for line in re.split(r"[\r\n]|\x1b\[K", shown.decode()) if line]
            self.assertTrue(lines)
            self.assertLessEqual(max(map(len, lines)), longest)

    def test_an_imported_policy_is_kept(self):
        folder, config = self.new_run("imported")
        folder.mkdir()
        policy = folder / "policy.safetensors"
        shutil.copy(self.run_folder / policy.name, policy)
        before = hashlib.sha256(policy.read_bytes()).digest()
        expect_user_error(self, Job(TRAINER, config).wait(), "has a policy and no checkpoints")
        self.assertEqual(hashlib.sha256(policy.read_bytes()).digest(), before)

    def test_faults_of_the_disk(self):
        for name, error in (("EIO", errno.EIO), ("ESTALE", errno.ESTALE)):
            with self.subTest(name):
                folder, config = self.new_run(f"once {name}")
                preload = {"LD_PRELOAD": str(BIN / "libfaulty_disk.so")}
                once = shell('"$1" "$2"', BIN / TRAINER, config, MAZESCAN_FAULTY_FSYNC=f"5 1 {error}", **preload)
                self.assertIn("trying again", once.stderr)
                self.expect_trained(folder, once)
                folder, config = self.new_run(f"always {name}")
                always = shell('"$1" "$2"', BIN / TRAINER, config, MAZESCAN_FAULTY_FSYNC=f"5 1000000 {error}", **preload)
                self.assertEqual(always.returncode, 1, always.stderr)
                self.assertNotIn("internal error", always.stderr)
                run(TRAINER, config)
                self.assertEqual((folder / "policy.safetensors").read_bytes(),
                                 (self.run_folder / "policy.safetensors").read_bytes())

    def test_a_crash_of_libhdf5_is_a_message(self):
        done = shell('"$1" verify "$2"', BIN / EVALUATOR, self.run_folder / "scan", LD_PRELOAD=str(BIN / "libcrashing_hdf5.so"))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"scan: reading it ended with signal 11 .*\n  reason: .*\n  hint: ")

    def test_a_dataset_that_cannot_be_closed_is_an_error(self):
        """Filters run when a dataset is closed: what they could not write is missing."""
        folder = self.folder / "unclosed"
        folder.mkdir()
        shutil.copy(self.run_folder / "policy.safetensors", folder)
        done = shell('"$1" scan "$2"', BIN / EVALUATOR, self.config_of(folder), LD_PRELOAD=str(BIN / "libcrashing_hdf5.so"),
                     MAZESCAN_FAILING_CLOSE="1")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("cannot write", done.stderr)
        self.assertFalse((folder / "scan" / "manifest.json").exists())

    def test_unusable_paths(self):
        folder, config = self.new_run("paths")
        shutil.copytree(self.run_folder, folder)
        metrics = folder / "metrics.jsonl"
        metrics.unlink()
        metrics.symlink_to(metrics.name)
        expect_user_error(self, Job(TRAINER, "status", folder).wait(), "metrics.jsonl")
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), "metrics.jsonl")


if __name__ == "__main__":
    unittest.main()
