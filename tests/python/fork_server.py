"""Starts programs by forking one that has loaded its libraries (tests/fork_server), in a fiftieth of the time."""
import array
import atexit
import os
import signal
import socket
import struct
import subprocess
import threading
import time

_servers = {}
_lock = threading.Lock()


def _server(program):
    """Returns the socket of the server of a program, which it starts at the first call."""
    with _lock:
        if program not in _servers:
            mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            subprocess.Popen([program], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
                             env={**os.environ, "LD_PRELOAD": str(program.parent / "libfork_server.so"),
                                  "MAZESCAN_FORK_SERVER": str(theirs.fileno())})
            theirs.close()
            _servers[program] = mine
            atexit.register(mine.close)  # ends the server, as does a script that is killed
        return _servers[program]


class ForkedProcess:
    """A process with the part of subprocess.Popen's interface that the tests use. It leads a session of its own."""

    def __init__(self, program, arguments, stdout, stderr, environment):
        self.returncode = None
        self._status, pipe = os.pipe()
        texts = [os.getcwd(), str(1 + len(arguments)), str(program), *arguments,
                 *(f"{name}={value}" for name, value in environment.items())]
        files = array.array("i", [stdout.fileno(), stderr.fileno(), pipe])
        _server(program).sendmsg([b"".join(os.fsencode(text) + b"\0" for text in texts)],
                                 [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        os.close(pipe)
        self.pid, = struct.unpack("i", self._read())
        os.set_blocking(self._status, False)

    def _read(self):
        report = os.read(self._status, 4)
        if len(report) != 4:
            raise AssertionError("the fork server has ended")
        return report

    def poll(self):
        if self.returncode is None:
            try:
                status, = struct.unpack("i", self._read())
            except BlockingIOError:
                return None
            os.close(self._status)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout):
        end = time.monotonic() + timeout
        pause = 0.001
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)
