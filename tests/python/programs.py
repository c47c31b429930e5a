"""What the tests of whole programs share: starting them on ranks, a tiny configuration, hashes of what they wrote."""
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

BIN = pathlib.Path(os.environ["MAZESCAN_BIN"])
SOURCE = pathlib.Path(os.environ["MAZESCAN_SOURCE"])
TRAINER, EVALUATOR = "mazescan-trainer", "mazescan-evaluator"
TIMEOUT = 120  # seconds, far beyond what any command here takes: beyond it something hangs
JOB_MARK = "MAZESCAN_TEST_JOB"  # environment variable by which the processes of a job are found

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
  shards: 4
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
  block: 8
  layers: [embedder.block1.conv, embedder.fc]
  precision: float16
  device: cpu
"""
UPDATES = 20
STOPPED = 75  # exit status of a job that a signal has stopped before the end
UNITS = 18  # of the scan: sizes x placements x blocks
TIME_FIELDS = ("seconds", "steps_per_second", "network_share")  # of a line of metrics.jsonl


def temporary_folder():
    """A folder that goes when the script ends."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mazescan-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def replaced(text, *changes):
    """`text` after changes (old, new), each of which must apply exactly once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError(f"{old!r} stands {text.count(old)} times in the text to change")
        text = text.replace(old, new)
    return text


def write_config(run, *changes):
    """Writes RUN.yaml beside the run directory `run`; returns its path."""
    path = pathlib.Path(f"{run}.yaml")
    path.write_text(replaced(TINY.format(run=run), *changes), encoding="utf-8")
    return path


def state_of(pid):
    """One letter as in ps, "" if there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


class Job:
    """One command, perhaps on several ranks, running."""

    def __init__(self, program, *arguments, ranks=1, environment=None):
        self.mark = uuid.uuid4().hex
        command = [str(BIN / program), *map(str, arguments)]
        if ranks > 1:
            command = ["mpirun", "-n", str(ranks), *command]
        self.command = " ".join(command)
        # Files, not pipes: a process that outlives the job must not keep us waiting for the end of its output.
        self._out, self._err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.status = None  # until it was waited for
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err, start_new_session=True,
            env={**os.environ, **(environment or {}), JOB_MARK: self.mark})

    def pids(self):
        """Living processes of this job, mpirun and what it started included."""
        wanted = f"{JOB_MARK}={self.mark}".encode()
        found = []
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                if wanted in (folder / "environ").read_bytes().split(b"\0") and state_of(folder.name) not in "ZX":
                    found.append(int(folder.name))
        return sorted(found)

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=TIMEOUT):
        """Waits for the end; kills the whole job and fails if that does not come."""
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
            texts.append(file.read())
        return texts

    def kill(self):
        """Ends every process of the job."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(TIMEOUT)

    def wait_until(self, condition, what, timeout=TIMEOUT):
        """Waits until condition() holds while the job runs."""
        end = time.monotonic() + timeout
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"{what} never came: {self.command}\n{self.read()[1]}")
            time.sleep(0.01)


def kill_one(test, job, numbers, prompt=10):
    """SIGKILL to one process of the job, a rank or mpirun, by the random numbers; all of them must be gone within `prompt`
    seconds. How many it took; None if the job had ended before."""
    victims = job.pids()
    if not victims:
        return None
    victim = numbers.choice(victims)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    begin = time.monotonic()
    while job.process.poll() is None or job.pids():
        if time.monotonic() > begin + prompt:
            left = {pid: state_of(pid) for pid in job.pids()}
            job.kill()
            test.fail(f"processes {left} were still there {prompt} s after {victim} of {victims} was killed: "
                      f"{job.command}\n{job.wait().err}")
        time.sleep(0.02)
    return time.monotonic() - begin


def run(program, *arguments, ranks=1, status=0, environment=None, timeout=TIMEOUT):
    """Runs a command to its end, which must be of this status."""
    job = Job(program, *arguments, ranks=ranks, environment=environment).wait(timeout)
    if job.status != status:
        raise AssertionError(f"status {job.status} instead of {status}: {job.command}\n{job.out}{job.err}")
    return job


def registered_jobs():
    """The jobs of mazescan-evaluator in its own order: name, section, needs, in_parts, answers."""
    return json.loads(run(EVALUATOR, "jobs", "--json").out)


def job_names():
    return tuple(job["name"] for job in registered_jobs())


def checkpoints(run_folder):
    """The checkpoints' folders, oldest first."""
    return sorted((run_folder / "checkpoints").glob("[0-9]*"))


