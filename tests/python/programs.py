"""Helpers of the tests that run the built programs: jobs on MPI ranks, a tiny configuration, hashes of the output files."""
import atexit
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

from fork_server import ForkedProcess

BIN = pathlib.Path(os.environ["MAZESCAN_BIN"])
SOURCE = pathlib.Path(os.environ["MAZESCAN_SOURCE"])
SHARED = pathlib.Path(os.environ.get("MAZESCAN_SHARED", SOURCE.parent / "shared"))  # files that are not in the repository
TRAINER, EVALUATOR = "mazescan-trainer", "mazescan-evaluator"
TIMEOUT = 120  # seconds; a command that takes longer is taken to hang
JOB_MARK = "MAZESCAN_TEST_JOB"  # environment variable that marks the processes of a job

# 20 updates of 256 steps; checkpoints at 4, 8, ..., 20.
TINY = """\
run: {run}
seed: 3
environment:
  name: maze_aisc
  world_dim: 5
  region: 1
  anchor: bottom_left
  observation: planes
  actions: moves
  reward: 1
  time_limit: 40
  time_limit_per_size: 6
network:
  channels: [4, 8]
  residual_blocks: 1
  fc: 16
  activation: relu
train:
  steps: 5120
  mazes: 16
  horizon: 16
  partitions: 4
  device: cpu
  ppo:
    epochs: 2
    minibatch: 64
    learning_rate: {{from: 2e-3, to: 2e-4}}
  curriculum:
    start: 3
    threshold: 0.4
    episodes: 10
  checkpoint:
    every: 4
    keep: 3
scan:
  sizes: [3, 5]
  placements: [top_right, top_left, uniform]
  levels: 24
  chunk: 8
  layers: [embedder.block1.conv, embedder.fc]
  storage_dtype: float16
  device: cpu
"""
# Changes of TINY: exact advantages, as many updates.
EXACT = [("  steps: 5120\n", "  advantages: exact\n  exact: {levels: 320}\n"),
         ("    epochs: 2\n", "    epochs: 2\n    gamma: 0.95\n")]
REPLAY = [*EXACT, ("exact: {levels: 320}", "exact: {levels: 320, replay: 0.5}"), ("  region: 1\n", "  region: 1\n  shifted: 0.2\n")]
UPDATES = 20
LAUNCHER = os.environ.get("MAZESCAN_LAUNCHER", "mpirun")
STOPPED = 75  # exit status of a job that a signal stopped before completion
UNITS = 18  # units of the tiny scan: sizes x placements x blocks
TIME_FIELDS = ("seconds", "processor_seconds", "steps_per_second", "network_share")  # fields of metrics.jsonl that differ between runs


def text(value):
    """An HDF5 text attribute as str: h5py reads those of fixed length as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def temporary_folder():
    """Creates a folder that is removed when the script ends."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mazescan-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def replaced(text, *changes):
    """Returns `text` after the replacements (old, new). Each `old` must occur exactly once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError(f"{old!r} occurs {text.count(old)} times in the text to change")
        text = text.replace(old, new)
    return text


def write_config(run, *changes):
    """Writes the tiny configuration with `changes` to RUN.yaml, next to the run directory `run`; returns its path."""
    path = pathlib.Path(f"{run}.yaml")
    path.write_text(replaced(TINY.format(run=run), *changes), encoding="utf-8")
    return path


def state_of(pid):
    """Returns the state letter of a process, as in ps; "" if the process does not exist."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


class Job:
    """A running command, on one or several MPI ranks."""

    def __init__(self, program, *arguments, ranks=1, environment=None):
        self.mark = uuid.uuid4().hex
        arguments = [str(argument) for argument in arguments]
        command = [str(BIN / program), *arguments]
        if ranks > 1:
            command = [LAUNCHER, "-n", str(ranks), *command]
        self.command = " ".join(command)
        # Use files rather than pipes: a process that outlives the job would keep a pipe open.
        self._out, self._err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.status = None  # exit status, set by wait()
        environment = {**os.environ, **(environment or {}), JOB_MARK: self.mark}
        self.is_forked = ranks == 1 and program in (TRAINER, EVALUATOR)
        self.process = ForkedProcess(BIN / program, arguments, self._out, self._err, environment) if self.is_forked else (
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err, start_new_session=True,
                             env=environment))

    def pids(self):
        """Returns the IDs of the running processes of this job, including mpirun."""
        if self.is_forked:  # /proc shows the environment of the fork server
            return [self.process.pid] if state_of(self.process.pid) not in ("", "Z", "X") else []
        mark = f"{JOB_MARK}={self.mark}".encode()
        found = []
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0") and state_of(folder.name) not in "ZX":
                    found.append(int(folder.name))
        return sorted(found)

    def send(self, number):
        """Signals the launcher, which passes the signal on; the ranks, as Slurm does, if the launcher is MPICH's, which would be
        killed by USR2."""
        if "mpich" not in LAUNCHER or self.is_forked:
            self.process.send_signal(number)
            return
        for pid in self.pids():
            if (pathlib.Path("/proc") / str(pid) / "comm").read_text(encoding="utf-8").startswith("mazescan-"):
                os.kill(pid, number)

    def wait(self, timeout=TIMEOUT):
        """Waits until the job ends; sets `status`, `out` and `err`. Kills the job and fails after `timeout` seconds."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout} s: {self.command}\n{self.read()[1]}") from None
        if self.status is None:
            self.status = self.process.returncode
            self.out, self.err = self.read()
            self._out.close()
            self._err.close()
        return self

    def read(self):
        texts = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read().replace("\0", ""))  # Open MPI 5 ends its messages with a zero byte
        return texts

    def kill(self):
        """Kills all processes of the job."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(TIMEOUT)

    def wait_until(self, condition, what, timeout=TIMEOUT):
        """Waits until condition() is true. Kills the job and fails if the job ends first, or after `timeout` seconds."""
        end = time.monotonic() + timeout
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"{what}: not reached: {self.command}\n{self.read()[1]}")
            time.sleep(0.01)


