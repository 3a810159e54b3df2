"""SQLite with whatever it lets people store: odd values, odd keys, odd orders, other processes writing."""

import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dashboard.columns import key
from dashboard.criteria import Comparison
from dashboard.sources import SourceAway, SourceChanged, SourceSlow, load
from dashboard.sources.sqlite_file import uri_of
from tests.sources.reading import make_query, read, values

MOMENT = datetime(2009, 1, 2, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    """Runs a script in a new SQLite file and gives its URL."""

    def make(script, rows=(), insert=""):
        path = tmp_path / "source.sqlite"
        connection = sqlite3.connect(path)
        connection.executescript(script)
        if insert:
            connection.executemany(insert, rows)
        connection.commit()
        connection.close()
        return f"sqlite:///{path}"

    return make


def stored(database, declared, given):
    """A table with one column of this declared type, holding these values."""
    rows = list(enumerate(given))
    return database(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {declared})", rows, "INSERT INTO t VALUES (?, ?)"
    )


@pytest.mark.parametrize("by_rows", [False, True])
@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("INTEGER", [1, None, -(2**63), 2**63 - 1], [1, None, -(2**63), 2**63 - 1]),
        ("INTEGER", [1, 2.5, "x", b"\0\xff", "7"], [1, ("odd", "2.5"), ("odd", "x"), ("odd", "AP8="), 7]),
        ("INTEGER", [9007199254740993, 0.5], [9007199254740993, ("odd", "0.5")]),
        ("INTEGER", [1e300], [("odd", "1e+300")]),
        (
            "NUMERIC(10,2)",
            [0.99, 12.5, 3, None, 1e21],
            ["0.99", "12.50", "3.00", None, "1000000000000000000000.00"],
        ),
        ("NUMERIC(10,2)", [0.125, 0.1 + 0.2, 1e-7], ["0.125", "0.30000000000000004", "0.0000001"]),
        ("NUMERIC(10,2)", [9007199254740993, 0.5], ["9007199254740993.00", "0.50"]),
        (
            "NUMERIC(10,2)",
            ["abc", 1, float("inf"), b"1"],
            [("odd", "abc"), "1.00", ("odd", "Infinity"), ("odd", "MQ==")],
        ),
        ("NUMERIC", [14, 9.8, -0.5], ["14", "9.8", "-0.5"]),
        ("DECIMAL(5,0)", [5, 2.5], ["5", "2.5"]),
        ("REAL", [1.5, None, 3, float("inf")], [1.5, None, 3.0, float("inf")]),
        ("REAL", ["1e999", "2.5", "x"], [float("inf"), 2.5, ("odd", "x")]),
        ("TEXT", ["007", "", None, "a\0b", "é\u2028"], ["007", "", None, "a\0b", "é\u2028"]),
        ("TEXT", ["a", b"\xff"], ["a", ("odd", "/w==")]),
        ("STRING", ["007", "x", 1.5, b"ab"], ["7", "x", "1.5", ("odd", "YWI=")]),
        ("", ["007", 7, 0.1, None], ["007", "7", "0.1", None]),
        ("BOOLEAN", [0, 1, None], [False, True, None]),
        ("BOOLEAN", ["true", "F", 2, "x", 0.5], [True, False, ("odd", "2"), ("odd", "x"), ("odd", "0.5")]),
        ("DATE", ["1996-07-04", None], [date(1996, 7, 4), None]),
        (
            "DATE",
            ["1996-07-04 00:00:00", "1996-07-04T13:00:00", "1996-02-30", 5, ""],
            [
                date(1996, 7, 4),
                ("odd", "1996-07-04T13:00:00"),
                ("odd", "1996-02-30"),
                ("odd", "5"),
                ("odd", ""),
            ],
        ),
        (
            "DATETIME",
            [
                "2009-01-02",
                "2009-01-02 00:00",
                "2009-01-02 00:00:00",
                "2009-01-02T00:00:00.000",
                "2009-01-02 00:00:00Z",
            ],
            [MOMENT] * 5,
        ),
        (
            "DATETIME",
            ["2009-01-02T02:00:00+02:00", "2009-01-01 19:00:00-0500", "2009-01-02 00:00:00.000000+00:00"],
            [MOMENT] * 3,
        ),
        (
            "DATETIME",
            ["2009-01-02 00:00:00.123456", "2009-01-02 00:00:00.1", "9999-12-31 23:59:59.999999"],
            [
                MOMENT.replace(microsecond=123456),
                MOMENT.replace(microsecond=100000),
                datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
            ],
        ),
        (
            "DATETIME",
            ["0000-00-00 00:00:00", 1230854400, "10000-01-01 00:00:00", "soon", 1.5, "0000-05-05"],
            [
                ("odd", "0000-00-00 00:00:00"),
                ("odd", "1230854400"),
                ("odd", "10000-01-01 00:00:00"),
                ("odd", "soon"),
                ("odd", "1.5"),
                ("odd", "0000-05-05"),
            ],
        ),
        ("TIME", ["13:05:00", "13:05", "25:00", 5], ["13:05:00", "13:05:00", ("odd", "25:00"), ("odd", "5")]),
        ("BLOB", [b"", b"\0\xff", None], [b"", b"\0\xff", None]),
        ("BLOB", [b"x", "text", 5], [b"x", ("odd", "text"), ("odd", "5")]),
        (
            "JSON",
            ['{"a": [1, 2.10], "b c": "d e"}', "[", 5, "NaN", None],
            ['{"a":[1,2.10],"b c":"d e"}', ("odd", "["), "5", ("odd", "NaN"), None],
        ),
        ("INTEGER", [None, None], [None, None]),
        ("DATETIME", [None], [None]),
    ],
)
def test_a_value_is_typed_or_stands_beside_as_text(database, declared, given, expected, by_rows):
    frame = read(stored(database, declared, given), "t", ["v"], by_rows=by_rows)
    found = values(frame, "v")
    assert found == expected
    assert [type(one) for one in found] == [type(one) for one in expected]


