"""A tree as PackageX's field filters, for exports made through another door. `filters` offers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard import criteria
from dashboard.api import simpler
from dashboard.criteria import CannotSay, Comparison, Node

OPERATORS = ("eq", "gt", "gte", "lt", "lte")
# Options that are no fields.
_TAKEN = ("limit", "page", "order_by", "direction", "search")


def printed(node: Node) -> dict[str, Any]:
    by_field: dict[str, list[tuple[str, Any]]] = {}
    for condition in simpler.conditions(node):
        field, compared = _compared(condition)
        if field in _TAKEN:
            raise CannotSay(f"{field} is an option of its own")
        by_field.setdefault(field, []).extend(compared)
    return {field: _value(compared) for field, compared in by_field.items()}


def _compared(node: Node) -> tuple[str, list[tuple[str, Any]]]:
    match node:
        case Comparison(field, "between", (low, high)):
            return field, [("gte", low), ("lte", high)]
        case Comparison(field, operator, value) if operator in (*OPERATORS, "in"):
            return field, [(operator, value)]
    raise CannotSay("PackageX compares with eq, gt, gte, lt and lte")


def _value(compared: list[tuple[str, Any]]) -> Any:
    if len(compared) == 1 and compared[0][0] in ("eq", "in"):
        operator, value = compared[0]
        return _any_of(value if operator == "in" else (value,))
    parts = [f"{operator}:{simpler.text(value)}" for operator, value in compared]
    if any(operator == "in" or not _holds(part) for (operator, _), part in zip(compared, parts, strict=True)):
        raise CannotSay("Values in a list, or with commas in them, do not go with an operator")
    return ",".join(parts)


def _any_of(values: Sequence[Any]) -> Any:
    parts = [simpler.text(value) for value in values]
    plain = all(_holds(part) and part.partition(":")[0] not in OPERATORS for part in parts)
    return ",".join(parts) if plain else [criteria.plain(value) for value in values]


def _holds(part: str) -> bool:
    """Whether a list separated by commas gives the text back."""
    return bool(part) and "," not in part and part == part.strip()
