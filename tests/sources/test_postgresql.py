"""A real PostgreSQL: every type as it is, one moment, any order, by ADBC and by rows."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from dashboard.criteria import Comparison
from dashboard.sources import SourceAway, SourceChanged, SourceSlow, load
from dashboard.sources.any_database import AnyShape
from tests.sources.reading import make_query, read, values, without_keys

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database(postgresql_url):
    """Runs statements in a new schema and gives its URL."""

    def make(*statements):
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
        return postgresql_url

    return make


NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)
TYPES = [
    ("smallint", "7", "integer", 7),
    ("bigint", "9223372036854775807", "integer", 2**63 - 1),
    ("numeric(12,2)", "12.5", "decimal", "12.50"),
    ("numeric", "12345678901234567890.123456789", "decimal", "12345678901234567890.123456789"),
    ("numeric", "1e-10", "decimal", "0.0000000001"),
    ("numeric", "'NaN'", "decimal", ("odd", "NaN")),
    ("numeric", "'-Infinity'", "decimal", ("odd", "-Infinity")),
    ("real", "0.1", "float", 0.1),
    ("double precision", "0.1", "float", 0.1),
    ("double precision", "'Infinity'", "float", float("inf")),
    ("boolean", "true", "boolean", True),
    ("text", "E'a\\nÜ'", "text", "a\nÜ"),
    ("varchar(9)", "'007'", "text", "007"),
    ("char(5)", "'ab'", "text", "ab   "),
    ('"char"', "'x'", "text", "x"),
    ("date", "'2026-11-21'", "date", date(2026, 11, 21)),
    ("date", "'infinity'", "date", ("odd", "infinity")),
    ("date", "'0044-03-15 BC'", "date", ("odd", "0044-03-15 BC")),
    ("timestamp", "'2026-11-21 12:00:00.123456'", "datetime", NOON),
    ("timestamptz", "'2026-11-21 13:00:00.123456+01'", "datetime", NOON),
    ("timestamptz", "'-infinity'", "datetime", ("odd", "-infinity")),
    ("timestamp", "'10000-01-01'", "datetime", ("odd", "10000-01-01 00:00:00")),
    ("time", "'13:05'", "time", "13:05:00"),
    ("timetz", "'13:05+02'", "time", "13:05:00+02"),
    ("interval", "'1 day 2 hours'", "interval", "P1DT2H"),
    ("uuid", "'0B9F6C1E-8F0D-4A54-9D3E-2F6A1C7B5E90'", "uuid", "0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90"),
    ("bytea", "'\\x00ff'", "binary", b"\x00\xff"),
    ("json", '\'{"a": [1, 2.10], "b c": " x "}\'', "json", '{"a":[1,2.10],"b c":" x "}'),
    ("jsonb", "'{\"a\": 1}'", "json", '{"a":1}'),
    ("integer[]", "'{1,NULL,3}'", "json", "[1,null,3]"),
    ("text[]", "'{a,\"b c\"}'", "json", '["a","b c"]'),
    ("inet", "'10.0.0.1/8'", "text", "10.0.0.1/8"),
    ("int4range", "'[1,5)'", "text", "[1,5)"),
    ("point", "'(1,2)'", "text", "(1,2)"),
    ("money", "'12.50'", "text", "$12.50"),
    ("bit(3)", "B'101'", "text", "101"),
    ("mood", "'glad'", "text", "glad"),
    ("short_text", "'ab'", "text", "ab"),
    ("amount", "'1.5'", "decimal", "1.50"),
    ("tsvector", "'a b'", "text", "'a' 'b'"),
]


@pytest.mark.parametrize("by_rows", [False, True])
def test_every_type_is_read_as_it_is(database, by_rows):
    columns = ", ".join(f"c{number} {declared}" for number, (declared, *_) in enumerate(TYPES))
    given = ", ".join(literal for _, literal, *_ in TYPES)
    url = database(
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN short_text AS text",
        "CREATE DOMAIN amount AS numeric(9,2)",
        f"CREATE TABLE things (id integer PRIMARY KEY, {columns})",
        f"INSERT INTO things VALUES (1, {given})",
        "INSERT INTO things (id) VALUES (2)",
    )
    catalog = load(url)
    frame = read(url, "things", by_rows=by_rows)
    for number, (declared, _, kind, expected) in enumerate(TYPES):
        assert catalog.field("things", f"c{number}").type == kind, declared
        assert values(frame, f"c{number}") == [expected, None], declared
    preview = catalog.source("things").preview(make_query(catalog, "things"), 5, seconds=5)
    assert_frame_equal(without_keys(preview), frame)


def test_a_database_that_has_no_file_of_its_own_is_read_by_its_drivers_values(database):
    known = [
        one for one in TYPES if not isinstance(one[3], tuple) and one[0] not in ("numeric", "json", "text[]")
    ]
    known = [one for one in known if one[2] != "text" or one[0] in ("text", "varchar(9)", "mood")]
    known = [one for one in known if one[0] not in ("timetz", "real", "interval")]
    columns = ", ".join(f"c{number} {declared}" for number, (declared, *_) in enumerate(known))
    url = database(
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN amount AS numeric(9,2)",
        f"CREATE TABLE things (id integer PRIMARY KEY, {columns})",
        f"INSERT INTO things VALUES (1, {', '.join(literal for _, literal, *_ in known)})",
        "INSERT INTO things (id) VALUES (2)",
    )
    catalog = load(url)
    rows = catalog.source("things")._rows
    rows.shape = AnyShape()
    where = Comparison("c1", "gte", 5)
    for sort in (), ("-c1",):
        query = make_query(catalog, "things", sort=sort)
        with rows.reading(query, 1) as reading:
            frame = pl.concat(without_keys(part.frame) for part in reading.parts())
        assert_frame_equal(frame, read(url, "things", sort=sort))
    assert rows.count(make_query(catalog, "things", where=where)) == 1


@pytest.mark.parametrize("sort", [(), ("v",), ("-v",), ("-v", "-l")])
def test_each_row_is_read_exactly_once_in_order(database, sort):
    url = database(
        "CREATE TABLE t (k text, l integer, v integer, PRIMARY KEY (k, l))",
        "INSERT INTO t SELECT chr(97 + n % 5), n, CASE WHEN n % 5 = 0 THEN NULL ELSE n % 4 END"
        " FROM generate_series(1, 50) n",
    )
    at_once = read(url, "t", sort=sort)
    assert at_once["l"].n_unique() == 50
    for part_rows in (1, 7, 49):
        assert_frame_equal(read(url, "t", sort=sort, part_rows=part_rows), at_once)
    assert_frame_equal(read(url, "t", sort=sort, part_rows=7, by_rows=True), at_once)
    rows = sorted(at_once.rows(), key=lambda row: (row[0], row[1]))
    for name in reversed(sort):
        place = {"l": 1, "v": 2}[name.strip("-")]
        rows.sort(key=lambda row: (row[place] is None, row[place] or 0), reverse=name.startswith("-"))
    assert at_once.rows() == rows


def test_a_limit_and_relations_work_as_with_sqlite(database):
    url = database(
        'CREATE TABLE "The People" (id integer PRIMARY KEY, "Full ""Name""" text)',
        'CREATE TABLE t (id integer PRIMARY KEY, person_id integer REFERENCES "The People")',
        """INSERT INTO "The People" VALUES (1, 'Anna')""",
        "INSERT INTO t SELECT n, CASE WHEN n % 2 = 0 THEN 1 END FROM generate_series(1, 9) n",
    )
    path = 'person.Full "Name"'
    frame = read(url, "t", ["id", path], limit=4, part_rows=3)
    assert frame.rows() == [(1, None), (2, "Anna"), (3, None), (4, "Anna")]
    assert read(url, "t", ["id"], where=Comparison(path, "is_null", True))["id"].to_list() == [1, 3, 5, 7, 9]


