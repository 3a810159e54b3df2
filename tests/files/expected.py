"""What files must hold for a value, written from section 12 of the reliability page and from nothing of ours.

A value is what a person means by it: str, int, Decimal, float, bool, date, datetime, bytes, None, `Json` for a
document, and `Odd` for what stands in a column whose type it does not fit.
"""

import base64
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.test_guard import guarded_by_the_book

LONGEST_CELL = 32_767


class Odd(str):
    """A value that does not fit its column, as the text that stands for it."""


@dataclass(frozen=True)
class Json:
    """A document, by its compact text."""

    text: str


def in_csv(value):
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return guarded_by_the_book(value, ",")
        case Json():
            return guarded_by_the_book(value.text, ",")
        case Decimal():
            return format(value, "f")
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return moment(value)
        case date():
            return value.isoformat()
    return str(value)


def moment(value):
    fraction = value.microsecond
    shown = "microseconds" if fraction % 1000 else "milliseconds" if fraction else "seconds"
    return value.isoformat(timespec=shown)


def in_json(value):
    match value:
        case Odd():
            return str(value)
        case None | bool() | int() | str():
            return value
        case Json():
            return json.loads(value.text)
        case float():
            return value if math.isfinite(value) else None
    return in_csv(value)


def in_xlsx(value):
    """What a cell holds; a number of more digits than Excel has is text."""
    match value:
        case None | bool():
            return value
        case str():
            return in_cell(value)
        case int() if abs(value) >= 10**15:
            return str(value)
        case Decimal():
            return float(value) if _is_short(value) else format(value, "f")
        case float() if not math.isfinite(value):
            return in_csv(value)
        case datetime() if value >= datetime(1900, 3, 1, tzinfo=UTC):
            return value.replace(tzinfo=None)
        case date() if not isinstance(value, datetime) and value >= date(1900, 3, 1):
            return datetime(value.year, value.month, value.day)
        case bytes():
            return in_cell(in_csv(value))
        case Json():
            return in_cell(value.text)
        case date():
            return in_csv(value)
    return value


def _is_short(number):
    """Excel has 15 digits, and shows 30 behind the point."""
    _, digits, exponent = number.as_tuple()
    return len(digits) + max(exponent, 0) <= 15 and exponent >= -30


def in_cell(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)
    return text.encode("utf-16-le")[: 2 * LONGEST_CELL].decode("utf-16-le", "ignore")


def assert_csv(found, rows, what=""):
    """Digit by digit, but for floats: those as numbers."""
    fields = [
        [_as_number(*pair) for pair in zip(row, values, strict=True)]
        for row, values in zip(found, rows, strict=True)
    ]
    assert_same(fields, rows, lambda value: value if _is_finite(value) else in_csv(value), what)


def _as_number(field, value):
    return float(field) if _is_finite(value) else field


def _is_finite(value):
    return isinstance(value, float) and math.isfinite(value)


def assert_json(found, rows, what=""):
    assert_same(found, rows, in_json, what)


def assert_openpyxl(found, rows, what=""):
    assert_same(found, rows, in_xlsx, what)


def assert_calamine(found, rows, what=""):
    """Calamine has "" for a blank, and a date where there is no time of day."""
    days = [[_moment_of(value) for value in row] for row in found]
    assert_same(days, rows, lambda value: "" if value is None else in_xlsx(value), what)


def _moment_of(value):
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def assert_same(found, rows, shown, what):
    """Each row once, in this order, each value of the same sort: True is not 1, and "1" is not 1."""
    assert len(found) == len(rows), what
    for number, (row, values) in enumerate(zip(found, rows, strict=True)):
        expected = [shown(value) for value in values]
        assert row == expected, f"{what}, row {number}"
        assert [_sort(value) for value in row] == [_sort(value) for value in expected], (
            f"{what}, row {number}"
        )


def _sort(value):
    return float if type(value) in (int, float) else str if isinstance(value, str) else type(value)
