"""`filter_file` of a new export: a text file with the ids of the rows, one a line (reliability.md, section 10).

The first column counts; a heading, blank lines, blanks around an id and duplicates do no harm. A line that is not an
id of the key's type refuses the whole file, with the numbers of the first ten such lines.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.api.omnitron.errors import Refusal, not_valid
from dashboard.criteria import Comparison, operators_for, values
from dashboard.sources import Resource

LARGEST = 10 * 1024 * 1024
MOST_IDS = 100_000
LONGEST_ID = 64
SHOWN = 10
EXTENSIONS = (".csv", ".txt")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read(upload: FileStorage, resource: Resource) -> tuple[str, Comparison]:
    """Name for display, and the condition that takes the rows with these ids. Raises a 400 beside filter_file."""
    name = display_name(upload.filename or "")
    if not name.lower().endswith(EXTENSIONS):
        raise _refused(f"The name of the file must end in {' or '.join(EXTENSIONS)}.")
    if len(resource.key) != 1:
        raise _refused(
            f"{resource.label} has a key of several columns, so a filter file cannot name its rows."
        )
    key = resource.own(resource.key[0])
    if key is None or "in" not in operators_for(key.type):
        raise _refused(f"The key of {resource.label} cannot be given in a filter file.")
    data = upload.stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise RequestEntityTooLarge
    return name, Comparison(key.name, "in", tuple(_ids(_text(data), key.name, key.type)))


def display_name(name: str) -> str:
    """The last component without controls; never used as a path."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(character for character in last if unicodedata.category(character)[0] != "C")[-255:]


def _text(data: bytes) -> str:
    if data.startswith(_WORKBOOKS):
        raise _refused("This is a workbook. Save it as CSV, then upload that.")
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused(f"Line {line}: the file is not UTF-8.") from None
    before, nul, _ = text.partition("\0")
    if nul:
        line = before.count("\n") + 1
        raise _refused(f"Line {line}: the file holds NUL.")
    return text


def _ids(text: str, key: str, kind: str) -> list[Any]:
    """The ids, each once, in the order of the file."""
    ids: dict[Any, None] = {}
    wrong: list[str] = []
    for place, (line, cell) in enumerate(_cells(text)):
        try:
            if place == 0 and _is_heading(cell, key, kind):
                continue
            ids[_id(cell, kind)] = None
        except ValueError as error:
            wrong.append(f"Line {line}: {str(error).rstrip('.')}.")
    if wrong:
        more = [f"{len(wrong) - SHOWN:,} more lines are wrong."] if len(wrong) > SHOWN else []
        raise not_valid({"filter_file": wrong[:SHOWN] + more})
    if not ids:
        raise _refused("The file holds no ids.")
    if len(ids) > MOST_IDS:
        raise _refused(f"The file holds {len(ids):,} ids; at most {MOST_IDS:,} are allowed.")
    return list(ids)


def _id(cell: str, kind: str) -> object:
    if len(cell) > LONGEST_ID:
        raise ValueError(f"This is longer than {LONGEST_ID} characters")
    return values.typed(kind, cell)


def _is_heading(cell: str, key: str, kind: str) -> bool:
    """Where ids are words, only the key's own name is one; elsewhere any word that is no id."""
    if kind == "text":
        return cell.casefold() == key.casefold()
    try:
        _id(cell, kind)
    except ValueError:
        return cell[:1].isalpha()
    return False


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """Line number and first cell of each line that has one."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells and cells[0].strip():
                yield line, cells[0].strip()
            line = reader.line_num + 1
    except csv.Error:
        raise _refused(f"Line {line}: this cannot be read, check the quotation marks.") from None


def _separator(text: str) -> str:
    """Comma, semicolon or tab: whichever the first line has first."""
    heading = text.lstrip().partition("\n")[0]
    found = re.search(r"[,;\t]", heading)
    return found.group() if found else ","


def _refused(sentence: str) -> Refusal:
    return not_valid({"filter_file": sentence})
