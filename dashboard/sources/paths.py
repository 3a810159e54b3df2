"""Paths through the catalog: "total", "customer.email", "line_items.product.name", "*", "customer.*".

`catalog` turns the paths of a request into columns here, `statements` and `related` find the way to a column again.
A path goes through at most three relations. What lies behind a to-many relation comes as related rows: all paths
through one such relation are one column of the type `rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dashboard.columns import ROWS, Column
from dashboard.sources.resources import Field, Relation, Resource, title

DEEPEST = 3
ALL = "*"
# In these languages the second word of a label keeps its capital: nouns have one, or small letters differ.
_KEEPS_CAPITALS = ("de", "tr")

Resources = Mapping[str, Resource]
Leaf = tuple[tuple[Relation, ...], Field]


class UnknownField(KeyError):
    """No field of the resource, or of its relations, has this path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return self.path


def resolve(resource: Resource, path: str, resources: Resources) -> Leaf:
    """The to-one relations a path goes through and the field it ends at; UnknownField when there is none."""
    found = _leaves(resource, path, resources)
    if len(found) != 1 or _dotted(found[0]) != path or any(one.many for one in found[0][0]):
        raise UnknownField(path)
    return found[0]


def way_to(
    resource: Resource, path: str, resources: Resources
) -> tuple[tuple[Relation, ...], Resource, Relation]:
    """For the name of a `rows` column: the to-one relations, where they lead, and the to-many one from there."""
    *first, last = path.split(".")
    ones: list[Relation] = []
    for name in first:
        ones.append(_known(resource, name, path))
        resource = resources[ones[-1].resource]
    return tuple(ones), resource, _known(resource, last, path)


def columns_of(
    resource: Resource, paths: Sequence[str], resources: Resources, language: str
) -> tuple[Column, ...]:
    """The columns that these paths ask for, each at the place where it is first asked for."""
    leaves: list[Leaf] = []
    asked: set[str] = set()
    for path in paths:
        found = _leaves(resource, path, resources)
        if len(found) == 1 and _dotted(found[0]) == path:
            if path in asked:
                raise ValueError(f"The field “{path[:100]}” was asked for twice")
            asked.add(path)
        leaves += found
    return _columns(leaves, resources, language)


def reached(resource: Resource, columns: Iterable[Column], resources: Resources) -> set[str]:
    """The names of the other resources that the ways to these columns go through."""
    found: set[str] = set()
    for column in columns:
        if column.type == ROWS:
            ones, _, many = way_to(resource, column.name, resources)
            found |= {one.resource for one in (*ones, many)}
            found |= reached(resources[many.resource], column.columns, resources)
        else:
            found |= {one.resource for one in resolve(resource, column.name, resources)[0]}
    return found


def relation_label(relations: Sequence[Relation], resources: Resources, language: str) -> str:
    """What stands for a way of relations: "Customer orders"."""
    return _joined([_label(one, resources, language) for one in relations], language)


def _leaves(resource: Resource, path: str, resources: Resources) -> list[Leaf]:
    found = _found(resource, path, resources, DEEPEST)
    if not found:
        raise UnknownField(path)
    return found


def _found(resource: Resource, path: str, resources: Resources, left: int) -> list[Leaf]:
    # Whole names first, then split at the first dot only: column names may hold dots and stars themselves.
    if own := resource.own(path):
        return [((), own)]
    if path == ALL:
        return [((), one) for one in resource.fields]
    name, dot, rest = path.partition(".")
    relation = resource.relation(name)
    if relation is None or not left:
        return []
    if not dot and relation.many:
        rest = ALL
    further = _found(resources[relation.resource], rest, resources, left - 1) if rest else []
    return [((relation, *relations), field) for relations, field in further]


def _columns(leaves: Iterable[Leaf], resources: Resources, language: str) -> tuple[Column, ...]:
    plain: dict[str, Leaf] = {}
    related: dict[str, tuple[Sequence[Relation], list[Leaf]]] = {}
    order: dict[str, None] = {}
    for relations, field in leaves:
        many = next((place for place, one in enumerate(relations) if one.many), None)
        if many is None:
            name = _dotted((relations, field))
            plain.setdefault(name, (relations, field))
        else:
            way = relations[: many + 1]
            name = ".".join(one.name for one in way)
            related.setdefault(name, (way, []))[1].append((relations[many + 1 :], field))
        order[name] = None
    if both := plain.keys() & related.keys():
        raise ValueError(f"“{min(both)[:100]}” is a field and a relation: ask for one of them")
    return tuple(
        _rows(name, *related[name], resources, language)
        if name in related
        else _plain(name, *plain[name], resources, language)
        for name in order
    )


def _rows(
    name: str, way: Sequence[Relation], leaves: list[Leaf], resources: Resources, language: str
) -> Column:
    columns = _columns(leaves, resources, language)
    personal = any(one.personal for one in columns)
    return Column(name, ROWS, relation_label(way, resources, language), personal=personal, columns=columns)


def _plain(
    name: str, relations: Sequence[Relation], field: Field, resources: Resources, language: str
) -> Column:
    labels = [_label(one, resources, language) for one in relations]
    label = _joined([*labels, field.labels.get(language, field.label)], language)
    return Column(name, field.type, label, field.scale, field.personal, percent=field.percent)


def _label(relation: Relation, resources: Resources, language: str) -> str:
    if relation.label or language in relation.labels:
        return relation.labels.get(language, relation.label or title(relation.name))
    if relation.name == relation.resource:
        other = resources[relation.resource]
        return other.labels.get(language, other.label)
    return title(relation.name)


def _joined(labels: Sequence[str], language: str) -> str:
    first, *rest = labels
    return " ".join([first, *(one if language in _KEEPS_CAPITALS else _small(one) for one in rest)])


def _small(label: str) -> str:
    """Without its capital, unless the word is written in capitals: "Email", but "ID"."""
    return (label[:1].lower() if label[1:2].islower() else label[:1]) + label[1:]


def _dotted(leaf: Leaf) -> str:
    relations, field = leaf
    return ".".join([*(one.name for one in relations), field.name])


def _known(resource: Resource, name: str, path: str) -> Relation:
    relation = resource.relation(name)
    if relation is None:
        raise UnknownField(path)
    return relation
