"""Databases that neither `sqlite` nor `postgresql` knows: standard SQL, and whatever Python values the driver gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Integer,
    Numeric,
    Text,
    Time,
    Uuid,
    case,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from dashboard.sources.resources import Field
from dashboard.sources.staging import STORED, Staged, Stored, exact

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "integer": Integer(),
    "decimal": Numeric(),
    "float": Double(),
    "boolean": Boolean(),
    "date": Date(),
    "datetime": DateTime(),
    "time": Time(),
    "uuid": Uuid(),
}


class AnyShape:
    """The `Shape` of any other database."""

    def compared(self, stored: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
        return type_coerce(stored, _TYPES[field.type]) if field.type in _TYPES else stored

    def ordered(self, stored: ColumnElement[Any], field: Field, descending: bool) -> list[ColumnElement[Any]]:
        # NULLS LAST is not everywhere.
        empty = case((stored.is_(None), 1), else_=0)
        return [empty.desc(), stored.desc()] if descending else [empty, stored]

    def selected(self, stored: ColumnElement[Any], field: Field) -> list[ColumnElement[Any]]:
        return [stored]

    def drawn(self, field: Field) -> Sequence[Any]:
        return (pl.Object(),)

    def staged(self, series: Sequence[Any], field: Field) -> Staged:
        rows = [_stored(value) for value in series[0].to_list()]
        columns: Any = zip(*rows, strict=True) if rows else [()] * len(STORED)
        four = (pl.Series(list(one), dtype=dtype) for one, dtype in zip(columns, STORED, strict=True))
        return exact(Stored(*four), field.type, field.scale)


def _stored(value: Any) -> tuple[str, int | None, float | None, bytes | None]:
    """A Python value as SQLite would hold it, in four: then one set of rules stages both."""
    match value:
        case None:
            return "null", None, None, None
        case int() if abs(value) < 2**63:
            return "integer", int(value), None, None
        case float():
            return "real", None, value, None
        case bytes() | bytearray() | memoryview():
            return "blob", None, None, bytes(value)
    return "text", None, None, _written(value).encode(errors="replace")


def _written(value: Any) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case UUID() | str():
            return str(value)
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)


def _duration(value: timedelta) -> str:
    """ISO 8601 as PostgreSQL writes it: "P1DT2H", and a minus before each number of a negative one."""
    sign, span = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(span.seconds, 60)
    precise = (Decimal(seconds) + Decimal(span.microseconds) / 1_000_000).normalize()
    clock = ((minutes // 60, "H"), (minutes % 60, "M"), (precise, "S"))
    day = f"{sign}{span.days}D" if span.days else ""
    time = "".join(f"{sign}{Decimal(number):f}{unit}" for number, unit in clock if number)
    return f"P{day}{'T' if time else ''}{time}" if day or time else "PT0S"
