"""What every format must do. A format added to `FORMATS` is tested here before it has tests of its own.

Two things to add: in `reading` how another library reads the file back, in `meaning` what it must find there.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.columns import TYPES, Column
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout, Place
from tests.formats.any_table import ALL_TYPES, SAMPLE, tables
from tests.formats.meaning import expected, same
from tests.formats.reading import READERS

ROOT = Path(__file__).parents[2]
MADE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TYPED_IN_PARQUET = {"integer", "float", "boolean", "date", "datetime", "binary"}
every_format = pytest.mark.parametrize("key", FORMATS)


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
    # On a page a row of nothing is nothing to read.
    assert len(whole) == (3 if key == "pdf" else 4)


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
    frame = frame_of(columns, [(1, 2)])
    frame = frame.select(reversed(frame.columns))
    header, row = READERS[key](render(key, columns, frame).data)
    assert (header, [int(value) for value in row]) == (["b", "a"], [1, 2])


@every_format
@pytest.mark.parametrize("type", TYPES)
def test_a_value_that_does_not_fit_its_type_stands_as_text_or_is_listed(one, key, type):
    fitting = one(key, type, [SAMPLE[type], None])
    file = one(key, type, [SAMPLE[type], None, None], odd_texts=[None, 'no "such" <é>', None])
    (_, expected, blank), (_, found, stray, null) = READERS[key](fitting.data), READERS[key](file.data)
    is_text = key != "parquet" or type not in TYPED_IN_PARQUET
    seen = [found[0], stray[0], null[0]]
    meant = [expected[0], 'no "such" <é>' if is_text else None, blank[0]]
    if key == "pdf":  # the wider column breaks its lines elsewhere
        seen, meant = ([text and text.replace(" ", "") for text in texts] for texts in (seen, meant))
    assert seen == meant
    assert file.warnings == {**fitting.warnings, "odd_values": 1}
    assert ("errors" in file.fragments[0].lists) != is_text


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
        with pytest.raises(ValueError, match="date pattern" if option.check else "is one of"):
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
from dashboard.columns import Column, key
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout

format = FORMATS[sys.argv[1]]
plain = (Column("n", "integer", "N"), Column("t", "text", "T"), Column("at", "datetime", "At"))
columns = (*plain, Column("items", "rows", "Items", columns=plain))
layout = Layout(columns, "Orders", datetime(2026, 1, 5, 9, tzinfo=UTC), resource="orders", key=("n",))
rows, places, fragments = [], [], []
for part in range(3):
    frame = pl.DataFrame({"n": range(part * 900, part * 900 + 900)}).with_columns(
        t=pl.concat_str(pl.lit("=<é> "), "n"),
        at=pl.from_epoch("n", time_unit="s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
    )
    frame = frame.with_columns(pl.concat_list(pl.struct("n", "t", "at")).list.head(pl.col("n") % 2).alias("items"))
    frame = frame.with_columns(pl.col("n").alias(key(0)))
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
from dashboard.columns import Column, key
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
layout = Layout(columns, "Orders", datetime(2026, 1, 5, 9, tzinfo=UTC), resource="orders")
size = 5000 if format.max_rows is None or format.max_rows > 100_000 else format.max_rows // 80
rows, places, paths = [], [], []
with tempfile.TemporaryDirectory() as folder:
    for part in range(20):
        seeds = pl.select(n=pl.int_range(part * size, part * size + size))
        # About 160 bytes a cell: what is kept of all parts would show.
        words = [pl.concat_str(pl.lit("=<"), *(pl.col("n").hash(8 * k + j) for j in range(8))) for k in range(6)]
        frame = seeds.select(pl.col("n").alias(key(0)), *(word.alias(f"t{k}") for k, word in enumerate(words)))
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


# What a PDF shows is cut, wrapped and drawn: its own tests compare it with what is meant.
@pytest.mark.parametrize("key", [key for key in FORMATS if key != "pdf"])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
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
            meant = expected(key, column, value)
            assert same(got, meant), (column, value, got, meant)