@pytest.mark.parametrize("by_rows", [False, True])
def test_invalid_utf8_is_replaced_and_counted(database, by_rows):
    url = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w TEXT);"
        "INSERT INTO t VALUES (1, 'ok', 'a'), (2, CAST(x'61ff62efbfbd' AS TEXT), 'b'), (3, 'é', CAST(x'c3' AS TEXT))"
    )
    frame = read(url, "t", by_rows=by_rows, part_rows=2)
    assert frame["v"].to_list() == ["ok", "a\ufffdb\ufffd", "é"]
    assert frame["w"].to_list() == ["a", "b", "\ufffd"]
    catalog = load(url)
    with catalog.source("t").reading(make_query(catalog, "t"), 10) as reading:
        assert [part.replaced for part in reading.parts()] == [2]


def test_one_odd_value_far_into_a_table_bends_no_other(database):
    given = [round(number / 100, 2) for number in range(1000)]
    given[777] = "n/a"
    frame = read(stored(database, "NUMERIC(10,2)", given), "t", ["v"], part_rows=100)
    expected = [f"{number:.2f}" if isinstance(number, float) else ("odd", number) for number in given]
    assert values(frame, "v") == expected


ANY_VALUE = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.binary(max_size=6),
    st.sampled_from(["2026-01-02", "2026-01-02 03:04:05", "1.50", "true", "{}", "12:30", "-7", "1e5"]),
)


@settings(max_examples=60, deadline=None)
@given(
    declared=st.sampled_from(
        ["INTEGER", "NUMERIC(9,2)", "REAL", "TEXT", "", "DATE", "DATETIME", "BOOLEAN", "BLOB", "TIME"]
    ),
    given=st.lists(ANY_VALUE, min_size=1, max_size=12),
)
def test_both_ways_agree_on_whatever_is_stored(tmp_path_factory, declared, given):
    path = tmp_path_factory.mktemp("any") / "source.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {declared})")
        connection.executemany("INSERT INTO t (v) VALUES (?)", [(one,) for one in given])
    connection.close()
    quick = read(f"sqlite:///{path}", "t", part_rows=5)
    assert_frame_equal(quick, read(f"sqlite:///{path}", "t", by_rows=True), check_column_order=False)
    shown = [one is not None for one in values(quick, "v")]
    assert shown == [one is not None for one in given], "a value that is there is never lost"


KEYS = {
    "an integer": "CREATE TABLE t (k INTEGER PRIMARY KEY, v)",
    "text": "CREATE TABLE t (k TEXT PRIMARY KEY, v)",
    "text without rowid": "CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
    "two columns": "CREATE TABLE t (k TEXT, l INTEGER, v, PRIMARY KEY (k, l))",
    "two columns without rowid": "CREATE TABLE t (k, l INTEGER, v, PRIMARY KEY (k, l)) WITHOUT ROWID",
    "no case": "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v)",
    "anything": "CREATE TABLE t (k PRIMARY KEY, v)",
    "a quirk": "CREATE TABLE t (k INTEGER PRIMARY KEY DESC, v)",
    "a column named rowid": "CREATE TABLE t (rowid TEXT, oid TEXT, k PRIMARY KEY, v)",
}
SORTS = [(), ("v",), ("-v",), ("-v", "k")]


