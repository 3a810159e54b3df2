"""The tree in the words of the pages: "Country is any of DE, FR, NL"."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from dashboard.criteria.tree import All, Any, Comparison, Node, Not

MOST_SHOWN = 10
_WORDS = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "in": "is any of",
    "not_in": "is none of",
    "contains": "contains",
    "icontains": "contains (any case)",
    "starts_with": "starts with",
    "is_null": "is empty",
    "between": "is between",
}
_AMOUNT_WORDS = {"eq": "equals", "ne": "does not equal"}
_MOMENT_WORDS = {
    "gt": "is after",
    "gte": "is on or after",
    "lt": "is before",
    "lte": "is on or before",
    "eq": "is on",
    "ne": "is not on",
}
_WORDS_OF_TYPE = {
    "integer": _AMOUNT_WORDS,
    "decimal": _AMOUNT_WORDS,
    "float": _AMOUNT_WORDS,
    "date": _MOMENT_WORDS,
    "datetime": _MOMENT_WORDS,
    "time": {key: words.replace(" on", " at") for key, words in _MOMENT_WORDS.items()},
}


def operator_words(operator: str, type: str) -> str:
    """How a form names an operator for a column type; "is_null" is "is empty"."""
    return _WORDS_OF_TYPE.get(type, {}).get(operator) or _WORDS[operator]


def in_words(node: Node | None, labels: Mapping[str, str]) -> list[str]:
    """One line for each condition at the top, all of which must hold."""
    if node is None:
        return []
    items = node.items if isinstance(node, All) else (node,)
    return [_words(item, labels) for item in items]


def _words(node: Node, labels: Mapping[str, str]) -> str:
    match node:
        case Comparison():
            return _comparison(node, labels)
        case Not():
            return f"not ({_words(node.item, labels)})"
        case All():
            return " and ".join(_inner(item, labels) for item in node.items) or "always"
        case Any():
            return " or ".join(_inner(item, labels) for item in node.items) or "never"


def _inner(node: Node, labels: Mapping[str, str]) -> str:
    words = _words(node, labels)
    return f"({words})" if isinstance(node, All | Any) and len(node.items) > 1 else words


def _comparison(node: Comparison, labels: Mapping[str, str]) -> str:
    label = labels.get(node.field, node.field)
    if node.operator == "is_null":
        return f"{label} is {'empty' if node.value else 'not empty'}"
    values = node.value if isinstance(node.value, tuple | list) else (node.value,)
    words = operator_words(node.operator, _type(values[0]) if values else "text")
    if node.operator == "between":
        return f"{label} {words} {_plain(values[0])} and {_plain(values[1])}"
    return f"{label} {words} {_list(values)}"


def _list(values: typing.Sequence[object]) -> str:
    shown = ", ".join(_plain(value) for value in values[:MOST_SHOWN])
    more = len(values) - MOST_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def _type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "decimal"
        case date():
            return "datetime"
        case time():
            return "time"
    return "text"


def _plain(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case "":
            return '""'
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return f"{moment.isoformat(' ', 'minutes')[:16]} UTC"
        case Decimal():
            return format(value, "f")
    return str(value)
