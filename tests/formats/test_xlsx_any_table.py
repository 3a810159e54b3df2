"""XLSX of any table, with values that do not fit their types in it, read by openpyxl and calamine, cell by cell.

What is expected is said here once more, in plain Python, one value at a time.
"""

from __future__ import annotations

import base64
import math
import re
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from dashboard.columns import TYPES, Column
from tests.test_guard import guarded_by_the_book

FIRST_DAY = date(1900, 3, 1)
# The last millisecond there is would round up to the next day.
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC)
LONGEST = 32_767
IMPOSSIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

PIECES = [
    *(
        "=",
        "+1",
        "-",
        "@",
        ";",
        "|",
        "(",
        "\t",
        "\r",
        "\n",
        "\r\n",
        '"',
        "'",
        "<",
        "&amp;",
        "]]>",
        " ",
        "a",
        "07",
        ".",
    ),
    *("_x0041_", "_x005F_", "_", "x000a", "\0", "\x01", "\x0b", "\x7f", "\ufffe", "\u2028", "\u200b", "\xa0"),
    *("😀", "é", "漢"),
]
texts = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=["Cs"]), max_size=6).map("".join)
long_texts = st.sampled_from(["x" * 40_000, "😀" * 17_000, "&" * 32_767, "é" * 32_768, "\r\n" * 20_000])
near, ends = st.integers(-3, 3), st.sampled_from([0, 10**15, -(10**15)])
days = st.dates() | near.map(lambda n: FIRST_DAY + timedelta(n)) | st.just(date.max)
moments = st.tuples(days, st.times()).map(lambda both: datetime.combine(*both, UTC))
milliseconds = moments.map(lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000))
decimals = st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(
    places=3, allow_nan=False, allow_infinity=False
)
of_15_digits = st.integers(10**13, 10**17).map(lambda n: f"{n // 1000}.{n % 1000:03}")
VALUES = {
    "text": texts | long_texts,
    "integer": st.integers(-(2**63), 2**63 - 1) | st.tuples(near, ends).map(sum),
    "decimal": decimals.map("{:f}".format) | of_15_digits,
    "float": st.floats() | st.floats(-1, 1) | st.sampled_from([math.inf, -math.inf, math.nan]),
    "boolean": st.booleans(),
    "date": days,
    "datetime": milliseconds.filter(lambda m: m < LAST_MOMENT),
    "time": st.times().map(time.isoformat),
    "interval": st.integers(0, 99).map("P{}D".format),
    "uuid": st.uuids().map(str),
    "binary": st.binary(max_size=9),
    "json": texts.map("[{!r}]".format),
}


@st.composite
def tables(draw):
    """Columns, and parts of rows; a value may be a stray: text where another type should be."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=5))
    percent = st.booleans()
    columns = tuple(Column(f"c{n}", type, f"c{n}", percent=draw(percent)) for n, type in enumerate(types))
    row = st.tuples(*(st.none() | VALUES[type] | texts.map(Stray) for type in types))
    return columns, draw(st.lists(st.lists(row, min_size=1, max_size=5), min_size=1, max_size=3))


class Stray(str):
    """A value that does not fit its column's type."""


def staged(frame_of, columns, rows):
    fitting = [[None if isinstance(value, Stray) else value for value in row] for row in rows]
    odd = {
        column.name: [row[n] if isinstance(row[n], Stray) else None for row in rows]
        for n, column in enumerate(columns)
    }
    return frame_of(
        columns, fitting, {name: texts for name, texts in odd.items() if any(t is not None for t in texts)}
    )


def one_line_end(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_text(value):
    """Text as a cell can hold it, by the book."""
    clean = IMPOSSIBLE.sub("\ufffd", one_line_end(value))
    return clean.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")


def digits(text):
    return len(re.sub("[-.]", "", text).lstrip("0"))


def in_a_cell(type, value):
    """What a cell holds: a number, a moment, a text, or None."""
    match type:
        case _ if value is None or isinstance(value, Stray):
            return value if value is None else as_text(value)
        case "integer":
            return value if abs(value) < 10**15 else str(value)
        case "decimal":
            fits = digits(value) <= 15 and len(value.partition(".")[2]) <= 30
            return float(value) if fits else value
        case "float":
            names = {math.inf: "Infinity", -math.inf: "-Infinity"}
            return names.get(value, "NaN" if math.isnan(value) else value)
        case "date":
            return datetime.combine(value, time()) if value >= FIRST_DAY else value.isoformat()
        case "datetime":
            return value.replace(tzinfo=None) if value.date() >= FIRST_DAY else iso(value)
        case "binary":
            return base64.b64encode(value).decode()
        case "boolean":
            return value
    return as_text(value)


def iso(moment):
    fraction = f".{moment.microsecond // 1000:03}" if moment.microsecond else ""
    return f"{moment:%H:%M:%S}{fraction}+00:00".join([f"{moment.year:04}-{moment:%m-%d}T", ""])


def by_openpyxl(data):
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    assert not [cell for row in sheet for cell in row if cell.data_type in "fe"]
    rows = [[cell.value for cell in row] for row in sheet[sheet.auto_filter.ref]]
    return [[unescape(value) if isinstance(value, str) else value for value in row] for row in rows[1:]]


def by_calamine(data, height, width):
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(data))
        .get_sheet_by_index(0)
        .to_python(skip_empty_area=False)[1:]
    )
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return padded + [[""] * width] * (height - len(padded))


def same(found, expected):
    match expected:
        case None | "":
            return found in (None, "")
        case datetime():
            # calamine makes dates of midnights.
            found = datetime.combine(found, time()) if type(found) is date else found
            return isinstance(found, datetime) and abs(found - expected) < timedelta(milliseconds=1)
        case bool() | str():
            return found == expected and type(found) is type(expected)
    return not isinstance(found, bool | str) and found == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_any_table_comes_back_and_its_changes_are_counted(render, frame_of, table):
    columns, parts = table
    file = render("xlsx", columns, *(staged(frame_of, columns, rows) for rows in parts))
    rows = [row for part in parts for row in part]
    data = file.data
    expected = [[in_a_cell(c.type, v) for c, v in zip(columns, row, strict=True)] for row in rows]
    for found in by_openpyxl(data), by_calamine(data, len(rows), len(columns)):
        for got, wanted, row in zip(found, expected, rows, strict=True):
            assert [same(*pair) for pair in zip(got, wanted, strict=True)] == [True] * len(columns), (
                got,
                row,
            )
    texts = [value for row in rows for value in row if isinstance(value, str)]
    assert file.warnings == {
        counter: count for counter, count in changes(columns, rows, texts).items() if count
    }


def changes(columns, rows, texts):
    """The counters of these rows, counted by the book."""
    pairs = [(c.type, v, in_a_cell(c.type, v)) for row in rows for c, v in zip(columns, row, strict=True)]
    spilled = [type for type, value, cell in pairs if not isinstance(value, Stray) and isinstance(cell, str)]
    return {
        "odd_values": sum(isinstance(text, Stray) for text in texts),
        "replaced_characters": sum(len(IMPOSSIBLE.findall(text)) for text in texts),
        "cut_texts": sum(len(one_line_end(text).encode("utf-16-le")) > 2 * LONGEST for text in texts),
        "numbers_as_text": sum(type in ("integer", "decimal", "float") for type in spilled),
        "dates_as_text": sum(type in ("date", "datetime") for type in spilled),
        "guarded_cells": sum(is_guarded(as_text(text)) for text in texts),
    }


def is_guarded(text):
    return guarded_by_the_book(text, ",").startswith("'") and not text.startswith("'")
