"""A filter means the same on every database as it does in plain Python, whatever shape the values are stored in."""

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from dashboard import criteria
from dashboard.criteria import All, Any, Comparison, Not
from dashboard.sources import Query, load
from dashboard.sources.sqlite import SqliteShape
from dashboard.sources.statements import Statement, compiled
from tests.meaning import holds

FIELDS = {
    "note": "text",
    "count": "integer",
    "total": "decimal",
    "weight": "float",
    "paid": "boolean",
    "born": "date",
    "at": "datetime",
    "opens": "time",
}
START = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
VALUES = {
    "note": st.text(alphabet="aAbB%_*?[]\\'", max_size=4),
    "count": st.integers(-3, 3) | st.sampled_from([2**62, -(2**62)]),
    "total": st.sampled_from(["0.10", "0.30", "20", "20.50", "-1.25", "999999.99"]).map(Decimal),
    "weight": st.sampled_from([0.1, 0.5, -2.0, 1e10]),
    "paid": st.booleans(),
    "born": st.sampled_from([date(2026, 3, 28) + timedelta(days=number) for number in range(4)]),
    "at": st.builds(
        lambda hours, micros: START + timedelta(hours=hours, microseconds=micros),
        st.sampled_from([-30, -1, 0, 1, 2, 26, 50, 400]),
        st.sampled_from([0, 0, 500_000, 123_456, 999_999]),
    ),
    "opens": st.sampled_from([time(8), time(8, 30), time(8, 30, 0, 500_000), time(23, 59, 59)]),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | one for name, one in VALUES.items()}), min_size=1, max_size=6
)


def comparison(name):
    value, offered = VALUES[name], set(criteria.operators_for(FIELDS[name]))
    plain = sorted(offered & {"eq", "ne", "gt", "gte", "lt", "lte"})
    kinds = [
        st.builds(Comparison, st.just(name), st.sampled_from(plain), value),
        st.builds(Comparison, st.just(name), st.just("is_null"), st.booleans()),
    ]
    if "in" in offered:
        several = st.lists(value, min_size=1, max_size=3).map(tuple)
        kinds.append(st.builds(Comparison, st.just(name), st.sampled_from(["in", "not_in"]), several))
    if "between" in offered:
        pair = st.tuples(value, value).map(lambda two: tuple(sorted(two)))
        kinds.append(st.builds(Comparison, st.just(name), st.just("between"), pair))
    if "contains" in offered:
        found = st.sampled_from(["contains", "icontains", "starts_with"])
        kinds.append(st.builds(Comparison, st.just(name), found, value.filter(bool)))
    return st.one_of(kinds)


def trees():
    return st.recursive(
        st.sampled_from(sorted(VALUES)).flatmap(comparison),
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=5,
    )


# Every way in which databases of the wild write a moment, a day, a time, an amount, yes and no.
def _offset(moment, hours, mark):
    local = moment.replace(tzinfo=None) + timedelta(hours=hours)
    return f"{local.isoformat(' ', 'microseconds')}{mark}"


def _short(one):
    return one.isoformat("auto" if one.second or one.microsecond else "minutes")


SPELLINGS = {
    "at": [
        lambda at: at.replace(tzinfo=None).isoformat(" "),
        lambda at: at.replace(tzinfo=None).isoformat("T"),
        lambda at: at.isoformat(),
        lambda at: at.replace(tzinfo=None).isoformat() + "Z",
        lambda at: _offset(at, 2, "+02:00"),
        lambda at: _offset(at, -5, "-0500"),
        lambda at: _offset(at, 14, "+14:00"),
        lambda at: (
            at.strftime("%Y-%m-%d")
            if at.time() == time(0)
            else at.replace(tzinfo=None).isoformat(" ", "microseconds")
        ),
    ],
    "born": [date.isoformat],
    "opens": [time.isoformat, lambda one: one.isoformat("microseconds"), _short],
    "total": [float, str, lambda one: int(one) if one == int(one) else float(one)],
    "paid": [int, lambda one: "true" if one else "F"],
}
ODD = {
    "count": "many",
    "total": "n/a",
    "weight": b"\xff",
    "paid": "perhaps",
    "born": "soon",
    "at": "zzz",
    "opens": 5,
}


def matching(url, tree):
    catalog = load(url)
    resource = catalog.resources["things"]
    where = criteria.check(tree, catalog.types(resource))
    query = Query(resource, catalog.columns(resource, ["id"]), where)
    source = catalog.source(resource)
    with source.reading(query, 2) as reading:
        found = [key for part in reading.parts() for key in part.frame["id"].to_list()]
    assert source.count(query) == len(found)
    return found


