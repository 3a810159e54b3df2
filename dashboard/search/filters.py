"""Filters of a list as conditions, and what each person may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, collate, false, func, or_, true

from dashboard import criteria
from dashboard.criteria import All, Comparison, Node
from dashboard.database import db
from dashboard.models import Export, Tally, User
from dashboard.models.indexes import THERE
from dashboard.search.fields import (
    EXPORTS,
    MONTHS,
    TALLIES,
    Expression,
    Records,
    among,
    condition,
    is_tallied,
    parts,
)

# Counting for a page goes no further than this, so that it costs the same however long the table is.
CAP = 10_000
FOUND: tuple[Any, ...] = (
    Export.id, Export.requested_by_id, Export.status, Export.resource, Export.format,
    Export.expired_at.is_not(None).label("expired"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """All given filters must match; within one, any value. `created_from` is included, `created_to` is not."""

    q: str = ""  # part of the name, or how the ID begins
    name_contains: str = ""
    statuses: Sequence[str] = ()
    resources: Sequence[str] = ()
    formats: Sequence[str] = ()
    requesters: Sequence[int] = ()
    created_from: datetime | None = None
    created_to: datetime | None = None
    expired: bool | None = None
    where: Node | None = None
    # What `look_up` made of the text: the exports that are named so, or that too many are.
    ids: Sequence[int] | None = None
    common: bool = False
    of_kept: bool = False  # few enough have not expired, so that the name of each is looked at
    of_rare: bool = False  # few of these have the text, which PostgreSQL finds by its trigrams then
    # The few that were found so, by FOUND: all of them, or those alone that have not expired.
    found: Sequence[tuple[Any, ...]] | None = None
    kept: Sequence[tuple[Any, ...]] | None = None
    is_looked_up: bool = False

    @property
    def requester(self) -> int | None:
        """The one person whose exports these are, if they are of one."""
        if len(self.requesters) == 1:
            return self.requesters[0]
        equal = [one for one in parts(self.where) if isinstance(one, Comparison) and one.operator == "eq"]
        return next((one.value for one in equal if one.field == "requester_id"), None)

    @property
    def without_text(self) -> Filters:
        return replace(self, q="", name_contains="", common=False, of_kept=False, of_rare=False)

    def narrowed(self, to: Node) -> Filters:
        return replace(self, where=All((*parts(self.where), to)))

    @property
    def index_of_few(self) -> str:
        """The index that finds them, when they are few."""
        if self.of_kept or (self.expired is False and self.ids is None):
            return "ix_exports_kept_created"
        given = [one for one in parts(self.where) if isinstance(one, Comparison)]
        if self.ids is not None or any((one.field, one.operator) == ("id", "in") for one in given):
            return ""
        if any(one.operator == "json_contains" and one.value for one in given):
            return "ix_exports_metadata"
        listed = any(one.field == "status" and one.operator in ("eq", "in") for one in given)
        return "ix_exports_status" if self.statuses or listed else ""

    @property
    def is_tallied(self) -> bool:
        """Whether the kept counts know how many these are."""
        others = self.q.strip(), self.name_contains, self.created_from, self.created_to, self.ids is not None
        return not any(others) and (self.where is None or is_tallied(self.where))

    @property
    def fields(self) -> frozenset[str]:
        """What of an export they look at."""
        given = {
            "name": self.q.strip() or self.name_contains,
            "created_at": self.created_from or self.created_to,
            "expired_at": self.expired is not None,
        }
        return frozenset(name for name, value in given.items() if value) | criteria.fields(self.where)

    @property
    def bounded(self) -> frozenset[str]:
        """Those of them that have to be more than there or missing."""
        bounds = [node for node in parts(self.where) if getattr(node, "operator", "") != "is_null"]
        return replace(self, where=All(tuple(bounds))).fields


def among_found(user: User, filters: Filters) -> list[tuple[Any, ...]] | None:
    """Those of the few that were found that these filters leave; nothing where more has to be asked of each."""
    rows = filters.kept if filters.found is None else filters.found
    if rows is None or filters.where or filters.created_from or filters.created_to:
        return None
    people = filters.requesters if user.is_superuser else (user.id,)
    expired = () if filters.expired is None else (filters.expired,)
    found = list(rows)
    # In the order of FOUND.
    wanted = (people, filters.statuses, filters.resources, filters.formats, expired)
    for place, values in enumerate(wanted, start=1):
        if values:
            found = [row for row in found if row[place] in values]
    return found


def visible_to(user: User) -> ColumnElement[bool]:
    """The exports that this person may see."""
    return THERE if user.is_superuser else and_(THERE, Export.requested_by_id == user.id)


def conditions(
    user: User, filters: Filters, reading_all: bool = False, of: Records = EXPORTS
) -> list[ColumnElement[bool]]:
    """What exports have to meet to be seen in this list. `reading_all`: for who reads each of them anyhow."""
    found = [visible_to(user), *_picked(filters, of)]
    reads = (filters.of_kept and not filters.of_rare) or (reading_all and filters.common)
    contains = contains_by_reading if reads else containing
    if filters.q.strip():
        found.append(or_(contains(filters.q.strip()), begins(filters.q.strip())))
    if filters.name_contains:
        found.append(contains(filters.name_contains))
    if filters.ids is not None:
        found.append(among(filters.ids))
    if filters.created_from:
        found.append(Export.created_at >= filters.created_from)
    if filters.created_to:
        found.append(Export.created_at < filters.created_to)
    # Last, as SQLite asks one after the other, and a tree may be long.
    return [*found, *_of_tree(filters, of)]


def tally_conditions(user: User, filters: Filters) -> list[ColumnElement[bool]]:
    """The same over the kept counts, for filters that are tallied."""
    own = true() if user.is_superuser else Tally.requested_by_id == user.id
    return [own, *_chosen(filters, TALLIES)]


def month_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The same over what is kept of each month, for filters that do not ask for people."""
    return _chosen(filters, MONTHS)