def test_all_rows_are_of_one_moment_while_others_write(database):
    url = database(
        "CREATE TABLE t (id integer PRIMARY KEY, v integer)",
        "INSERT INTO t SELECT n, 0 FROM generate_series(1, 500) n",
    )
    catalog = load(url)
    for sort in ((), ("-v",)):
        with catalog.source("t").reading(make_query(catalog, "t", sort=sort), 100) as reading:
            seen = []
            for part in reading.parts():
                seen += part.frame["v"].to_list()
                database("UPDATE t SET v = v + 1", "DELETE FROM t WHERE id % 7 = 1 AND id > 400")
        assert len(seen) == reading.total
        assert len(set(seen)) == 1


def test_a_resource_may_live_in_another_schema(database, postgresql_url, tmp_path):
    other = "o" + postgresql_url.rsplit("search_path%3D", 1)[1]
    database(
        f"CREATE SCHEMA {other}",
        f"CREATE TABLE {other}.t (id integer PRIMARY KEY)",
        f"INSERT INTO {other}.t VALUES (5)",
    )
    try:
        path = tmp_path / "sources.toml"
        path.write_text(f'[sources.a]\nurl = "${{PG}}"\n[resources.things]\ntable = "{other}.t"\n')
        catalog = load(str(path), {"PG": postgresql_url})
        query = make_query(catalog, "things")
        with catalog.source("things").reading(query, 5) as reading:
            assert [part.frame["id"].to_list() for part in reading.parts()] == [[5]]
        assert catalog.source("things").count(query) == 1
    finally:
        database(f"DROP SCHEMA {other} CASCADE")


def test_the_transaction_can_change_nothing(database):
    url = database("CREATE TABLE t (id integer PRIMARY KEY)")
    catalog = load(url)
    refused = partial(pytest.raises, Exception, match="read-only transaction")
    with catalog.source("t").reading(make_query(catalog, "t"), 5) as reading, refused():
        reading._run("INSERT INTO t VALUES (1)")
    with catalog.source("t")._rows.transaction(None) as connection, refused():
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")


