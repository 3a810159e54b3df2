"""What is special about values in SQLite: any column may hold any storage class, dates are text.

`statements` asks here how to compare and order them; `sqlite_reading` and `rows` how to select them unbent.
A value that does not fit its column's type is null in the export, so it matches no comparison here either.
Amounts are compared as 64-bit numbers, which is what SQLite has.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    type_coerce,
)

from dashboard import criteria
from dashboard.sources.resources import Field
from dashboard.sources.staging import STORED, Staged, Stored, exact
from dashboard.sources.statements import Compared

_DAY = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]"
_ZERO_MOMENT = "0000-00-00 00:00:00.000000"
Read = Callable[[ColumnElement[Any]], ColumnElement[Any]]
Show = Callable[[Any], str | int | float]
_NUMBERS = {"integer": ("integer",), "decimal": ("integer", "real"), "float": ("integer", "real")}


def is_textual(declared: str) -> bool:
    """Whether a column of this declared type has TEXT affinity: it then keeps numbers as text."""
    declared = declared.upper()
    return "INT" not in declared and bool(re.search("CHAR|CLOB|TEXT", declared))


class SqliteShape:
    """The `Shape` of SQLite, and how its row path reads."""

    def compared(self, stored: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
        stored = type_coerce(stored, Text)
        if field.type in _NUMBERS and not is_textual(field.stored):
            return type_coerce(stored, Compared(*_number(_NUMBERS[field.type])))
        if field.type == "datetime":
            return type_coerce(stored, Compared(_datetime, _among(_moment, _canonical)))
        read, shown = _READ.get(field.type, (None, None))
        if read is None or shown is None:
            return stored
        return type_coerce(stored, Compared(_plainly(read, shown), _among(read, shown)))

    def ordered(self, stored: ColumnElement[Any], field: Field, descending: bool) -> list[ColumnElement[Any]]:
        if field.type == "datetime":
            stored = _moment(type_coerce(stored, Text))
        elif field.type in _NUMBERS and is_textual(field.stored):
            stored = _read_number(stored)
        return [stored.desc().nulls_first() if descending else stored.asc().nulls_last()]

    def selected(self, stored: ColumnElement[Any], field: Field) -> list[ColumnElement[Any]]:
        """The four columns of `Stored`: every storage class by itself, so that no driver bends a value."""
        kind = func.typeof(stored)
        return [
            kind,
            case((kind == "integer", type_coerce(stored, Integer))),
            case((kind == "real", type_coerce(stored, Float))),
            # Text as bytes: drivers refuse invalid UTF-8, and we want it with U+FFFD.
            case((kind.in_(("text", "blob")), cast(stored, LargeBinary))),
        ]

    def drawn(self, field: Field) -> Sequence[Any]:
        """The dtypes of what `selected` selects."""
        return STORED

    def staged(self, series: Sequence[Any], field: Field) -> Staged:
        return exact(Stored(*series), field.type, field.scale)


def _plainly(read: Read, shown: Show) -> Callable[..., Any]:
    return lambda column, op, value: op(read(column), _bound(shown(value)))


def _among(read: Read, shown: Show) -> Callable[..., Any]:
    def write(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        shown_values = [shown(value) for value in values]
        long = criteria.among(read(column), shown_values)
        return read(column).in_([_bound(value) for value in shown_values]) if long is None else long

    return write


def _number(classes: tuple[str, ...]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Numbers sort before text and blobs, so those are kept out of what is greater; an index still serves."""

    def write(column: ColumnElement[Any], op: Any, value: Any) -> ColumnElement[bool]:
        compared = op(type_coerce(column, Integer), _bound(_digits(value)))
        return and_(compared, func.typeof(column).in_(classes))

    return write, _among(lambda column: type_coerce(column, Integer), _digits)


def _digits(value: Any) -> int | float:
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and abs(value) < 2**63
        return int(value) if whole else float(value)
    return int(value) if isinstance(value, bool) else value


def _bound(value: str | int | float) -> ColumnElement[Any]:
    return literal(value, {str: Text, int: Integer, float: Float}[type(value)])


