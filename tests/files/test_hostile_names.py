"""Names and keys that databases let people choose, the whole way: every row once and in order."""

import sqlite3
from contextlib import closing

import pytest

from dashboard.criteria import Comparison
from tests.files.expected import assert_csv, assert_json, assert_openpyxl
from tests.files.reading import read_csv, read_json, read_openpyxl
from tests.files.stored import make_table, quoted

WIDE = [f"c{number}" for number in range(500)]
NAMES = [
    "id", 'a "b"', "c;d", "100%", "%s", "%(x)s", "select", "order", "ключ", " lead", "a.b", "a:b", "?", ":p", "[x]",
    "`tick`", "it's", "back\\slash", "new\nline", "=1+1", "", "Case", "two  spaces", "a,b", "id\tb", "😀", "null",
]  # fmt: skip
TABLES = ['we "quoted" 100%; DROP TABLE texts; --', "select", "Таблица", "a.b", "it's", "[x]", "%s"]
NAMED = [tuple(f"{row}:{name}" if name != "id" else str(row) for name in NAMES) for row in range(3)]
TEXT_KEYS = [(chr(97 + n % 7) * (n % 3), f"{n:03}'\"%", n) for n in range(230, 0, -1)]
FOLDED_KEYS = [("aA"[n % 2] + "bB"[n // 2 % 2], f"{n:03}") for n in range(250)]
NULL_KEYS = [(None if n % 5 == 0 else f"k{n:03}", n) for n in range(240)]
MIXED_KEYS = [((n, n / 2 + 0.25, f"{n}", f"{n}".encode())[n % 4], n) for n in range(240)]
ALONE = [("",), (None,), (None,), ("a",), ("a,b",), ("\r\n",), *((f"{n:04}",) for n in range(300))]
WIDE_ROWS = [tuple(f"{row:03}.{column}" for column in range(500)) for row in range(210)]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / '100% of it\'s "here".sqlite'
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        fill(database)
    return path


def fill(database):
    columns = ", ".join(f"{quoted(name)} TEXT" for name in NAMES)
    make_table(database, "names", f"{columns}, PRIMARY KEY (id)", NAMED)
    for table in TABLES:
        make_table(database, table, '"key" INTEGER PRIMARY KEY, "group" TEXT', [(1, table), (2, None)])
    columns = "a TEXT, b TEXT, n INTEGER, PRIMARY KEY (a, b)"
    make_table(database, "text keys", columns, TEXT_KEYS, "WITHOUT ROWID")
    columns = "a TEXT COLLATE NOCASE, b TEXT, PRIMARY KEY (a, b)"
    make_table(database, "folded keys", columns, FOLDED_KEYS)
    make_table(database, "null keys", "a TEXT, b INTEGER, PRIMARY KEY (a)", NULL_KEYS)
    make_table(database, "mixed keys", "a PRIMARY KEY, b INTEGER", MIXED_KEYS)
    make_table(database, "alone", "value TEXT PRIMARY KEY", ALONE)
    columns = ", ".join(f"{name} TEXT" for name in WIDE)
    make_table(database, "wide", f"{columns}, PRIMARY KEY (c0)", WIDE_ROWS)


@pytest.fixture
def sources(path):
    return f"sqlite:///{path}"


@pytest.fixture
def plain(path):
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def test_columns_may_have_any_name(reads_back, made, plain):
    reads_back("names", [list(row) for row in NAMED])
    assert read_json(made("names", "json").data)[0] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_any_name_can_be_asked_for_sorted_and_filtered(made, name):
    first, second, third = ([row[NAMES.index(name)]] for row in NAMED)
    where = Comparison(name, "ne", second[0])
    file = made("names", "json", fields=[name], sort=[f"-{name}"], where=where)
    assert read_json(file.data) == ([name], [third, first])


@pytest.mark.parametrize("table", TABLES)
def test_a_table_may_have_any_name(reads_back, table):
    reads_back(table, [[1, table], [2, None]])


@pytest.mark.parametrize("table", ["text keys", "wide"])
def test_rows_of_awkward_keys_come_once_each_and_in_order(reads_back, plain, table):
    columns = [row[1] for row in plain.execute(f"PRAGMA table_info({quoted(table)})")]
    key = {"text keys": "a, b", "wide": "c0"}[table]
    rows = plain.execute(f"SELECT {', '.join(columns)} FROM {quoted(table)} ORDER BY {key}").fetchall()
    assert len(rows) > 200, "more parts than two"
    reads_back(table, [list(row) for row in rows])


def test_keys_of_any_storage_class_name_their_rows(made, plain):
    file = made("mixed_keys", fields=["b"])
    expected = plain.execute('SELECT CAST(b AS TEXT) FROM "mixed keys" ORDER BY a').fetchall()
    assert [tuple(row) for row in read_csv(file.data)[1]] == expected


def test_keys_that_differ_in_case_or_are_null_lose_no_row(made):
    folded = read_csv(made("folded_keys").data)[1]
    assert sorted(map(tuple, folded)) == sorted(FOLDED_KEYS)
    assert [row[0].lower() for row in folded] == ["ab"] * len(FOLDED_KEYS)
    assert [row[1] for row in folded] == sorted(row[1] for row in FOLDED_KEYS)
    nothing = read_csv(made("null_keys").data)[1]
    assert sorted(int(row[1]) for row in nothing) == list(range(240))
    assert [row[0] for row in nothing] == [None] * 48 + sorted(key for key, _ in NULL_KEYS if key)


def test_a_row_of_nothing_in_a_file_of_one_column_is_not_lost(made_in_every_format, plain):
    rows = [list(row) for row in plain.execute("SELECT value FROM alone ORDER BY value")]
    assert rows[:3] == [[None], [None], [""]]
    files = made_in_every_format("alone")
    # Readers skip an empty line, so in such a CSV, and in no other, NULL is "" too.
    assert_csv(read_csv(files["csv"].data)[1], [[value or ""] for (value,) in rows])
    assert_json(read_json(files["json"].data)[1], rows)
    assert_openpyxl(read_openpyxl(files["xlsx"].data)[1], rows)