def test_a_table_that_is_gone_or_forbidden_is_said_so(database):
    url = database("CREATE TABLE t (id integer PRIMARY KEY)")
    catalog = load(url)
    query = make_query(catalog, "t")
    database("DROP TABLE t")
    with pytest.raises(SourceChanged), catalog.source("t").reading(query, 5):
        pass
    with pytest.raises(SourceChanged):
        catalog.source("t").count(query)


def test_a_connection_that_is_cut_is_worth_another_try(database, postgresql_url):
    # More than sockets and the driver hold, so that the server is still sending when it is cut.
    rows = "INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 30000) n"
    url = database("CREATE TABLE t (id integer PRIMARY KEY, v text)", rows)
    catalog = load(url)
    ours = "pid <> pg_backend_pid() AND query LIKE 'COPY%'"
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"
    with catalog.source("t").reading(make_query(catalog, "t"), 10) as reading:
        parts = reading.parts()
        next(parts)
        database(cut)
        with pytest.raises(SourceAway):
            list(parts)


CUT_BETWEEN = """
import sys, psycopg
from dashboard.sources import Query, SourceAway, load
catalog = load(sys.argv[1])
query = Query(catalog.resources["t"], catalog.columns("t"))
with catalog.source("t").reading(query, 10) as reading, psycopg.connect(sys.argv[1], autocommit=True) as other:
    reading._run("DECLARE mark CURSOR FOR SELECT 1")
    other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DECLARE mark%'")
    try:
        list(reading.parts())
    except SourceAway:
        print("away")
"""


def test_a_connection_that_is_cut_between_statements_never_gives_rows(database):
    """This driver then ends its process (SIGABRT), which costs the export one attempt; newer ones raise."""
    url = database("CREATE TABLE t (id integer PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 100)")
    done = subprocess.run([sys.executable, "-c", CUT_BETWEEN, url], capture_output=True, text=True)
    assert done.returncode == -signal.SIGABRT or (done.returncode == 0 and done.stdout == "away\n"), (
        done.stderr
    )


def test_copy_and_cursor_give_the_same_rows(database):
    names = ("c0", "c1", "c2")
    moments = "timestamp '2026-11-30' - n * interval '1000 years 1 day 1.5 seconds'"
    url = database(
        "CREATE TABLE things (id integer PRIMARY KEY, c0 timestamp, c1 timestamptz, c2 date)",
        f"INSERT INTO things SELECT n, {moments}, {moments}, {moments} FROM generate_series(-9, 6) n",
        "INSERT INTO things VALUES (100, NULL, NULL, NULL), (101, 'infinity', '-infinity', 'infinity')",
        "INSERT INTO things VALUES (102, '294276-12-31 23:59:59.999999', '4713-01-01 BC', '5874897-12-31')",
        "INSERT INTO things VALUES (103, '0001-01-01', '9999-12-31 23:59:59.999999', '0001-01-01')",
    )
    copied = read(url, "things")
    assert_frame_equal(copied, read(url, "things", by_rows=True))
    fetched = read(url, "things", where=Comparison("id", "gte", -9))
    assert_frame_equal(copied, fetched)
    assert values(copied, "c0")[-2:] == [
        ("odd", "294276-12-31 23:59:59.999999"),
        datetime(1, 1, 1, tzinfo=UTC),
    ]
    assert names == tuple(name for name in copied.columns if name[0] == "c" and "\0" not in name)


@pytest.mark.parametrize("limit", [None, 1, 999, 1001])
def test_copy_gives_parts_of_the_asked_size(database, limit):
    url = database("CREATE TABLE t (id integer PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 2500)")
    catalog = load(url)
    query = replace(make_query(catalog, "t", sort=("-id",)), limit=limit)
    with catalog.source("t").reading(query, 1000) as reading:
        frames = [part.frame for part in reading.parts()]
    sizes = {None: [1000, 1000, 500], 1: [1], 999: [999], 1001: [1000, 1]}[limit]
    assert [len(frame) for frame in frames] == sizes
    assert pl.concat(frames)["id"].to_list() == list(range(2500, 2500 - sum(sizes), -1))


def test_a_reading_that_is_given_up_frees_its_connection_at_once(database, postgresql_url):
    rows = "INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 100000) n"
    url = database("CREATE TABLE t (id integer PRIMARY KEY, v text)", rows)
    catalog = load(url)
    begun = time.monotonic()
    with catalog.source("t").reading(make_query(catalog, "t"), 10) as reading:
        next(reading.parts())
    with psycopg.connect(postgresql_url, autocommit=True) as other:
        others = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'"
        while other.execute(others).fetchone()[0] and time.monotonic() - begun < 5:
            time.sleep(0.01)
    assert time.monotonic() - begun < 5


def test_counting_stops_at_its_time_limit(database):
    url = database(
        "CREATE TABLE t (id integer PRIMARY KEY, v text)",
        "INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 200000) n",
    )
    catalog = load(url)
    query = make_query(catalog, "t", where=Comparison("v", "icontains", "no such text"))
    with pytest.raises(SourceSlow):
        catalog.source("t").count(query, seconds=0.005)
    assert catalog.source("t").count(query, seconds=60) == 0
