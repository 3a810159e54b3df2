"""Strict resources: a row with a value that does not fit its type fails, and is said so line by line."""

import sqlite3

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from dashboard.columns import key
from dashboard.criteria import Comparison
from dashboard.sources import load
from tests.sources.reading import make_query, values, without_keys

SCRIPT = """
    CREATE TABLE ones (a TEXT, b INTEGER, n INTEGER, at DATETIME, PRIMARY KEY (a, b));
    CREATE TABLE others (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, amount NUMERIC(5, 2),
        FOREIGN KEY (a, b) REFERENCES ones (a, b));
    INSERT INTO ones VALUES ('x', 1, 1, '2026-11-21'), ('x', 2, 'two', 'soon'), ('x', 3, 3, '2026-11-23'),
        ('y', 1, 4.5, NULL), ('y', 2, NULL, NULL);
    INSERT INTO others VALUES (1, 'x', 1, 2), (2, 'x', 3, 'n/a'), (3, 'x', 3, 1), (4, 'x', 3, x'ff');
"""


@pytest.fixture
def catalog(tmp_path):
    path = tmp_path / "source.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(SCRIPT)
    connection.close()
    text = f'[sources.a]\nurl = "sqlite:///{path}"\n[resources.ones]\nstrict = true\n[resources.others]\n'
    (tmp_path / "sources.toml").write_text(text)
    return load(str(tmp_path / "sources.toml"))


@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
@pytest.mark.parametrize("part_rows", [1, 2, 10])
def test_rows_that_do_not_fit_fail_with_a_line_for_each_value(catalog, part_rows, by_rows):
    source = catalog.source("ones")
    query = make_query(catalog, "ones", ["n", "at", "others.amount", "others.id"])
    with (source._rows if by_rows else source).reading(query, part_rows) as reading:
        parts = list(reading.parts())
    assert [len(part.frame) + part.failed_rows for part in parts] == [
        min(part_rows, 5 - first) for first in range(0, 5, part_rows)
    ]
    failed = pl.concat(part.failed for part in parts)
    assert failed.rows() == [
        ("x, 2", "n", "not an integer", "two"),
        ("x, 2", "at", "not a date and time of the years 1 to 9999", "soon"),
        ("x, 3", "others.amount", "not a decimal number", "n/a"),
        ("x, 3", "others.amount", "not a decimal number", "/w=="),
        ("y, 1", "n", "not an integer", "4.5"),
    ]
    kept = pl.concat(part.frame for part in parts)
    assert kept.columns == ["n", "at", "others", key(0), key(1)], "no companion of odd values is left"
    assert kept.schema["others"] == query.columns[2].dtype
    assert kept.select(key(0), key(1)).rows() == [("x", 1), ("y", 2)]
    assert kept["others"].to_list() == [[{"amount": "2.00", "id": 1}], []]
    assert sum(part.odd_values for part in parts) == 0
    assert (parts[0].first_key, parts[-1].last_key) == (["x", 1], ["y", 2]), "of the rows read"


def test_the_rows_of_other_resources_stay_whatever_is_in_them(catalog):
    query = make_query(catalog, "others", ["id", "amount", "ones.n"])
    with catalog.source("others").reading(query, 10) as reading:
        (part,) = reading.parts()
    assert values(part.frame, "amount") == ["2.00", ("odd", "n/a"), "1.00", ("odd", "/w==")]
    assert (part.failed.is_empty(), part.failed_rows, part.odd_values) == (True, 0, 2)


def test_only_the_asked_columns_must_fit(catalog):
    with catalog.source("ones").reading(make_query(catalog, "ones", ["a"]), 10) as reading:
        (part,) = reading.parts()
    assert (len(part.frame), part.failed_rows) == (5, 0)


def test_a_part_may_fail_whole(catalog):
    query = make_query(catalog, "ones", ["n"], where=Comparison("a", "eq", "y"))
    with catalog.source("ones").reading(query, 1) as reading:
        first, second = reading.parts()
    assert (len(first.frame), first.failed_rows, first.failed["key"].to_list()) == (0, 1, ["y, 1"])
    assert first.frame.schema == second.frame.schema
    assert (len(second.frame), second.failed_rows, reading.total) == (1, 0, 2)


def test_pages_by_key_go_on_behind_rows_that_failed(tmp_path):
    with sqlite3.connect(tmp_path / "source.sqlite") as connection:
        connection.execute("CREATE TABLE ones (id INTEGER PRIMARY KEY, n INTEGER)")
        connection.executemany(
            "INSERT INTO ones VALUES (?, ?)", [(n, "x" if n % 3 == 2 else n) for n in range(10)]
        )
    connection.close()
    text = f'[sources.a]\nurl = "sqlite:///{tmp_path}/source.sqlite"\n[resources.ones]\nstrict = true\n'
    (tmp_path / "sources.toml").write_text(text)
    catalog = load(str(tmp_path / "sources.toml"))
    with catalog.source("ones").reading(make_query(catalog, "ones", ["n"]), 3) as reading:
        parts = list(reading.parts())
    assert [part.frame["n"].to_list() for part in parts] == [[0, 1], [3, 4], [6, 7], [9]]
    assert [part.failed["key"].to_list() for part in parts] == [["2"], ["5"], ["8"], []]


@pytest.mark.postgresql
def test_values_that_have_no_place_fail_on_postgresql_too(postgresql_url, tmp_path):
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE ones (id integer PRIMARY KEY, v numeric, d date)")
        connection.execute(
            "INSERT INTO ones VALUES (1, 'NaN', '2026-11-21'), (2, 1.5, 'infinity'), (3, 2.5, NULL)"
        )
    text = '[sources.a]\nurl = "${PG}"\n[resources.ones]\nstrict = true\n'
    (tmp_path / "sources.toml").write_text(text)
    catalog = load(str(tmp_path / "sources.toml"), {"PG": postgresql_url})
    query = make_query(catalog, "ones")
    with catalog.source("ones").reading(query, 10) as reading:
        (part,) = reading.parts()
    assert part.failed.rows() == [
        ("1", "v", "not a decimal number", "NaN"),
        ("2", "d", "not a date of the years 1 to 9999", "infinity"),
    ]
    assert part.frame["id"].to_list() == [3]
    preview = catalog.source("ones").preview(query, 10)
    assert_frame_equal(without_keys(preview), without_keys(part.frame))
