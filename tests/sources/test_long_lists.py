"""Tens of thousands of values in one condition, as a filter file brings them, in every way of reading."""

import sqlite3
import time
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from dashboard.criteria import Comparison, Not
from dashboard.criteria.sql import SHORT_LIST
from tests.sources.reading import read

MANY = 70_000  # more than any of the databases takes as single values
WANTED = [3, 7, 50]
# What row number n has in each column, as a criterion gives it.
VALUES = {
    "id": lambda n: n,
    "code": lambda n: f"c'{n}",
    "price": lambda n: Decimal(n) / 4,
    "token": lambda n: str(UUID(int=n)),
}


def fill(connection, placeholder):
    rows = [
        (n, f"c'{n}", float(n) / 4 if placeholder == "?" else Decimal(n) / 4, str(UUID(int=n)))
        for n in range(1, 101)
    ]
    marks = ", ".join([placeholder] * 4)
    cursor = connection.cursor()
    cursor.execute(
        "CREATE TABLE things (id INTEGER PRIMARY KEY, code VARCHAR(40), price NUMERIC(10, 2), token UUID)"
    )
    cursor.executemany(f"INSERT INTO things VALUES ({marks})", rows)
    cursor.execute(f"INSERT INTO things (id) VALUES ({placeholder})", (101,))
    connection.commit()
    connection.close()


@pytest.fixture
def sqlite_url(tmp_path):
    fill(sqlite3.connect(tmp_path / "things.sqlite"), "?")
    return f"sqlite:///{tmp_path / 'things.sqlite'}"


@pytest.fixture
def url(request):
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        fill(psycopg.connect(url), "%s")
        return url
    return request.getfixturevalue("sqlite_url")


@pytest.mark.parametrize("by_rows", [False, True], ids=["adbc", "rows"])
@pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
@pytest.mark.parametrize("field", list(VALUES))
def test_a_long_list_means_what_a_short_one_means(url, field, by_rows):
    if field == "price" and url.startswith("sqlite"):
        pytest.skip("amounts are binary numbers there, and lists of those stay short")
    value = VALUES[field]
    short = Comparison(field, "in", tuple(value(n) for n in WANTED))
    long = Comparison(
        field, "in", tuple(value(n) for n in [*WANTED, *range(1000, 1000 + MANY - len(WANTED))])
    )
    assert len(short.value) <= SHORT_LIST < len(long.value)
    started = time.monotonic()
    for condition in (long, Comparison(field, "not_in", long.value), Not(long)):
        positive = condition is long
        expected = WANTED if positive else [n for n in range(1, 102) if n not in WANTED]
        assert read(url, "things", ["id"], where=condition, by_rows=by_rows)["id"].to_list() == expected
    assert read(url, "things", ["id"], where=short, by_rows=by_rows)["id"].to_list() == WANTED
    assert time.monotonic() - started < 30
