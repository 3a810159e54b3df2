"""The query of `GET /data-exports`: page, order, filter, `q`. What it does not name is ignored, `criteria` too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from dashboard import criteria
from dashboard.api.body import is_clean
from dashboard.api.rebilly import conditions, filters
from dashboard.api.rebilly.conditions import SORTS, TYPES
from dashboard.api.rebilly.errors import not_valid

DEFAULT_LIMIT, LARGEST = 100, 1000
DEFAULT_SORT = "-createdTime"
EXPANDED = ("user", "file")
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Listing:
    where: criteria.Node | None
    sort: tuple[str, ...]
    limit: int
    offset: int


def read(query: MultiDict[str, str]) -> Listing:
    """The query in our words; raises a 400 that names every parameter that is wrong."""
    errors: dict[str, str] = {}

    def given(name: str, parse: Callable[[str], Any], default: Any) -> Any:
        text = query.get(name, "").strip()
        try:
            if not is_clean(text):
                raise ValueError(f"{name} holds a character that no text can have")
            return parse(text) if text else default
        except ValueError as error:
            errors[name] = str(error)
            return default

    listing = Listing(
        criteria.both(given("filter", _filter, None), given("q", _search, None)),
        given("sort", _sort, _sort(DEFAULT_SORT)),
        given("limit", _whole, DEFAULT_LIMIT),
        given("offset", _whole, 0),
    )
    if errors:
        raise not_valid(400, errors)
    return listing


def expanded(query: MultiDict[str, str]) -> tuple[str, ...]:
    """What `expand` asks for, of what there is."""
    asked = {name.strip() for name in query.get("expand", "").split(",")}
    return tuple(name for name in EXPANDED if name in asked)


def _filter(text: str) -> criteria.Node | None:
    try:
        node = filters.parse(text, TYPES)
        return conditions.ours(node) if node else None
    except criteria.Invalid as error:
        raise ValueError(f"{error.field}: {error.message}" if error.field else error.message) from None


def _search(text: str) -> criteria.Node:
    if len(text) > LONGEST_SEARCH:
        raise ValueError(f"q must have at most {LONGEST_SEARCH} characters")
    return conditions.containing(text)


def _sort(text: str) -> tuple[str, ...]:
    keys: dict[str, str] = {}
    for part in text.split(","):
        word = part.strip()
        name = word.removeprefix("-")
        if name not in SORTS:
            raise ValueError(f"“{word[:100]}” cannot be sorted by, use {', '.join(SORTS)}")
        keys.setdefault(SORTS[name], "-" if word.startswith("-") else "")
    return tuple(f"{sign}{key}" for key, sign in keys.items())


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LARGEST:
        raise ValueError(f"Use a whole number from 0 to {LARGEST}")
    return int(text)
