"""What a catalog is made of: resources with their fields and relations, and how names become labels.

`reflection` and `declared` make them; `paths`, `catalog` and everything that reads rows go by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


class CatalogError(ValueError):
    """The catalog cannot be used; one line that names the line of the file or the cause."""


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
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """The way to another resource of the same source: pairs of own column and their column.

    Without a label it is called by its name, or by the other resource's label when it bears that resource's name.
    """

    name: str
    resource: str
    on: tuple[tuple[str, str], ...]
    many: bool
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """`strict`: a row with a value that does not fit its type fails, and the value is not written as text."""

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
    strict: bool = False

    def own(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)

    def relation(self, name: str) -> Relation | None:
        return next((one for one in self.relations if one.name == name), None)

    def column(self, name: str) -> Field:
        """A column of the table, hidden or not."""
        return next(one for one in (*self.fields, *self.hidden) if one.name == name)


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