def _read_number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    kind, text = func.typeof(column), type_coerce(column, Text)
    plain = and_(kind == "text", ~_glob(text, "*[^0-9.+-]*"), _glob(text, "*[0-9]*"))
    number = (plain, type_coerce(cast(text, Numeric), Integer))
    return case((kind.in_(("integer", "real")), type_coerce(column, Integer)), number)


def _read_boolean(column: ColumnElement[Any]) -> ColumnElement[Any]:
    word = func.lower(column)
    number = case((func.typeof(column) == "integer", type_coerce(column, Integer)))
    text = func.typeof(column) == "text"
    yes, no = word.in_(("true", "t", "1")), word.in_(("false", "f", "0"))
    return case((and_(text, yes), 1), (and_(text, no), 0), else_=number)


def _read_date(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((_glob(column, _DAY + "*"), _part(column, 1, 10)))


def _read_time(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((_glob(column, "[0-2][0-9]:[0-5][0-9]*"), _filled(column, "00:00:00.000000")))


def _read_uuid(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lower(func.replace(column, "-", "", type_=Text), type_=Text)


def _datetime(column: ColumnElement[Any], op: Any, value: datetime) -> ColumnElement[bool]:
    """The whole text is only taken apart where its day is near the value's: an index on the column serves.

    Offsets move a moment by less than a day, hence the day before and the second day after.
    """
    exactly = op(_moment(column), _bound(_canonical(value)))
    is_day, before, after = _glob(column, _DAY + "*"), _bound_day(value, -1), _bound_day(value, 2)
    if op is operator.eq:
        return and_(column >= before, column < after, exactly)
    if op in (operator.gt, operator.ge):
        return and_(column >= before, or_(and_(column >= after, is_day), exactly))
    return and_(column < after, or_(and_(column < before, is_day), exactly))


def _bound_day(value: datetime, days: int) -> ColumnElement[Any]:
    try:
        return _bound((value.date() + timedelta(days=days)).isoformat())
    except OverflowError:
        return _bound("0000" if days < 0 else "9999-99")


def _canonical(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _moment(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Any usual shape as "2026-11-21 13:05:00.000000" in UTC, or NULL."""
    text = func.replace(func.rtrim(column, "Zz"), "T", " ", type_=Text)
    length, timed = func.length(text), and_(func.length(text) > 16, _part(text, 11, 1) == " ")
    long, short = _part(text, -6), _part(text, -5)
    spelt_out = _part(short, 1, 3) + ":" + _part(short, 4)
    return case(
        # The two common shapes first: sorting a million rows takes a third of the time.
        (_glob(column, _DAY + " ??:??:??"), column + ".000000"),
        (_glob(column, _DAY + " ??:??:??.??????"), column),
        (~_glob(column, _DAY + "*"), None),
        (and_(timed, _glob(long, "[+-]*")), _shifted(_part(text, 1, length - 6), long)),
        (and_(timed, _glob(short, "[+-]*")), _shifted(_part(text, 1, length - 5), spelt_out)),
        else_=_filled(text, _ZERO_MOMENT),
    )


def _shifted(text: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """Moved to UTC by whole seconds; the fraction stays text, for SQLite's clock has milliseconds only."""
    local = _filled(text, _ZERO_MOMENT)
    return func.strftime("%Y-%m-%d %H:%M:%S", _part(local, 1, 19) + zone, type_=Text) + _part(local, 20)


def _filled(text: ColumnElement[Any], zero: str) -> ColumnElement[Any]:
    rest = _part(literal(zero, Text), func.length(text) + 1)
    return _part(text + rest, 1, len(zero))


def _part(text: ColumnElement[Any], *span: Any) -> ColumnElement[Any]:
    return func.substr(text, *span, type_=Text)


def _glob(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    return column.op("GLOB", is_comparison=True)(literal(pattern, Text))


_READ: dict[str, tuple[Read, Show]] = {
    "integer": (_read_number, _digits),
    "decimal": (_read_number, _digits),
    "float": (_read_number, _digits),
    "boolean": (_read_boolean, _digits),
    "date": (_read_date, date.isoformat),
    "time": (_read_time, lambda value: value.isoformat("microseconds")),
    "uuid": (_read_uuid, lambda value: value.hex),
}
