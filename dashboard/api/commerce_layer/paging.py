"""Lists: `meta` and `links` beside a page of resources, and the pages of lists that are short enough to be cut here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from dashboard.api.commerce_layer.query import PAGE, Paged
from dashboard.api.commerce_layer.related import Object


def with_pages(document: Object, total: int, paged: Paged) -> Object:
    pages = _pages(total, paged)
    return {
        **document,
        "meta": {"record_count": total, "page_count": pages},
        "links": _links(paged.page, pages),
    }


def cut(objects: Sequence[Object], paged: Paged, show: Callable[[Object], Object]) -> Object:
    """A page of objects that all are at hand."""
    ordered = list(objects)
    for key in reversed(paged.sort):
        ordered.sort(key=_value(key.removeprefix("-")), reverse=key.startswith("-"))
    first = (paged.page - 1) * paged.size
    data = [show(one) for one in ordered[first : first + paged.size]]
    return with_pages({"data": data}, len(ordered), paged)


def _value(key: str) -> Callable[[Object], Any]:
    return lambda one: int(one["id"]) if key == "id" else one["attributes"][key]


def _pages(total: int, paged: Paged) -> int:
    return max(1, -(-total // paged.size))


def _links(page: int, pages: int) -> dict[str, str]:
    places = {"first": 1, "prev": min(page - 1, pages), "next": page + 1, "last": pages}
    others = [(name, value) for name, value in request.args.items(multi=True) if name != PAGE]
    url = request.host_url.rstrip("/") + request.path
    return {
        relation: f"{url}?{urlencode([*others, (PAGE, place)])}"
        for relation, place in places.items()
        if 1 <= place <= pages
    }