def checkpoint_hash(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["attributes"]["payload_hash"]


def scan_hashes(run_folder):
    """Payload hash of each shard, by the scan's manifest."""
    manifest = json.loads((run_folder / "scan" / "manifest.json").read_text(encoding="utf-8"))
    return {file["name"]: file["payload_hash"] for file in manifest["files"]}


def files_of(folder):
    """Every file below `folder` with a hash of its bytes."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def blobs_of(checkpoint):
    """Every file of a checkpoint but its manifest, which also tells times."""
    return {name: digest for name, digest in files_of(checkpoint).items() if name != "manifest.json"}


def metrics(run_folder):
    text = (run_folder / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def metrics_without_times(run_folder):
    return [{key: value for key, value in line.items() if key not in TIME_FIELDS} for line in metrics(run_folder)]


def written_lines(path):
    """Finished lines of a file that may not be there yet."""
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def temporaries(folder):
    """What atomic writers left unfinished."""
    return [str(path.relative_to(folder)) for path in folder.rglob(".*tmp*")]


def expect_same_training(test, run_folder, reference):
    """The run has all that the reference run has, bit for bit."""
    test.assertEqual([c.name for c in checkpoints(run_folder)], [c.name for c in checkpoints(reference)])
    for mine, theirs in zip(checkpoints(run_folder), checkpoints(reference)):
        test.assertEqual(blobs_of(mine), blobs_of(theirs), mine)
        test.assertEqual(checkpoint_hash(mine), checkpoint_hash(theirs), mine)
    test.assertEqual((run_folder / "policy.safetensors").read_bytes(),
                     (reference / "policy.safetensors").read_bytes(), "policy.safetensors differ")
    test.assertEqual(metrics_without_times(run_folder), metrics_without_times(reference))
    test.assertEqual(temporaries(run_folder), [])


def expect_user_error(test, job, *fragments):
    """Exit status 2 and exactly one message of the form: problem, reason, hint. Warnings before it are allowed."""
    told = f"{job.command}\n{job.err}"
    test.assertEqual(job.status, 2, told)
    messages = re.findall(
        r"(?m)^mazescan-(?:trainer|evaluator): (\S.*(?:\n(?!  reason).*)*\n  reason: \S.*\n  hint:   \S.*)$", job.err)
    test.assertEqual(len(messages), 1, told)
    test.assertEqual(len(re.findall(r"(?m)^mazescan-(?:trainer|evaluator): ", job.err)), 1, told)
    test.assertNotRegex(job.err, r"terminate called|Segmentation|internal error|what\(\):", told)
    for fragment in fragments:
        test.assertIn(fragment, messages[0], told)


RECORD = """\
record:
  sizes: [3, 5]
  placements: [top_left, uniform]
  levels: 24
  block: 8
  cells: {cells}
  taps: [embedder.block1.conv, embedder.fc]
  device: cpu
"""


def write_record_config(run, *changes, cells="along_rollout"):
    """The tiny configuration with a section `record`; returns its path."""
    path = write_config(run)
    path.write_text(replaced(path.read_text(encoding="utf-8") + RECORD.format(cells=cells), *changes), encoding="utf-8")
    return path


# All jobs of the evaluator in seconds, on the two sizes of the tiny world.
ANALYSES = """\
record:
  sizes: [3, 5]
  placements: [uniform]
  levels: 120
  block: 30
  taps: [embedder.block1.conv, embedder.block2.res1.resadd, embedder.fc]
  device: cpu
probe:
  epochs: 3
  pairs: 40
  device: cpu
edit:
  sizes: [3, 5]
  taps: [embedder.block1.res1.resadd]
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
  block: 8
  edit_levels: 8
  device: cpu
certify:
  sizes: [3, 5]
  block: 40
  device: cpu
"""


def write_analyses_config(run, *changes):
    """The tiny configuration with the sections of all analyses; returns its path."""
    path = write_config(run, *changes)
    path.write_text(path.read_text(encoding="utf-8") + ANALYSES, encoding="utf-8")
    return path


def shard_of(dataset, unit):
    """A recording's shard of a unit: "size05-uniform-001"; the key of the recording stands before it."""
    [path] = (dataset / "shards").glob(f"*-{unit}.h5")
    return path


def record_hashes(dataset):
    """Payload hash of each shard, by the dataset's manifest."""
    manifest = json.loads((dataset / "manifest.json").read_text(encoding="utf-8"))
    return {file["name"]: file["payload_hash"] for file in manifest["files"]}
