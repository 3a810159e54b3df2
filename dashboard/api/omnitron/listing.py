"""The query of `GET /api/v1/exports/`: filters, order, page, and the links to the other pages.

As in Django's filters a name that is not known is ignored, an empty value is no filter, and of a repeated name the
last value counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from werkzeug.datastructures import MultiDict

from dashboard.api.body import is_clean
from dashboard.api.omnitron import moments
from dashboard.api.omnitron.errors import not_valid
from dashboard.api.omnitron.words import FILTER_FORMATS, SORT_KEYS, statuses_of
from dashboard.criteria import All, Comparison, Node

DEFAULT_LIMIT, LARGEST_LIMIT = 10, 100
LARGEST_PAGE = 2**31 - 1
DEFAULT_SORT = ("-created_at",)
_CHOICE = "Select a valid choice. {} is not one of the available choices."
_MOMENTS = {"created_date": "created_at", "modified_date": "updated_at"}
_ORDERS = ("gt", "gte", "lt", "lte")

Conditions = Iterable[Comparison]


@dataclass(frozen=True, slots=True)
class Listing:
    where: Node | None
    sort: tuple[str, ...]
    page: int
    limit: int


def read(query: MultiDict[str, str]) -> Listing:
    """The query in our words; raises a 400 that names every parameter that is wrong."""
    given = {name: values[-1] for name, values in query.lists() if values[-1].strip()}
    errors: dict[str, str] = {}
    conditions: list[Comparison] = []
    for name, text in given.items():
        parse = FILTERS.get(name)
        if parse:
            conditions += _try(parse, name, text, errors) or ()
    listing = Listing(
        All(tuple(conditions)) if conditions else None,
        _sort(given, errors),
        _whole(given, "page", 1, LARGEST_PAGE, errors),
        _whole(given, "limit", DEFAULT_LIMIT, LARGEST_LIMIT, errors),
    )
    if errors:
        raise not_valid(errors)
    return listing


def links(url: str, query: MultiDict[str, str], page: int, pages: int) -> str:
    """The Link header of RFC 8288."""
    places = {"first": 1, "prev": page - 1, "next": page + 1, "last": max(1, pages)}
    others = [(name, value) for name, value in query.items(multi=True) if name != "page"]
    return ", ".join(
        f'<{url}?{urlencode([*others, ("page", place)])}>; rel="{relation}"'
        for relation, place in places.items()
        if 1 <= place <= max(1, pages)
    )


def _try(parse: Callable[[str], Any], name: str, text: str, errors: dict[str, str]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        errors[name] = str(error)
        return None


def _status(text: str) -> Conditions:
    statuses = statuses_of(text)
    if not statuses:
        raise ValueError(_CHOICE.format(text[:100]))
    return (Comparison("status", "in", statuses),)


def _format(text: str) -> Conditions:
    if text not in FILTER_FORMATS:
        raise ValueError(_CHOICE.format(text[:100]))
    return (Comparison("format", "eq", FILTER_FORMATS[text]),)


def _action_name(text: str) -> Conditions:
    if not is_clean(text):
        raise ValueError("Null characters are not allowed.")
    return (Comparison("action_name", "eq", text),)


def _requested_by(text: str) -> Conditions:
    try:
        return (Comparison("requested_by", "eq", str(UUID(text.strip()))),)
    except ValueError:
        raise ValueError("Enter a valid UUID.") from None


def _at(field: str, operator: str) -> Callable[[str], Conditions]:
    return lambda text: (Comparison(field, operator, moments.moment(text)),)


def _on(field: str, operator: str) -> Callable[[str], Conditions]:
    def parse(text: str) -> Conditions:
        day = moments.day(text)
        begins, ends = moments.midnight(day), moments.next_midnight(day)
        match operator:
            case "gt":
                return (Comparison(field, "gte", ends),)
            case "gte":
                return (Comparison(field, "gte", begins),)
            case "lt":
                return (Comparison(field, "lt", begins),)
            case "lte":
                return (Comparison(field, "lt", ends),)
        return Comparison(field, "gte", begins), Comparison(field, "lt", ends)

    return parse


def _moment_filters(name: str, field: str) -> dict[str, Callable[[str], Conditions]]:
    filters = {name: _at(field, "eq"), f"{name}__date": _on(field, "eq")}
    filters |= {f"{name}__{order}": _at(field, order) for order in _ORDERS}
    filters |= {f"{name}__date__{order}": _on(field, order) for order in _ORDERS}
    return filters


FILTERS: dict[str, Callable[[str], Conditions]] = {
    "status": _status,
    "format_type": _format,
    "action_name": _action_name,
    "requested_by": _requested_by,
    **_moment_filters("created_date", _MOMENTS["created_date"]),
    **_moment_filters("modified_date", _MOMENTS["modified_date"]),
}


def _sort(given: dict[str, str], errors: dict[str, str]) -> tuple[str, ...]:
    name = "sort" if "sort" in given else "ordering"
    keys: dict[str, str] = {}
    for word in given.get(name, "").split(","):
        field = word.strip()
        bare = field.removeprefix("-")
        if bare in SORT_KEYS:
            keys.setdefault(SORT_KEYS[bare], "-" if field.startswith("-") else "")
        elif field:
            errors[name] = _CHOICE.format(field[:100])
    return tuple(f"{sign}{key}" for key, sign in keys.items()) or DEFAULT_SORT


def _whole(given: dict[str, str], name: str, default: int, largest: int, errors: dict[str, str]) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not 1 <= int(text) <= largest:
        errors[name] = f"Enter a whole number from 1 to {largest}."
        return default
    return int(text)
