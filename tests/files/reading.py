"""Reads files back with other people's libraries, as rows of values below a heading."""

import csv
import io
import json
import re

import openpyxl
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

FIELD = r'"(?:[^"]|"")*"|[^",\r\n]*'


def read_csv(data):
    """Heading and rows; a bare empty field is None, a quoted one is empty text. Python's reader must agree."""
    text = data.decode()
    lines = re.findall(rf"((?:{FIELD})(?:,(?:{FIELD}))*)\r\n", text)
    rows = [[_unquoted(field) for field in re.findall(rf"(?:^|,)({FIELD})", line)] for line in lines]
    again = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [[value or "" for value in row] for row in rows] == again
    return rows[0], rows[1:]


def _unquoted(field):
    return field[1:-1].replace('""', '"') if field.startswith('"') else (field or None)


def read_json(data):
    """Keys and rows; no key twice, every object with the same keys in the same order."""
    pairs = json.loads(data, object_pairs_hook=_Pairs)
    keys = [key for key, _ in pairs[0]] if pairs else []
    assert len(keys) == len(set(keys))
    for row in pairs:
        assert [key for key, _ in row] == keys
    return keys, [[_plain(value) for _, value in row] for row in pairs]


class _Pairs(list):
    """An object as its pairs, so that a key that comes twice is seen."""


def _plain(value):
    if isinstance(value, _Pairs):
        assert len(value) == len({key for key, _ in value})
        return {key: _plain(inner) for key, inner in value}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def read_openpyxl(data):
    """Heading and rows of the only sheet."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    assert len(book.worksheets) == 1
    # openpyxl leaves the escapes of inline strings to its caller.
    heading, *rows = (
        [unescape(value) if isinstance(value, str) else value for value in row]
        for row in book.worksheets[0].iter_rows(values_only=True)
    )
    return heading, rows


def number_formats(data):
    """How the cells of the first row below the heading are shown."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    return [cell.number_format for cell in next(sheet.iter_rows(min_row=2))]


def read_calamine(data):
    """Heading and rows; calamine has "" where nothing is, and Excel's floats for every number."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    heading, *rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return heading, rows