def _chosen(filters: Filters, of: Records) -> list[ColumnElement[bool]]:
    return [*_picked(filters, of), *_of_tree(filters, of)]


def _of_tree(filters: Filters, of: Records) -> list[ColumnElement[bool]]:
    return [] if filters.where is None else [condition(filters.where, of)]


def _picked(filters: Filters, of: Records) -> list[ColumnElement[bool]]:
    """What is said in so many words rather than in a tree."""
    given = {
        "status": filters.statuses,
        "resource": filters.resources,
        "format": filters.formats,
        "requester_id": filters.requesters,
    }
    chosen = {name: values for name, values in given.items() if values}
    found: list[ColumnElement[bool]] = [of.columns[name].in_(values) for name, values in chosen.items()]
    if filters.expired is not None:
        gone = of.columns["expired_at"]
        found.append(gone.is_not(None) if filters.expired else gone.is_(None))
    return found


# Names


def containing(wanted: str, column: Expression = Export.name) -> ColumnElement[bool]:
    """SQLite's LIKE does not look at the case of English letters."""
    like = column.like if db.engine.dialect.name == "sqlite" else column.ilike
    return like(_pattern(wanted), escape="/")


def contains_by_reading(wanted: str, column: Expression = Export.name) -> ColumnElement[bool]:
    """The same, but PostgreSQL does not look trigrams up for it. It is quickest where letters are English ones."""
    if db.engine.dialect.name == "sqlite":
        return containing(wanted, column)
    name = func.lower(collate(column, "C")) if wanted.isascii() else func.lower(column)
    return name.like(_pattern(wanted).lower(), escape="/")


def _pattern(wanted: str) -> str:
    escaped = re.sub("([/%_])", r"/\1", wanted)
    return f"%{escaped}%"


def may_begin(wanted: str) -> bool:
    """Whether an ID can begin so."""
    return bool(re.fullmatch("[0-9a-f-]{1,36}", wanted.lower()))


def begins(wanted: str) -> ColumnElement[bool]:
    """The ID does. LIKE needs an index of its own kind on PostgreSQL; SQLite looks between two texts."""
    start = wanted.lower()
    if not may_begin(start):
        return false()
    if db.engine.dialect.name == "sqlite":
        return and_(Export.uuid >= start, Export.uuid < f"{start}g")
    return Export.uuid.startswith(start)
