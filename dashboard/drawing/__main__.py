"""The process that draws: limits itself, reads a sheet and its rows, writes the PDF. Started by `child`."""

from __future__ import annotations

import resource
import sys
from io import BytesIO

OUT_OF_MEMORY = 3


def limit(kind: int, wanted: int) -> None:
    _, most = resource.getrlimit(kind)
    value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(kind, (value, most))


def main(memory: int, seconds: int) -> int:
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_CPU, seconds)
    limit(resource.RLIMIT_AS, memory)
    try:
        # Only now: what the libraries take counts, too.
        from dashboard.drawing import paint, sheet

        table = sheet.unpacked(sys.stdin.buffer.readline())
        rows = list(sheet.rows(sys.stdin.buffer.read()))
        file = BytesIO()
        paint.Painter(table, rows, file).paint()
        sys.stdout.buffer.write(file.getbuffer())
        sys.stdout.buffer.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
