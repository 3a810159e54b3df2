"""Reads a SQLite file through ADBC: one connection, one read transaction, one page of rows a statement.

The driver guesses a column's type from the rows it fetches at once, so a page is always one such batch, and a
page with a guess that bends values is read again exactly (see `staging`).

A page is found by the integer key when the table has one and no filter could make its statement start over a
long way back; otherwise one statement first writes the rows wanted, in order, as a list to a temporary table.
That holds whatever the keys are: NULL, BLOB, mixed, none at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_sqlite.dbapi
import polars as pl
from sqlalchemy import ColumnElement, Integer, Select, and_, column, literal, literal_column, table
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

from dashboard.criteria import Node
from dashboard.sources.base import Part, Query
from dashboard.sources.faults import translated
from dashboard.sources.links import SqliteLinks, pragma
from dashboard.sources.related import Level, Page, part
from dashboard.sources.resources import Field
from dashboard.sources.sqlite import SqliteShape, is_textual
from dashboard.sources.staging import Staged, Stored, exact, quick
from dashboard.sources.statements import Statement, compiled

_DIALECT = sqlite.dialect(paramstyle="qmark")
_SESSION = ("PRAGMA cache_size = -32768", "PRAGMA busy_timeout = 15000")  # KiB, ms
_SHAPE = SqliteShape()
_ALL = 2**30  # rows at once, of which nobody knows beforehand how many there are


@contextmanager
def reading(uri: str, query: Query, resources: Any, part_rows: int) -> Iterator[SqliteReading]:
    with translated():
        connection = adbc_driver_sqlite.dbapi.connect(uri, autocommit=True)
    with closing(connection):
        yield SqliteReading(connection, query, resources, part_rows)


class SqliteReading:
    """A `Reading`; the transaction begins here and ends when the connection is closed."""

    def __init__(self, connection: Any, query: Query, resources: Any, part_rows: int) -> None:
        self._connection, self._query, self._resources = connection, query, resources
        self._part_rows = part_rows
        for command in (*_SESSION, "BEGIN"):
            self._run(command)
        self._links = SqliteLinks(self._ask)
        self._level = Level(query, resources, _SHAPE, self._links)
        self._statement = self._level.statement
        self._key = self._statement.with_key()
        # By level, the columns that are read in four because quick reading does not do for them.
        self._exactly: dict[Level, set[int]] = defaultdict(set)
        counted = int(self._run(self._statement.count()).item())
        self.total = counted if query.limit is None else min(counted, query.limit)

    def count(self, where: Node) -> int:
        statement = Statement(Query(self._query.resource, (), where), self._resources, _SHAPE)
        return int(self._run(statement.count()).item())

    def parts(self) -> Iterator[Part]:
        if self.total == 0:
            return
        if self.total <= self._part_rows:
            yield self._part(self._whole)
        elif self._query.where is None and not self._query.sort and self._pages_by_key():
            yield from self._by_key()
        else:
            yield from self._by_list()

    def _whole(self, selected: list[ColumnElement[Any]]) -> Select[Any]:
        return self._ordered(selected)

    def _ordered(self, selected: list[ColumnElement[Any]]) -> Select[Any]:
        # With a LIMIT SQLite sorts by insertion into a tree, five times slower: only where one was asked for.
        return self._statement.select(*selected).order_by(*self._statement.order).limit(self._query.limit)

    def _by_key(self) -> Iterator[Part]:
        key, left, last = self._statement.key[0], self.total, None
        while left > 0:
            rows, after = min(left, self._part_rows), last

            def page(
                selected: list[ColumnElement[Any]], rows: int = rows, after: int | None = after
            ) -> Select[Any]:
                statement = self._statement.select(*selected).order_by(key).limit(rows)
                return statement if after is None else statement.where(key > literal(after, Integer))

            part = self._part(page)
            left, last = left - part.frame.height - part.failed_rows, part.last_key[0]
            yield part

    def _by_list(self) -> Iterator[Part]:
        wanted, same = self._write_list()
        position = wanted.c.position
        start = wanted.join(self._statement.root, same)
        for first in range(1, self.total + 1, self._part_rows):
            last = min(first + self._part_rows - 1, self.total)

            def page(selected: list[ColumnElement[Any]], first: int = first, last: int = last) -> Select[Any]:
                rows = self._statement.unfiltered(*selected, start=start)
                within = position.between(literal(first, Integer), literal(last, Integer))
                return rows.where(within).order_by(position)

            yield self._part(page)

    def _write_list(self) -> tuple[Any, ColumnElement[bool]]:
        """The rows wanted, by rowid or key, in order; and how the list meets the table."""
        found = self._row_names()
        names = [f"k{number}" for number in range(len(found))]
        wanted = table("wanted_rows", column("position"), *(column(name) for name in names), schema="temp")
        self._run(f"CREATE TEMP TABLE wanted_rows (position INTEGER PRIMARY KEY, {', '.join(names)})")
        self._run(wanted.insert().from_select(names, self._ordered(found)))
        same = [one == wanted.c[name] for one, name in zip(found, names, strict=True)]
        return wanted, and_(*same)

    def _row_names(self) -> list[ColumnElement[Any]]:
        """What names a row for good: its rowid, or its key in a table WITHOUT ROWID, where no part is NULL."""
        rowid = self._links.rowid(self._query.resource)
        return [literal_column(f"t.{rowid}")] if rowid else self._statement.key

    def _pages_by_key(self) -> bool:
        """Whether the key is SQLite's own row number: an integer, never NULL, never twice."""
        name = literal(self._query.resource.table)
        primary = self._run(pragma("table_xinfo", "name", name).where(column("pk") > 0))["name"]
        indexed = self._run(pragma("index_list", "name", name).where(column("origin") == "pk"))
        return tuple(primary) == self._query.resource.key and len(primary) == 1 and indexed.is_empty()

    def _part(self, page: Page) -> Part:
        raw, staged = self._read(self._level, page)
        return part(self._level, self._key, raw, staged, self._read)

    def _read(self, level: Level, page: Page) -> tuple[pl.DataFrame, list[Staged]]:
        """One page; read again when a column does not fit, which from then on is read in four."""
        columns, rows = level.statement.columns, self._part_rows if level is self._level else _ALL
        exactly = self._exactly[level]
        exactly |= {number for number, (_, field) in enumerate(columns) if _never_quick(field)}
        while True:
            raw = self._run(page([*_selected(columns, exactly), *level.links]), rows)
            staged = [_stage(raw, number, field, exactly) for number, (_, field) in enumerate(columns)]
            misfits = {number for number, one in enumerate(staged) if one is None}
            if not misfits:
                return raw, [one for one in staged if one]
            exactly |= misfits

    def _ask(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        return self._run(statement).rows()

    def _run(self, statement: ClauseElement | str, rows: int = 1) -> pl.DataFrame:
        text, values = (statement, []) if isinstance(statement, str) else compiled(statement, _DIALECT)
        with translated(), closing(self._connection.cursor()) as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(rows)})
            cursor.execute(text, values or None)
            frame: pl.DataFrame = cursor.fetch_polars()
            return frame


def _selected(
    columns: Sequence[tuple[ColumnElement[Any], Field]], exactly: set[int]
) -> Iterator[ColumnElement[Any]]:
    for number, (stored, field) in enumerate(columns):
        if number in exactly:
            four = _SHAPE.selected(stored, field)
            yield from (one.label(f"c{number}_{place}") for place, one in enumerate(four))
        else:
            yield stored.label(f"c{number}")


def _stage(raw: pl.DataFrame, number: int, field: Field, exactly: set[int]) -> Staged | None:
    if number not in exactly:
        values = quick(raw[f"c{number}"], field.type, field.scale, is_textual(field.stored))
        return None if values is None else Staged(values)
    four = (raw[f"c{number}_{place}"] for place in range(4))
    shaped = (series.cast(dtype) for series, dtype in zip(four, _SHAPE.drawn(field), strict=True))
    return exact(Stored(*shaped), field.type, field.scale)


def _never_quick(field: Field) -> bool:
    """Types whose values the driver would mix up with others without our noticing."""
    return field.type in ("binary", "json", "interval") or (
        field.type == "text" and not is_textual(field.stored)
    )
