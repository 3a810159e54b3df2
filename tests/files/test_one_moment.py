"""A file holds the rows of one moment, whatever others write to the source while it is read."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dashboard import lifecycle
from dashboard.criteria import Comparison
from tests.files.reading import read_csv

ROWS = 1_000
TABLES = (
    "CREATE TABLE items (id INTEGER PRIMARY KEY, rank INTEGER, note VARCHAR(40))",
    "CREATE TABLE names (code VARCHAR(20), place INTEGER, rank INTEGER, PRIMARY KEY (code, place))",
)
# What is asked for, and in which order and where of plain SQL it stands.
ASKED = {
    "in the order of the key": ("items", {}, "id", "1 = 1"),
    "sorted by what changes": ("items", {"sort": ["-rank"]}, "rank DESC, id", "1 = 1"),
    "filtered by what changes": ("items", {"where": Comparison("rank", "gte", 100)}, "id", "rank >= 100"),
    "filtered and sorted": (
        *("items", {"where": Comparison("rank", "gte", 100), "sort": ["note"]}),
        *("note, id", "rank >= 100"),
    ),
    "in the order of a text key": ("names", {}, "code, place", "1 = 1"),
    "of a text key, sorted": ("names", {"sort": ["rank"]}, "rank, code, place", "1 = 1"),
}


class Others:
    """The connection of somebody else, who commits each statement."""

    def __init__(self, connection, mark):
        self.connection, self.mark = connection, mark
        self.random, self.times = random.Random(5), 0

    def run(self, statement, rows=()):
        cursor = self.connection.cursor()
        statement = statement.replace("?", self.mark)
        return cursor.executemany(statement, rows) if rows else cursor.execute(statement)

    def fill(self):
        for table in TABLES:
            self.run(table)
        # A hundred apart, so that there is room between any two.
        self.run(
            "INSERT INTO items VALUES (?, ?, ?)", [(100 * n, n, f"n{n % 7}") for n in range(1, ROWS + 1)]
        )
        self.run("INSERT INTO names VALUES (?, ?, ?)", [(f"c{n % 50:02}", n, n) for n in range(1, ROWS + 1)])

    def disturb(self):
        """New rows, rows gone and rows moved, before and behind the place that is read just now."""
        self.times += 1
        some = self.random.sample(range(1, ROWS + 1), 90)
        born, dying, moving = some[:30], some[30:60], some[60:]
        self.run("INSERT INTO items VALUES (?, ?, ?)", [(100 * n + self.times, n, "new") for n in born])
        self.run(
            "INSERT INTO names VALUES (?, ?, ?)", [(f"c{n % 50:02}", 2000 * self.times + n, n) for n in born]
        )
        self.run("DELETE FROM items WHERE id = ?", [(100 * n,) for n in dying])
        self.run("DELETE FROM names WHERE place = ?", [(n,) for n in dying])
        self.run(
            "UPDATE items SET rank = 1000 - rank, note = 'moved' WHERE id = ?", [(100 * n,) for n in moving]
        )
        self.run("UPDATE names SET rank = 1000 - rank WHERE place = ?", [(n,) for n in moving])

    def rows(self, table, order, where):
        columns = {"items": "id, rank, note", "names": "code, place, rank"}[table]
        found = self.run(f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order}").fetchall()
        return [[str(value) for value in row] for row in found]


@pytest.fixture(params=["sqlite", "postgresql"])
def others(request, tmp_path):
    if request.param == "sqlite":
        path = tmp_path / "source.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            others = Others(connection, "?")
            others.url = f"sqlite:///{path}"
            others.fill()
            yield others
        return
    url = request.getfixturevalue("postgresql_url")
    with psycopg.connect(url, autocommit=True) as connection:
        others = Others(connection, "%s")
        others.url = url
        others.fill()
        yield others


@pytest.fixture
def sources(others):
    return others.url


@pytest.fixture
def disturbed(others, monkeypatch):
    """Others write after each part; the pages after which they did."""
    commit, pages = lifecycle.commit_part, []

    def commit_then_write(part, speed=None):
        done = commit(part, speed)
        others.disturb()
        pages.append(part.page)
        return done

    monkeypatch.setattr(lifecycle, "commit_part", commit_then_write)
    return pages


@pytest.mark.parametrize("asked", ASKED)
def test_the_file_holds_the_rows_of_the_moment_it_was_begun(made, others, disturbed, asked):
    table, wanted, order, where = ASKED[asked]
    others.disturb()
    before = others.rows(table, order, where)
    file = made(table, **wanted)
    assert read_csv(file.data)[1] == before
    assert len(disturbed) >= 8, "others wrote between the parts, or this test shows nothing"
    after = others.rows(table, order, where)
    assert len({tuple(row) for row in after} ^ {tuple(row) for row in before}) > 200


def test_the_next_file_holds_what_was_written_since(made, others, disturbed):
    first = made("items")
    now = others.rows("items", "id", "1 = 1")
    second = made("items")
    assert read_csv(second.data)[1] == now != read_csv(first.data)[1]


@pytest.mark.parametrize("others", ["sqlite"], indirect=True)
def test_nothing_is_written_beside_a_source(made, others, tmp_path):
    """A source is opened for reading only: no journal, no table of ours."""
    before = {path.name for path in Path(tmp_path).iterdir()}
    made("items", sort=["-rank"])
    made("names")
    assert {path.name for path in Path(tmp_path).iterdir()} - before <= {"files", "centre.sqlite-wal"}
    tables = others.run("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    assert sorted(tables) == [("items",), ("names",)]
