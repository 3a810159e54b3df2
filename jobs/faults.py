"""Numbered fault points, so that a test can end a worker at the n-th call of any of them.

Set `FAULT=NAME:N`: the process kills itself at the N-th pass of that point. Not set, a point costs one comparison.
"""

from __future__ import annotations

import os
import signal

from dashboard.extensions import settings

POINTS = (
    "claimed",
    "counted",
    "part_stored",
    "part_committed",
    "collected",
    "part_claimed",
    "fragment_stored",
    "fragment_committed",
    "assembly_claimed",
    "file_stored",
    "published",
)


def point(name: str) -> None:
    """Die here, if that is what the settings ask for. A file keeps the count, as each job is a new process."""
    wanted, _, number = settings.fault.partition(":")
    if wanted != name:
        return
    count_file = settings.storage_root / f"fault-{name}"
    with count_file.open("ab") as file:
        file.write(b".")
    if count_file.stat().st_size == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
