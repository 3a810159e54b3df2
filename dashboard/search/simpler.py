"""The same conditions in a form that databases find indexes for, and that the kept counts can answer.

Negations stand at the comparisons, several values of one field are one list, and a part of a name becomes the few
exports that have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any as Anything

from dashboard.criteria import All, Any, Comparison, Node, Not

# Looked up by their parts: PostgreSQL and SQLite know the trigrams of these (models/lookups.py).
NAMES = ("name", "public_id")
_PARTS = ("icontains", "ieq", "istarts_with", "iends_with")

# What has few values, and how these are asked for otherwise than by their names.
FEW = ("resource", "format", "action_name")
_LISTED = (*FEW, "status", "requester_id")
_BY_TEXT = ("contains", "starts_with", "ends_with", "ilike", *_PARTS)


class Named(tuple[int, ...]):
    """The numbers of exports that have some text: none was deleted."""

    __slots__ = ()


# (fields, text) -> the exports that have this text in any of these fields, or nothing when many do.
LookUp = Callable[[tuple[str, ...], str], Named | None]
Values = Callable[[Comparison], tuple[str, ...]]


NOTHING = Any(())


@dataclass(frozen=True, slots=True)
class Simpler:
    look_up: LookUp
    values: Values  # all values there are that meet a comparison

    def __call__(self, node: Node) -> Node:
        match node:
            case Comparison():
                return self._comparison(node)
            case Not():
                return self._negative(node.item)
            case All():
                return All(tuple(self(item) for item in node.items))
        simpler = (self(item) for item in self._together(node.items))
        return _one_list(Any(tuple(item for item in simpler if item != NOTHING)))

    def _together(self, items: tuple[Node, ...]) -> tuple[Node, ...]:
        """With one look for a text that may be in any of the names."""
        named = [item for item in items if isinstance(item, Comparison) and item.operator == "icontains"]
        named = [item for item in named if item.field in NAMES and item.value.isascii()]
        if len(named) < 2 or len({item.value for item in named}) > 1:
            return items
        ids = self.look_up(tuple(item.field for item in named), named[0].value)
        others = tuple(item for item in items if item not in named)
        return items if ids is None else (Comparison("id", "in", ids), *others)

    def _comparison(self, node: Comparison) -> Node:
        if node.field in NAMES and node.operator in _PARTS:
            ids = self.look_up((node.field,), node.value)
            if ids is None:
                return node
            found = Comparison("id", "in", ids)
            return found if node.operator == "icontains" and node.value.isascii() else All((found, node))
        if node.field in FEW and node.operator in _BY_TEXT:
            values = self.values(node)
            return Comparison(node.field, "in", values) if values else NOTHING
        return node

    def _negative(self, node: Node) -> Node:
        match node:
            case Not():
                return self(node.item)
            case All():
                return _one_list(Any(tuple(self._negative(item) for item in node.items)))
            case Any():
                return All(tuple(self._negative(item) for item in node.items))
            case Comparison(operator="is_null"):
                return Comparison(node.field, "is_null", not node.value)
            case Comparison(field="fail_count", operator="eq", value=0):
                return Comparison("fail_count", "gt", 0)
        return Not(self(node))


def _one_list(node: Any) -> Node:
    """`status is a` or `status is b` as `status is a or b`."""
    values: dict[str, list[Anything]] = {}
    others: list[Node] = []
    for item in node.items:
        match item:
            case Comparison(field=field, operator="eq") if field in _LISTED:
                values.setdefault(field, []).append(item.value)
            case Comparison(field=field, operator="in") if field in _LISTED:
                values.setdefault(field, []).extend(item.value)
            case _:
                others.append(item)
    lists = [Comparison(field, "in", tuple(dict.fromkeys(many))) for field, many in values.items()]
    found = (*lists, *others)
    return found[0] if len(found) == 1 else Any(found)
