"""Which exports: filter, sort, page, and who sees what. Every door reads exports through this file.

What is not yours cannot be found: each query starts at `visible_to`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from dashboard import criteria
from dashboard.database import db, now
from dashboard.models import ACTIVE, WAITING, Export, User, status_order

# Counting goes no further than this, so that a list page costs the same however long the table is.
CAP = 10_000
DAY = 86_400

# What a dialect's filters may name, and the type that its values are checked against.
FIELDS: dict[str, tuple[str, ColumnElement[Any] | InstrumentedAttribute[Any]]] = {
    "id": ("integer", Export.id),
    "uuid": ("text", Export.uuid),
    "name": ("text", Export.name),
    "resource": ("text", Export.resource),
    "format": ("text", Export.format),
    "status": ("text", Export.status),
    "language": ("text", Export.language),
    "action_name": ("text", Export.action_name),
    "requested_by": ("text", select(User.uuid).where(User.id == Export.requested_by_id).scalar_subquery()),
    "total_count": ("integer", func.coalesce(Export.total_count, 0)),
    "collected_count": ("integer", Export.collected_count),
    "fail_count": ("integer", Export.fail_count),
    "created_at": ("datetime", Export.created_at),
    "updated_at": ("datetime", Export.updated_at),
    "started_at": ("datetime", Export.started_at),
    "ended_at": ("datetime", Export.ended_at),
    "expired_at": ("datetime", Export.expired_at),
}
TYPES = {name: kind for name, (kind, _) in FIELDS.items()}
SORTS: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    "name": func.lower(Export.name),
    "status": status_order,
    "resource": Export.resource,
    "rows": Export.collected_count,
    "size": func.coalesce(Export.result_size, 0),
    "requester": select(func.lower(User.name)).where(User.id == Export.requested_by_id).scalar_subquery(),
    "created": Export.created_at,
    "created_at": Export.created_at,
    "updated_at": Export.updated_at,
    "format": Export.format,
    "action_name": func.coalesce(Export.action_name, ""),
    "total_count": func.coalesce(Export.total_count, 0),
    "id": Export.id,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """All given filters must match; within one, any value. `created_from` is included, `created_to` is not."""

    q: str = ""
    statuses: Sequence[str] = ()
    resources: Sequence[str] = ()
    formats: Sequence[str] = ()
    requesters: Sequence[int] = ()
    created_from: datetime | None = None
    created_to: datetime | None = None
    expired: bool | None = None
    where: criteria.Node | None = None


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Export]
    total: int
    capped: bool  # there are more than `total`
    page: int
    per: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per))

    @property
    def first(self) -> int:
        """Number of the first item of this page, from 1."""
        return (self.page - 1) * self.per + 1 if self.items else 0

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.items else 0


def visible_to(user: User) -> ColumnElement[bool]:
    """The exports that this person may see."""
    return Export.id.is_not(None) if user.is_superuser else Export.requested_by_id == user.id


def find_export(user: User, id: int | str) -> Export | None:
    """An export by its number or uuid, if there is one that this person may see."""
    text = str(id)
    if text.isascii() and text.isdigit():
        if len(text) > 18:
            return None
        match: ColumnElement[bool] = Export.id == int(text)
    else:
        try:
            match = Export.uuid == str(uuid.UUID(text))
        except ValueError:
            return None
    return db.session.scalar(select(Export).where(visible_to(user), match))


def find_exports(
    user: User,
    filters: Filters | None = None,
    sort: Sequence[str] = ("-created_at",),
    page: int = 1,
    per: int = 25,
    count_cap: int | None = CAP,
) -> Page:
    """One page of what this person may see; raises KeyError for a sort key that is not in SORTS."""
    matching = _matching(user, filters or Filters())
    total, capped = _count(matching, count_cap)
    rows = matching.order_by(*_order(sort)).limit(per).offset((page - 1) * per)
    return Page(list(db.session.scalars(rows).unique()), total, capped, page, per)


def _matching(user: User, filters: Filters) -> Select[Export]:
    return select(Export).where(visible_to(user), *_conditions(filters))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if filters.q.strip():
        given.append(_named(filters.q.strip()))
    for column, values in (
        (Export.status, filters.statuses),
        (Export.resource, filters.resources),
        (Export.format, filters.formats),
        (Export.requested_by_id, filters.requesters),
    ):
        if values:
            given.append(column.in_(values))
    if filters.created_from:
        given.append(Export.created_at >= filters.created_from)
    if filters.created_to:
        given.append(Export.created_at < filters.created_to)
    if filters.expired is not None:
        given.append(Export.expired_at.is_not(None) if filters.expired else Export.expired_at.is_(None))
    if filters.where is not None:
        columns: dict[str, Any] = {name: column for name, (_, column) in FIELDS.items()}
        given.append(criteria.to_sql(filters.where, columns))
    return given


def _named(text: str) -> ColumnElement[bool]:
    """Name contains, or ID begins with, what was typed."""
    return or_(
        func.lower(Export.name).contains(text.lower(), autoescape=True),
        Export.uuid.startswith(text.lower(), autoescape=True),
    )


def _order(sort: Sequence[str]) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    for key in sort:
        column = SORTS[key.removeprefix("-")]
        order.append(column.desc() if key.startswith("-") else column.asc())
    descending = bool(sort) and sort[0].startswith("-")
    return [*order, Export.id.desc() if descending else Export.id.asc()]


def _count(matching: Select[Any], cap: int | None) -> tuple[int, bool]:
    ids = matching.with_only_columns(Export.id).order_by(None)
    if cap is not None:
        ids = ids.limit(cap + 1)
    found = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    return (cap, True) if cap is not None and found > cap else (found, False)


def facets(user: User, filters: Filters) -> dict[str, dict[Any, Any]]:
    """How many exports each value of a filter would show, the other filters staying as they are."""
    found: dict[str, dict[Any, Any]] = {
        "status": _tally(user, replace(filters, statuses=(), expired=None), Export.status),
        "resource": _tally(user, replace(filters, resources=()), Export.resource),
        "format": _tally(user, replace(filters, formats=()), Export.format),
    }
    if user.is_superuser:
        tally = _tally(user, replace(filters, requesters=()), Export.requested_by_id)
        people = db.session.execute(select(User.id, User.name).where(User.id.in_(tally)).order_by(User.name))
        found["requester"] = {id: (name, tally[id]) for id, name in people}
    return found


def _tally(user: User, filters: Filters, column: InstrumentedAttribute[Any]) -> dict[Any, int]:
    # Of the newest CAP only, for the same reason as every count here.
    newest = select(column.label("value")).where(visible_to(user), *_conditions(filters))
    rows = newest.order_by(Export.id.desc()).limit(CAP).subquery()
    tally = db.session.execute(select(rows.c.value, func.count()).group_by(rows.c.value))
    return dict(tally.all())


def counts(user: User) -> dict[str, int]:
    """The figures above the list and beside the views."""
    return {
        "all": _count(_matching(user, Filters()), CAP)[0],
        "active": _count(_matching(user, Filters(statuses=ACTIVE)), CAP)[0],
        "waiting": _count(_matching(user, Filters(statuses=WAITING)), CAP)[0],
        "running": _count(_matching(user, Filters(statuses=ACTIVE[len(WAITING) :])), CAP)[0],
        "failed_7_days": _count(
            _matching(user, Filters(statuses=("failed", "timed_out"))).where(
                Export.created_at > now(-7 * DAY)
            ),
            CAP,
        )[0],
    }


def by_ids(user: User, ids: Iterable[int]) -> list[Export]:
    """Those of these exports that this person may see."""
    return list(db.session.scalars(select(Export).where(visible_to(user), Export.id.in_(list(ids)))).unique())


def new_since(user: User, id: int, filters: Filters) -> int:
    """How many matching exports are younger than the one with this number."""
    return _count(_matching(user, filters).where(Export.id > id), CAP)[0]


def queue_places(ids: Iterable[int]) -> dict[int, int]:
    """Place in the queue, from 1, of those of these exports that wait for a worker."""
    waiting = select(
        Export.id, func.row_number().over(order_by=(Export.created_at, Export.id)).label("place")
    ).where(Export.status.in_(("pending", "queued")))
    places = waiting.subquery()
    found = db.session.execute(select(places.c.id, places.c.place).where(places.c.id.in_(list(ids))))
    return dict(found.all())
