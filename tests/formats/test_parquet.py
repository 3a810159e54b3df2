"""Parquet as DuckDB and polars see it: one row group a part, one schema, one footer."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.columns import TYPES, Column, key, odd
from dashboard.formats.base import Place
from dashboard.formats.thrift_compact import read_struct, written
from tests.formats.conftest import columns_of, frame_of

MOMENT = datetime(2026, 1, 5, 9, 0, 0, 1, tzinfo=UTC)
ITEMS = Column(
    "items",
    "rows",
    "Items",
    columns=(
        Column("sku", "text", "SKU"),
        Column("price", "decimal", "Price", scale=2),
        Column("on", "date", "On"),
    ),
)


@pytest.fixture
def query(tmp_path):
    """query(file, sql): what DuckDB finds in the table `@file`; a file or its bytes."""

    def run(file, sql):
        path = tmp_path / "file.parquet"
        path.write_bytes(file if isinstance(file, bytes) else file.data)
        with duckdb.connect() as engine:
            return engine.execute(sql.replace("@file", f"'{path}'")).fetchall()

    return run


def values(file):
    return pl.read_parquet(BytesIO(file.data))["value"].to_list()


def errors(file):
    """All lines of the list, as a reader of CSV finds them below its header."""
    lists = [fragment.lists["errors"] for fragment in file.fragments if "errors" in fragment.lists]
    text = b"".join([file.format.list_header("errors", file.layout), *(lines.data for lines in lists)])
    heading, *rows = csv.reader(StringIO(text.decode(), newline=""))
    assert heading == ["key", "column", "reason", "value"]
    assert len(rows) == sum(lines.rows for lines in lists)
    return rows


FIDELITY = [
    ("text", "", "VARCHAR", ""),
    ("text", "NUL \0 \x01\ufffe\r\n", "VARCHAR", "NUL \0 \x01\ufffe\r\n"),
    ("text", "007 =1+1 é 😀", "VARCHAR", "007 =1+1 é 😀"),
    ("boolean", True, "BOOLEAN", True),
    ("integer", -(2**63), "BIGINT", -(2**63)),
    ("integer", 2**63 - 1, "BIGINT", 2**63 - 1),
    ("decimal", "-12345678901234567890.1234567890", "VARCHAR", "-12345678901234567890.1234567890"),
    ("float", 0.1, "DOUBLE", 0.1),
    ("float", float("-inf"), "DOUBLE", float("-inf")),
    ("date", date(1, 1, 1), "DATE", date(1, 1, 1)),
    ("date", date(9999, 12, 31), "DATE", date(9999, 12, 31)),
    ("time", "13:05:00", "VARCHAR", "13:05:00"),
    ("interval", "-P1DT2H", "VARCHAR", "-P1DT2H"),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", "VARCHAR", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"),
    ("binary", b"\xfb\xff\x00", "BLOB", b"\xfb\xff\x00"),
    ("json", '{"a":[1,null]}', "VARCHAR", '{"a":[1,null]}'),
]


@pytest.mark.parametrize(("type", "value", "stored", "expected"), FIDELITY)
def test_each_value_is_stored_as_its_type(one, query, type, value, stored, expected):
    file = one("parquet", type, [value, None])
    assert query(file, "SELECT typeof(value), value FROM @file") == [(stored, expected), (stored, None)]
    assert (values(file), file.warnings) == ([value, None], {})


@pytest.mark.parametrize(
    "moment", [MOMENT, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)]
)
def test_moments_are_utc_whatever_the_zone_of_the_export(one, query, moment):
    file = one("parquet", "datetime", [moment], timezone="Europe/Berlin")
    (found,) = query(file, "SELECT typeof(value), epoch_us(value) FROM @file")
    microseconds = (
        round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**6 + moment.microsecond
    )
    assert found == ("TIMESTAMP WITH TIME ZONE", microseconds)
    assert values(file) == [moment]


def test_decimals_with_a_scale_are_decimals(render, query):
    column = Column("value", "decimal", "Value", scale=2)
    texts = ["12.50", "-0.003", "7", "1.500", "0" * 40 + "1.20", "-0.0", "9" * 36 + ".99", "9" * 37, None]
    file = render("parquet", (column,), frame_of((column,), [(text,) for text in texts]))
    largest = Decimal("9" * 36 + ".99")
    expected = [Decimal("12.50"), None, 7, Decimal("1.5"), Decimal("1.2"), 0, largest, None, None]
    found = query(file, "SELECT typeof(value), value FROM @file")
    assert {type for type, _ in found} == {"DECIMAL(38,2)"}
    assert [value for _, value in found] == expected == values(file)
    reason = "More than 38 digits, or more than 2 of them behind the point"
    assert errors(file) == [["2", "value", reason, '"-0.003"'], ["8", "value", reason, f'"{"9" * 37}"']]
    assert file.warnings == {"odd_values": 2}


@pytest.mark.parametrize("scale", [0, 38])
def test_decimals_of_any_scale_that_there_can_be(render, scale):
    column = Column("value", "decimal", "Value", scale=scale)
    largest = "9" * 38 if scale == 0 else "0." + "9" * 38
    texts = [largest, "-" + largest, "1" + largest, "x", "", ".", "1.", "1e3"]
    file = render("parquet", (column,), frame_of((column,), [(text,) for text in texts]))
    assert values(file)[:2] == [Decimal(largest), Decimal("-" + largest)]
    assert values(file)[2:] == [None] * 6
    assert [line[3] for line in errors(file)] == [f'"{text}"' for text in texts[2:]]


@pytest.mark.parametrize("scale", [-2, 39])
def test_decimals_of_another_scale_are_text(render, scale):
    column = Column("value", "decimal", "Value", scale=scale)
    assert values(render("parquet", (column,), frame_of((column,), [("1200",)]))) == ["1200"]


def test_values_that_do_not_fit_are_null_and_listed_with_key_and_reason(render):
    columns = columns_of("integer", "date", "text")
    frame = frame_of(
        columns,
        [(1, None, None), (None, date(2026, 1, 5), "x")],
        {"integer": [None, '=1"'], "date": ["soon", None], "text": ["/w==", None]},
    )
    file = render("parquet", columns, frame, frame)
    assert (
        pl.read_parquet(BytesIO(file.data)).rows() == [(1, None, "/w=="), (None, date(2026, 1, 5), "x")] * 2
    )
    lines = [
        ["2", "integer", "Not of the type integer", '"=1\\""'],
        ["1", "date", "Not of the type date", '"soon"'],
    ]
    assert errors(file) == lines * 2
    assert file.warnings == {"odd_values": 6}


def test_related_rows_are_lists_of_structs(render, query):
    columns = (Column("id", "integer", "ID"), ITEMS)
    items = [{"sku": "a", "price": "1.5", "on": date(2026, 1, 5)}, {"sku": None, "price": None, "on": None}]
    frame = frame_of(columns, [(1, items), (2, []), (3, items[:1])])
    file = render("parquet", columns, frame, frame_of(columns, [(4, [])]))
    ((type,),) = query(file, "SELECT DISTINCT typeof(items) FROM @file")
    assert type == 'STRUCT(sku VARCHAR, price DECIMAL(38,2), "on" DATE)[]'
    found = [{**items[0], "price": Decimal("1.5")}, items[1]]
    assert query(file, "SELECT id, items FROM @file") == [(1, found), (2, []), (3, found[:1]), (4, [])]


def test_related_values_that_do_not_fit_are_listed_under_the_key_of_their_row(render):
    items = [{"sku": "a", "price": "0.001", "on": None, odd("on"): "soon"}]
    frame = pl.DataFrame({"items": [[], items, items], key(0): ["x", "y", "z"]})
    file = render("parquet", (ITEMS,), frame)
    reason = "More than 38 digits, or more than 2 of them behind the point"
    assert errors(file) == [
        *(["y", "items.price", reason, '"0.001"'], ["z", "items.price", reason, '"0.001"']),
        *(
            ["y", "items.on", "Not of the type date", '"soon"'],
            ["z", "items.on", "Not of the type date", '"soon"'],
        ),
    ]
    nothing = {"sku": "a", "price": None, "on": None}
    assert pl.read_parquet(BytesIO(file.data))["items"].to_list() == [[], [nothing], [nothing]]


def test_columns_are_called_by_their_new_names(render):
    column = Column("customer.email", "text", "Mail", alias="Mail")
    found = pl.read_parquet(BytesIO(render("parquet", (column,), frame_of((column,), [("x",)])).data))
    assert found.to_dict(as_series=False) == {"Mail": ["x"]}


@pytest.fixture(scope="module")
def large():
    """30,000 rows in three parts, with pages of more than a megabyte and dictionaries: columns and frames."""
    columns = (Column("n", "integer", "N"), Column("word", "text", "W"), Column("long", "text", "L"))
    parts = [
        pl.select(n=pl.int_range(start, start + 10_000)).with_columns(
            pl.format("word {}", pl.col("n") % 7).alias("word"),
            pl.concat_str(*(pl.col("n").hash(k) for k in range(15))).alias("long"),
            pl.col("n").alias(key(0)),
        )
        for start in (0, 10_000, 20_000)
    ]
    return columns, parts


def test_parts_are_row_groups_whose_offsets_and_extremes_are_right(render, query, large):
    columns, parts = large
    file = render("parquet", columns, *parts)
    groups = query(
        file, "SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(@file) ORDER BY 1"
    )
    assert groups == [(0, 10_000), (1, 10_000), (2, 10_000)]
    assert query(file, "SELECT num_rows, num_row_groups FROM parquet_file_metadata(@file)") == [(30_000, 3)]
    offsets = query(file, "SELECT data_page_offset, dictionary_page_offset FROM parquet_metadata(@file)")
    starts = [min(filter(None, pair)) for pair in offsets]
    assert starts == sorted(starts)
    assert starts[0] == 4
    ends = query(
        file, "SELECT max(coalesce(dictionary_page_offset, data_page_offset)) FROM parquet_metadata(@file)"
    )
    assert len(file.data) > ends[0][0] > 1 << 20
    # Only a right pair of extremes leads to the row group.
    assert query(file, "SELECT word FROM @file WHERE n = 19999") == [(f"word {19_999 % 7}",)]
    found = pl.read_parquet(BytesIO(file.data))
    assert found.equals(pl.concat(parts).drop(key(0)))
    assert query(file, "SELECT sum(n), sum(length(long)) FROM @file") == [
        (found["n"].sum(), found["long"].str.len_bytes().sum())
    ]


def test_frames_in_other_chunks_make_the_same_bytes(render, large):
    columns, parts = large
    pieces = pl.concat([parts[0][:3_000], parts[0][3_000:]], rechunk=False)
    assert pieces["long"].n_chunks() == 2
    assert render("parquet", columns, pieces).data == render("parquet", columns, parts[0]).data


def test_more_row_groups_than_an_ordinal_can_count(render, query):
    columns = columns_of(n="integer")
    file = render("parquet", columns, frame_of(columns, [(5,)]))
    fragment = file.fragments[0].data
    out = BytesIO()
    count = 33_000
    file.format.write([lambda: [fragment]] * count, file.layout, [Place()] * count, [1] * count, out)
    assert query(out.getvalue(), "SELECT count(*), sum(n) FROM @file") == [(count, 5 * count)]


def test_a_file_without_rows_has_all_columns(render, query):
    columns = (*columns_of(*TYPES), ITEMS, Column("amount", "decimal", "Amount", scale=4))
    some = frame_of(columns, [[None] * len(TYPES) + [[], None]])
    for file in render("parquet", columns), render("parquet", columns, frame_of(columns, [])):
        assert query(file, "DESCRIBE FROM @file") == query(
            render("parquet", columns, some), "DESCRIBE FROM @file"
        )
        assert query(file, "SELECT count(*) FROM @file") == [(0,)]


@pytest.mark.parametrize("left", [0, 3, 40])
def test_a_fragment_that_ends_too_early_is_refused(one, left):
    file = one("parquet", "integer", [1])
    with pytest.raises(ValueError, match="middle of its record"):
        file.format.write(
            [lambda: [file.fragments[0].data[:left]]], file.layout, file.places, file.rows, BytesIO()
        )


integers = st.integers(-(2**63), 2**63 - 1)
scalars = st.one_of(
    st.tuples(st.sampled_from([4, 5, 6]), integers),
    st.tuples(st.just(8), st.binary(max_size=200)),
    st.tuples(st.sampled_from([1, 2]), st.none()),
    st.tuples(st.just(7), st.binary(min_size=8, max_size=8)),
    st.tuples(st.just(3), st.integers(0, 255)),
)
structs = st.recursive(
    st.dictionaries(st.integers(-(2**15), 2**15 - 1), scalars, max_size=5),
    lambda inner: st.dictionaries(
        st.integers(1, 40),
        st.one_of(
            scalars,
            st.tuples(st.just(12), inner),
            st.tuples(st.just(9), st.tuples(st.just(12), st.lists(inner, max_size=20))),
            st.tuples(st.just(9), st.tuples(st.just(6), st.lists(integers, max_size=20))),
        ),
        max_size=4,
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(structs, st.binary(max_size=3))
def test_any_record_reads_back_as_it_was_written(struct, behind):
    data = written(struct)
    found, end = read_struct(b"\xff" + data + behind, 1)
    assert (found, end) == (struct, 1 + len(data))
