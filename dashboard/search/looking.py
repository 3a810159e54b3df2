"""What the texts in filters stand for: a person, or the few exports that have this text in their name or id.

The databases look names up by their trigrams (models/lookups.py), where they can; else each name is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app
from sqlalchemy import case, func, select, union

from dashboard.criteria import All, Comparison, Node
from dashboard.criteria import Any as AnyOf
from dashboard.database import db
from dashboard.models import Export, Tally, User, has_names
from dashboard.models.indexes import KEPT, THERE
from dashboard.search import pieces
from dashboard.search.census import hinted
from dashboard.search.fields import TALLIES, condition, parts
from dashboard.search.filters import FOUND, Filters, begins, containing, contains_by_reading, may_begin
from dashboard.search.simpler import Named, Simpler

# Shorter texts have no trigram; and what more exports have is found sooner by reading.
SHORTEST, FEW = 3, 20_000
# So many names that have not expired are read sooner than any name is looked up.
MOST_KEPT, FEW_KEPT = 200_000, 5_000
READ = 0.3  # µs for one
RARE = 0.1  # of them may have a text that is looked up by its trigrams


def look_up(filters: Filters, gather: bool = False) -> Filters:
    """The same filters, as the database answers them best. `gather`: more than one page is asked of them."""
    if filters.is_looked_up and not (filters.of_kept and filters.expired is not False):
        return filters
    filters = replace(filters, of_kept=False, of_rare=False)
    where, named = filters.where, _named(filters, gather)
    if where is not None:
        where = _few(_with_metadata(_people(Simpler(ids_of, values_of)(where))))
    if isinstance(where, Comparison) and isinstance(where.value, Named) and named.ids is None:
        return replace(named, where=None, ids=where.value, is_looked_up=True)
    return replace(named, where=where, is_looked_up=True)


def _people(node: Node) -> Node:
    """The condition that one person asked for it, by their number."""
    conditions = parts(node)
    for one in conditions:
        if isinstance(one, Comparison) and (one.field, one.operator) == ("requested_by", "eq"):
            id = db.session.scalar(select(User.id).where(User.uuid == one.value))
            others = (other for other in conditions if other is not one)
            return All((*others, Comparison("requester_id", "eq", id or 0)))
    return node


def _with_metadata(node: Node) -> Node:
    """The few exports that have some metadata, on SQLite, which has to read the metadata of all to find them."""
    if db.engine.dialect.name != "sqlite":
        return node
    return All(tuple(_having(one) for one in parts(node))) if isinstance(node, All) else _having(node)


def _having(node: Node) -> Node:
    if not isinstance(node, Comparison) or node.operator != "json_contains" or not node.value:
        return node
    found = select(Export.id).where(THERE, condition(node)).limit(FEW + 1)
    ids = Named(db.session.scalars(hinted(found, "ix_exports_metadata")))
    return Comparison("id", "in", ids) if len(ids) <= FEW else node


def _few(node: Node) -> Node:
    """Of several conditions that leave a few each, those that they leave."""
    match node:
        case All():
            return All(tuple(_few(item) for item in node.items))
        case AnyOf(items=items) if items and all(_leaves_few(item) for item in items):
            found = union(*(select(Export.id).where(THERE, condition(item)) for item in items))
            return Comparison("id", "in", Named(db.session.scalars(found)))
    return node


def _leaves_few(node: Node) -> bool:
    return any(
        isinstance(one, Comparison) and (one.field, one.operator) == ("id", "in") for one in parts(node)
    )


def _named(filters: Filters, gather: bool) -> Filters:
    wanted = filters.q.strip() or filters.name_contains
    if not wanted or (filters.q.strip() and filters.name_contains):
        return filters
    if filters.expired is False and not (filters.q and may_begin(wanted)):
        kept = _of_kept(filters, wanted)
        if kept.of_kept:
            return _among_kept(kept) if gather else kept
    columns = FOUND if gather else FOUND[:1]
    found = _rows_of(("name",), wanted, columns)
    if found is None:
        return replace(filters, common=len(wanted) >= SHORTEST)
    if filters.q and may_begin(wanted):
        begun = db.session.execute(select(*columns).where(THERE, begins(wanted)).limit(FEW)).all()
        found = sorted({row[0]: row for row in (*found, *begun)}.values())
    ids = tuple(row[0] for row in found)
    return replace(filters, q="", name_contains="", ids=ids, found=found if gather else None)


def _among_kept(filters: Filters) -> Filters:
    """By reading their names once, where few have it."""
    wanted = filters.q.strip() or filters.name_contains
    contains = containing if filters.of_rare else contains_by_reading
    found = select(*FOUND).where(KEPT, contains(wanted)).limit(FEW_KEPT + 1)
    kept: list[tuple[Any, ...]] = [*db.session.execute(hinted(found, "ix_exports_kept_created"))]
    if len(kept) > FEW_KEPT:
        return filters
    return replace(filters.without_text, ids=tuple(row[0] for row in kept), kept=kept)


def _of_kept(filters: Filters, wanted: str) -> Filters:
    """`of_kept` where to read the names of all that have not expired takes less than to look this one up."""
    kept = func.sum(case((Tally.expired.is_(False), Tally.number), else_=0))
    every, number = (one or 0 for one in db.session.execute(select(func.sum(Tally.number), kept)).one())
    if number > MOST_KEPT or len(wanted) < SHORTEST or not _has_names():
        return replace(filters, of_kept=number <= MOST_KEPT)
    piece = pieces.rarest(wanted)
    # Those that are found have to be looked at, whether they have expired.
    is_sooner = number * READ < every * (piece.cost + piece.share * pieces.LOOK)
    return replace(filters, of_kept=is_sooner, of_rare=is_sooner and piece.share < RARE)


def ids_of(fields: tuple[str, ...], wanted: str) -> Named | None:
    """The exports that have this text in any of these fields, if the database can tell and they are few."""
    rows = _rows_of(fields, wanted, FOUND[:1])
    return None if rows is None else Named(row[0] for row in rows)


def _rows_of(fields: tuple[str, ...], wanted: str, columns: Sequence[Any]) -> list[tuple[Any, ...]] | None:
    if len(wanted) < SHORTEST or "\x00" in wanted or not _has_names():
        return None
    if pieces.is_common(wanted, FEW):
        return None
    rows: list[Any] = [*db.session.execute(pieces.having(wanted, fields, columns).limit(FEW + 1))]
    return rows if len(rows) <= FEW else None


def values_of(comparison: Comparison) -> tuple[str, ...]:
    """The values that meet it, of a field that has few."""
    column = TALLIES.columns[comparison.field]
    return tuple(db.session.scalars(select(column).where(condition(comparison, TALLIES)).distinct()))


def _has_names() -> bool:
    known: dict[Any, bool] = current_app.extensions.setdefault("has_names", {})
    if db.engine not in known:
        known[db.engine] = has_names(db.session.connection())
    return known[db.engine]
