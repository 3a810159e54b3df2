"""Starts the process that draws, hands it the table and takes its file. `formats.pdf` calls `draw`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO

from dashboard.drawing.__main__ import OUT_OF_MEMORY
from dashboard.drawing.sheet import Sheet, packed

MEMORY = 1 << 30
CPU_SECONDS = 120
_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 16


class TooMuch(Exception):
    """The table takes more memory or time than one PDF may."""


def draw(sheet: Sheet, rows: Iterable[bytes], made_at: datetime) -> Iterator[bytes]:
    """The bytes of the PDF, once it is whole. Raises TooMuch before the first of them."""
    with ExitStack() as stack:
        # Files, not pipes: neither process waits for the other, and the rows are in nobody's memory twice.
        told, drawn, said = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        told.write(packed(sheet))
        told.writelines(rows)
        told.seek(0)
        _check(_run(made_at, told, drawn, said), said)
        drawn.seek(0)
        while chunk := drawn.read(_CHUNK):
            yield chunk


def _run(made_at: datetime, told: IO[bytes], drawn: IO[bytes], said: IO[bytes]) -> int:
    command = [sys.executable, "-m", "dashboard.drawing", str(MEMORY), str(CPU_SECONDS)]
    # No other variable: reportlab takes settings from them, and our secrets are none of its business.
    environment = {"SOURCE_DATE_EPOCH": str(int(made_at.timestamp())), "PYTHONUTF8": "1"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            env=environment,
            stdin=told,
            stdout=drawn,
            stderr=said,
            # The limit is on work; this one is for a machine on which nothing moves.
            timeout=10 * CPU_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TooMuch from None
    return done.returncode


def _check(status: int, said: IO[bytes]) -> None:
    if status in (OUT_OF_MEMORY, -signal.SIGXCPU, -signal.SIGKILL):
        raise TooMuch
    if status:
        said.seek(0)
        raise RuntimeError(
            f"The PDF was not drawn ({status}): {said.read()[-4000:].decode(errors='replace')}"
        )
