"""The process that reads one filter file: little memory, little time, no settings, nothing but the standard library.

Started by `reading.run`: one line of JSON and the file come by standard input, one JSON object goes to standard output.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from typing import Any

from dashboard.filter_files import text, workbook
from dashboard.filter_files.ids import gather
from dashboard.filter_files.refusals import TOO_MUCH, Refused

MEMORY = 280 * 1024 * 1024
CPU_SECONDS = 6
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def main() -> None:
    _limit()
    job = json.loads(sys.stdin.buffer.readline())
    answer = {**_answer(job, sys.stdin.buffer.read()), "peak_kib": _peak_kib()}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    most = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for what, limit in most.items():
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))


def _answer(job: dict[str, Any], data: bytes) -> dict[str, Any]:
    try:
        return {"ids": ids(data, job["extension"], job["kind"], job["headings"])}
    except Refused as error:
        return {"refused": error.sentences}
    except MemoryError:
        return {"refused": [TOO_MUCH]}


def ids(data: bytes, extension: str, kind: str, headings: list[str]) -> list[int | str]:
    """Raises Refused."""
    if data.startswith(_OLE):
        raise Refused(
            "This workbook has a password, or is of an old kind. Save it as XLSX without a password."
        )
    if extension == ".xlsx":
        return gather(workbook.cells(data), kind, headings, "Row")
    if data.startswith(_ZIP):
        raise Refused(f"This is a workbook or an archive, not a text as its name says ({extension}).")
    return gather(text.cells(data), kind, headings, "Line")


def _peak_kib() -> int:
    """Not from getrusage, whose figure begins at that of the process we were started from."""
    try:
        with open("/proc/self/status") as status:
            found = re.search(r"VmHWM:\s+(\d+)", status.read())
    except OSError:
        found = None
    return int(found.group(1)) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
