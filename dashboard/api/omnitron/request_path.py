"""`request_path` of a new export: the path of its resource, whose query says which rows, and in which order.

Unlike the query of the list, nothing in here is ignored: a filter that is misread makes a wrong file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dashboard.api import simpler
from dashboard.api.body import is_clean
from dashboard.api.omnitron import moments
from dashboard.api.omnitron.errors import BASE, not_valid
from dashboard.criteria import CannotSay, Comparison, Node
from dashboard.extensions import catalog
from dashboard.sources import Resource

LOOKUPS = {
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
    "in": "in",
    "contains": "contains",
    "icontains": "icontains",
    "isnull": "is_null",
}
OPERATORS = {"eq": "", **{operator: f"__{lookup}" for lookup, operator in LOOKUPS.items()}}
MOST_FILTERS = 200
SORT = "sort"


@dataclass(frozen=True, slots=True)
class Rows:
    conditions: tuple[Comparison, ...] = ()
    sort: tuple[str, ...] = ()


def read(text: str, resource: Resource) -> Rows:
    """Raises a 400 beside request_path. The values are typed later, with everything else of the plan."""
    if not text:
        return Rows()
    path, _, query = text.partition("?")
    expected = f"{BASE}{resource.name}/"
    if path != expected:
        raise not_valid({"request_path": f"This must be {expected}, with or without a query."})
    return parse(query, catalog.types(resource))


def parse(query: str, types: Mapping[str, str]) -> Rows:
    errors: list[str] = []
    conditions: list[Comparison] = []
    sort: tuple[str, ...] = ()
    for name, value in _pairs(query):
        try:
            if name == SORT:
                sort = tuple(key.strip() for key in value.split(",") if key.strip())
            else:
                conditions.append(_comparison(name, value, types))
        except ValueError as error:
            errors.append(str(error))
    if errors:
        raise not_valid({"request_path": errors[:10]})
    return Rows(tuple(conditions), sort)


def printed(node: Node) -> str:
    """The query that asks for the rows of a checked tree, or CannotSay."""
    pairs: dict[str, str] = {}
    for condition in simpler.conditions(node):
        for name, value in _printed(condition):
            if name == SORT or not value or pairs.setdefault(name, value) != value:
                raise CannotSay("Each filter may be there once, and has a value")
    if len(pairs) > MOST_FILTERS:
        raise CannotSay(f"A query has at most {MOST_FILTERS} filters")
    return urlencode(pairs)


def _printed(node: Node) -> list[tuple[str, str]]:
    match node:
        case Comparison(field, "between", (low, high)):
            return [(f"{field}__gte", simpler.text(low)), (f"{field}__lte", simpler.text(high))]
        case Comparison(field, "in", values):
            texts = [simpler.text(value) for value in values]
            if any("," in text for text in texts):
                raise CannotSay("A value in a list cannot have a comma in it")
            return [(f"{field}__in", ",".join(texts))]
        case Comparison(field, operator, value) if operator in OPERATORS:
            return [(f"{field}{OPERATORS[operator]}", simpler.text(value))]
    raise CannotSay("Omnitron has no filter for this")


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FILTERS, errors="strict")
    except UnicodeDecodeError:
        raise not_valid({"request_path": "The query is not UTF-8."}) from None
    except ValueError:
        raise not_valid({"request_path": f"The query has more than {MOST_FILTERS} filters."}) from None
    names = [name for name, _ in pairs]
    if not all(is_clean(name) and is_clean(value) for name, value in pairs):
        raise not_valid({"request_path": "Null characters are not allowed."})
    if len(set(names)) < len(names):
        raise not_valid({"request_path": "Each filter may be there once; several values go with __in."})
    return pairs


def _comparison(name: str, value: str, types: Mapping[str, str]) -> Comparison:
    field, operator = (name, "eq") if name in types else _split(name)
    if field not in types or operator is None:
        raise ValueError(f"There is no filter “{name[:100]}”.")
    if not value:
        raise ValueError(f"The filter “{name[:100]}” has no value.")
    if types[field] == "datetime" and operator != "is_null":
        return Comparison(field, operator, _moments(name, operator, value))
    return Comparison(field, operator, tuple(value.split(",")) if operator == "in" else value)


def _split(name: str) -> tuple[str, str | None]:
    field, _, lookup = name.rpartition("__")
    return field, LOOKUPS.get(lookup)


def _moments(name: str, operator: str, value: str) -> Any:
    try:
        if operator == "in":
            return tuple(moments.moment(one) for one in value.split(","))
        return moments.moment(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