def any_keys(name):
    if name == "an integer":
        return [(number * 3 - 40,) for number in range(50)]
    if name.startswith("two columns"):
        return [(f"k{number % 7}", number) for number in range(50)]
    if name in ("anything", "a column named rowid"):
        mixed = [None, 1, 1.5, "1", b"1", b"\xff\0", "", b"", 2**62, -1e300, None, None, "é"]
        return [(one,) for one in mixed] + [(f"k{number}",) for number in range(37)]
    if name == "a quirk":
        return [(None,), (None,)] + [(number,) for number in range(48)]
    return [(f"K{number}" if number % 2 else f"k{number}",) for number in range(50)]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", KEYS)
def test_each_row_is_read_exactly_once_in_order(database, name, sort):
    rows = [(*key, None if number % 5 == 0 else number % 4) for number, key in enumerate(any_keys(name))]
    columns = "k, l, v" if name.startswith("two") else "k, v"
    marks = ", ".join("?" * len(rows[0]))
    url = database(KEYS[name], rows, f"INSERT INTO t ({columns}) VALUES ({marks})")
    read_at_once = read(url, "t", sort=sort)
    for part_rows in (1, 7, 49):
        assert_frame_equal(
            read(url, "t", sort=sort, part_rows=part_rows), read_at_once, check_column_order=False
        )
    assert_frame_equal(read(url, "t", sort=sort, by_rows=True), read_at_once, check_column_order=False)
    assert len(read_at_once) == 50
    expected_v = sorted((row[-1] for row in rows), key=lambda v: (v is None, v or 0))
    if sort[:1] == ("v",):
        assert [v and int(v) for v in read_at_once["v"]] == [v and int(v) for v in expected_v]
    if sort[:1] == ("-v",):
        assert [v and int(v) for v in read_at_once["v"]] == [v and int(v) for v in reversed(expected_v)]
    assert read_at_once["v"].null_count() == 10


def test_a_limit_holds_in_every_order_and_with_every_part_size(database):
    url = stored(database, "INTEGER", range(30))
    for sort, first in ((), 0), (("-v",), 29):
        for part_rows in (4, 10, 100):
            frame = read(url, "t", sort=sort, part_rows=part_rows, limit=10)
            assert len(frame) == 10
            assert frame["v"][0] == first
    assert read(url, "t", limit=0).is_empty()


def test_keys_of_parts_are_those_of_their_first_and_last_rows(database):
    url = stored(database, "TEXT", "abcdef")
    catalog = load(url)
    with catalog.source("t").reading(make_query(catalog, "t", ["v"]), 4) as reading:
        assert [(part.first_key, part.last_key) for part in reading.parts()] == [([0], [3]), ([4], [5])]


def test_datetimes_sort_by_moment_and_not_by_spelling(database):
    given = [
        "2026-01-02 00:00:00",
        "2026-01-01T23:59:59.5",
        "2026-01-02T02:00:00+03:00",
        "2026-01-01 23:59:59.500001",
        None,
    ]
    frame = read(stored(database, "DATETIME", given), "t", sort=("v",), part_rows=2)
    assert frame["id"].to_list() == [2, 1, 3, 0, 4]


def test_a_filter_with_a_relation_neither_loses_nor_doubles(database):
    url = database(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, country TEXT);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people(id));"
        "INSERT INTO people VALUES (1, 'DE'), (2, 'FR');",
        [(number, (1, 2, None, 99)[number % 4]) for number in range(100)],
        "INSERT INTO t VALUES (?, ?)",
    )
    frame = read(
        url, "t", ["id", "person.country"], where=Comparison("person.country", "ne", "FR"), part_rows=6
    )
    assert frame["id"].to_list() == [number for number in range(100) if number % 4 != 1]
    assert frame["person.country"].to_list()[:3] == ["DE", None, None]


