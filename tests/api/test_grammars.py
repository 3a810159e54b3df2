"""What the four filter grammars say and read finds the same rows on SQLite, on PostgreSQL and in plain Python."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from hypothesis import event, given, settings

from dashboard import criteria
from dashboard.api.commerce_layer import filters as commerce_layer
from dashboard.api.omnitron import request_path
from dashboard.api.packagex import filters as packagex
from dashboard.api.rebilly import filters as rebilly
from dashboard.criteria import All, CannotSay
from dashboard.sources import Query, load
from tests.api.grammars import POOLS, TYPES, conditions, rows, stored, trees
from tests.databases import schema_on
from tests.meaning import holds


def omnitron_tree(text, types):
    return criteria.check(All(request_path.parse(text, types).conditions), types)


GRAMMARS = {
    "omnitron": SimpleNamespace(parse=omnitron_tree, printed=lambda node, types: request_path.printed(node)),
    "packagex": packagex,
    "commerce_layer": commerce_layer,
    "rebilly": rebilly,
}
in_each = pytest.mark.parametrize("grammar", GRAMMARS.values(), ids=GRAMMARS)
ROWS = rows()
TABLES = """
    CREATE TABLE friends (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
    CREATE TABLE things (
        id INTEGER PRIMARY KEY, name TEXT, count BIGINT, total NUMERIC(12,2), weight DOUBLE PRECISION, paid BOOLEAN,
        born DATE, at {moment}, opens TIME, token {uuid}, extra {json}, photo {bytes},
        friend_id INTEGER REFERENCES friends (id)
    );
"""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def find(request, tmp_path_factory):
    """find(tree): the ids of the matching rows of one database."""
    if request.param == "sqlite":
        yield finder(sqlite_source(tmp_path_factory.mktemp("grammars")))
    else:
        with schema_on(request.getfixturevalue("_postgresql_server")) as url:
            fill_postgresql(url)
            yield finder(url)


def sqlite_source(folder):
    types = {"moment": "DATETIME", "uuid": "TEXT", "json": "JSON", "bytes": "BLOB"}
    with sqlite3.connect(folder / "source.sqlite") as connection:
        connection.executescript(TABLES.format(**types))
        fill(connection, "?", sqlite=True)
    connection.close()
    toml = Path(folder / "sources.toml")
    toml.write_text(
        f'[sources.s]\nurl = "sqlite:///{folder / "source.sqlite"}"\n[resources.friends]\n[resources.things]\n'
        '[resources.things.fields.token]\ntype = "uuid"\n'
    )
    return str(toml)


def fill_postgresql(url):
    types = {"moment": "TIMESTAMPTZ", "uuid": "UUID", "json": "JSON", "bytes": "BYTEA"}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES.format(**types))
        fill(connection, "%s", sqlite=False)


def fill(connection, mark, sqlite):
    for number, email in enumerate((*POOLS["email"], None), 1):
        connection.execute(f"INSERT INTO friends VALUES ({mark}, NULL, {mark})", (number, email))
    for row in ROWS:
        values = stored(row, sqlite)
        marks = ", ".join([mark] * len(values))
        connection.execute(
            f"INSERT INTO things ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
        )


def finder(where):
    catalog = load(where)
    resource = catalog.resources["things"]
    assert catalog.types(resource) == TYPES
    source, columns = catalog.source(resource), catalog.columns(resource, ["id"])
    return lambda tree: source.preview(Query(resource, columns, tree), 100)["id"].to_list()


def expected(tree):
    return [row["id"] for row in ROWS if holds(tree, row)]


@in_each
@settings(max_examples=60, deadline=None)
@given(tree=trees())
def test_what_is_printed_is_read_as_the_same_rows(find, grammar, tree):
    assert find(tree) == expected(tree)
    try:
        said = grammar.printed(tree, TYPES)
    except CannotSay:
        return
    event("said")
    again = grammar.parse(said, TYPES)
    assert find(again) == expected(tree), said


@in_each
@settings(max_examples=300, deadline=None)
@given(node=conditions())
def test_what_a_grammar_has_read_it_can_print(grammar, node):
    node = criteria.check(node, TYPES)
    try:
        again = grammar.parse(grammar.printed(node, TYPES), TYPES)
    except CannotSay:
        return
    once_more = grammar.parse(grammar.printed(again, TYPES), TYPES)
    assert expected(once_more) == expected(node)
