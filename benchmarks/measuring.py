"""What a piece of work costs: CPU, wall time and peak memory of processes, by the operating system's own books.

CPU is user plus system time of a whole process tree. It depends little on what else the machine does; wall does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 1800  # seconds that any one run may take
_TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A measured command did not do its work; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run; `server_cpu` is what a database server used for it, and is part of `cpu`."""

    cpu: float
    wall: float
    peak_mb: float | None = None
    server_cpu: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measured(command: Sequence[str], out: Path) -> Run:
    """Run a command to its end in a process tree of its own; its standard output goes to `out`."""
    launcher = [sys.executable, "-S", str(ROOT / "benchmarks" / "launcher.py"), str(out), *command]
    with subprocess.Popen(
        launcher, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            said, wrong = process.communicate(timeout=LONGEST)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise Failed(wrong.decode(errors="replace")[-2000:])
    cost = json.loads(said)
    if cost.pop("code"):
        raise Failed(f"{command[0]}: {wrong.decode(errors='replace')[-2000:]}")
    return Run(**cost)


def cpu_of(pid: int, with_children: bool = False) -> float:
    """CPU seconds of a living process, with those children of it that have ended; 0 when it is gone."""
    fields = _stat(pid)
    last = 15 if with_children else 13
    return sum(int(value) for value in fields[11:last]) / _TICKS


def children_of(parent: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[1]) == parent]


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process, its living children, and its ended ones (a PostgreSQL server is such a tree)."""
    return cpu_of(pid, with_children=True) + sum(
        cpu_of(child, with_children=True) for child in children_of(pid)
    )


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on, as the second may hold anything; none when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
