"""What every format must do. A format added to `FORMATS` is tested here before it has tests of its own.

`READERS` is the one thing to add: how another library reads the file back, as rows of texts and values.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from dashboard.columns import TYPES, Column
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout, Place

ROOT = Path(__file__).parents[2]
MADE = datetime(2026, 1, 5, 9, tzinfo=UTC)
every_format = pytest.mark.parametrize("key", FORMATS)


FIELD = r'"(?:[^"]|"")*"|[^",\r\n]*'


def read_csv(data):
    """A bare empty field is null, a quoted one is empty text: Python's own reader cannot tell them apart."""
    text = data.decode()
    lines = re.findall(rf"((?:{FIELD})(?:,(?:{FIELD}))*)\r\n", text)
    rows = [[unquoted(field) for field in re.findall(rf"(?:^|,)({FIELD})", line)] for line in lines]
    assert [[value or "" for value in row] for row in rows] == list(csv.reader(StringIO(text, newline="")))
    return rows


def unquoted(field):
    return field[1:-1].replace('""', '"') if field.startswith('"') else (field or None)


def read_xlsx(data):
    """All rows that the filter spans, by openpyxl; calamine must see the same texts."""
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet[sheet.auto_filter.ref]]
    # openpyxl leaves the escapes of inline strings to its caller.
    rows = [[unescape(value) if isinstance(value, str) else value for value in row] for row in cells]
    again = (
        CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    )
    assert [[v for v in row if isinstance(v, str) and v] for row in rows][: len(again)] == [
        [v for v in row if isinstance(v, str) and v] for row in again
    ]
    return rows


def read_json(data):
    rows = json.loads(data)
    return [list(rows[0]) if rows else None] + [list(row.values()) for row in rows]


def read_jsonl(data):
    lines = data.decode().removesuffix("\n").split("\n") if data else []
    return read_json(f"[{','.join(lines)}]")


def read_xml(data):
    """By the standard library's expat, which refuses whatever is not well-formed."""
    rows = ElementTree.fromstring(data)
    header = [[field.get("name", field.tag) for field in row] for row in rows]
    assert header[1:] == header[:-1]
    return [header[0] if header else None] + [[xml_value(field) for field in row] for row in rows]


def xml_value(field):
    return None if field.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true" else field.text or ""


READERS = {"csv": read_csv, "xlsx": read_xlsx, "json": read_json, "jsonl": read_jsonl, "xml": read_xml}

ALL_TYPES = tuple(Column(type, type, type) for type in TYPES)
SAMPLE = {
    "text": "=é 😀",
    "integer": 42,
    "decimal": "12.50",
    "float": 0.25,
    "boolean": True,
    "date": date(2026, 1, 5),
    "datetime": datetime(2026, 1, 5, 9, 0, 1, tzinfo=UTC),
    "time": "13:05:00",
    "interval": "P1D",
    "uuid": "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11",
    "binary": b"\xff\x00",
    "json": '{"a":1}',
}


def test_every_format_has_a_reader_and_says_what_it_is():
    assert READERS.keys() == FORMATS.keys()
    for key, format in FORMATS.items():
        assert format.key == key
        assert format.label
        assert format.description
        assert format.extension
        assert format.media_type


@every_format
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_no_rows_make_a_valid_file_with_the_header_alone(render, frame_of, key, parts):
    file = render(key, ALL_TYPES, *[frame_of(ALL_TYPES, [])] * parts)
    header, *rows = READERS[key](file.data)
    assert rows == []
    assert header is None or len(header) == len(ALL_TYPES)
    assert file.warnings == {}


@every_format
def test_a_part_without_rows_leaves_no_trace(render, frame_of, key):
    part, empty = frame_of(ALL_TYPES, [SAMPLE.values()]), frame_of(ALL_TYPES, [])
    assert render(key, ALL_TYPES, empty, part, empty, part).data == render(key, ALL_TYPES, part, part).data


@every_format
def test_many_small_parts_read_as_one_large(render, frame_of, key):
    rows = [list(SAMPLE.values()), [None] * len(SAMPLE), list(SAMPLE.values())]
    whole = READERS[key](render(key, ALL_TYPES, frame_of(ALL_TYPES, rows)).data)
    split = READERS[key](render(key, ALL_TYPES, *[frame_of(ALL_TYPES, [row]) for row in rows]).data)
    assert whole == split
    assert len(whole) == 4


@every_format
def test_a_fragment_leaves_the_frame_as_it_was(frame_of, key):
    rows = [list(SAMPLE.values()), ["\0a\r\n<" + "x" * 40_000, *list(SAMPLE.values())[1:]]]
    frame = frame_of(ALL_TYPES, rows, {"integer": [None, "=1"]})
    before = frame.clone()
    expected = pl.DataFrame(before.to_dict(as_series=False), schema=before.schema)
    FORMATS[key].fragment(frame, Layout(ALL_TYPES, "t", MADE), Place())
    assert frame.equals(expected)


