"""The predicate tree itself: its nodes, which operators a column type allows, and its JSON form."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

OPERATORS = (
    "eq", "ne", "gt", "gte", "lt", "lte", "in", "not_in",
    "contains", "icontains", "starts_with", "is_null", "between",
    "ieq", "istarts_with", "ends_with", "iends_with", "ilike", "json_contains",
)  # fmt: skip

_AMOUNT = ("eq", "ne", "gte", "lte", "gt", "lt", "between", "in", "not_in", "is_null")
_MOMENT = ("eq", "lt", "gt", "gte", "lte", "between", "ne", "in", "not_in", "is_null")
_OPERATORS_FOR = {
    "text": ("eq", "ne", "contains", "icontains", "starts_with", "in", "not_in", "is_null"),
    "integer": _AMOUNT,
    "decimal": _AMOUNT,
    "float": _AMOUNT,
    "boolean": ("eq", "ne", "is_null"),
    "date": _MOMENT,
    "datetime": _MOMENT,
    "time": _MOMENT,
    "uuid": ("eq", "ne", "in", "not_in", "is_null"),
}
# What programs may say besides; forms have enough to choose from.
_ALSO_ALLOWED = {
    "text": ("ieq", "istarts_with", "ends_with", "iends_with", "ilike"),
    "boolean": ("in", "not_in"),
    "json": ("json_contains",),
}
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition: `value` is a bool for is_null, a tuple for in and not_in, a pair for between.

    The pattern of ilike has % for any text, _ for any character, and a backslash before one that means itself.
    """

    field: str
    operator: str
    value: typing.Any


@dataclass(frozen=True, slots=True)
class All:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Node


Node = Comparison | All | Any | Not


class CannotSay(ValueError):
    """A grammar of an API dialect has no words for this tree."""


class Invalid(ValueError):
    """A refusal in a sentence for people; `field` says beside which field to show it ("" for the whole)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message

    def __reduce__(self) -> tuple[type[Invalid], tuple[str, str]]:
        return (Invalid, (self.field, self.message))


def operators_for(type: str) -> tuple[str, ...]:
    """The operators to offer for a column of this type, in the order a form shows them."""
    return _OPERATORS_FOR.get(type, ("is_null",))


def allowed_for(type: str) -> tuple[str, ...]:
    """All operators that a column of this type takes, offered or not."""
    return (*operators_for(type), *_ALSO_ALLOWED.get(type, ()))


def fields(node: Node | None) -> set[str]:
    match node:
        case None:
            return set()
        case Comparison():
            return {node.field}
        case Not():
            return fields(node.item)
    return {field for item in node.items for field in fields(item)}


def replaced(node: Node, by: Callable[[Comparison], Node]) -> Node:
    """The same tree with every comparison replaced: a dialect's own names and words by ours, or back."""
    match node:
        case Comparison():
            return by(node)
        case Not():
            return Not(replaced(node.item, by))
    return type(node)(tuple(replaced(item, by) for item in node.items))


def both(a: Node | None, b: Node | None) -> Node | None:
    """Rows that meet a and b; None meets everything."""
    if a is None or b is None:
        return a if b is None else b
    return All((*_conditions(a), *_conditions(b)))


def _conditions(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, All) else (node,)


def dump(node: Node) -> dict[str, typing.Any]:
    """The tree as JSON can hold it; dates, decimals and the like as text that `check` reads back."""
    match node:
        case Comparison():
            return {"field": node.field, "operator": node.operator, "value": plain(node.value)}
        case All():
            return {"all": [dump(item) for item in node.items]}
        case Any():
            return {"any": [dump(item) for item in node.items]}
        case Not():
            return {"not": dump(node.item)}


def plain(value: typing.Any) -> typing.Any:
    """A value as JSON can hold it."""
    match value:
        case tuple() | list():
            return [plain(one) for one in value]
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
    return value


def load(data: object, depth: int = 0) -> Node:
    """The tree that `dump` gave, or that a program sent: not yet typed, so `check` comes next."""
    if depth > DEEPEST:
        raise Invalid("", f"Conditions may be nested {DEEPEST} deep, not deeper")
    match data:
        case {"field": str(field), "operator": str(operator), "value": value, **rest} if not rest:
            return Comparison(field, operator, tuple(value) if isinstance(value, list) else value)
        case {"all": list(items), **rest} if not rest:
            return All(tuple(load(item, depth + 1) for item in items))
        case {"any": list(items), **rest} if not rest:
            return Any(tuple(load(item, depth + 1) for item in items))
        case {"not": item, **rest} if not rest and isinstance(item, Mapping):
            return Not(load(item, depth + 1))
    raise Invalid("", "A condition has a field, an operator and a value")
