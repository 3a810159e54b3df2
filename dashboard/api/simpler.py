"""What the filter grammars of the dialects share; above all a tree in its simplest form, from which they print.

A `Not` stands before a comparison only, where no operator says the same; nothing is nested in its own kind; values of
one field are in one list. The rows are the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from dashboard import criteria
from dashboard.criteria import All, CannotSay, Comparison, Invalid, Node, Not

_OPPOSITE = {"eq": "ne", "ne": "eq", "in": "not_in", "not_in": "in"}
_LIST_OF = {"eq": "in", "ne": "not_in"}
_ONE_OF = {"in": "eq", "not_in": "ne"}


def joined(nodes: Sequence[Node]) -> Node | None:
    """Checked conditions that must all hold as one tree; Invalid when there are too many values in it."""
    if not nodes:
        return None
    tree = nodes[0] if len(nodes) == 1 else All(tuple(nodes))
    criteria.refuse_too_many(tree)
    return tree


def conditions(node: Node) -> list[Node]:
    """Conditions that must all hold: each a comparison, the Not of one, or an Any of such and of Alls."""
    simple = _simple(node)
    return list(simple.items) if isinstance(simple, All) else [simple]


def filled(items: Iterable[Node]) -> set[str]:
    """The fields that have a value where all of these hold."""
    return {
        item.field for item in items if isinstance(item, Comparison) and (_compares(item) or is_filled(item))
    }


def is_filled(item: Node) -> TypeGuard[Comparison]:
    """Whether a condition is that a field has a value."""
    return isinstance(item, Comparison) and item.operator == "is_null" and not item.value


def text(value: Any) -> str:
    """One value as filters that are text have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(criteria.plain(value))


def checked(node: Node, types: Mapping[str, str], zone: str) -> Node:
    """A recorded tree with typed values; CannotSay when its fields or types are others today."""
    try:
        return criteria.check(node, types, zone)
    except Invalid as error:
        raise CannotSay(str(error)) from None


def must_read_back(
    said: Any, node: Node, parse: Callable[[Any, Mapping[str, str]], Node | None], types: Mapping[str, str]
) -> None:
    """CannotSay unless the dialect itself reads what was printed, and as conditions on the same fields."""
    try:
        same = criteria.fields(parse(said, types)) == criteria.fields(node)
    except Invalid as error:
        raise CannotSay(str(error)) from None
    if not same:
        raise CannotSay("The names of the fields mean others here")


def _simple(node: Node) -> Node:
    match node:
        case Comparison():
            return _comparison(node)
        case Not():
            return _opposite(_simple(node.item))
        case All():
            return _all(_simple(item) for item in node.items)
    return _any(_simple(item) for item in node.items)


def _comparison(node: Comparison) -> Comparison:
    if node.operator in _ONE_OF and len(node.value) == 1:
        return Comparison(node.field, _ONE_OF[node.operator], node.value[0])
    return node


def _opposite(node: Node) -> Node:
    match node:
        case Not():
            return node.item
        case All():
            return _any(_opposite(item) for item in node.items)
        case criteria.Any():
            return _all(_opposite(item) for item in node.items)
        case Comparison(field, "is_null", value):
            return Comparison(field, "is_null", not value)
        case Comparison(field, operator, value) if operator in _OPPOSITE:
            return Comparison(field, _OPPOSITE[operator], value)
    return Not(node)


def _all(items: Iterable[Node]) -> Node:
    flat = [one for item in items for one in (item.items if isinstance(item, All) else (item,))]
    if criteria.Any(()) in flat:
        return criteria.Any(())
    flat = _without_null(_one_list("not_in", flat))
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _any(items: Iterable[Node]) -> Node:
    flat = [one for item in items for one in (item.items if isinstance(item, criteria.Any) else (item,))]
    if All(()) in flat:
        return All(())
    flat = _one_list("in", flat)
    return flat[0] if len(flat) == 1 else criteria.Any(tuple(flat))


def _one_list(operator: str, items: list[Node]) -> list[Node]:
    """All values that a field is (not) to have in one comparison, where the first of them was."""
    values: dict[str, list[Any]] = {}
    for item in items:
        if isinstance(item, Comparison) and _LIST_OF.get(item.operator, item.operator) == operator:
            several = values.setdefault(item.field, [])
            several += item.value if item.operator == operator else [item.value]
    kept: list[Node] = []
    for item in items:
        if not isinstance(item, Comparison) or _LIST_OF.get(item.operator, item.operator) != operator:
            kept.append(item)
        elif item.field in values:
            kept.append(_comparison(Comparison(item.field, operator, tuple(values.pop(item.field)))))
    return kept


def _without_null(items: list[Node]) -> list[Node]:
    """Where a comparison needs a value, it says so itself."""
    said = {item.field for item in items if isinstance(item, Comparison) and _compares(item)}
    return [item for item in items if not (is_filled(item) and item.field in said)]


def _compares(item: Comparison) -> bool:
    return item.operator not in ("is_null", "ne", "not_in")
