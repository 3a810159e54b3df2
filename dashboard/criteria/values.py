"""Typed values from what forms and programs send; `check` calls `typed` and adds the field's name.

Each refusal is a sentence for people that shows what would have been right.
"""

from __future__ import annotations

import math
import re
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

MOST_CHARACTERS = 10_000
MOST_DIGITS = 38
MOST_MEMBERS = 50
DEEPEST_JSON = 5
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_TOO_LARGE = Decimal((0, (1,), MOST_DIGITS))
_YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def typed(type: str, value: object) -> object:
    """The value as this column type compares it, or a ValueError whose text is the sentence to show."""
    read = _READERS.get(type)
    if read is None:
        raise ValueError("This field can only be compared with empty or not empty")
    return read(value.strip() if isinstance(value, str) and type != "text" else value)


def yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _YES_OR_NO:
        return _YES_OR_NO[value.strip().lower()]
    raise ValueError("Choose yes or no")


def day_only(value: object) -> date | None:
    """The day, when the value is a day without a time."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return _day(value.strip())
    return None


def pattern(value: object) -> str:
    text = _text(value)
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise ValueError("Enter a pattern that does not end in a backslash")
    return text


def json_object(value: object) -> dict[str, typing.Any]:
    """A JSON object as parsed, small enough to be looked for."""
    if not isinstance(value, dict):
        raise ValueError('Enter a JSON object, for example {"color": "red"}')
    if sum(1 for _ in _members(value, 0)) > MOST_MEMBERS:
        raise ValueError(f"Enter a JSON object of at most {MOST_MEMBERS} values")
    return value


def _members(value: object, depth: int) -> Iterator[None]:
    """One for each value in a JSON value, each of which a database can hold."""
    if depth > DEEPEST_JSON:
        raise ValueError(f"Enter a JSON object nested at most {DEEPEST_JSON} deep")
    yield
    match value:
        case str():
            _text(value)
        case bool() | None:
            pass
        case int():
            _integer(value)
        case float():
            _float(value)
        case dict():
            for name, member in value.items():
                _text(name)
                yield from _members(member, depth + 1)
        case list():
            for member in value:
                yield from _members(member, depth + 1)
        case _:
            raise ValueError("Enter a JSON object of texts, numbers, true, false and null")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("Enter text")
    if len(value) > MOST_CHARACTERS:
        raise ValueError(f"Enter at most {MOST_CHARACTERS:,} characters")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("Enter text without invisible control characters")
    return value


def _integer(value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value) and len(value) <= MOST_DIGITS:
        value = int(value)
    elif isinstance(value, str) and _INTEGER.fullmatch(value):
        value = _LARGEST + 1
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("Enter a whole number, for example 20")
    if not _SMALLEST <= value <= _LARGEST:
        raise ValueError(f"Enter a whole number between {_SMALLEST:,} and {_LARGEST:,}")
    return value


def _decimal(value: object) -> Decimal:
    number = _exact(value)
    if number is None or not number.is_finite():
        raise ValueError("Enter an amount, for example 20 or 20.50")
    if abs(number.adjusted()) >= MOST_DIGITS or len(format(number, "f")) > MOST_DIGITS + 2:
        raise ValueError(f"Enter an amount of at most {MOST_DIGITS} digits")
    return number


def _exact(value: object) -> Decimal | None:
    match value:
        case bool():
            return None
        case Decimal():
            return value
        case int():
            return Decimal(value) if abs(value) < 10**MOST_DIGITS else _TOO_LARGE
        case float():
            return Decimal(repr(value))
        case str() if _DECIMAL.fullmatch(value):
            return Decimal(value) if len(value) <= MOST_DIGITS * 2 else _TOO_LARGE
    return None


def _float(value: object) -> float:
    if isinstance(value, str) and len(value) <= 100 and _FLOAT.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("Enter a number, for example 20 or 20.5")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("Enter a number that is not so large, for example 20 or 20.5")
    return number


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise ValueError("Enter a date that exists, for example 2026-11-21") from None
    raise ValueError("Enter a date, for example 2026-11-21")


def _moment(value: object) -> datetime:
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Enter a date and time that exist, for example 2026-11-21 13:05") from None
    raise ValueError("Enter a date and time, for example 2026-11-21 13:05")


def _clock(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    try:
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("Enter a time, for example 13:05")


def _uuid(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        if isinstance(value, str) and len(value) in (32, 36):
            return UUID(value)
    except ValueError:
        pass
    raise ValueError("Enter an identifier such as 0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90")


_READERS: dict[str, Callable[[object], object]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "float": _float,
    "boolean": yes_or_no,
    "date": _day,
    "datetime": _moment,
    "time": _clock,
    "uuid": _uuid,
}
