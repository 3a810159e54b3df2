"""What is special about values in PostgreSQL: types polars does not know travel as text, made by the server.

`statements` asks here how to compare and order; `postgresql_reading` (ADBC) and `rows` (psycopg) select the
same expressions, so both give the same frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, literal_column, or_, type_coerce
from sqlalchemy.types import BigInteger, Boolean, Date, DateTime, Double, Numeric, Time, Uuid

from dashboard import criteria
from dashboard.columns import STAGED
from dashboard.sources.resources import Field
from dashboard.sources.staging import Staged, decoded, json_text
from dashboard.sources.statements import Compared

# ISO texts in UTC whatever the server's configuration, floats with all their digits, and a plan for all rows.
SESSION = (
    "SET client_encoding = 'UTF8'",
    "SET TIME ZONE 'UTC'",
    "SET datestyle = 'ISO'",
    "SET intervalstyle = 'iso_8601'",
    "SET extra_float_digits = 1",
    "SET cursor_tuple_fraction = 1",
)
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_AS_IS = ("VARCHAR", "TEXT", "CHAR", "CHARACTER")
_NOT_A_NUMBER = ("NaN", "Infinity", "-Infinity")
_DRAWN = {"date": pl.Date(), "datetime": pl.Datetime("us", "UTC")}


class PostgresqlShape:
    """The `Shape` of PostgreSQL, and how both of its paths read.

    `is_unchecked`: the server has the encoding SQL_ASCII, which means that it does not look at its texts.
    """

    is_unchecked = True

    def compared(self, stored: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
        if field.type == "text":
            return _text(stored, field)
        if field.type == "float" and field.stored == "REAL":
            stored = _float(stored)
        return _compared(stored, field) if field.type in _BOUND else stored

    def ordered(self, stored: ColumnElement[Any], field: Field, descending: bool) -> list[ColumnElement[Any]]:
        if field.type == "json":
            stored = cast(stored, Text)
        elif field.type == "text":  # some types that are text to us have no order of their own
            stored = _text(stored, field)
        return [stored.desc().nulls_first() if descending else stored.asc().nulls_last()]

    def selected(self, stored: ColumnElement[Any], field: Field) -> list[ColumnElement[Any]]:
        """One expression, and for dates a second: as text, those polars or Python cannot hold."""
        match field.type:
            case "text":
                return [_text(stored, field)]
            case "integer":
                return [cast(stored, BigInteger)]
            case "float":
                return [_float(stored)]
            case "date" | "datetime":
                return _dates(stored, field)
            case "json" if field.stored.startswith("ARRAY") or field.stored.endswith("[]"):
                return [cast(func.to_json(stored), Text)]
            case "boolean" | "binary":
                return [stored]
        return [cast(stored, Text)]

    def drawn(self, field: Field) -> Sequence[Any]:
        """The dtypes of what `selected` selects."""
        if field.type in _DRAWN:
            return (_DRAWN[field.type], pl.String())
        return (STAGED[field.type],)

    def staged(self, series: Sequence[Any], field: Field) -> Staged:
        values, replaced = series[0].cast(STAGED[field.type]), 0
        if values.dtype == pl.String and self.is_unchecked:
            values, replaced = decoded(values.cast(pl.Binary))
        odd = series[1].cast(pl.String) if len(series) > 1 else None
        if field.type == "decimal":
            values, odd = _numbers(values)
        elif field.type == "json":
            values = json_text(values)
        return Staged(values, odd if odd is not None and odd.count() else None, replaced)


def _numbers(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    odd, nothing = values.is_in(_NOT_A_NUMBER).fill_null(False), pl.Series([None], dtype=pl.String)
    return values.zip_with(~odd, nothing), values.zip_with(odd, nothing)


def _text(stored: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
    return stored if field.stored.split("(")[0] in _AS_IS else cast(stored, Text)


def _float(stored: ColumnElement[Any]) -> ColumnElement[Any]:
    # By way of text: 0.1::real is 0.1, and not the double nearest to that real.
    return cast(cast(stored, Text), Double)


def _dates(stored: ColumnElement[Any], field: Field) -> list[ColumnElement[Any]]:
    first: ColumnElement[Any] = literal_column("DATE '0001-01-01'")
    after: ColumnElement[Any] = literal_column("DATE '10000-01-01'")
    odd = or_(~func.isfinite(stored), stored < first, stored >= after)
    value = stored
    if field.type == "datetime" and "WITH TIME ZONE" not in field.stored:
        value = func.timezone("UTC", stored)
    return [case((odd, None), else_=value), case((and_(stored.is_not(None), odd), cast(stored, Text)))]


def _bound(field: Field, value: Any) -> ColumnElement[Any]:
    """Bound as text and cast by the server to the column's own type: exact, and indexes serve."""
    return cast(literal(_shown(field, value), Text), _type(field))


def _shown(field: Field, value: Any) -> str:
    if isinstance(value, datetime) and "WITH TIME ZONE" not in field.stored:
        value = value.replace(tzinfo=None)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _type(field: Field) -> Any:
    zoned = field.type == "datetime" and "WITH TIME ZONE" in field.stored
    return DateTime(timezone=True) if zoned else _BOUND[field.type]


def _compared(stored: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
    def write(column: ColumnElement[Any], op: Any, value: Any) -> Any:
        return op(column, _bound(field, value))

    def among(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        long = criteria.among(column, [_shown(field, value) for value in values], _type(field))
        return column.in_([_bound(field, value) for value in values]) if long is None else long

    return type_coerce(stored, Compared(write, among))


_BOUND: dict[str, Any] = {
    "integer": BigInteger(),
    "decimal": Numeric(),
    "float": Double(),
    "boolean": Boolean(),
    "date": Date(),
    "datetime": DateTime(),
    "time": Time(),
    "uuid": Uuid(),
}
