"""CSV of any table with any options, read back by Python's csv and compared value by value.

What is expected is said here once more, in plain Python, one value at a time.
"""

import base64
import csv
import json
import math
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import polars as pl
from babel.dates import format_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import languages
from dashboard.columns import TYPES, Column
from dashboard.formats import FORMATS
from dashboard.guard import guard
from tests.formats.conftest import Rendered, frame_of

MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
NULLS = {"empty": "", "NULL": "NULL", "\\N": "\\N"}
ZONE = "Asia/Kolkata"
LOOKALIKES = [
    "",
    "007",
    "1E5",
    "MARCH1",
    "NULL",
    "\\N",
    "true",
    "-5",
    "+49 170 1234567",
    "12345678901234567890",
]
HOSTILE = st.text(
    st.sampled_from("=-+@;|,\t\r\n\"'\\(!NULé漢😀 1\0\x01\x7f\u00a0\u200b\ufeff\uff1d\ufffe"), max_size=9
) | st.sampled_from(
    ["", "007", "1E5", "MARCH1", "NULL", "\\N", "true", "-5", "+49 170 1234567", "12345678901234567890"]
)
VALUES = {
    "text": HOSTILE,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=3).map("{:f}".format),
    "float": st.floats(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(datetime(1974, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),
    "time": st.times().map(lambda time: time.replace(microsecond=0).isoformat()),
    "interval": st.sampled_from(["P1DT2H", "-P1D", "PT0S", "=1"]),
    "uuid": st.uuids().map(str),
    "binary": st.binary(max_size=9),
    "json": st.recursive(st.none() | HOSTILE | st.integers(), st.lists, max_leaves=4).map(json.dumps),
}
CELLS = {type: st.tuples(st.none() | VALUES[type], st.none() | HOSTILE) for type in TYPES}
OPTIONS = st.fixed_dictionaries(
    {option.key: st.sampled_from(list(option.choices)) for option in FORMATS["csv"].options}
).filter(lambda chosen: not chosen["decimal"] == chosen["delimiter"] == "comma")


@st.composite
def tables(draw):
    """Types of the columns, and rows of (value, text that does not fit); a cell has one of them at most."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=6, unique=True))
    cells = st.tuples(*(CELLS[type] for type in types))
    rows = draw(st.lists(cells, max_size=5))
    return types, [[(value, odd if value is None else None) for value, odd in row] for row in rows]


def guarded(text, options):
    if options["guard"] == "off":
        return text.replace("\0", "\ufffd")
    return pl.select(guard(pl.lit(text), MARKS[options["delimiter"]])).item()


def expected(type, value, odd, options, language):
    """What stands in the file: a text, or a number for a float."""
    if odd is not None:
        return guarded(odd, options)
    if value is None:
        return NULLS[options["null"]]
    local = options["values"] == "local"
    match type:
        case "boolean":
            return languages.boolean(language, value) if local else str(value).lower()
        case "date":
            return languages.day(language, value) if local else value.isoformat()
        case "datetime" if options["datetime_format"] != "iso":
            return format_datetime(value.astimezone(ZoneInfo(ZONE)), options["datetime_format"], locale="en")
        case "datetime":
            return languages.moment(language, value, ZONE) if local else moment(value)
        case "binary":
            return base64.b64encode(value).decode()
        case "decimal":
            return value.replace(".", decimal_sign(options, language))
        case "float":
            return value
    return value if type == "interval" and value != "=1" else guarded(str(value), options)


def moment(value):
    precision = "seconds" if not value.microsecond else "auto" if value.microsecond % 1000 else "milliseconds"
    return value.astimezone(ZoneInfo(ZONE)).isoformat(timespec=precision)


def decimal_sign(options, language):
    if options["values"] == "local":
        return languages.decimal_sign(language)
    return "," if options["decimal"] == "comma" else "."


def same(found, wanted, sign):
    if isinstance(wanted, float):
        number = float(found.replace(sign, "."))
        return number == wanted or (math.isnan(number) and math.isnan(wanted))
    return found == wanted


def lines_of(data, options):
    text = data.decode()
    assert text.startswith("\ufeff") == (options["bom"] == "yes")
    lines = StringIO(text.removeprefix("\ufeff"), newline="")
    return list(csv.reader(lines, delimiter=MARKS[options["delimiter"]], strict=True))


@settings(max_examples=250, deadline=None)
@given(table=tables(), options=OPTIONS, language=st.sampled_from(list(languages.LANGUAGES)))
def test_any_table_reads_back_with_any_options(table, options, language):
    types, rows = table
    columns = tuple(Column(type, type, type.title()) for type in types)
    odd = {type: [row[k][1] for row in rows] for k, type in enumerate(types)}
    frame = frame_of(columns, [[value for value, _ in row] for row in rows], odd)
    made = Rendered("csv", columns, [frame], timezone=ZONE, language=language, **options)
    wanted = [
        [expected(t, *cell, options, language) for t, cell in zip(types, row, strict=True)] for row in rows
    ]

    heading, *found = lines_of(made.data, options)
    assert len(heading) == len(types)
    touched = changes(types, rows, wanted, options)
    if options["guard"] == "split" and touched:
        apart = {int(key) - 1 for key, *_ in touched}
        assert made.fragments[0].kept_out == len(apart)
        list_heading, *listed = lines_of(made.list("sanitized"), options)
        assert list_heading == heading
        assert all_same(listed, [wanted[row] for row in sorted(apart)], options, language)
        wanted = [row for number, row in enumerate(wanted) if number not in apart]
    elif touched and options["guard"] == "inline":
        _, *listed = csv.reader(StringIO(made.list("sanitized").decode(), newline=""), strict=True)
        told = [(key, name, json.loads(before), json.loads(after)) for key, name, _, before, after in listed]
        assert sorted(told) == sorted(touched)
    else:
        assert made.list("sanitized") is None
    assert made.fragments[0].rows == len(wanted)
    assert all_same(found, wanted, options, language)


def changes(types, rows, wanted, options):
    """(key, column, before, after) of each text that the guard changed."""
    found = []
    for number, row in enumerate(rows, 1):
        for type, (value, odd), after in zip(types, row, wanted[number - 1], strict=True):
            before = odd if odd is not None else value
            is_text = odd is not None or type in ("text", "time", "interval", "uuid", "json")
            if is_text and before is not None and before.replace("\0", "\ufffd") != after:
                found.append((str(number), type, before, after))
    return found


def all_same(found, wanted, options, language):
    sign = decimal_sign(options, language)
    assert [len(row) for row in found] == [len(row) for row in wanted]
    return all(
        same(cell, text, sign)
        for row, texts in zip(found, wanted, strict=True)
        for cell, text in zip(row, texts, strict=True)
    )
