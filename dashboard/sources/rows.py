"""The row path: any SQLAlchemy URL, row tuples into frames with the declared types.

Short questions (`count`, `preview`) come this way for every database, since these drivers can be given a time
limit; whole readings only where ADBC cannot read (it takes several times the CPU).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
from sqlalchemy import URL, Connection, NullPool, create_engine

from dashboard.sources.any_database import AnyShape
from dashboard.sources.base import Part, Query, part_of
from dashboard.sources.catalog import Resource
from dashboard.sources.faults import translated
from dashboard.sources.postgresql import SESSION, PostgresqlShape
from dashboard.sources.sqlite import SqliteShape
from dashboard.sources.sqlite_file import connect
from dashboard.sources.statements import Statement

_STEPS = 20_000  # of SQLite's virtual machine between two looks at the clock, about a millisecond


class Rows:
    def __init__(self, url: URL, resources: Mapping[str, Resource]) -> None:
        self._url, self._resources = url, resources
        backend = url.get_backend_name()
        shapes: dict[str, Any] = {"sqlite": SqliteShape, "postgresql": PostgresqlShape}
        self.shape = shapes.get(backend, AnyShape)()

    def count(self, query: Query, seconds: float | None = None) -> int:
        statement = self.statement(query)
        with self.transaction(seconds) as connection, translated():
            counted = int(connection.execute(statement.count()).scalar_one())
        return counted if query.limit is None else min(counted, query.limit)

    def preview(self, query: Query, rows: int, seconds: float | None = None) -> pl.DataFrame:
        statement = Statement(query, self._resources, self.shape)
        limit = rows if query.limit is None else min(rows, query.limit)
        with self.transaction(seconds) as connection, translated():
            found = connection.execute(self.ordered(statement).limit(limit)).all()
        return self.part(query, statement, found).frame

    @contextmanager
    def reading(self, query: Query, part_rows: int) -> Iterator[RowReading]:
        with self.transaction(None) as connection:
            yield RowReading(self, connection, query, part_rows)

    @contextmanager
    def transaction(self, seconds: float | None) -> Iterator[Connection]:
        """One connection in one read-only transaction of one moment, ended with the block."""
        engine = engine_for(self._url)
        with translated():
            connection = engine.connect()
        try:
            with translated():
                _begin(connection, engine.dialect.name, seconds)
            yield connection
        finally:
            connection.close()
            engine.dispose()

    def statement(self, query: Query) -> Statement:
        return Statement(query, self._resources, self.shape)

    def ordered(self, statement: Statement) -> Any:
        selected = [
            one.label(f"c{number}_{place}")
            for number, (stored, field) in enumerate(statement.columns)
            for place, one in enumerate(self.shape.selected(stored, field))
        ]
        keys = [key.label(f"k{number}") for number, key in enumerate(statement.key)]
        return statement.select(*selected, *keys).order_by(*statement.order)

    def part(self, query: Query, statement: Statement, rows: Sequence[Any]) -> Part:
        columns = list(zip(*rows, strict=True)) if rows else None
        staged, at = [], 0
        for _, field in statement.columns:
            drawn = self.shape.drawn(field)
            given = columns[at : at + len(drawn)] if columns else [()] * len(drawn)
            series = [pl.Series(one, dtype=dtype) for one, dtype in zip(given, drawn, strict=True)]
            staged.append(self.shape.staged(series, field))
            at += len(drawn)
        first, last = (rows[0][at:], rows[-1][at:]) if rows else ((), ())
        return part_of(query, staged, first, last)


class RowReading:
    """A `Reading` over one streamed statement."""

    def __init__(self, rows: Rows, connection: Connection, query: Query, part_rows: int) -> None:
        self._rows, self._connection, self._query, self._part_rows = rows, connection, query, part_rows
        self._statement = rows.statement(query)
        with translated():
            counted = int(connection.execute(self._statement.count()).scalar_one())
        self.total = counted if query.limit is None else min(counted, query.limit)

    def parts(self) -> Iterator[Part]:
        statement = self._rows.ordered(self._statement).limit(self.total)
        with translated():
            result = self._connection.execution_options(
                stream_results=True, yield_per=self._part_rows
            ).execute(statement)
        batches = result.partitions(self._part_rows)
        while True:
            with translated():
                rows = next(batches, None)
            if not rows:
                return
            yield self._rows.part(self._query, self._statement, rows)


def engine_for(url: URL) -> Any:
    """An engine that keeps no connection, and for SQLite opens the file for reading only."""
    if url.get_backend_name() == "sqlite":
        return create_engine(url, poolclass=NullPool, creator=lambda: connect(url))
    return create_engine(url, poolclass=NullPool)


def _begin(connection: Connection, dialect: str, seconds: float | None) -> None:
    if dialect == "sqlite":
        if seconds is not None:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {max(1, int(seconds * 1000))}")
            end = time.monotonic() + seconds
            handle: Any = connection.connection.dbapi_connection
            handle.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        connection.exec_driver_sql("BEGIN")
    elif dialect == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for command in SESSION:
            connection.exec_driver_sql(command)
        if seconds is not None:
            connection.exec_driver_sql(f"SET statement_timeout = {max(1, int(seconds * 1000))}")
