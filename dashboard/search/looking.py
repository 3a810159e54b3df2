"""What the texts in filters stand for: a person, or the few exports that have this text in their name or id.

The databases look names up by their trigrams (models/lookups.py), where they can; else each name is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app
from sqlalchemy import select, text, union

from dashboard.criteria import All, Comparison, Node
from dashboard.criteria import Any as AnyOf
from dashboard.database import db
from dashboard.models import Export, User, has_names
from dashboard.models.indexes import THERE
from dashboard.search.fields import TALLIES, condition, parts
from dashboard.search.filters import Filters, begins, containing
from dashboard.search.simpler import Simpler

# Shorter texts have no trigram; and what more exports have is found sooner by reading.
SHORTEST, FEW = 3, 20_000
# SQLite: `wanted` is what `phrase` makes.
NAMED = "SELECT rowid FROM export_names WHERE export_names MATCH :wanted"
_COLUMNS = {"name": Export.name, "public_id": Export.public_id}


def look_up(filters: Filters) -> Filters:
    """The same filters, as the database answers them best."""
    if filters.is_looked_up:
        return filters
    where = filters.where
    if where is not None:
        where = _few(_people(Simpler(ids_of, values_of)(where)))
    return replace(_named(filters), where=where, is_looked_up=True)


def _people(node: Node) -> Node:
    """The condition that one person asked for it, by their number."""
    conditions = parts(node)
    for one in conditions:
        if isinstance(one, Comparison) and (one.field, one.operator) == ("requested_by", "eq"):
            id = db.session.scalar(select(User.id).where(User.uuid == one.value))
            others = (other for other in conditions if other is not one)
            return All((*others, Comparison("requester_id", "eq", id or 0)))
    return node


def _few(node: Node) -> Node:
    """Of several conditions that leave a few each, those that they leave."""
    match node:
        case All():
            return All(tuple(_few(item) for item in node.items))
        case AnyOf(items=items) if items and all(_leaves_few(item) for item in items):
            found = union(*(select(Export.id).where(THERE, condition(item)) for item in items))
            return Comparison("id", "in", tuple(db.session.scalars(found)))
    return node


def _leaves_few(node: Node) -> bool:
    return any(
        isinstance(one, Comparison) and (one.field, one.operator) == ("id", "in") for one in parts(node)
    )


def _named(filters: Filters) -> Filters:
    wanted = filters.q.strip() or filters.name_contains
    if not wanted or (filters.q.strip() and filters.name_contains):
        return filters
    ids = ids_of("name", wanted)
    if ids is None:
        return replace(filters, common=len(wanted) >= SHORTEST)
    if filters.q:
        ids += tuple(db.session.scalars(select(Export.id).where(begins(wanted)).limit(FEW)))
    return replace(filters, q="", name_contains="", ids=tuple(sorted(set(ids))))


def ids_of(field: str, wanted: str) -> tuple[int, ...] | None:
    """The exports that have this text there, if the database can tell and they are few."""
    if len(wanted) < SHORTEST or "\x00" in wanted or not _has_names():
        return None
    ids: Sequence[int]
    if db.engine.dialect.name == "sqlite":
        ids = db.session.scalars(text(f"{NAMED} LIMIT {FEW + 1}"), {"wanted": phrase(wanted, field)}).all()
    else:
        found = select(Export.id).where(THERE, containing(wanted, _COLUMNS[field]))
        ids = db.session.scalars(found.limit(FEW + 1)).all()
    return tuple(ids) if len(ids) <= FEW else None


def values_of(comparison: Comparison) -> tuple[str, ...]:
    """The values that meet it, of a field that has few."""
    column = TALLIES.columns[comparison.field]
    return tuple(db.session.scalars(select(column).where(condition(comparison, TALLIES)).distinct()))


def _has_names() -> bool:
    known: dict[Any, bool] = current_app.extensions.setdefault("has_names", {})
    if db.engine not in known:
        known[db.engine] = has_names(db.session.connection())
    return known[db.engine]


def phrase(wanted: str, field: str = "name") -> str:
    quoted = wanted.replace('"', '""')
    return f'{field} : "{quoted}"'
