"""The query of every path: which members an answer shows, and for lists which page in which order.

Nothing in it is ignored but an empty value: what is not understood is a 400.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from dashboard.api.body import is_clean
from dashboard.api.commerce_layer import presenting, related
from dashboard.api.commerce_layer.errors import bad_parameter
from dashboard.api.commerce_layer.related import Shown
from dashboard.api.commerce_layer.words import RELATIONS, TYPE

PAGE, SIZE = "page[number]", "page[size]"
DEFAULT_SIZE, LARGEST_SIZE = 10, 25
LARGEST_PAGE = 2**31 - 1
MEMBERS = {TYPE: presenting.MEMBERS, **related.MEMBERS}
# Named in a fieldset or not, these are always there.
ALWAYS = ("id", "type")
_FIELDS = re.compile(r"fields\[([^\[\]]*)\]")
_FILTER = re.compile(r"filter\[q\]\[([^\[\]]+)\]")

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Paged:
    page: int
    size: int
    sort: tuple[str, ...]  # the dialect's attributes, with a minus for descending


def read(given: MultiDict[str, str], known: Iterable[str] = ()) -> Query:
    """The parameters of this request; raises a 400 for one that this path does not have. `known`: beside `fields`."""
    query = {name: values[-1] for name, values in given.lists()}
    for name, value in query.items():
        if not is_clean(name) or not is_clean(value):
            raise bad_parameter(name.replace("\0", ""), "PARAM_NOT_ALLOWED", "NUL cannot be part of a query.")
        if name.startswith("filter") and "filter" in known:
            if not _FILTER.fullmatch(name):
                detail = "Write a filter as filter[q][status_eq]=completed."
                raise bad_parameter(name, "FILTER_NOT_ALLOWED", detail)
        elif name not in known and not name.startswith("fields"):
            detail = f"{name[:100]} is not allowed."
            raise bad_parameter(name, "PARAM_NOT_ALLOWED", detail)
    return query


def shown(query: Query, relations: Iterable[str] = RELATIONS) -> Shown:
    include = tuple(dict.fromkeys(_names(query.get("include", ""))))
    for name in include:
        if name not in relations:
            detail = f"{name[:100]} is not a valid relationship of {TYPE}."
            raise bad_parameter("include", "INVALID_INCLUDE", detail)
    return Shown(include, dict(_fieldset(*one) for one in query.items() if one[0].startswith("fields")))


def _fieldset(name: str, value: str) -> tuple[str, frozenset[str]]:
    found = _FIELDS.fullmatch(name)
    kind = found[1] if found else ""
    if kind not in MEMBERS:
        detail = f"Write a fieldset as fields[{TYPE}]=status,format; types are {', '.join(MEMBERS)}."
        raise bad_parameter(name, "INVALID_FIELD", detail)
    names = _names(value)
    for one in names:
        if one not in MEMBERS[kind] and one not in ALWAYS:
            raise bad_parameter(name, "INVALID_FIELD", f"{one[:100]} is not a valid field of {kind}.")
    return kind, frozenset(names)


def paged(query: Query, keys: Iterable[str], default: tuple[str, ...]) -> Paged:
    """`keys` are what the list can be sorted by."""
    return Paged(
        _whole(query, PAGE, 1, LARGEST_PAGE),
        _whole(query, SIZE, DEFAULT_SIZE, LARGEST_SIZE),
        _sort(query.get("sort", ""), keys) or default,
    )


def filters(query: Query) -> dict[str, str]:
    """What stands in `filter[q]`."""
    return {found[1]: query[name] for name in query if (found := _FILTER.fullmatch(name))}


def _sort(text: str, keys: Iterable[str]) -> tuple[str, ...]:
    sort: dict[str, str] = {}
    for word in _names(text):
        key = word.removeprefix("-")
        if key not in keys:
            detail = f"{key[:100]} is not a valid sort criteria."
            raise bad_parameter("sort", "INVALID_SORT_CRITERIA", detail)
        sort.setdefault(key, word)
    return tuple(sort.values())


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _whole(query: Query, name: str, default: int, largest: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not 1 <= int(text) <= largest:
        detail = f"{name} is a whole number from 1 to {largest}."
        raise bad_parameter(name, "INVALID_PAGE_VALUE", detail)
    return int(text)
