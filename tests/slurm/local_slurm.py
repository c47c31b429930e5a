"""Starts a Slurm cluster of four simulated nodes on this machine: munged, slurmctld and one slurmd per node, in a separate
folder, as root, without systemd. Does not affect the Slurm and munge of the machine. Tests may stop the nodes n1 and n2,
which are only in the partition "all"; jobs of that partition start there if possible."""
import atexit
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from programs import state_of, temporary_folder

TIMEOUT = 240  # seconds; an operation that takes longer is taken to hang
NODES = ("n1", "n2", "n3", "n4")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol")

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job can start only when its old credentials have expired: after two minutes by default.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=20
KillWait=5
MinJobAge=3600
JobRequeue=1
NodeName=DEFAULT CPUs={cpus} State=UNKNOWN
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{ports[1]}-{ports[2]}] Weight=1
NodeName=n[3-4] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{ports[3]}-{ports[4]}] Weight=2
PartitionName=main Nodes=n[3-4] Default=YES MaxTime=INFINITE State=UP
PartitionName=all Nodes=ALL MaxTime=INFINITE State=UP
"""


def has_pending(pid, number):
    """Returns whether a signal is pending for a stopped process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return any(int(mask, 16) >> number - 1 & 1 for mask in re.findall(r"(?m)^(?:SigPnd|ShdPnd):\s*(\w+)", status))


def missing():
    """Returns the reason why a cluster cannot be started on this machine, "" if it can."""
    absent = [program for program in PROGRAMS if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")]
    if absent:
        return f"{', '.join(absent)} not installed (Debian: slurm-wlm munge)"
    return "" if os.geteuid() == 0 else "only root can start nodes"


def free_ports(count):
    """Returns `count` consecutive free ports."""
    for first in range(26000 + os.getpid() % 1000 * 4, 60000, count):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return range(first, first + count)
    raise AssertionError("no free ports")


class LocalSlurm:
    def __init__(self, cpus):
        self.folder = temporary_folder()
        self.daemons = {}  # processes by name; a slurmd has the name of its node
        self.hosts = {}  # UTS namespace of each node, which all of its processes share
        self.environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin",
                            "SLURM_CONF": str(self.folder / "slurm.conf"),
                            # The simulated nodes do not share memory segments: they communicate by TCP.
                            "OMPI_MCA_btl": "self,vader,tcp", "OMPI_MCA_btl_tcp_if_include": "lo"}
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        self.folder.chmod(0o755)
        (self.folder / "munge" / "key").write_bytes(os.urandom(1024))
        (self.folder / "munge" / "key").chmod(0o600)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            folder=self.folder, host=socket.gethostname().split(".")[0], cpus=cpus,
            ports=free_ports(1 + len(NODES))), encoding="utf-8")
        atexit.register(self.stop)
        munge = self.folder / "munge"
        self.start("munged", "munged", "--foreground", "--force", f"--key-file={munge}/key",
                   f"--socket={munge}/socket", f"--pid-file={munge}/pid", f"--log-file={munge}/log",
                   f"--seed-file={munge}/seed")
        self.wait_for((munge / "socket").exists, "munged", timeout=60)
        self.start("slurmctld", "slurmctld", "-D")
        for node in NODES:
            self.start_node(node)
        self.wait_for(lambda: self.call("sinfo", "-h", "-p", "all", "-t", "idle", "-o", "%D").strip() == str(len(NODES)),
                      "idle nodes", timeout=60)
        self.hosts = {node: os.readlink(f"/proc/{self.daemons[node].pid}/ns/uts") for node in NODES}

    def start(self, name, *command):
        with (self.folder / f"{name}.log").open("ab") as log:
            self.daemons[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                  env=self.environment, start_new_session=True)

    def start_node(self, name):
        """Starts a node with its own host name (for Open MPI's shared memory) and its own folder for PMIx."""
        folder = self.folder / name
        (folder / "pmix").mkdir(parents=True, exist_ok=True)
        (self.folder / "spool" / name).mkdir(exist_ok=True)
        shutil.copy(self.folder / "slurm.conf", folder)
        (folder / "mpi.conf").write_text(f"PMIxCliTmpDirBase={folder}/pmix\n", encoding="utf-8")
        self.start(name, "unshare", "--uts", "sh", "-c", 'hostname "$1" && exec slurmd -D -f "$2" -N "$1"', "sh", name,
                   str(folder / "slurm.conf"))

    def processes_of(self, node):
        for folder in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and state_of(folder.name) not in "ZX":
                    if os.readlink(folder / "ns" / "uts") == self.hosts[node]:
                        yield int(folder.name)

    def kill_slurmd(self, node):
        """Kills the slurmd of a node. Other processes on the node keep running."""
        self.daemons[node].kill()
        self.daemons[node].wait()

    def lose_node(self, node):
        """Kills slurmd and all other processes of a node, as a power failure would."""
        for _ in range(3):  # repeat for processes that start in the meantime
            for pid in list(self.processes_of(node)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.daemons[node].wait()

    def ranks_of(self, job):
        """Yields the IDs of the mazescan processes of a job, or of all tasks of an array."""
        variables = {f"{name}={job}".encode() for name in ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID")}
        for pid in (pid for node in self.hosts for pid in self.processes_of(node)):
            with contextlib.suppress(OSError):
                folder = pathlib.Path("/proc", str(pid))
                if b"/mazescan-" in (folder / "cmdline").read_bytes().split(b"\0")[0]:
                    if variables & set((folder / "environ").read_bytes().split(b"\0")):
                        yield pid

    def signal_ranks(self, job, number):
        """Sends a signal to the ranks of a job without Slurm's knowledge; returns their process IDs. SIGSTOP pauses the job
        until Slurm's timers expire, on a machine of any speed; SIGCONT continues it."""
        ranks = list(self.ranks_of(job))
        for pid in ranks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return ranks

    def call(self, *command, check=True, cwd=None, **variables):
        """Runs a command with the environment of the cluster; returns its output."""
        done = subprocess.run(command, capture_output=True, text=True, env={**self.environment, **variables},
                              check=False, cwd=cwd)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def job(self, number):
        """Returns the fields of `scontrol show job`: JobState, Restarts, ExitCode, NodeList, ..."""
        return dict(re.findall(r"(\w+)=(\S*)", self.call("scontrol", "show", "job", "-o", str(number))))

    def tasks(self, number):
        """Returns the fields of each task of an array."""
        return [dict(re.findall(r"(\w+)=(\S*)", line))
                for line in self.call("scontrol", "show", "job", "-o", str(number)).splitlines()]

    def wait_for_end(self, number):
        """Waits until all tasks of a job have ended; returns their fields."""
        final = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "OUT_OF_MEMORY")
        self.wait_for(lambda: all(task["JobState"] in final for task in self.tasks(number)), f"end of job {number}")
        return self.tasks(number)

    def wait_for(self, condition, what, timeout=TIMEOUT, pause=0.5):
        end = time.monotonic() + timeout
        while True:
            with contextlib.suppress(AssertionError):
                if condition():
                    return
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not reached\n" + self.call("squeue", check=False) + self.logs())
            time.sleep(pause)

    def logs(self):
        return "".join(f"--- {path.name}\n" + "".join(path.read_text(errors="replace").splitlines(True)[-30:])
                       for path in sorted(self.folder.glob("*.log")))

    def stop(self):
        """Kills all processes of the cluster."""
        for daemon in self.daemons.values():
            daemon.kill()
        for node in self.hosts:
            self.lose_node(node)
        for daemon in self.daemons.values():
            daemon.wait()