def kill_one(test, job, rng, deadline=10):
    """Sends SIGKILL to a random process of the job, a rank or mpirun; fails if any process still runs after `deadline`
    seconds. Returns the seconds until the job ended, None if it had ended before."""
    victims = job.pids()
    if not victims:
        return None
    victim = rng.choice(victims)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    begin = time.monotonic()
    while job.process.poll() is None or job.pids():
        if time.monotonic() > begin + deadline:
            left = {pid: state_of(pid) for pid in job.pids()}
            job.kill()
            test.fail(f"processes {left} still ran {deadline} s after {victim} of {victims} was killed: "
                      f"{job.command}\n{job.wait().err}")
        time.sleep(0.02)
    return time.monotonic() - begin


def run(program, *arguments, ranks=1, status=0, environment=None, timeout=TIMEOUT):
    """Runs a command to its end; fails if its exit status is not `status`."""
    job = Job(program, *arguments, ranks=ranks, environment=environment).wait(timeout)
    if job.status != status:
        raise AssertionError(f"status {job.status} instead of {status}: {job.command}\n{job.out}{job.err}")
    return job


def registered_jobs():
    """Returns the jobs of mazescan-evaluator, in its order: name, section, needs, in_parts, answers."""
    return json.loads(run(EVALUATOR, "jobs", "--json").out)


def job_names():
    return tuple(job["name"] for job in registered_jobs())


def checkpoints(run_folder):
    """Returns the folders of the checkpoints, oldest first."""
    return sorted((run_folder / "checkpoints").glob("[0-9]*"))


