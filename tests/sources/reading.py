"""What the tests of sources share: a query by names, and all its rows as dictionaries of plain values."""

import polars as pl

from dashboard import criteria
from dashboard.columns import key, odd
from dashboard.sources import Query, load
from dashboard.sources.sql import SqlSource


def make_query(catalog, resource, paths=(), where=None, sort=(), limit=None):
    if where is not None:
        where = criteria.check(where, catalog.types(resource))
    columns = catalog.columns(resource, paths)
    return Query(catalog.resources[resource], columns, where, tuple(sort), limit)


def read(url, resource, paths=(), part_rows=50_000, by_rows=False, **asked):
    """One frame of all rows, odd columns included and keys not, after checking what every reading must keep."""
    catalog = load(url)
    source = catalog.source(resource)
    if by_rows:
        source = SqlSource(source.url, catalog.resources, by_rows=True)
    query = make_query(catalog, resource, paths, **asked)
    with source.reading(query, part_rows) as reading:
        parts = list(reading.parts())
        assert sum(len(part.frame) + part.failed_rows for part in parts) == reading.total
        assert all(0 < len(part.frame) + part.failed_rows <= part_rows for part in parts)
        assert len(parts) == -(-reading.total // part_rows)
    for part in parts:
        check(part, query)
    frames = [without_keys(part.frame) for part in parts]
    return pl.concat(frames, how="diagonal_relaxed") if parts else pl.DataFrame()


def check(part, query):
    """A part counts what it holds, and carries its keys."""
    assert part.odd_values == odd_count(part.frame.to_dicts())
    keys = [key(number) for number in range(len(query.resource.key))]
    assert [name for name in part.frame.columns if name.startswith("\0key")] == keys
    for name, own in zip(keys, query.resource.key, strict=True):
        whole = query.resource.column(own).type == "integer"
        assert part.frame.schema[name] == (pl.Int64 if whole else pl.String)
    if not part.failed_rows:
        assert list(part.frame.select(keys).row(0)) == part.first_key
        assert list(part.frame.select(keys).row(-1)) == part.last_key


def odd_count(rows):
    """Odd values in rows of plain values, those of their related rows among them."""
    found = 0
    for row in rows:
        for name, value in row.items():
            found += (
                odd_count(value) if isinstance(value, list) else value is not None and name == odd(name[:-4])
            )
    return found


def without_keys(frame):
    return frame.select(name for name in frame.columns if not name.startswith("\0key"))


def values(frame, name):
    """A column's values, with each odd one in its place as ("odd", text)."""
    plain = frame[name].to_list()
    if odd(name) not in frame.columns:
        return plain
    pairs = zip(plain, frame[odd(name)].to_list(), strict=True)
    return [value if text is None else ("odd", text) for value, text in pairs]
