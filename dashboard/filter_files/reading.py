"""`read`: a filter file is handed to a child process, and what comes back is ids or a refusal.

The child is started anew and never forked: polars must not have run before a fork (stack.md, trap 1), and no secret
of ours is in its memory or its environment.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dashboard.filter_files.ids import KEY_TYPES
from dashboard.filter_files.refusals import TOO_MUCH, Refused, TooLarge

LARGEST = 10 * 1024 * 1024
EXTENSIONS = (".csv", ".txt", ".xlsx")
LONGEST_NAME = 255
SECONDS = 8.0
_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from dashboard.filter_files.child import main; main()"
# What a Python that is not in the usual place needs to start at all.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a filter file, each once, as JSON can hold them, and the file's name, for display only."""

    values: tuple[int | str, ...]
    name: str


def read(file: bytes | Path | IO[bytes], name: str, key_type: str, headings: Collection[str] = ()) -> Ids:
    """The ids in the first column; `headings` are the names of the key that may stand above them. Raises Refused."""
    shown = display_name(name)
    extension = Path(shown.lower()).suffix
    if extension not in EXTENSIONS:
        raise Refused(f"The name of the file must end in {', '.join(EXTENSIONS[:-1])} or {EXTENSIONS[-1]}.")
    if key_type not in KEY_TYPES:
        raise Refused("The key of this resource cannot be given in a filter file.")
    data = _bytes(file)
    if len(data) > LARGEST:
        raise TooLarge(f"The file is larger than {LARGEST // 1024**2} MiB.")
    answer = run(data, extension, key_type, headings)
    if "ids" not in answer:
        raise Refused(*answer["refused"])
    return Ids(tuple(answer["ids"]), shown)


def display_name(name: str) -> str:
    """The last component without controls; never used as a path."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(one for one in last if unicodedata.category(one)[0] != "C")[-LONGEST_NAME:]


def _bytes(file: bytes | Path | IO[bytes]) -> bytes:
    if isinstance(file, bytes):
        return file
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    return file.read(LARGEST + 1)


def run(data: bytes, extension: str, kind: str, headings: Collection[str] = ()) -> dict[str, Any]:
    """The child's answer: `ids` or `refused`, and `peak_kib`, the memory that it took."""
    job = json.dumps({"extension": extension, "kind": kind, "headings": list(headings)})
    try:
        done = subprocess.run(
            [sys.executable, "-IBS", "-c", _START, str(_ROOT)],
            input=job.encode() + b"\n" + data,
            capture_output=True,
            timeout=SECONDS,
            cwd="/",
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": [TOO_MUCH]}
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    return {"refused": [_gave_up(done)]}


def _gave_up(done: subprocess.CompletedProcess[bytes]) -> str:
    """What to say of a child that ended without an answer."""
    if done.returncode < 0:  # by a signal: that of the time limit, mostly
        return TOO_MUCH
    # The type of the exception alone: its text may hold what the file holds.
    error = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0][:100]
    log.error("filter_file_not_read: %s", error)
    return "The file cannot be read."
