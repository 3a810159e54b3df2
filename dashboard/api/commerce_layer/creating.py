"""From what a client asks for to a checked plan and how many records it has, or to a 422 that names the attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboard import planning
from dashboard.api.commerce_layer import filters
from dashboard.api.commerce_layer.bodies import NewExport
from dashboard.api.commerce_layer.errors import Refusal, not_valid, wrong
from dashboard.criteria import Invalid, Node
from dashboard.extensions import catalog, settings
from dashboard.models import User
from dashboard.search import centre
from dashboard.sources import Resource, SourceAway, SourceError, SourceSlow

MOST_UNDER_WAY = 10
COUNT_SECONDS = 3
DEEPEST = 3
OPTIONS = {"csv": {"line_end": "lf"}, "json": {"relations": "nested"}}
# What the plan calls an attribute, and what this dialect does.
THEIR_NAMES = {"resource": "resource_type", "where": "filters", "format": "format"}
ECHOED = ("includes", "fields", "filters", "jwt_filters")


def read(user: User, wanted: NewExport) -> planning.Plan:
    """Raises Refusal."""
    resource = _resource(user, wanted.resource_type)
    included = _included(resource, wanted.includes or [])
    format = wanted.format or "json"
    try:
        return planning.plan(
            user,
            resource.name,
            fields=[_whole(resource, path) for path in wanted.fields] if wanted.fields else included,
            where=_where(wanted.filters, resource),
            format=format,
            options=OPTIONS[format],
            packaging="gzip",
            headings="names",
            dry=bool(wanted.dry_data),
        )
    except planning.Invalid as error:
        raise _translated(error, "fields" if wanted.fields or not included else "includes") from None


def echoed(wanted: NewExport) -> dict[str, Any]:
    """What answers repeat as it was asked."""
    return {name: getattr(wanted, name) for name in ECHOED}


def records_count(plan: planning.Plan) -> int | None:
    """How many records there are; None when the source takes its time, and the worker will find out.

    Raises Refusal for none, and for more than an export may have.
    """
    try:
        count = planning.count(plan, COUNT_SECONDS)
    except (SourceSlow, SourceAway):
        return None
    except SourceError as error:
        raise not_valid(wrong("base", "invalid", str(error))) from None
    if not count:
        raise not_valid(wrong("records_count", "greater_than", "must be greater than 0", 0, 0))
    if count > settings.max_rows:
        title = f"must be less than or equal to {settings.max_rows}"
        raise not_valid(wrong("records_count", "less_than_or_equal_to", title, count, settings.max_rows))
    return count


def refuse_too_many() -> None:
    """Raises Refusal when the whole centre is at as many exports as this dialect lets it."""
    going = centre.under_way()
    if going >= MOST_UNDER_WAY:
        raise too_many(f"At most {MOST_UNDER_WAY} exports can be pending or in progress", going)


def too_many(sentence: str, count: int | None = None) -> Refusal:
    return not_valid(
        wrong("base", "too_many", sentence.rstrip("."), count, MOST_UNDER_WAY if count else None)
    )


def _resource(user: User, name: str) -> Resource:
    found = next((one for one in planning.resources(user) if one.name == name), None)
    if found is None:
        raise not_valid(wrong("resource_type", "inclusion", "is not included in the list", name))
    return found


def _where(given: dict[str, Any] | None, resource: Resource) -> Node | None:
    try:
        return filters.parse(given or {}, catalog.types(resource))
    except Invalid as error:
        title = f"{error.field}: {error.message}" if error.field else error.message
        raise not_valid(wrong("filters", "invalid", title, error.field)) from None


def _included(resource: Resource, includes: list[str]) -> list[str]:
    """All own fields and those of these relations; nothing when there are none."""
    ways: dict[str, None] = {}
    for path in includes:
        names = path.split(".")
        if len(names) > DEEPEST or not _leads_somewhere(resource, names):
            raise not_valid(wrong("includes", "invalid", f"“{path[:100]}” is no relation", path))
        ways |= dict.fromkeys(_ways(names))
    return ["*", *(f"{way}.*" for way in ways)] if ways else []


def _ways(names: list[str]) -> Iterator[str]:
    """A relation of a relation comes with the one on its way."""
    for length in range(1, len(names) + 1):
        yield ".".join(names[:length])


def _leads_somewhere(resource: Resource, names: list[str]) -> bool:
    for name in names:
        relation = resource.relation(name)
        if relation is None:
            return False
        resource = catalog.resources[relation.resource]
    return True


def _whole(resource: Resource, path: str) -> str:
    """The name of a relation alone means all of it."""
    is_own = resource.own(path) is not None
    return path if is_own or not _leads_somewhere(resource, path.split(".")) else f"{path}.*"


def _translated(error: planning.Invalid, fields: str) -> Refusal:
    names = {**THEIR_NAMES, "fields": fields}
    found = {}
    for field, sentence in error.errors.items():
        name = names.get(field.partition(".")[0], "base")
        found.setdefault(name, wrong(name, "invalid", sentence.rstrip(".")))
    return not_valid(*found.values())