def test_all_rows_are_of_one_moment_while_another_process_writes(database, tmp_path):
    url = stored(database, "INTEGER", [0] * 2000)
    path = tmp_path / "source.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    change = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "c.execute('UPDATE t SET v = v + 1'); c.execute('INSERT INTO t (v) VALUES (7)');"
        "c.execute('DELETE FROM t WHERE id = 1500'); c.commit()"
    )
    for sort in ((), ("-v",)):
        with sqlite3.connect(path) as connection:
            before = [value for (value,) in connection.execute("SELECT v FROM t ORDER BY id")]
        connection.close()
        catalog = load(url)
        with catalog.source("t").reading(make_query(catalog, "t", sort=sort), 700) as reading:
            seen = []
            for part in reading.parts():
                subprocess.run([sys.executable, "-c", change, str(path)], check=True)
                seen += part.frame["v"].to_list()
        assert len(seen) > 1400, "at least two of the changes came between parts"
        assert seen == sorted(before, reverse=True) if sort else before


def test_a_wal_database_that_nobody_has_open_is_read_in_a_folder_without_write_permission(database, tmp_path):
    url = stored(database, "INTEGER", [1, 2])
    path = tmp_path / "source.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    # Root may write anywhere, so ask the same question as another user would.
    code = (
        "import os, sys; from dashboard.sources import load; from tests.sources.reading import read;"
        "import adbc_driver_sqlite; adbc_driver_sqlite._driver_path(); os.getuid() or os.setuid(65534);"
        "print(read(sys.argv[1], 't')['v'].to_list())"
    )
    # Others test in the folders above at the same time.
    above = [folder for folder in tmp_path.parents if not folder.stat().st_mode & 0o005]
    for folder, mode in ((tmp_path, 0o555), *((folder, 0o755) for folder in above)):
        folder.chmod(mode)
    try:
        done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=False)
    finally:
        for folder in (tmp_path, *above):
            folder.chmod(0o700)
    assert done.stdout == "[1, 2]\n", done.stderr


def test_reading_writes_nothing_beside_the_file(database, tmp_path):
    read(stored(database, "INTEGER", range(50)), "t", sort=("-v",), part_rows=3)
    assert [one.name for one in tmp_path.iterdir()] == ["source.sqlite"]


def test_a_table_or_column_that_is_gone_is_said_so(database, tmp_path):
    url = stored(database, "INTEGER", [1])
    catalog = load(url)
    with sqlite3.connect(tmp_path / "source.sqlite") as connection:
        connection.execute("ALTER TABLE t RENAME COLUMN v TO w")
    connection.close()
    query = make_query(catalog, "t")
    with pytest.raises(SourceChanged), catalog.source("t").reading(query, 10) as reading:
        list(reading.parts())
    with pytest.raises(SourceChanged):
        catalog.source("t").preview(query, 5)


def test_a_file_that_is_away_is_worth_another_try_and_is_not_made(database, tmp_path):
    catalog = load(stored(database, "INTEGER", [1]))
    path = tmp_path / "source.sqlite"
    path.unlink()
    with pytest.raises(SourceAway), catalog.source("t").reading(make_query(catalog, "t"), 10):
        pass
    with pytest.raises(SourceAway):
        catalog.source("t").check()
    assert not path.exists()


def test_counting_stops_at_its_time_limit(database):
    url = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " INSERT INTO t SELECT i, hex(randomblob(50)) FROM n"
    )
    catalog = load(url)
    query = make_query(catalog, "t", where=Comparison("v", "icontains", "no such text"))
    with pytest.raises(SourceSlow):
        catalog.source("t").count(query, seconds=0.005)
    assert catalog.source("t").count(query, seconds=60) == 0


def test_a_preview_has_the_first_rows_as_they_would_be_staged(database):
    url = stored(database, "NUMERIC(10,2)", [3, "x", 1.5, 2])
    catalog = load(url)
    frame = catalog.source("t").preview(make_query(catalog, "t", sort=("id",)), 2, seconds=5)
    assert values(frame, "v") == ["3.00", ("odd", "x")]
    assert catalog.source("t").preview(make_query(catalog, "t", limit=1), 5).height == 1
    nothing = catalog.source("t").preview(make_query(catalog, "t", where=Comparison("id", "eq", 99)), 5)
    assert nothing.schema == {"id": pl.Int64, "v": pl.String, key(0): pl.Int64}


def test_a_path_with_marks_of_a_uri_is_opened_as_it_is(tmp_path):
    path = tmp_path / "a b?c#d%20.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    connection.close()
    from sqlalchemy import URL

    assert sqlite3.connect(uri_of(URL.create("sqlite", database=str(path))), uri=True).execute(
        "SELECT * FROM t"
    )
