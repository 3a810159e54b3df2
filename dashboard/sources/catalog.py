"""The catalog: which resources there are, their fields, relations and labels, and the source of each.

Made once at start by `sources.load`, then only read: forms list its choices, lifecycle and API dialects check
names against it, workers turn paths such as `customer.email` into columns. It holds no connection, so it may
be pickled, forked and shared by threads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboard.columns import Column

if TYPE_CHECKING:
    from dashboard.sources.base import Source

DEEPEST = 3


class CatalogError(ValueError):
    """The catalog cannot be used; one line that names the line of the file or the cause."""


class UnknownField(KeyError):
    """No field of the resource, or of a to-one relation of it, has this path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table; `stored` is its type in the words of its own database."""

    name: str
    type: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)
    scale: int | None = None
    personal: bool = False
    nullable: bool = True
    stored: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """The way to another resource of the same source: pairs of own column and their column."""

    name: str
    resource: str
    on: tuple[tuple[str, str], ...]
    many: bool


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    label: str
    labels: Mapping[str, str]
    source: str
    table: str
    schema: str | None
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    relations: tuple[Relation, ...] = ()
    roles: tuple[str, ...] = ()
    # Columns of the table that are no fields, for the catalog hides them, but that keys and joins may need.
    hidden: tuple[Field, ...] = ()

    def own(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)

    def to_one(self, name: str) -> Relation | None:
        return next((one for one in self.relations if one.name == name and not one.many), None)


@dataclass(frozen=True)
class Catalog:
    resources: Mapping[str, Resource]
    sources: Mapping[str, Source]

    def source(self, resource: Resource | str) -> Source:
        return self.sources[self._resource(resource).source]

    def field(self, resource: Resource | str, path: str) -> Field:
        return resolve(self._resource(resource), path, self.resources)[1]

    def types(self, resource: Resource | str) -> dict[str, str]:
        """Path to type, of the own fields and those one to-one relation away."""
        return {path: one.type for path, one in self._paths(self._resource(resource))}

    def choices(self, resource: Resource | str, language: str = "en") -> list[Column]:
        """What a form offers: the own fields, then those one to-one relation away."""
        resource = self._resource(resource)
        return [_column(path, one, language) for path, one in self._paths(resource)]

    def columns(
        self, resource: Resource | str, paths: Sequence[str] = (), language: str = "en"
    ) -> tuple[Column, ...]:
        """The columns of a file in the asked order; no paths means all own fields."""
        resource = self._resource(resource)
        wanted = list(paths) or [one.name for one in resource.fields]
        twice = next((path for path, times in Counter(wanted).items() if times > 1), None)
        if twice is not None:
            raise ValueError(f"The field “{twice[:100]}” was asked for twice")
        return tuple(_column(path, self.field(resource, path), language) for path in wanted)

    def _resource(self, resource: Resource | str) -> Resource:
        return self.resources[resource] if isinstance(resource, str) else resource

    def _paths(self, resource: Resource) -> Iterator[tuple[str, Field]]:
        for one in resource.fields:
            yield one.name, one
        for relation in resource.relations:
            if not relation.many:
                for one in self.resources[relation.resource].fields:
                    yield f"{relation.name}.{one.name}", one


def resolve(
    resource: Resource, path: str, resources: Mapping[str, Resource]
) -> tuple[tuple[Relation, ...], Field]:
    """The to-one relations a path goes through and the field it ends at; UnknownField when there is none."""
    if own := resource.own(path):
        return (), own
    # Split at the first dot only, and look whole names up first: column names may hold dots themselves.
    name, _, rest = path.partition(".")
    relation = resource.to_one(name)
    if not rest or relation is None:
        raise UnknownField(path)
    try:
        further, found = resolve(resources[relation.resource], rest, resources)
    except UnknownField:
        raise UnknownField(path) from None
    if len(further) >= DEEPEST:
        raise UnknownField(path)
    return (relation, *further), found


def _column(path: str, one: Field, language: str) -> Column:
    label = one.labels.get(language, one.label)
    if path != one.name:
        relation = title(path.removesuffix("." + one.name).replace(".", " "))
        lower = label[:1].lower() if label[1:2].islower() else label[:1]
        label = f"{relation} {lower}{label[1:]}"
    return Column(path, one.type, label, one.scale, one.personal)


def identifier(name: str) -> str:
    """A resource's or relation's name from a table's: lower case, other characters as one "_"."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "table"


def title(name: str) -> str:
    """A label from a name: "created_at" is "Created at", "CustomerID" is "Customer ID"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = " ".join(_word(word) for word in re.split(r"[\s_]+", words) if word)
    return words[:1].upper() + words[1:] or name


def _word(word: str) -> str:
    return "ID" if word.lower() == "id" else word if word.isupper() and len(word) > 1 else word.lower()
