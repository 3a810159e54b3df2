"""A tree as Commerce Layer's filters, for exports made through another door. `filters` offers it.

A filter is said in three steps: paths, predicate and value of each condition; values of one predicate in one list;
at last the name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import criteria
from dashboard.api import simpler
from dashboard.api.commerce_layer.predicates import PREDICATES
from dashboard.criteria import All, CannotSay, Comparison, Node, Not

_ENDINGS = {
    "eq": "eq",
    "ne": "not_eq_or_null",
    "in": "in",
    "not_in": "not_in_or_null",
    "gt": "gt",
    "gte": "gteq",
    "lt": "lt",
    "lte": "lteq",
    "icontains": "cont",
    "istarts_with": "start",
    "iends_with": "end",
    "ilike": "matches",
    "json_contains": "jcont",
}
_NEGATIVE = {"cont": "not_cont", "start": "not_start", "end": "not_end", "matches": "does_not_match"}
# What a negative is called that leaves out records without a value.
_NEEDS_VALUE = {"not_eq_or_null": "not_eq", "not_in_or_null": "not_in"}
_SQL_NEGATIVES = (*_NEEDS_VALUE.values(), *_NEGATIVE.values())
_OR_NULL = {"eq": "eq_or_null", "in": "in_or_null", "not_eq": "not_eq_or_null", "not_in": "not_in_or_null"}
_WILD = re.compile(r"([%_\\])")


@dataclass(frozen=True, slots=True)
class Filter:
    paths: tuple[str, ...]
    ending: str
    value: Any

    @property
    def name(self) -> str:
        return f"{'_or_'.join(path.replace('.', '_') for path in self.paths)}_{self.ending}"


def filters(node: Node) -> list[Filter]:
    """What must all hold, no name twice."""
    found = _all(simpler.conditions(node))
    if len({one.name for one in found}) < len(found):
        raise CannotSay("Two of the fields have one name here")
    return found


def _all(conditions: Sequence[Node]) -> list[Filter]:
    filled = simpler.filled(conditions)
    asked = {item.field for item in conditions if simpler.is_filled(item)}
    found = [one for item in conditions for one in _filters(item, filled)]
    implied = {path for one in found if one.ending in _SQL_NEGATIVES for path in one.paths}
    found += [Filter((field,), "not_null", True) for field in sorted(asked - implied)]
    return [_together(paths, ending, values, "all") for (paths, ending), values in _by_ending(found).items()]


def _filters(node: Node, filled: set[str]) -> list[Filter]:
    match node:
        case criteria.Any(items):
            return [_any(items)]
        case Comparison(field, "between", (low, high)):
            return [Filter((field,), "gteq", low), Filter((field,), "lteq", high)]
        case Comparison(field, "is_null", value):
            return [Filter((field,), "null", True)] if value else []
        case Comparison(field):
            ending, value = _ending(node)
            return [Filter((field,), _NEEDS_VALUE.get(ending, ending) if field in filled else ending, value)]
        case Not(Comparison(field, operator, value)) if field in filled:
            ending, value = _ending(Comparison(field, operator, value))
            if ending in _NEGATIVE:
                return [Filter((field,), _NEGATIVE[ending], value)]
    raise CannotSay("No predicate of Commerce Layer says this")


def _ending(node: Comparison) -> tuple[str, Any]:
    if node.operator == "ieq":
        return "matches", _WILD.sub(r"\\\1", node.value)
    if node.operator not in _ENDINGS:
        raise CannotSay("No predicate of Commerce Layer says this")
    return _ENDINGS[node.operator], node.value


def _any(items: Sequence[Node]) -> Filter:
    found: list[Filter] = []
    for item in items:
        needed = _all(item.items if isinstance(item, All) else (item,))
        if len(needed) != 1:
            raise CannotSay("Commerce Layer has no alternatives of several predicates")
        found += needed
    by_paths: dict[tuple[str, ...], list[Filter]] = {}
    for one in found:
        by_paths.setdefault(one.paths, []).append(one)
    merged = [_alternatives(paths, several) for paths, several in by_paths.items()]
    if not merged or any((one.ending, one.value) != (merged[0].ending, merged[0].value) for one in merged):
        raise CannotSay("Commerce Layer has alternatives of one predicate and value only")
    return Filter(tuple(path for one in merged for path in one.paths), merged[0].ending, merged[0].value)


def _alternatives(paths: tuple[str, ...], several: list[Filter]) -> Filter:
    """Several filters of the same attributes, one of which must hold, as one filter."""
    rest = [one for one in several if one.ending != "null"]
    groups = _by_ending(rest)
    if not groups:
        return several[0]
    if len(groups) > 1:
        raise CannotSay("Commerce Layer has alternatives of one predicate only")
    ((_, ending), values) = next(iter(groups.items()))
    merged = _together(paths, ending, values, "any")
    if len(rest) == len(several):
        return merged
    if merged.ending not in _OR_NULL:
        raise CannotSay("This predicate of Commerce Layer has no form with or_null")
    return Filter(paths, _OR_NULL[merged.ending], merged.value)


def _by_ending(found: Sequence[Filter]) -> dict[tuple[tuple[str, ...], str], list[Any]]:
    """The different values of each predicate, in the order they came."""
    groups: dict[tuple[tuple[str, ...], str], list[Any]] = {}
    for one in found:
        values = groups.setdefault((one.paths, one.ending), [])
        if one.value not in values:
            values.append(one.value)
    return groups


def _together(paths: tuple[str, ...], ending: str, values: list[Any], join: str) -> Filter:
    if len(values) == 1:
        return Filter(paths, ending, values[0])
    # a_or_b_gt_all means that one attribute is above them all.
    if f"{ending}_{join}" not in PREDICATES or (join == "all" and len(paths) > 1):
        raise CannotSay("This predicate of Commerce Layer takes one value")
    return Filter(paths, f"{ending}_{join}", values)
