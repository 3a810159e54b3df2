"""Keeps the processes of the demo alive, and ends them all together.

dev.py calls it with a bare Python, before anything is installed: standard library only, nothing of ours.
Every process leads a session of its own, so that Ctrl-C in a terminal reaches the supervisor alone, and
what a process leaves behind (an RQ work-horse, a gunicorn worker) can be found and ended with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
STEADY = 30.0  # after this long the next end counts as the first again
TICK = 0.1

# Stopping, in seconds from the first SIGTERM. An RQ worker finishes its job after one SIGTERM and gives it up
# after a second; what is still there at the end is killed. Valkey stops last: workers sign off with it.
SECOND_TERM = 3.0
KILL = 7.0
LAST_KILL = 8.5

PR_SET_PDEATHSIG = 1


class Child:
    """One process that has to be there, whatever ends it."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.folder = folder
        self.log = log
        self.ends = 0
        self.start_at = 0.0  # when it has ended: the moment of the next start
        self.log.write_bytes(b"")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )
        self.started_at = time.monotonic()
        self.start_at = 0.0

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def pause(self) -> float:
        """How long to wait before the next start: longer each time, short again after a steady run."""
        if time.monotonic() - self.started_at > STEADY:
            self.ends = 0
        self.ends += 1
        return min(FIRST_PAUSE * 2.0 ** min(self.ends - 1, 10), LONGEST_PAUSE)

    def kill_session(self) -> None:
        for pid in processes_of(self.process.pid):
            _signal(pid, signal.SIGKILL)


class Supervisor:
    """Starts children, starts again what ends, and stops all of them on leaving the `with` block."""

    def __init__(self, folder: Path, logs: Path, say: Callable[[str], None] = print) -> None:
        self.folder = folder
        self.logs = logs
        self.say = say
        self.children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        child = Child(name, command, environment, self.folder, self.logs / f"{name}.log")
        child.start()
        self.children.append(child)
        return child

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep the children running until the question is answered with yes."""
        while not until():
            for child in self.children:
                self._look_after(child)
            time.sleep(TICK)

    def _look_after(self, child: Child) -> None:
        if child.is_running:
            return
        if not child.start_at:
            child.kill_session()  # what it left would hold its port, or work on unsupervised
            pause = child.pause()
            child.start_at = time.monotonic() + pause
            self.say(f"{child.name} ended, starting again in {pause:g} s ({_ending(child)})")
        elif time.monotonic() >= child.start_at:
            child.start()

    def stop(self) -> None:
        """End everything within ten seconds: the first child, which the others lean on, as the last."""
        if not self.children:
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        begun = time.monotonic()
        first, *others = self.children
        _end(others, begun, [0.0, SECOND_TERM], KILL)
        _end([first], begun, [0.0], LAST_KILL)
        self.children.clear()


def _end(children: Sequence[Child], begun: float, terms: list[float], kill: float) -> None:
    """SIGTERM at each of `terms`, SIGKILL at `kill`; then whatever the sessions still hold."""
    while any(child.is_running for child in children) and time.monotonic() - begun < kill:
        if terms and time.monotonic() - begun >= terms[0]:
            terms.pop(0)
            for child in children:
                child.process.terminate()
        time.sleep(0.02)
    for child in children:
        child.kill_session()
        child.process.kill()
        child.process.wait()


def processes_of(session: int) -> list[int]:
    """Every process of a session: an RQ work-horse leaves its parent's process group, but not its session."""
    return [pid for pid in _all_processes() if _session(pid) == session]


def reason(log: Path) -> str:
    """The line that says best why a process ended: its last exception, else its last line."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        lines = file.read().decode(errors="replace").strip().splitlines() or [""]
    exceptions = [line for line in lines if re.match(r"[\w.]*[A-Z]\w*: ", line)]
    return (exceptions or lines)[-1].strip()[:300]


def _all_processes() -> list[int]:
    if os.path.exists("/proc/self/stat"):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    listing = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)
    return [int(pid) for pid in listing.stdout.split()]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return -1


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _ending(child: Child) -> str:
    code = child.process.returncode
    return f"exit {code}: {reason(child.log)}" if code >= 0 else signal.Signals(-code).name


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux a child gets SIGTERM when the supervisor itself is killed, so nothing is left behind."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed between the fork and the line above
            os._exit(1)

    return ask
