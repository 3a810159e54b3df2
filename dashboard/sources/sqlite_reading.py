"""Reads a SQLite file through ADBC: one connection, one read transaction, one page of rows a statement.

The driver guesses a column's type from the rows it fetches at once, so a page is always one such batch, and a
page with a guess that bends values is read again exactly (see `staging`).

A page is found by the integer key when the table has one and no filter could make its statement start over a
long way back; otherwise one statement first writes the rows wanted, in order, as a list to a temporary table.
That holds whatever the keys are: NULL, BLOB, mixed, none at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_sqlite.dbapi
import polars as pl
from sqlalchemy import (
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    and_,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

from dashboard.sources.base import Part, Query, part_of
from dashboard.sources.catalog import Field
from dashboard.sources.faults import translated
from dashboard.sources.sqlite import SqliteShape, is_textual
from dashboard.sources.staging import Staged, Stored, exact, quick
from dashboard.sources.statements import Statement, compiled

_DIALECT = sqlite.dialect(paramstyle="qmark")
_SESSION = ("PRAGMA cache_size = -32768", "PRAGMA busy_timeout = 15000")  # KiB, ms
Page = Callable[[list[ColumnElement[Any]]], Select[Any]]


@contextmanager
def reading(uri: str, query: Query, resources: Any, part_rows: int) -> Iterator[SqliteReading]:
    with translated():
        connection = adbc_driver_sqlite.dbapi.connect(uri, autocommit=True)
    with closing(connection):
        yield SqliteReading(connection, Statement(query, resources, SqliteShape()), query, part_rows)


class SqliteReading:
    """A `Reading`; the transaction begins here and ends when the connection is closed."""

    def __init__(self, connection: Any, statement: Statement, query: Query, part_rows: int) -> None:
        self._connection, self._statement, self._query = connection, statement, query
        self._part_rows = part_rows
        self._exactly = {n for n, (_, field) in enumerate(statement.columns) if _never_quick(field)}
        for command in (*_SESSION, "BEGIN"):
            self._run(command)
        counted = int(self._run(statement.count()).item())
        self.total = counted if query.limit is None else min(counted, query.limit)

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
            left, last = left - part.frame.height, part.last_key[0]
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
        rowid = self._rowid()
        return [literal_column(f"t.{rowid}")] if rowid else self._statement.key

    def _rowid(self) -> str | None:
        name = literal(self._query.resource.table)
        flags = self._run(
            _pragma("table_list", "wr").where(column("name") == name, column("schema") == "main")
        )
        taken = self._run(_pragma("table_xinfo", "name", name))["name"].str.to_lowercase()
        free = [one for one in ("rowid", "_rowid_", "oid") if one not in set(taken)]
        return free[0] if free and not flags["wr"].sum() else None

    def _pages_by_key(self) -> bool:
        """Whether the key is SQLite's own row number: an integer, never NULL, never twice."""
        name = literal(self._query.resource.table)
        primary = self._run(_pragma("table_xinfo", "name", name).where(column("pk") > 0))["name"]
        indexed = self._run(_pragma("index_list", "name", name).where(column("origin") == "pk"))
        return tuple(primary) == self._query.resource.key and len(primary) == 1 and indexed.is_empty()

    def _part(self, page: Page) -> Part:
        """One page; read again when a column does not fit, which from then on is read in four."""
        while True:
            raw = self._run(page(self._selected()), self._part_rows)
            staged = [self._stage(raw, number) for number in range(len(self._query.columns))]
            misfits = {number for number, one in enumerate(staged) if one is None}
            if not misfits:
                return self._made([one for one in staged if one], raw)
            self._exactly |= misfits

    def _made(self, staged: list[Staged], raw: pl.DataFrame) -> Part:
        keys = [f"k{number}" for number in range(len(self._statement.key))]
        first, last = (raw.select(keys).row(place) if len(raw) else () for place in (0, -1))
        return part_of(self._query, staged, list(first), list(last))

    def _selected(self) -> list[ColumnElement[Any]]:
        selected: list[ColumnElement[Any]] = []
        for number, (stored, field) in enumerate(self._statement.columns):
            if number in self._exactly:
                four = SqliteShape().selected(stored, field)
                selected += [one.label(f"c{number}_{place}") for place, one in enumerate(four)]
            else:
                selected.append(stored.label(f"c{number}"))
        fields = {one.name: one for one in (*self._query.resource.fields, *self._query.resource.hidden)}
        for number, key in enumerate(self._statement.key):
            kind = Integer if fields[key.name].type == "integer" else LargeBinary
            selected.append(cast(key, kind).label(f"k{number}"))
        return selected

    def _stage(self, raw: pl.DataFrame, number: int) -> Staged | None:
        field = self._statement.columns[number][1]
        if number not in self._exactly:
            values = quick(raw[f"c{number}"], field.type, field.scale, is_textual(field.stored))
            return None if values is None else Staged(values)
        four = (raw[f"c{number}_{place}"] for place in range(4))
        shaped = (series.cast(dtype) for series, dtype in zip(four, SqliteShape().drawn(field), strict=True))
        return exact(Stored(*shaped), field.type, field.scale)

    def _run(self, statement: ClauseElement | str, rows: int = 1) -> pl.DataFrame:
        text, values = (statement, []) if isinstance(statement, str) else compiled(statement, _DIALECT)
        with translated(), closing(self._connection.cursor()) as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(rows)})
            cursor.execute(text, values or None)
            frame: pl.DataFrame = cursor.fetch_polars()
            return frame


def _never_quick(field: Field) -> bool:
    """Types whose values the driver would mix up with others without our noticing."""
    return field.type in ("binary", "json", "interval") or (
        field.type == "text" and not is_textual(field.stored)
    )


def _pragma(name: str, wanted: str, *arguments: ColumnElement[Any]) -> Select[Any]:
    return select(column(wanted)).select_from(
        getattr(func, f"pragma_{name}")(*arguments).table_valued(wanted)
    )
