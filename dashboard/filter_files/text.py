"""The first column of a CSV or TXT file. Called in the child."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from dashboard.filter_files.ids import Cell
from dashboard.filter_files.refusals import Refused

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def cells(data: bytes) -> Iterator[Cell]:
    """The first cell of each line that has one. Raises Refused."""
    encoding, start = _checked(data)
    lines: Iterable[str] = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    if b'"' in data:
        # A blank after a closing mark would be an error to the reader.
        lines = (line.rstrip(" \r\n") + "\n" for line in lines)
    return _first_cells(lines, _separator(start))


def _checked(data: bytes) -> tuple[str, str]:
    """Encoding and first line of a file that is text throughout; the text as a whole is not kept, to save memory."""
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore")
        raise Refused(
            f"Line {_line(before)}: the file is not in UTF-8, nor in UTF-16 with a byte order mark."
        ) from None
    before, nul, _ = text.partition("\0")
    if nul:
        raise Refused(f"Line {_line(before)}: the file holds NUL.")
    return encoding, text.lstrip()[:10_000].partition("\n")[0]


def _line(before: str) -> int:
    return before.count("\n") + 1


def _separator(first_line: str) -> str:
    """Comma, semicolon or tab: whichever the first line has first, outside of quotation marks."""
    found = re.search(r"[,;\t]", re.sub(r'"[^"]*"', "", first_line))
    return found.group() if found else ","


def _first_cells(lines: Iterable[str], separator: str) -> Iterator[Cell]:
    csv.field_size_limit(2**31 - 1)  # of other columns; the first one's length is checked with the ids
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    line = 1
    try:
        for row in reader:
            if row and (text := row[0].strip()):
                yield line, text, ""
            line = reader.line_num + 1
    except csv.Error:
        raise Refused(f"Line {line}: this cannot be read, check the quotation marks.") from None
