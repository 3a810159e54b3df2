"""Names of fields: ours are snake_case with dots (`customer.created_at`), the dialect's camelCase with slashes
(`customer/createdTime`), or with dots in filters. `creating` reads them, `presenting` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from dashboard import criteria
from dashboard.api.rebilly.words import camel
from dashboard.extensions import catalog
from dashboard.sources import Resource

SLASH, DOT = "/", "."
_LONGEST = 200


@lru_cache(maxsize=1024)
def members(names: tuple[str, ...]) -> Mapping[str, str]:
    """Theirs -> ours. Where two names would become the same, the one that is written so already has it."""
    found: dict[str, str] = {}
    for name in names:
        word = camel(name)
        found[name if word != name and (word in names or word in found) else word] = name
    return MappingProxyType(found)


@lru_cache(maxsize=1024)
def _turned(names: tuple[str, ...]) -> Mapping[str, str]:
    return MappingProxyType({own: word for word, own in members(names).items()})


def path_of(resource: Resource, text: str) -> str | None:
    """Our path for a name of theirs; the name of a to-many relation alone is all fields of it."""
    if len(text) > _LONGEST:
        return None
    own = members(_fields(resource)).get(text)
    if own:
        return own
    name, *rest = re.split("[/.]", text, maxsplit=1)
    relation = resource.relation(members(_relations(resource)).get(name, ""))
    if relation is None:
        return None
    if not rest:
        return relation.name if relation.many else None
    inner = path_of(catalog.resources[relation.resource], rest[0])
    return f"{relation.name}.{inner}" if inner else None


def shown(resource: Resource | None, path: str, between: str = SLASH) -> str:
    """Their name for a path of ours; what the catalog does not have any more stays as it is."""
    if resource is None:
        return path
    if word := _turned(_fields(resource)).get(path):
        return word
    name, dot, rest = path.partition(".")
    relation = resource.relation(name)
    if relation is None:
        return path
    word = _turned(_relations(resource))[name]
    return f"{word}{between}{shown(catalog.resources[relation.resource], rest, between)}" if dot else word


def filterable(resource: Resource) -> dict[str, str]:
    """Theirs -> ours, of every field that rows can be filtered and sorted by."""
    return {shown(resource, path, DOT): path for path in catalog.types(resource)}


def types(resource: Resource) -> dict[str, str]:
    """Theirs -> type, of the same fields."""
    return {shown(resource, path, DOT): type for path, type in catalog.types(resource).items()}


def renamed(node: criteria.Node, names: dict[str, str]) -> criteria.Node:
    """The same conditions on fields of other names."""
    match node:
        case criteria.Comparison():
            return criteria.Comparison(names.get(node.field, node.field), node.operator, node.value)
        case criteria.Not():
            return criteria.Not(renamed(node.item, names))
    return type(node)(tuple(renamed(item, names) for item in node.items))


def _fields(resource: Resource) -> tuple[str, ...]:
    return tuple([one.name for one in resource.fields])


def _relations(resource: Resource) -> tuple[str, ...]:
    return tuple([one.name for one in resource.relations])
