"""From what somebody sent to a tree that can be run: known fields, allowed operators, typed values."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.criteria import values
from dashboard.criteria.tree import DEEPEST, All, Any, Comparison, Invalid, Node, Not, allowed_for

MOST_VALUES = 100_000
# SQLite takes 32,766 values, and a comparison with a moment has three; SQLAlchemy needs 2 s for so many.
MOST_BOUND = 5_000
# More values than this travel as one: databases take some ten thousand bound values, and SQLAlchemy and drivers take
# their time over each.
SHORT_LIST = 500
_PARTS = ("contains", "icontains", "starts_with", "istarts_with", "ends_with", "iends_with")


def check(node: Node, types: Mapping[str, str], zone: str = "UTC") -> Node:
    """The same tree with typed values (datetimes aware, in UTC), or Invalid for the first wrong thing.

    Checking twice gives the same tree.
    """
    checked = _check(node, types, _zone(zone), 0)
    refuse_too_many(checked)
    return checked


def refuse_too_many(node: Node) -> None:
    """Invalid when a checked tree has more single values than databases take."""
    if _bound(node) > MOST_BOUND:
        raise Invalid("", f"Give at most {MOST_BOUND:,} values in all")


def _bound(node: Node) -> int:
    """How many values travel by themselves."""
    match node:
        case Comparison():
            count = len(node.value) if isinstance(node.value, tuple) else 1
            return count if count <= SHORT_LIST else 1
        case Not():
            return _bound(node.item)
    return sum(_bound(item) for item in node.items)


def day_start(day: date, zone: str) -> datetime:
    """The moment a day begins there, in UTC; where clocks skip midnight, the moment they do."""
    return _day_start(day, _zone(zone))


def _check(node: Node, types: Mapping[str, str], zone: ZoneInfo, depth: int) -> Node:
    if depth > DEEPEST:
        raise Invalid("", f"Conditions may be nested {DEEPEST} deep, not deeper")
    match node:
        case Comparison():
            return _comparison(node, types, zone)
        case Not():
            return Not(_check(node.item, types, zone, depth + 1))
    return type(node)(tuple(_check(item, types, zone, depth + 1) for item in node.items))


def _comparison(node: Comparison, types: Mapping[str, str], zone: ZoneInfo) -> Node:
    kind = types.get(node.field)
    if kind is None:
        raise Invalid(node.field, f"There is no field “{node.field[:100]}”")
    if node.operator not in allowed_for(kind):
        allowed = ", ".join(allowed_for(kind))
        raise Invalid(node.field, f"“{node.operator[:40]}” does not go with this field, use one of {allowed}")
    try:
        if kind == "datetime" and (days := _days(node)):
            return _whole_days(node.field, node.operator, days, zone)
        return Comparison(node.field, node.operator, _value(kind, node.operator, node.value))
    except ValueError as error:
        raise Invalid(node.field, str(error)) from None


def _value(kind: str, operator: str, value: object) -> object:
    match operator:
        case "is_null":
            return values.yes_or_no(value)
        case "in" | "not_in":
            return tuple(values.typed(kind, one) for one in _several(value))
        case "between":
            return _span(kind, value)
        case "json_contains":
            return values.json_object(value)
        case "ilike":
            return values.pattern(value)
        case operator if operator in _PARTS and value == "":
            raise ValueError("Enter the text to look for")
    return values.typed(kind, value)


def _several(value: object) -> tuple[object, ...]:
    several = tuple(value) if isinstance(value, tuple | list) else (value,)
    if not several:
        raise ValueError("Choose at least one value")
    if len(several) > MOST_VALUES:
        raise ValueError(f"Enter at most {MOST_VALUES:,} values")
    return several


def _span(kind: str, value: object) -> tuple[object, object]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError("Enter two values, the smaller first")
    low: typing.Any = values.typed(kind, value[0])
    high: typing.Any = values.typed(kind, value[1])
    if low > high:
        raise ValueError("Enter two values, the smaller first")
    return low, high


def _days(node: Comparison) -> list[date]:
    """The days, when all values of the comparison are days without a time; else none."""
    given = node.value if isinstance(node.value, tuple | list) else (node.value,)
    days = [values.day_only(one) for one in given]
    return [day for day in days if day] if all(days) else []


def _whole_days(field: str, operator: str, days: list[date], zone: ZoneInfo) -> Node:
    match operator:
        case "between":
            _span("date", days)
            return _from_until(field, days[0], days[1], zone)
        case "eq" | "in":
            return _any_of(field, days, zone)
        case "ne" | "not_in":
            return Not(_any_of(field, days, zone))
        case "gte" | "lt":
            return Comparison(field, operator, _day_start(days[0], zone))
        case "gt":
            return Comparison(field, "gte", _day_end(days[0], zone))
    return Comparison(field, "lt", _day_end(days[0], zone))


def _any_of(field: str, days: list[date], zone: ZoneInfo) -> Node:
    _several(days)
    spans = tuple(_from_until(field, day, day, zone) for day in days)
    return spans[0] if len(spans) == 1 else Any(spans)


def _from_until(field: str, first: date, last: date, zone: ZoneInfo) -> Node:
    start = Comparison(field, "gte", _day_start(first, zone))
    return All((start, Comparison(field, "lt", _day_end(last, zone))))


def _day_start(day: date, zone: ZoneInfo) -> datetime:
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar, east or west of UTC
        return (datetime.min if day.year == 1 else datetime.max).replace(tzinfo=UTC)


def _day_end(day: date, zone: ZoneInfo) -> datetime:
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return _day_start(day + timedelta(days=1), zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid("zone", "Choose a time zone from the list, for example Europe/Berlin") from None
