"""The columns of a new export, and what stands above them; `creating` calls `paths` and `headings`."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import planning
from dashboard.api.rebilly import names, words
from dashboard.api.rebilly.bodies import DataExportInput
from dashboard.columns import ROWS, Column
from dashboard.extensions import catalog
from dashboard.models import User
from dashboard.sources import Resource, UnknownField

# Where related rows share one cell, whose heading is then free.
IN_CELLS = ("csv", "pdf")


def paths(user: User, resource: Resource, body: DataExportInput, errors: dict[str, str]) -> list[str]:
    """Our paths of the fields that are asked for; none for all plain ones. What is wrong is told in `errors`."""
    if body.format == words.DETAILED and not body.fields:
        return _detailed(user, resource)
    found = []
    for number, text in enumerate(body.fields or []):
        path = names.path_of(resource, text)
        if path is None or not _is_there(resource, path):
            errors[f"fields.{number}"] = f"There is no field {text[:100]}"
        elif path in found:
            errors[f"fields.{number}"] = f"The field {text[:100]} is there twice"
        else:
            found.append(path)
    return found


def headings(resource: Resource, paths: Sequence[str], body: DataExportInput) -> dict[str, str]:
    """Path -> heading: the field as it was asked for; with dots where relations are spread over columns."""
    spread = body.format == words.DETAILED
    asked = {} if spread else dict(zip(paths, body.fields or [], strict=False))
    found: dict[str, str] = {}
    for column in catalog.columns(resource, paths):
        found |= _headings_of(resource, column, names.DOT if spread else names.SLASH)
        # Related rows of which one field is asked for have the name of that, where they are in one cell.
        inner = column.columns if body.format in IN_CELLS and len(column.columns) == 1 else ()
        path = ".".join((column.name, *(one.name for one in inner)))
        if path in asked:
            found[column.name] = asked[path]
    return {path: heading for path, heading in found.items() if heading != path}


def _headings_of(resource: Resource, column: Column, between: str, prefix: str = "") -> dict[str, str]:
    """Of a column and of those of its related rows, within these."""
    path = prefix + column.name
    word = names.shown(resource, path, between)
    around = names.shown(resource, prefix[:-1], between) + between if prefix else ""
    found = {path: word.removeprefix(around)}
    if column.type == ROWS:
        for inner in column.columns:
            found |= _headings_of(resource, inner, between, f"{path}.")
    return found


def _detailed(user: User, resource: Resource) -> list[str]:
    """Every field, and every field of what is related and may be seen: to-one first, then to-many."""
    allowed = {one.name for one in planning.resources(user)}
    related = [one for one in resource.relations if one.resource in allowed]
    ones = [one.name for one in related if not one.many]
    own = [one.name for one in resource.fields]
    ways = [path for path in catalog.types(resource) if path not in own and path.partition(".")[0] in ones]
    return [*own, *ways, *(one.name for one in related if one.many)]


def _is_there(resource: Resource, path: str) -> bool:
    try:
        return bool(catalog.columns(resource, (path,)))
    except (UnknownField, ValueError):
        return False
