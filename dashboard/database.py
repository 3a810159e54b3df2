"""The records' database: the session, and what all records share (base class, moments in UTC, the clock).

The clock of the records' database is the only clock (reliability.md, section 2): compare and set times with
`now()`, never with the time of the machine that happens to run the code.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, Engine, Float, MetaData, TypeDecorator, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.expression import ColumnElement, literal
from sqlalchemy.sql.functions import FunctionElement


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC, microseconds.

    SQLite keeps it as text of one length, so that text order is time order.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


POSTGRESQL = (
    "random_page_cost = 1.1",
    "jit = off",
    "max_parallel_workers_per_gather = 0",
    "plan_cache_mode = force_custom_plan",
)

db = SQLAlchemy(model_class=Base)
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function that it is
    """The database's clock, `seconds` from now."""

    inherit_cache = True
    type = Moment()

    def __init__(self, seconds: float = 0) -> None:
        shift: ColumnElement[Any] = literal(float(seconds), Float())
        super().__init__(shift)


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: Any, **options: Any) -> str:
    shift = compiler.process(element.clauses, **options)
    # %f has milliseconds; three more digits make the length that SQLAlchemy stores.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', ({shift}) || ' seconds')"


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: Any, **options: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


def read_json(text: str | bytes) -> Any:
    """`json.loads`, without it for what is empty: a page of a list reads a thousand of these."""
    words = text.decode() if isinstance(text, bytes) else text
    if words == "{}":
        return {}
    return [] if words == "[]" else json.loads(words)


def prepare(engine: Engine) -> None:
    """Make SQLite fit for several processes, and PostgreSQL for lists; called once for the engine of an app."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        engine.dialect.statement_compiler = _Hinted
    else:
        event.listen(engine, "connect", _set_costs)


class _Hinted(SQLiteCompiler):
    """Writes hints behind the name of a table, which is where SQLite reads which index to use."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def _set_pragmas(connection: sqlite3.Connection, record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _set_costs(connection: Any, record: Any) -> None:
    """Indexes are on no turning disk, and no list is worth a compiler or more processes; plans are made for the
    values asked for, as one for any values takes much longer for a search. In its own transaction, which is committed.
    """
    for setting in POSTGRESQL:
        connection.execute(f"SET {setting}")
    connection.commit()