def checkpoint_hash(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["attributes"]["payload_hash"]


def seal_json(path, document):
    """Writes a manifest or plan, with its seal (storage/seal.h)."""
    import xxhash
    body = json.dumps({key: value for key, value in document.items() if key != "seal"})[:-1]
    path.write_text(f'{body},\n "seal": "{xxhash.xxh3_128_hexdigest(body)}"\n}}\n', encoding="utf-8")


def edit_json(path, change):
    """Applies `change` to a manifest or plan, and seals it again."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    seal_json(path, document)


def seal(path):
    """Seals a file that was changed. h5py overwrites the old seal."""
    import xxhash
    data = re.sub(rb"\nmazescan seal [0-9a-f]{32}\n\Z", b"", path.read_bytes())
    path.write_bytes(data + f"\nmazescan seal {xxhash.xxh3_128_hexdigest(data)}\n".encode())


def seal_listed(folder, *names):
    """Seals files of a dataset that were changed, and updates their size and hash in its manifest."""
    import xxhash

    def update(manifest):
        derived = manifest["attributes"].get("derived", {})
        for name in names:
            if name.endswith(".h5"):
                seal(folder / name)
            data = (folder / name).read_bytes()
            digest = xxhash.xxh3_128_hexdigest(data)
            if name in derived:
                derived[name] = digest
            for file in manifest["files"]:
                if file["name"] == name:
                    file.update(bytes=len(data), file_hash=digest)
    edit_json(folder / "manifest.json", update)


def scan_hashes(run_folder):
    """Returns the payload hash of each shard, from the scan's manifest."""
    manifest = json.loads((run_folder / "scan" / "manifest.json").read_text(encoding="utf-8"))
    return {file["name"]: file["payload_hash"] for file in manifest["files"]}


def files_of(folder):
    """Returns the hash of each file below `folder`."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def blobs_of(checkpoint):
    """Returns the hash of each file of a checkpoint except its manifest, which also contains times."""
    return {name: digest for name, digest in files_of(checkpoint).items() if name != "manifest.json"}


def metrics(run_folder):
    """Returns the lines of metrics.jsonl, without their seals."""
    text = (run_folder / "metrics.jsonl").read_text(encoding="utf-8")
    return [{key: value for key, value in json.loads(line).items() if key != "seal"} for line in text.splitlines()]


def metrics_without_times(run_folder):
    return [{key: value for key, value in line.items() if key not in TIME_FIELDS} for line in metrics(run_folder)]


def written_lines(path):
    """Returns the number of complete lines of a file, 0 if the file does not exist yet."""
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def temporaries(folder):
    """Returns the temporary files that interrupted atomic writes left."""
    return [str(path.relative_to(folder)) for path in folder.rglob(".*tmp*")]


def leave_temporary(target):
    """Leaves beside `target` what a writer that was killed leaves. Returns its folder."""
    folder = target.parent / f".{target.name}.tmp-0"
    folder.mkdir()
    (folder / "lock").write_bytes(b"")
    (folder / "new").write_bytes(b"half")
    return folder


def expect_same_training(test, run_folder, reference):
    """Fails unless checkpoints, policy and metrics equal those of the reference run, bit for bit."""
    test.assertEqual([c.name for c in checkpoints(run_folder)], [c.name for c in checkpoints(reference)])
    for mine, theirs in zip(checkpoints(run_folder), checkpoints(reference)):
        test.assertEqual(blobs_of(mine), blobs_of(theirs), mine)
        test.assertEqual(checkpoint_hash(mine), checkpoint_hash(theirs), mine)
    test.assertEqual((run_folder / "policy.safetensors").read_bytes(),
                     (reference / "policy.safetensors").read_bytes(), "policy.safetensors differ")
    test.assertEqual(metrics_without_times(run_folder), metrics_without_times(reference))
    test.assertEqual(temporaries(run_folder), [])


def expect_user_error(test, job, *fragments):
    """Fails unless the exit status is 2, with exactly one message: problem, reason, hint. Warnings are allowed before it."""
    output = f"{job.command}\n{job.err}"
    test.assertEqual(job.status, 2, output)
    messages = re.findall(
        r"(?m)^mazescan-(?:trainer|evaluator): (\S.*(?:\n(?!  reason).*)*\n  reason: \S.*\n  hint:   \S.*)$", job.err)
    test.assertEqual(len(messages), 1, output)
    test.assertEqual(len(re.findall(r"(?m)^mazescan-(?:trainer|evaluator): ", job.err)), 1, output)
    test.assertNotRegex(job.err, r"terminate called|Segmentation|internal error|what\(\):", output)
    for fragment in fragments:
        test.assertIn(fragment, messages[0], output)


RECORD = """\
record:
  sizes: [3, 5]
  placements: [top_left, uniform]
  levels: 24
  chunk: 8
  sampling: {cells}
  layers: [embedder.block1.conv, embedder.fc]
  device: cpu
"""


def write_record_config(run, *changes, cells="along_rollout"):
    """Writes the tiny configuration with a section `record`; returns its path."""
    path = write_config(run)
    path.write_text(replaced(path.read_text(encoding="utf-8") + RECORD.format(cells=cells), *changes), encoding="utf-8")
    return path


# Sections of all jobs of the evaluator, which take seconds on the two sizes of the tiny world.
ANALYSES = """\
record:
  sizes: [3, 5]
  placements: [uniform]
  levels: 120
  chunk: 30
  layers: [embedder.block1.conv, embedder.block2.res1.resadd, embedder.fc]
  device: cpu
probe:
  max_iterations: 10
  interchanges: 20
  pairs: 40
  device: cpu
edit:
  sizes: [3, 5]
  layers: [embedder.block1.res1.resadd]
  fractions: [0.001, 0.01, 0.1]
  mask_steps: 4
  search_levels: 6
  choosing_levels: 6
  score_levels: 20
  targets: 2
  device: cpu
trigger:
  sizes: [3, 5]
  levels: 24
  chunk: 8
  edit_levels: 8
  device: cpu
certify:
  sizes: [3, 5]
  chunk: 40
  device: cpu
sparsity:
  levels: 8
  chunk: 4
rationale:
  sizes: [5]
  steps: 10
  search_levels: 8
  levels: 12
  device: cpu
"""


def write_analyses_config(run, *changes):
    """Writes the tiny configuration with the sections of all analyses; returns its path."""
    path = write_config(run, *changes)
    path.write_text(path.read_text(encoding="utf-8") + ANALYSES, encoding="utf-8")
    return path


def shard_of(dataset, unit):
    """Returns the path of a recording's shard of a unit, such as "size05-uniform-001"."""
    [path] = (dataset / "shards").glob(f"*-{unit}.h5")
    return path


def record_hashes(dataset):
    """Returns the payload hash of each shard, from the dataset's manifest."""
    manifest = json.loads((dataset / "manifest.json").read_text(encoding="utf-8"))
    return {file["name"]: file["payload_hash"] for file in manifest["files"]}
