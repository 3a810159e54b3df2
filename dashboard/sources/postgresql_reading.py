"""Reads PostgreSQL through ADBC, in one REPEATABLE READ transaction, a part at a time.

One statement, run once, whatever the order, so that no row can be missed or doubled. Where it has no values to bind
and no related rows, by COPY, whose rows come in as they are made. Otherwise by a cursor, since COPY binds no values
and leaves no room for other statements meanwhile; the server then stores each stretch of rows before it sends
them (measured: half a second of its CPU for a million rows of 14 columns).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_postgresql.dbapi  # type: ignore[import-untyped]
import nanoarrow  # type: ignore[import-untyped]
import polars as pl
from sqlalchemy import ColumnElement, Select
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ClauseElement

from dashboard.columns import STAGED
from dashboard.criteria import Node
from dashboard.sources.base import Part, Query
from dashboard.sources.faults import translated
from dashboard.sources.links import PostgresqlLinks
from dashboard.sources.postgresql import BEGIN, SESSION, PostgresqlShape
from dashboard.sources.postgresql_dates import staged_dates, staged_moments
from dashboard.sources.related import Level, Page, part
from dashboard.sources.resources import Field, Resource
from dashboard.sources.staging import Staged
from dashboard.sources.statements import Statement, compiled

_DIALECT = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_COPY, _NO_COPY = {"adbc.postgresql.use_copy": "true"}, {"adbc.postgresql.use_copy": "false"}
_BATCH = {"adbc.postgresql.batch_size_hint_bytes": "2000000"}
_CURSOR = "export_rows"
_INTEGERS = ("SMALLINT", "INTEGER", "BIGINT")
_ENCODING = "SELECT current_setting('server_encoding')"


@contextmanager
def reading(
    uri: str, query: Query, resources: Mapping[str, Resource], part_rows: int
) -> Iterator[PostgresqlReading]:
    with translated():
        connection = adbc_driver_postgresql.dbapi.connect(uri, autocommit=True)
    with closing(connection):
        yield PostgresqlReading(connection, query, resources, part_rows)


class PostgresqlReading:
    """A `Reading`; the transaction begins here and ends when the connection is closed."""

    def __init__(
        self, connection: Any, query: Query, resources: Mapping[str, Resource], part_rows: int
    ) -> None:
        self._connection, self._query, self._part_rows = connection, query, part_rows
        for command in (*SESSION, BEGIN):
            self._run(command)
        self._shape = _WireShape(is_unchecked=self._run(_ENCODING).item() == "SQL_ASCII")
        self._resources = resources
        self._level = Level(query, resources, self._shape, PostgresqlLinks(self._ask))
        self._statement = self._level.statement
        self._key = self._statement.with_key()
        counted = int(self._run(self._statement.count()).item())
        self.total = counted if query.limit is None else min(counted, query.limit)

    def count(self, where: Node) -> int:
        statement = Statement(Query(self._query.resource, (), where), self._resources, self._shape)
        return int(self._run(statement.count()).item())

    def parts(self) -> Iterator[Part]:
        rows = self._statement.select(*self._level.selected()).order_by(*self._statement.order)
        text, values = compiled(rows, _DIALECT)
        if values or self._level.below:
            found = self._fetched(text, values)
        else:
            limit = "" if self._query.limit is None else f" LIMIT {int(self.total)}"
            found = _in_parts(self._copied(text + limit), self._part_rows)
        for raw in found:
            yield self._part(raw)

    def _fetched(self, text: str, values: list[Any]) -> Iterator[pl.DataFrame]:
        self._run(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {text}", values)
        left = self.total
        while left > 0:
            raw = self._run(f"FETCH {min(left, self._part_rows)} FROM {_CURSOR}")
            if raw.is_empty():
                return
            left -= len(raw)
            yield raw

    def _copied(self, text: str) -> Iterator[pl.DataFrame]:
        """Small batches of rows; the connection is taken until the last of them."""
        with closing(self._connection.cursor()) as cursor:
            cursor.adbc_statement.set_options(**_COPY, **_BATCH)
            with translated():
                cursor.execute(text)
                batches = nanoarrow.c_array_stream(cursor.fetch_arrow())
            while True:
                with translated():
                    batch = next(batches, None)
                if batch is None:
                    return
                yield pl.DataFrame(batch)

    def _part(self, raw: pl.DataFrame) -> Part:
        staged = self._staged(self._level, raw)
        return part(self._level, self._key, raw, staged, self._read)

    def _read(self, level: Level, page: Page) -> tuple[pl.DataFrame, list[Staged]]:
        raw = self._run(page(level.selected()))
        return raw, self._staged(level, raw)

    def _staged(self, level: Level, raw: pl.DataFrame) -> list[Staged]:
        staged = []
        for number, (_, field) in enumerate(level.statement.columns):
            drawn = enumerate(self._shape.drawn(field))
            series = [raw[f"c{number}_{place}"].cast(dtype) for place, dtype in drawn]
            staged.append(self._shape.staged(series, field))
        return staged

    def _ask(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        return self._run(statement).rows()

    def _run(self, statement: ClauseElement | str, values: list[Any] | None = None) -> pl.DataFrame:
        if not isinstance(statement, str):
            statement, values = compiled(statement, _DIALECT)
        with translated(), closing(self._connection.cursor()) as cursor:
            cursor.adbc_statement.set_options(**_NO_COPY)
            cursor.execute(statement, values or None)
            frame: pl.DataFrame = cursor.fetch_polars()
            return frame


class _WireShape(PostgresqlShape):
    """What the driver reads without bending it is selected as it is stored: the server has the least work so."""

    def __init__(self, is_unchecked: bool) -> None:
        self.is_unchecked = is_unchecked

    def selected(self, stored: ColumnElement[Any], field: Field) -> list[ColumnElement[Any]]:
        return [stored] if _is_plain(field) else super().selected(stored, field)

    def drawn(self, field: Field) -> Sequence[Any]:
        if not _is_plain(field):
            return super().drawn(field)
        if field.type == "datetime":
            return (pl.Datetime("us", "UTC" if _is_zoned(field) else None),)
        return (STAGED[field.type],)

    def staged(self, series: Sequence[Any], field: Field) -> Staged:
        if _is_plain(field) and field.type == "date":
            return staged_dates(series[0])
        if _is_plain(field) and field.type == "datetime":
            return staged_moments(series[0], _is_zoned(field))
        return super().staged(series, field)


def _is_plain(field: Field) -> bool:
    match field.type:
        case "integer":
            return field.stored in _INTEGERS
        case "date":
            return field.stored == "DATE"
        case "datetime":
            return field.stored.startswith("TIMESTAMP")
    return False


def _is_zoned(field: Field) -> bool:
    return "WITH TIME ZONE" in field.stored


def _in_parts(batches: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows, so many at a time."""
    held: list[pl.DataFrame] = []
    for batch in batches:
        held.append(batch)
        while sum(map(len, held)) >= rows:
            found = pl.concat(held)
            held = [found[rows:]]
            yield found[:rows].rechunk()
    if sum(map(len, held)):
        yield pl.concat(held).rechunk()