@every_format
def test_columns_come_in_the_order_of_the_layout(render, frame_of, key):
    columns = (Column("b", "integer", "b"), Column("a", "integer", "a"))
    frame = frame_of(columns, [(1, 2)]).select("a", "b")
    header, row = READERS[key](render(key, columns, frame).data)
    assert (header, [int(value) for value in row]) == (["b", "a"], [1, 2])


@every_format
@pytest.mark.parametrize("type", TYPES)
def test_a_value_that_does_not_fit_its_type_stands_as_text_among_those_that_do(one, key, type):
    fitting = one(key, type, [SAMPLE[type], None])
    file = one(key, type, [SAMPLE[type], None, None], odd_texts=[None, 'no "such" <é>', None])
    (_, expected, blank), (_, found, stray, null) = READERS[key](fitting.data), READERS[key](file.data)
    assert (found[0], stray[0], null[0]) == (expected[0], 'no "such" <é>', blank[0])
    assert file.warnings == {**fitting.warnings, "odd_values": 1}


def settles(format, option, choice):
    """Whether the choice is there to be had: by itself, or together with a choice of another option."""
    others = [{other.key: its} for other in format.options if other is not option for its in other.choices]
    for beside in [{}, *others]:
        with suppress(ValueError):
            return format.settle({option.key: choice, **beside})[option.key] == choice
    return False


@every_format
def test_an_option_that_does_not_exist_is_refused(key):
    format = FORMATS[key]
    assert format.settle({}) == {option.key: option.default for option in format.options}
    with pytest.raises(ValueError, match="has no option colour"):
        format.settle({"colour": "red"})
    for option in format.options:
        for choice in option.choices:
            assert settles(format, option, choice)
        with pytest.raises(ValueError, match="is one of"):
            format.settle({option.key: "?"})


def test_too_many_columns_or_rows_are_refused_with_both_numbers():
    xlsx = FORMATS["xlsx"]
    xlsx.check(16_384, 10_485_750)
    xlsx.check(3)
    with pytest.raises(ValueError, match="at most 16,384 columns; this export has 16,385"):
        xlsx.check(16_385)
    with pytest.raises(ValueError, match="at most 10,485,750 rows; this export has 10,485,751"):
        xlsx.check(3, 10_485_751)
    FORMATS["csv"].check(100_000, 10**10)
    FORMATS["json"].check(100_000, 10**10)


IN_A_PROCESS_OF_ITS_OWN = """
import hashlib, sys
from datetime import UTC, datetime
import polars as pl
from dashboard.columns import Column
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout

format = FORMATS[sys.argv[1]]
columns = (Column("n", "integer", "N"), Column("t", "text", "T"), Column("at", "datetime", "At"))
layout = Layout(columns, "Orders", datetime(2026, 1, 5, 9, tzinfo=UTC))
rows, places, fragments = [], [], []
for part in range(3):
    frame = pl.DataFrame({"n": range(part * 900, part * 900 + 900)}).with_columns(
        t=pl.concat_str(pl.lit("=<é> "), "n"),
        at=pl.from_epoch("n", time_unit="s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
    )
    places.append(format.place(rows, frame.height))
    rows.append(frame.height)
    fragments.append(format.fragment(frame, layout, places[-1]).data)
sha = hashlib.sha256()
class Out:
    write = staticmethod(sha.update)
format.write([lambda data=data: [data] for data in fragments], layout, places, rows, Out)
assert not {"flask", "sqlalchemy", "rq"} & set(sys.modules)
print(sha.hexdigest())
"""


@every_format
def test_two_processes_make_the_same_bytes_without_flask(key):
    found = set()
    for seed, threads in ("1", "1"), ("2", "4"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "POLARS_MAX_THREADS": threads}
        command = [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, key]
        found.add(subprocess.check_output(command, cwd=ROOT, env=environment, text=True))
    assert len(found) == 1
    assert len(found.pop().strip()) == hashlib.sha256().digest_size * 2


STEADY = """
import resource, sys, tempfile
from datetime import UTC, datetime
from functools import partial
import polars as pl
from dashboard.columns import Column
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def stored(path):
    with open(path, "rb") as file:
        while chunk := file.read(1 << 16):
            yield chunk

format = FORMATS[sys.argv[1]]
columns = tuple(Column(f"t{n}", "text", f"T{n}") for n in range(6))
layout = Layout(columns, "Orders", datetime(2026, 1, 5, 9, tzinfo=UTC))
rows, places, paths = [], [], []
with tempfile.TemporaryDirectory() as folder:
    for part in range(20):
        seeds = pl.select(n=pl.int_range(part * 5000, part * 5000 + 5000))
        # About 160 bytes a cell: what is kept of all parts would show.
        words = [pl.concat_str(pl.lit("=<"), *(pl.col("n").hash(8 * k + j) for j in range(8))) for k in range(6)]
        frame = seeds.select(word.alias(f"t{k}") for k, word in enumerate(words))
        places.append(format.place(rows, frame.height))
        rows.append(frame.height)
        paths.append(f"{folder}/{part}")
        with open(paths[-1], "wb") as file:
            file.write(format.fragment(frame, layout, places[-1]).data)
        if part == 4:
            early = peak()
    with open(f"{folder}/file", "wb") as out:
        format.write([partial(stored, path) for path in paths], layout, places, rows, out)
print(early, peak())
"""