TABLES = [
    "CREATE TABLE things (id INTEGER PRIMARY KEY, note TEXT, count INTEGER, total NUMERIC(12,2), weight REAL,"
    " paid BOOLEAN, born DATE, at DATETIME, opens TIME)",
    "CREATE TABLE things (id INTEGER PRIMARY KEY, note TEXT, count TEXT, total TEXT, weight TEXT,"
    " paid TEXT, born TEXT, at TEXT, opens TEXT)",
]
DECLARED = '[sources.s]\nurl = "{url}"\n[resources.things]\n' + "".join(
    f'[resources.things.fields.{name}]\ntype = "{kind}"\n' for name, kind in FIELDS.items()
)


def insert(connection, row):
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO things ({', '.join(row)}) VALUES ({marks})", list(row.values()))


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, tree=trees(), spelling=st.integers(0, 7), table=st.integers(0, 1), odd=st.booleans())
def test_a_filter_on_sqlite_means_what_it_says(tmp_path_factory, rows, tree, spelling, table, odd):
    folder = tmp_path_factory.mktemp("filters")
    with sqlite3.connect(folder / "source.sqlite") as connection:
        connection.execute(TABLES[table])
        for place, row in enumerate(rows):
            written = dict(row)
            for name, spellings in SPELLINGS.items():
                if row[name] is not None:
                    written[name] = spellings[(place + spelling) % len(spellings)](row[name])
            insert(connection, written)
        if odd:
            # What does not fit its type compares like nothing, though it is not empty.
            insert(connection, ODD)
            rows = [*rows, dict.fromkeys(VALUES) | dict.fromkeys(ODD, Odd())]
    connection.close()
    (folder / "sources.toml").write_text(DECLARED.format(url=f"sqlite:///{folder / 'source.sqlite'}"))
    expected = [number for number, row in enumerate(rows, 1) if holds(tree, row)]
    assert matching(str(folder / "sources.toml"), tree) == expected


class Odd:
    """Neither empty nor comparable with anything."""

    def __eq__(self, other):
        return False

    __hash__ = object.__hash__
    __lt__ = __le__ = __gt__ = __ge__ = __eq__


@pytest.mark.postgresql
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, tree=trees(), zoned=st.booleans())
def test_a_filter_on_postgresql_means_what_it_says(postgresql_url, rows, tree, zoned):
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute("DROP TABLE IF EXISTS things")
        connection.execute(
            "CREATE TABLE things (id integer PRIMARY KEY, note text, count bigint, total numeric(12,2), weight real,"
            f" paid boolean, born date, at {'timestamptz' if zoned else 'timestamp'}, opens time)"
        )
        for number, row in enumerate(rows, 1):
            marks = ", ".join(["%s"] * (len(row) + 1))
            connection.execute(
                f"INSERT INTO things (id, {', '.join(row)}) VALUES ({marks})", [number, *row.values()]
            )
    assert matching(postgresql_url, tree) == [
        number for number, row in enumerate(rows, 1) if holds(tree, row)
    ]


def test_a_long_list_of_values_is_no_trouble(tmp_path):
    with sqlite3.connect(tmp_path / "source.sqlite") as connection:
        connection.execute(TABLES[0])
        connection.executemany(
            "INSERT INTO things (count, born) VALUES (?, '2026-01-01')", [(n,) for n in range(50)]
        )
    connection.close()
    url = f"sqlite:///{tmp_path / 'source.sqlite'}"
    assert len(matching(url, Comparison("count", "in", tuple(range(25, 10_025))))) == 25
    assert len(matching(url, Comparison("count", "not_in", tuple(range(25, 10_025))))) == 25


def test_an_index_serves_a_date_range(tmp_path):
    with sqlite3.connect(tmp_path / "source.sqlite") as connection:
        connection.execute(TABLES[0])
        connection.execute("CREATE INDEX things_at ON things (at)")
    catalog = load(f"sqlite:///{tmp_path / 'source.sqlite'}")
    where = criteria.check(Comparison("at", "between", ("2026-01-01", "2026-01-31")), catalog.types("things"))
    query = Query(catalog.resources["things"], catalog.columns("things"), where)
    text, bound = compiled(Statement(query, catalog.resources, SqliteShape()).count(), sqlite.dialect())
    plan = connection.execute("EXPLAIN QUERY PLAN " + text, bound).fetchall()
    connection.close()
    assert "things_at (at>? AND at<?)" in str(plan)
