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
from sqlalchemy import URL, Connection, NullPool, Select, create_engine

from dashboard.criteria import Node
from dashboard.sources.any_database import AnyShape
from dashboard.sources.base import Part, Query
from dashboard.sources.faults import translated
from dashboard.sources.links import AnyLinks, PostgresqlLinks, SqliteLinks
from dashboard.sources.postgresql import SESSION, PostgresqlShape
from dashboard.sources.related import Level, Page, part
from dashboard.sources.resources import Resource
from dashboard.sources.sqlite import SqliteShape
from dashboard.sources.sqlite_file import connect
from dashboard.sources.staging import Staged
from dashboard.sources.statements import Statement

_STEPS = 20_000  # of SQLite's virtual machine between two looks at the clock, about a millisecond


# What is special about each database; any other is `AnyShape`, and its rows cannot be streamed beside other statements.
_DATABASES: dict[str, tuple[Any, Any]] = {
    "sqlite": (SqliteShape, SqliteLinks),
    "postgresql": (PostgresqlShape, PostgresqlLinks),
}


class Rows:
    def __init__(self, url: URL, resources: Mapping[str, Resource]) -> None:
        self._url, self.resources = url, resources
        shape, self.links = _DATABASES.get(url.get_backend_name(), (AnyShape, AnyLinks))
        self.shape = shape()

    def count(self, query: Query, seconds: float | None = None) -> int:
        with self.transaction(seconds) as connection:
            return counted(connection, query, self)

    def preview(self, query: Query, rows: int, seconds: float | None = None) -> pl.DataFrame:
        limit = rows if query.limit is None else min(rows, query.limit)
        with self.transaction(seconds) as connection:
            asked = Asked(connection, query, self)
            return asked.part(asked.rows(asked.ordered().limit(limit))).frame

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


def counted(connection: Connection, query: Query, rows: Rows) -> int:
    statement = Statement(query, rows.resources, rows.shape).count()
    with translated():
        found = int(connection.execute(statement).scalar_one())
    return found if query.limit is None else min(found, query.limit)


class Asked:
    """A query on a connection."""

    def __init__(self, connection: Connection, query: Query, rows: Rows) -> None:
        self._connection, self._shape = connection, rows.shape
        self.level = Level(query, rows.resources, rows.shape, rows.links(self.rows))
        self._key = self.level.statement.with_key()

    def ordered(self) -> Select[Any]:
        statement = self.level.statement
        return statement.select(*self.level.selected()).order_by(*statement.order)

    def rows(self, statement: Select[Any]) -> Sequence[Any]:
        with translated():
            return self._connection.execute(statement).all()

    def part(self, rows: Sequence[Any]) -> Part:
        links, staged = self._staged(self.level, rows)
        return part(self.level, self._key, links, staged, self._read)

    def _read(self, level: Level, page: Page) -> tuple[pl.DataFrame, list[Staged]]:
        return self._staged(level, self.rows(page(level.selected())))

    def _staged(self, level: Level, rows: Sequence[Any]) -> tuple[pl.DataFrame, list[Staged]]:
        """Row tuples as series, column by column in the order of what was selected."""
        drawn = [self._shape.drawn(field) for _, field in level.statement.columns]
        dtypes = [*(one for several in drawn for one in several), *level.named.values()]
        columns = zip(*rows, strict=True) if rows else [()] * len(dtypes)
        series = (pl.Series(one, dtype=dtype) for one, dtype in zip(columns, dtypes, strict=True))
        staged = [
            self._shape.staged([next(series) for _ in several], field)
            for several, (_, field) in zip(drawn, level.statement.columns, strict=True)
        ]
        return pl.DataFrame(dict(zip(level.named, series, strict=True))), staged


class RowReading:
    """A `Reading` over one streamed statement."""

    def __init__(self, rows: Rows, connection: Connection, query: Query, part_rows: int) -> None:
        self._rows, self._connection, self._query, self._part_rows = rows, connection, query, part_rows
        self.total = counted(connection, query, rows)

    def count(self, where: Node) -> int:
        return counted(self._connection, Query(self._query.resource, (), where), self._rows)

    def parts(self) -> Iterator[Part]:
        asked = Asked(self._connection, self._query, self._rows)
        batches = self._batches(asked)
        while True:
            with translated():
                rows = next(batches, None)
            if not rows:
                return
            yield asked.part(rows)

    def _batches(self, asked: Asked) -> Iterator[Sequence[Any]]:
        statement = asked.ordered().limit(self.total)
        if asked.level.below and self._connection.dialect.name not in _DATABASES:
            # Many drivers take no other statement while one is streaming.
            rows, size = asked.rows(statement), self._part_rows
            return (rows[first : first + size] for first in range(0, len(rows), size))
        options = {"stream_results": True, "yield_per": self._part_rows}
        with translated():
            result = self._connection.execute(statement, execution_options=options)
        return result.partitions(self._part_rows)


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
