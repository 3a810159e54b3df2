"""What the tests of sources share: a query by names, and all its rows as dictionaries of plain values."""

import polars as pl

from dashboard import criteria
from dashboard.columns import odd
from dashboard.sources import Query, load
from dashboard.sources.sql import SqlSource


def make_query(catalog, resource, paths=(), where=None, sort=(), limit=None):
    if where is not None:
        where = criteria.check(where, catalog.types(resource))
    columns = catalog.columns(resource, paths)
    return Query(catalog.resources[resource], columns, where, tuple(sort), limit)


def read(url, resource, paths=(), part_rows=50_000, by_rows=False, **asked):
    """One frame of all rows, odd columns included, after checking what every reading must keep."""
    catalog = load(url)
    source = catalog.source(resource)
    if by_rows:
        source = SqlSource(source.url, catalog.resources, by_rows=True)
    query = make_query(catalog, resource, paths, **asked)
    with source.reading(query, part_rows) as reading:
        parts = list(reading.parts())
        assert sum(len(part.frame) for part in parts) == reading.total
        assert all(0 < len(part.frame) <= part_rows for part in parts)
        assert len(parts) == -(-reading.total // part_rows)
    for part in parts:
        odd_columns = [name for name in part.frame.columns if "\0" in name]
        assert part.odd_values == sum(part.frame[name].count() for name in odd_columns)
    return pl.concat([part.frame for part in parts], how="diagonal") if parts else pl.DataFrame()


def values(frame, name):
    """A column's values, with each odd one in its place as ("odd", text)."""
    plain = frame[name].to_list()
    if odd(name) not in frame.columns:
        return plain
    pairs = zip(plain, frame[odd(name)].to_list(), strict=True)
    return [value if text is None else ("odd", text) for value, text in pairs]