@every_format
def test_a_hundred_thousand_rows_take_no_more_memory_than_a_quarter_of_them(key):
    command = [sys.executable, "-c", STEADY, key]
    early, late = map(int, subprocess.check_output(command, cwd=ROOT, text=True).split())
    assert late - early < 40, f"{early} MB after 5 parts of 20, {late} MB at the end"


# --- Any table there can be, there and back.

hostile_text = st.text(
    st.sampled_from("=+-@;|,\t\r\n\"'<>&_x0041_\0\x01\x0b\ufffe\u2028😀é a")
    | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda m: m.replace(tzinfo=UTC, microsecond=0)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3),
    max_leaves=5,
)
VALUES = {
    "text": hostile_text,
    "integer": st.integers(-(2**63), 2**63 - 1) | st.integers(-99, 99),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=3).map("{:f}".format),
    "float": st.floats(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": moments,
    "time": st.times().map(lambda t: t.isoformat()),
    "interval": st.integers(-99, 99).map(lambda n: f"-P{-n}D" if n < 0 else f"P{n}D"),
    "uuid": st.uuids().map(str),
    "binary": st.binary(max_size=9),
    "json": json_values.map(lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))),
}


@st.composite
def tables(draw):
    types = draw(st.lists(st.sampled_from(TYPES), min_size=2, max_size=5))
    columns = tuple(Column(f"c{n}", type, f"c{n}") for n, type in enumerate(types))
    row = st.tuples(*(st.none() | VALUES[type] for type in types))
    return columns, draw(st.lists(st.lists(row, max_size=4), max_size=3))


def plain_text(type, value):
    """The documented text of a value of any type but text and json."""
    match type:
        case "boolean":
            return str(value).lower()
        case "float":
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), value)
        case "date" | "datetime":
            return value.isoformat()
        case "binary":
            return base64.b64encode(value).decode()
    return str(value)


def expected_csv(type, value):
    if value is None:
        return None
    return plain_text(type, value) if type != "text" else value.replace("\0", "\ufffd")


def expected_json(type, value):
    if value is None or (type == "float" and value - value != 0):
        return None
    if type == "json":
        return json.loads(value)
    return value if type in ("text", "integer", "boolean", "float") else plain_text(type, value)


def expected_xlsx(type, value):
    match type:
        case _ if value is None:
            return None
        case "boolean":
            return value
        case "integer" if abs(value) < 10**15:
            return value
        case "float" if value - value == 0:
            return value
        case "decimal" if len(value.strip("-").replace(".", "").lstrip("0")) <= 15:
            return float(value)
        case "date" if value >= date(1900, 3, 1):
            return datetime(value.year, value.month, value.day)
        case "datetime" if value >= datetime(1900, 3, 1, tzinfo=UTC):
            return value.replace(tzinfo=None)
        case "text" | "json":
            lines = value.replace("\r\n", "\n").replace("\r", "\n")
            return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", lines)
    return plain_text(type, value)


def expected_xml(type, value):
    if value is None:
        return None
    if type in ("text", "json"):
        return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", value)
    return plain_text(type, value)


EXPECTED = {
    "csv": expected_csv,
    "xlsx": expected_xlsx,
    "json": expected_json,
    "jsonl": expected_json,
    "xml": expected_xml,
}


def same(found, expected):
    if isinstance(expected, datetime) and isinstance(found, datetime):
        return abs(found - expected) < timedelta(milliseconds=1)
    if isinstance(expected, float):
        return float(found) == expected
    return found == expected and isinstance(found, bool) == isinstance(expected, bool)


@every_format
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_any_table_reads_back_as_it_was(render, frame_of, key, table):
    columns, parts = table
    frames = [frame_of(columns, rows) for rows in parts]
    options = {"guard": "off"} if key == "csv" else {}
    found = READERS[key](render(key, columns, *frames, **options).data)[1:]
    rows = [row for part in parts for row in part]
    assert len(found) == len(rows)
    for found_row, row in zip(found, rows, strict=True):
        for column, got, value in zip(columns, found_row, row, strict=True):
            expected = EXPECTED[key](column.type, value)
            assert same(got, expected), (column.type, value, got, expected)
