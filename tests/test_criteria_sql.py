"""That SQL means what the tree says. On PostgreSQL: tests/sources/test_filters.py and tests/api/test_grammars.py."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, create_engine, select

from dashboard import criteria
from dashboard.criteria import All, Any, Comparison, Invalid, Not
from tests.meaning import holds

THINGS = Table("things", MetaData(), Column("name", Text), Column("count", Integer), Column("paid", Boolean))
TEXTS = st.text(alphabet="aAbB%_*?![]\\'é", max_size=4)
ROWS = st.fixed_dictionaries(
    {
        "name": st.none() | TEXTS,
        "count": st.none() | st.integers(-3, 3),
        "paid": st.none() | st.booleans(),
    }
)


def even(pattern):
    """A pattern that does not end in the middle of an escape."""
    return pattern + "\\" * ((len(pattern) - len(pattern.rstrip("\\"))) % 2)


def comparisons():
    number = st.integers(-3, 3)
    some = TEXTS.filter(bool)
    return st.one_of(
        st.builds(Comparison, st.just("name"), st.sampled_from(["eq", "ne"]), TEXTS),
        st.builds(
            Comparison, st.just("name"), st.sampled_from(["contains", "icontains", "starts_with"]), some
        ),
        st.builds(
            Comparison,
            st.just("name"),
            st.sampled_from(["ieq", "istarts_with", "ends_with", "iends_with"]),
            some,
        ),
        st.builds(Comparison, st.just("name"), st.just("ilike"), TEXTS.map(even)),
        st.builds(Comparison, st.just("name"), st.sampled_from(["in", "not_in"]), st.tuples(TEXTS, TEXTS)),
        st.builds(
            Comparison, st.just("count"), st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), number
        ),
        st.builds(Comparison, st.just("count"), st.sampled_from(["in", "not_in"]), st.tuples(number)),
        st.builds(Comparison, st.just("count"), st.just("between"), st.tuples(number, number)),
        st.builds(Comparison, st.just("paid"), st.sampled_from(["eq", "ne"]), st.booleans()),
        st.builds(Comparison, st.sampled_from(["name", "count", "paid"]), st.just("is_null"), st.booleans()),
    )


def trees():
    return st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=6,
    )


@pytest.fixture(scope="module")
def sqlite_engine():
    engine = create_engine("sqlite://")
    THINGS.metadata.create_all(engine)
    yield engine
    engine.dispose()


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=6), tree=trees())
def test_sql_means_what_the_tree_says(sqlite_engine, rows, tree):
    with sqlite_engine.connect() as connection:
        connection.execute(THINGS.insert(), rows)
        matching = [
            dict(row._mapping)
            for row in connection.execute(select(THINGS).where(criteria.to_sql(tree, THINGS.c)))
        ]
        connection.rollback()
    assert matching == [row for row in rows if holds(tree, row)]


def test_an_unknown_field_never_reaches_sql():
    with pytest.raises(Invalid):
        criteria.to_sql(Comparison("nope", "eq", 1), THINGS.c)
    with pytest.raises(Invalid):
        criteria.to_sql(Comparison("name", "; drop table", 1), THINGS.c)


@pytest.mark.parametrize("join", [All, Any])
def test_thousands_of_conditions_are_not_too_deep_for_sqlite(sqlite_engine, join):
    tree = join(tuple(Comparison("count", "ne", number) for number in range(4_999)))
    deep = criteria.check(Not(join((tree, Comparison("count", "ne", -1)))), {"count": "integer"})
    with sqlite_engine.connect() as connection:
        connection.execute(THINGS.insert(), [{"count": 4_998}, {"count": 5_000}])
        found = connection.scalars(select(THINGS.c.count).where(criteria.to_sql(deep, THINGS.c))).all()
        connection.rollback()
    assert found == ([4_998] if join is All else [])


def test_more_values_than_databases_take_are_refused():
    long_list = Comparison("count", "in", tuple(range(50_000)))
    short_lists = tuple(Comparison("count", "in", tuple(range(500))) for _ in range(10))
    types = {"count": "integer"}
    assert criteria.check(All((long_list, *short_lists[1:])), types)
    with pytest.raises(Invalid, match="Give at most 5,000 values in all"):
        criteria.check(Not(Any((long_list, *short_lists))), types)
