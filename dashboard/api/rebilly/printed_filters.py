"""A tree as a filter of Rebilly's, for exports made through another door. `filters` offers it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from dashboard import criteria
from dashboard.api import simpler
from dashboard.criteria import CannotSay, Comparison, Node, Not

_FIELD = re.compile(r'[^:;,"\s]([^:;,"]*[^:;,"\s])?')
_NEGATIVE = {"ne": "eq", "not_in": "in"}


def printed(node: Node) -> str:
    conditions = _in_ranges([_inclusive(one) for one in simpler.conditions(node)])
    return ";".join(term for condition in conditions for term in _terms(condition))


def _inclusive(node: Node) -> Node:
    """Ranges have their ends in them: what is after a moment begins a microsecond later."""
    match node:
        case Not():
            return Not(_inclusive(node.item))
        case criteria.Any():
            return criteria.Any(tuple(_inclusive(item) for item in node.items))
        case Comparison(field, "gt" | "lt" as operator, value):
            next_one = _next(value, 1 if operator == "gt" else -1)
            return node if next_one is None else Comparison(field, f"{operator}e", next_one)
    return node


def _next(value: Any, direction: int) -> Any:
    """The value beside it, if there is one and its type has such."""
    try:
        match value:
            case bool():
                return None
            case int():
                return value + direction if abs(value) < 2**62 else None
            case datetime():
                return value + direction * timedelta(microseconds=1)
            case date():
                return value + direction * timedelta(days=1)
    except OverflowError:
        pass
    return None


def _in_ranges(conditions: list[Node]) -> list[Node]:
    """From and to of one field as one range."""
    starts = {one.field: one for one in conditions if isinstance(one, Comparison) and one.operator == "gte"}
    ends = {one.field: one for one in conditions if isinstance(one, Comparison) and one.operator == "lte"}
    for field, start in starts.items():
        end = ends.get(field)
        if end and not isinstance(start.value, str) and start.value <= end.value:
            place = conditions.index(start)
            conditions[place] = Comparison(field, "between", (start.value, end.value))
            conditions.remove(end)
    return conditions


def _terms(node: Node) -> list[str]:
    match node:
        case Comparison(field, "is_null", False):
            return [_term(field, ["!null"])]
        case Comparison(field, operator, value) if operator in _NEGATIVE:
            return [_none_of(Comparison(field, _NEGATIVE[operator], value))]
        case Comparison(field, "gt" | "lt" as operator, value):
            # Amounts have no next one. What is above 20 is not up to there, and not absent.
            up_to = Comparison(field, "lte" if operator == "gt" else "gte", value)
            return [_none_of(up_to), _term(field, ["!null"])]
        case Not(Comparison(_, "ieq" | "gte" | "lte" | "between")):
            return [_none_of(node.item)]
    return [_any_of(node)]


def _none_of(node: Node) -> str:
    field, values = _alternatives(node)
    return _term(field, [f"!{values[0]}", *values[1:]])


def _any_of(node: Node) -> str:
    items = [_alternatives(item) for item in (node.items if isinstance(node, criteria.Any) else (node,))]
    if len({field for field, _ in items}) != 1:
        raise CannotSay("Rebilly has alternatives within one field only")
    return _term(items[0][0], [value for _, values in items for value in values])


def _term(field: str, values: list[str]) -> str:
    if not _FIELD.fullmatch(field):
        raise CannotSay("The name of this field cannot stand in a filter")
    return f"{field}:{','.join(values)}"


def _alternatives(node: Node) -> tuple[str, list[str]]:
    """The field, and the values any of which meets the condition."""
    match node:
        case Comparison(field, "eq", value):
            return field, [_whole(value)]
        case Comparison(field, "in", values):
            return field, [_whole(value) for value in values]
        case Comparison(field, "ieq", value):
            return field, [_quoted(value)]
        case Comparison(field, "is_null", True):
            return field, ["null"]
        case Comparison(field, "between", (low, high)):
            return field, [f"{_quoted(low)}..{_quoted(high)}"]
        case Comparison(field, "gte", value):
            return field, [f"{_quoted(value)}.."]
        case Comparison(field, "lte", value):
            return field, [f"..{_quoted(value)}"]
    raise CannotSay("Rebilly compares with values and ranges only")


def _whole(value: Any) -> str:
    if isinstance(value, str) and value.lower() != value.upper():
        raise CannotSay("Rebilly compares text without heeding the case")
    return _quoted(value)


def _quoted(value: Any) -> str:
    text = simpler.text(value)
    plain = text == text.strip() and ".." not in text and not re.search('[,;]|^[!@"]', text)
    if plain and text and (text != "null" or value is None):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
