"""A source that is a database: ADBC where it can read it, ordinary rows everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property

import polars as pl
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from dashboard.sources import postgresql_reading, sqlite_reading
from dashboard.sources.base import Query, Reading
from dashboard.sources.faults import translated
from dashboard.sources.resources import CatalogError, Resource
from dashboard.sources.rows import Rows
from dashboard.sources.sqlite_file import path_of, uri_of


class SqlSource:
    """Holds a URL and the catalog's resources, no connection: each call opens its own and closes it.

    `sqlite+pysqlite://` asks for the row path, as does `by_rows`.
    """

    kind = "database"

    def __init__(self, url: URL, resources: Mapping[str, Resource], by_rows: bool = False) -> None:
        self.url, self._resources = url, resources
        self._by_rows = by_rows or url.drivername == "sqlite+pysqlite"

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.url, self._resources)

    def check(self) -> None:
        with self._rows.transaction(None) as connection, translated():
            connection.exec_driver_sql("SELECT 1")

    def count(self, query: Query, seconds: float | None = None) -> int:
        return self._rows.count(query, seconds)

    def preview(self, query: Query, rows: int, seconds: float | None = None) -> pl.DataFrame:
        return self._rows.preview(query, rows, seconds)

    def reading(self, query: Query, part_rows: int) -> AbstractContextManager[Reading]:
        backend = self.url.get_backend_name()
        if self._by_rows or backend not in ("sqlite", "postgresql"):
            return self._rows.reading(query, part_rows)
        if backend == "sqlite":
            return sqlite_reading.reading(uri_of(self.url), query, self._resources, part_rows)
        uri = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return postgresql_reading.reading(uri, query, self._resources, part_rows)


def parsed(text: str) -> URL:
    """The URL, or CatalogError when it is none or names a SQLite file that is not there."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise CatalogError(
            "this is not a database URL such as postgresql://host/name or sqlite:///file"
        ) from None
    if url.get_backend_name() == "sqlite" and not path_of(url).is_file():
        raise CatalogError(f"there is no database file {path_of(url)}")
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    return url
