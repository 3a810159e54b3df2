"""The catalog: which resources there are, their fields, relations and labels, and the source of each.

Made once at start by `sources.load`, then only read: forms list its choices, lifecycle and API dialects check
names against it, workers turn paths such as `customer.email` into columns. It holds no connection, so it may
be pickled, forked and shared by threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.columns import Column
from dashboard.sources.paths import ALL, UnknownField, columns_of, reached, resolve
from dashboard.sources.resources import CatalogError, Field, Relation, Resource

if TYPE_CHECKING:
    from dashboard.sources.base import Source

__all__ = ["Catalog", "CatalogError", "Field", "Relation", "Resource", "UnknownField"]


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
        return list(self.columns(resource, [path for path, _ in self._paths(resource)], language))

    def related(self, resource: Resource | str, language: str = "en") -> list[Column]:
        """What a form offers of to-many relations: a `rows` column for each, whose `columns` may be asked for.

        The path of one is f"{rows.name}.{column.name}". The way back to the resource itself is not among them.
        """
        resource = self._resource(resource)
        return [
            column
            for relation in resource.relations
            if relation.many
            for column in self.columns(resource, self._forth(resource, relation), language)
        ]

    def columns(
        self, resource: Resource | str, paths: Sequence[str] = (), language: str = "en"
    ) -> tuple[Column, ...]:
        """The columns of a file in the asked order; no paths means all own fields.

        A path may end in `*`, and that of a to-many relation alone means all its own fields. UnknownField for one
        that leads nowhere, ValueError for one that is there twice.
        """
        return columns_of(self._resource(resource), list(paths) or [ALL], self.resources, language)

    def reached(self, resource: Resource | str, columns: Sequence[Column]) -> list[Resource]:
        """The other resources whose values these columns show, for whoever checks rights."""
        names = reached(self._resource(resource), columns, self.resources)
        return [self.resources[name] for name in sorted(names)]

    def _resource(self, resource: Resource | str) -> Resource:
        return self.resources[resource] if isinstance(resource, str) else resource

    def _paths(self, resource: Resource) -> Iterator[tuple[str, Field]]:
        for one in resource.fields:
            yield one.name, one
        for relation in resource.relations:
            if not relation.many:
                for one in self.resources[relation.resource].fields:
                    yield f"{relation.name}.{one.name}", one

    def _forth(self, resource: Resource, relation: Relation) -> list[str]:
        other = self.resources[relation.resource]
        back = tuple((their, own) for own, their in relation.on)
        ways = [
            one.name
            for one in other.relations
            if not one.many and (one.resource, one.on) != (resource.name, back)
        ]
        return [f"{relation.name}.{ALL}", *(f"{relation.name}.{way}.{ALL}" for way in ways)]
