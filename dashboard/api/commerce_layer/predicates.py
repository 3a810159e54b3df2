"""Every predicate of Commerce Layer's filters as a condition of ours; `filters` and `filter_names` read the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dashboard import criteria
from dashboard.criteria import All, Comparison, Node, Not


@dataclass(frozen=True, slots=True)
class Predicate:
    """`nulls`: records without a value match as well. `join`: each value of the list, by any or by all of them."""

    operator: str
    takes: Literal["one", "list", "flag", "object"] = "one"
    negative: bool = False
    nulls: bool = False
    join: Literal["", "any", "all"] = ""

    def fits(self, kind: str) -> bool:
        if self.operator in ("true", "false"):
            return kind == "boolean"
        return self.operator in _FLAGS or self.operator in criteria.allowed_for(kind)

    def node(self, path: str, kind: str, value: Any) -> Node:
        """The condition, not yet checked."""
        if self.takes == "flag":
            return _flag(self.operator, path, kind, value)
        if not self.join:
            return self._one(path, value)
        nodes = tuple(self._one(path, one) for one in value)
        if len(nodes) == 1:
            return nodes[0]
        return criteria.Any(nodes) if self.join == "any" else All(nodes)

    def _one(self, path: str, value: Any) -> Node:
        compared = Comparison(path, self.operator, value)
        if self.negative:
            return Not(compared) if self.nulls else All((Not(compared), filled(path)))
        return criteria.Any((compared, empty(path))) if self.nulls else compared


def empty(path: str) -> Comparison:
    return Comparison(path, "is_null", True)


def filled(path: str) -> Comparison:
    return Comparison(path, "is_null", False)


def _flag(name: str, path: str, kind: str, value: bool) -> Node:
    if name in ("true", "false"):
        return Comparison(path, "eq", value == (name == "true"))
    if name in ("not_null", "present"):
        value = not value
    if name in ("blank", "present") and kind == "text":
        text = Comparison(path, "eq", "")
        return criteria.Any((empty(path), text)) if value else All((filled(path), Not(text)))
    return Comparison(path, "is_null", value)


_FLAGS = ("present", "blank", "null", "not_null")
# Both directions of time, number and text: predicate, and what it is called when it is negative.
_COMPARED = {"lt": "lt", "lteq": "lte", "gt": "gt", "gteq": "gte"}
_TEXTS = {
    "matches": ("ilike", "does_not_match"),
    "start": ("istarts_with", "not_start"),
    "end": ("iends_with", "not_end"),
    "cont": ("icontains", "not_cont"),
}

PREDICATES: dict[str, Predicate] = {
    "eq": Predicate("eq"),
    "not_eq": Predicate("eq", negative=True),
    "not_eq_all": Predicate("eq", "list", negative=True, join="all"),
    "eq_or_null": Predicate("eq", nulls=True),
    "not_eq_or_null": Predicate("eq", negative=True, nulls=True),
    "in": Predicate("in", "list"),
    "not_in": Predicate("in", "list", negative=True),
    "in_or_null": Predicate("in", "list", nulls=True),
    "not_in_or_null": Predicate("in", "list", negative=True, nulls=True),
    "jcont": Predicate("json_contains", "object"),
    "true": Predicate("true", "flag"),
    "false": Predicate("false", "flag"),
    **{name: Predicate(name, "flag") for name in _FLAGS},
}
for _name, _operator in (*_COMPARED.items(), *((name, text) for name, (text, _) in _TEXTS.items())):
    PREDICATES[_name] = Predicate(_operator)
    PREDICATES[f"{_name}_any"] = Predicate(_operator, "list", join="any")
    PREDICATES[f"{_name}_all"] = Predicate(_operator, "list", join="all")
for _operator, _name in _TEXTS.values():
    PREDICATES[_name] = Predicate(_operator, negative=True)
    PREDICATES[f"{_name}_any"] = Predicate(_operator, "list", negative=True, join="any")
    PREDICATES[f"{_name}_all"] = Predicate(_operator, "list", negative=True, join="all")
del PREDICATES["not_cont_any"]  # the one that is not there
