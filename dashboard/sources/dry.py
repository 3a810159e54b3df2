"""Dry data: the columns of an export that are worth importing again. `planning` calls `dry_columns`.

Left out are what only means something inside the source: keys, the columns that point to other tables' keys, and the
times at which the source itself made or changed a row. Blanks are left out by the formats (`Layout.dry`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.columns import ROWS, Column
from dashboard.sources.catalog import Relation, Resource

_BOOKKEEPING = re.compile(
    r"(created|inserted|updated|modified|changed|deleted)_?(at|on|date|time)?", re.IGNORECASE
)


def dry_columns(
    resource: Resource, columns: Sequence[Column], resources: Mapping[str, Resource]
) -> tuple[Column, ...]:
    """The columns without ids and timestamps; related rows that have nothing else are left out whole."""
    kept = []
    for column in columns:
        if column.type == ROWS:
            related = _at_the_end(resource, column.name.split("."), resources)
            inner = dry_columns(related, column.columns, resources)
            kept += [replace(column, columns=inner)] if inner else []
        elif not _is_bookkeeping(resource, column, resources):
            kept.append(column)
    return tuple(kept)


def _is_bookkeeping(resource: Resource, column: Column, resources: Mapping[str, Resource]) -> bool:
    if resource.own(column.name) is None:
        *relations, name = column.name.split(".")
        resource = _at_the_end(resource, relations, resources)
    else:
        name = column.name
    if column.type in ("date", "datetime") and _BOOKKEEPING.fullmatch(name):
        return True
    return name in resource.key or any(name == own for one in resource.relations for own in _pointing(one))


def _pointing(relation: Relation) -> list[str]:
    """The own columns that hold another table's key; over a to-many relation it is the others that point."""
    return [] if relation.many else [own for own, _ in relation.on]


def _at_the_end(resource: Resource, names: Sequence[str], resources: Mapping[str, Resource]) -> Resource:
    for name in names:
        relation = next(one for one in resource.relations if one.name == name)
        resource = resources[relation.resource]
    return resource
