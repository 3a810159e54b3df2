"""Which exports: filter, sort, page, and who sees what. Every door reads exports through this package.

What is not yours cannot be found: each query starts at `visible_to`. `filters` says what is asked for, `totals` how
many there are, `ordering` which of them are on a page, `census` counts what the list's filters show.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, undefer

from dashboard.database import db, now
from dashboard.models import ACTIVE, WAITING, Export, User
from dashboard.search import totals
from dashboard.search.census import Kind, fold_tallies, kinds
from dashboard.search.fields import FIELDS, TYPES
from dashboard.search.filters import CAP, Filters, among_found, conditions, visible_to
from dashboard.search.looking import look_up
from dashboard.search.months import MOMENTS, first_month, span_of, stretch_at
from dashboard.search.ordering import Found, Order, are_apart, order_of, page_of, whole_of
from dashboard.search.sorts import SORTS

DAY = 86_400
# Exports of such a time are read for each person rather than by the month for the other filters.
SHORT = timedelta(days=62)
# From here on a page is looked for in its month.
DEEP = 2_000
# In its own words, as the index that is made for it has them.
IN_QUEUE: ColumnElement[Any] = literal_column("exports.status IN ('pending', 'queued')")

__all__ = [
    "CAP", "FIELDS", "SORTS", "TYPES", "Filters", "Kind", "Page", "counted_by", "counts", "facets", "find_by",
    "find_export", "find_exports", "fold_tallies", "kinds", "look_up", "new_since", "newest", "people",
    "queue_places", "visible_to",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Export]
    total: int
    capped: bool  # there are more than `total`
    page: int
    per: int
    offset: int = 0  # how many come before the first item

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // max(1, self.per)))

    @property
    def first(self) -> int:
        """Number of the first item of this page, from 1."""
        return self.offset + 1 if self.items else 0

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.items else 0


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


def find_by(user: User, column_name: str, value: str) -> Export | None:
    """An export by another of its names: `public_id`, `letters` or `uuid`."""
    column: InstrumentedAttribute[str] = getattr(Export, column_name)
    return db.session.scalar(select(Export).where(visible_to(user), column == value))


def find_exports(
    user: User,
    filters: Filters | None = None,
    sort: Sequence[str] = ("-created_at",),
    page: int = 1,
    per: int = 25,
    count_cap: int | None = CAP,
    offset: int | None = None,
    conditions: bool = False,
    number: int | None = None,
) -> Page:
    """One page of what this person may see; raises KeyError for a sort key that is not in SORTS.

    `count_cap`: count no further, or exactly with None. `offset` counts exports, for doors that do not count pages.
    `conditions`: read `Export.where` with them, for doors that show it; else it is read when asked for. `number`: how
    many there are, at least up to the cap, for who knows already.
    """
    order, before = order_of(sort), (page - 1) * per if offset is None else offset
    chosen = look_up(filters or Filters())
    if (few := among_found(user, chosen)) is not None:
        chosen = replace(chosen, ids=tuple(row[0] for row in few))
    is_read_once = chosen.of_kept or (chosen.ids is not None and not totals.is_of_ids_alone(user, chosen))
    if is_read_once and count_cap is None:
        read = whole_of(_found(user, chosen, None), order, before, per)
        if read is not None:
            return Page(_rows(read[0], conditions), read[1], False, before // max(1, per) + 1, per, before)
    if number is None:
        number = (
            totals.total(user, chosen) if count_cap is None else totals.total_up_to(user, chosen, count_cap)
        )
    capped = count_cap is not None and number > count_cap
    ids = _ids(user, chosen, order, before, per, number if chosen.is_tallied or not capped else None)
    shown = count_cap if capped and count_cap is not None else number
    return Page(_rows(ids, conditions), shown, capped, before // max(1, per) + 1, per, before)


def _ids(
    user: User, filters: Filters, order: Order, offset: int, limit: int, number: int | None
) -> list[int]:
    if number is not None and offset >= number:
        return []
    found, moment = _found(user, filters, number), {"created": "created_at"}.get(order.first, order.first)
    known, rest = totals.split(filters)
    # Where a filter leaves few, the first of them may be far away too.
    is_near = offset <= DEEP and filters == Filters(is_looked_up=True)
    is_gathered = are_apart(found, order) or (found.of_kept and order.kept and rest)
    if moment not in MOMENTS or known is None or is_near or is_gathered:
        return page_of(found, order, offset, limit)
    span = span_of(user, known, rest, moment) if number is not None else None
    if span is None or span.field != moment or number is None:
        begin = first_month(user, known, moment, order.falling)
        return page_of(found if begin is None else found.narrowed(begin, number), order, offset, limit)
    stretch = stretch_at(user, span, order.falling, offset)
    if stretch is None:
        return []
    from_there = _found(user, span.filters, stretch.number).narrowed(stretch.begin, stretch.number)
    return page_of(from_there, order, stretch.offset, min(limit, number - offset))


def _found(user: User, filters: Filters, number: int | None) -> Found:
    alone = not user.is_superuser or filters.requester is not None
    return Found(
        tuple(conditions(user, filters)),
        number,
        # Without the text those that there may be, where it would have to be looked for in all names.
        lambda names: totals.kinds_of(user, filters if number is not None else filters.without_text, names),
        "requester" if alone else "",
        filters.fields,
        filters.bounded,
        "" if alone else filters.index_of_few,
        filters.expired is False,
        None if alone or not filters.is_tallied or _is_of_people(filters) else filters,
    )


def _is_of_people(filters: Filters) -> bool:
    return bool(filters.requesters or filters.fields & {"requester_id", "requested_by"})


def _rows(ids: list[int], with_conditions: bool) -> list[Export]:
    """These exports, in this order."""
    if not ids:
        return []
    rows = select(Export).where(Export.id.in_(ids))
    if with_conditions:
        rows = rows.options(undefer(Export.where))
    found = {export.id: export for export in db.session.scalars(rows).unique()}
    return [found[id] for id in ids if id in found]


# What the pages show beside the list


def facets(user: User, filters: Filters, any_status: Filters | None = None) -> dict[str, dict[Any, Any]]:
    """How many exports each value of a filter would show, the other filters staying as they are.

    The status by pairs with whether the files are gone; `any_status` are the filters without it, where they say it
    in their own way.
    """
    chosen = look_up(filters)
    asked = {
        # Looked up again, where names were read of those alone that have not expired.
        "status": look_up(any_status or replace(chosen, statuses=(), expired=None)),
        "resource": replace(chosen, resources=()),
        "format": replace(chosen, formats=()),
    }
    if user.is_superuser:
        asked["requester"] = replace(chosen, requesters=())
    read = _kinds_together(user, asked)
    found: dict[str, dict[Any, Any]] = {
        name: _tally(kinds, FACETS[name].value) for name, kinds in read.items()
    }
    if user.is_superuser:
        numbers = found["requester"]
        found["requester"] = {id: (name, numbers[id]) for id, name in _named(numbers)}
    return found


class Facet(NamedTuple):
    """What of a kind a filter of the page looks at."""

    names: tuple[str, ...]
    value: Callable[[Kind], Any]


FACETS = {
    "status": Facet(("status", "expired"), lambda kind: (kind.status, kind.expired)),
    "resource": Facet(("resource",), lambda kind: kind.resource),
    "format": Facet(("format",), lambda kind: kind.format),
    "requester": Facet(("requested_by_id",), lambda kind: kind.requested_by_id),
}


def _kinds_together(user: User, asked: dict[str, Filters]) -> dict[str, list[Kind]]:
    """The kinds for each facet; where they have to be read, those of the same filters are read once."""
    found: dict[str, list[Kind]] = {}
    for name, filters in asked.items():
        if name in found:
            continue
        # The months, which may know them without reading, do not tell of people.
        same = [
            other
            for other, its in asked.items()
            if its == filters and (name == other or _is_read_together(filters, {name, other}))
        ]
        names = tuple(dict.fromkeys(column for other in same for column in FACETS[other].names))
        found |= dict.fromkeys(same, _kinds(user, filters, names))
    return found


def _is_read_together(filters: Filters, facets: set[str]) -> bool:
    if filters.is_tallied:
        return False
    if filters.created_from and filters.created_to and filters.created_to - filters.created_from <= SHORT:
        return True
    return bool(filters.q or filters.name_contains or filters.ids is not None or "requester" not in facets)


def counted_by(facets: dict[str, dict[Any, Any]], filters: Filters) -> int | None:
    """How many exports these are, at least up to the CAP, where a filter that is not in use has counted all of them."""
    chosen = {"format": filters.formats, "resource": filters.resources}
    numbers: list[int] = [sum(facets[name].values()) for name, values in chosen.items() if not values]
    return numbers[0] if numbers else None


def _kinds(user: User, filters: Filters, names: Sequence[str]) -> list[Kind]:
    """Of the newest only, where all names would have to be looked at: pages count no further than to the CAP."""
    is_read = (filters.q.strip() or filters.name_contains) and not filters.of_kept
    return kinds(user, filters, names, newest=CAP + 1) if is_read else totals.kinds_of(user, filters, names)


def _tally(rows: Iterable[Kind], value: Callable[[Kind], Any]) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for kind in rows:
        sums[value(kind)] = sums.get(value(kind), 0) + kind.number
    return sums


def people(user: User) -> dict[int, str]:
    """Who asked for the exports that this person may see, by name."""
    return dict(_named(kind.requested_by_id for kind in kinds(user, Filters(), ("requested_by_id",))))


def _named(ids: Iterable[int]) -> list[tuple[int, str]]:
    named = select(User.id, User.name).where(User.id.in_(list(ids))).order_by(User.name)
    return [(id, name) for id, name in db.session.execute(named)]


def counts(user: User) -> dict[str, int]:
    """The figures above the list and beside the views, each no higher than CAP."""
    by_status = _tally(kinds(user, Filters(), ("status",)), lambda kind: kind.status)

    def sum_of(statuses: Iterable[str]) -> int:
        return min(CAP, sum(by_status.get(status, 0) for status in statuses))

    # A moment of its own query is one value, by which an index can be read; a clock is another for each export.
    week_ago = select(now(-7 * DAY)).scalar_subquery()
    recent = [*conditions(user, Filters(statuses=("failed", "timed_out"))), Export.created_at > week_ago]
    failed = select(Export.id).where(*recent).limit(CAP)
    return {
        "all": sum_of(by_status),
        "active": sum_of(ACTIVE),
        "waiting": sum_of(WAITING),
        "running": sum_of(ACTIVE[len(WAITING) :]),
        "failed_7_days": db.session.scalar(select(func.count()).select_from(failed.subquery())) or 0,
    }


def newest(user: User) -> int:
    """The number of the youngest export that this person may see, or 0."""
    return db.session.scalar(select(func.max(Export.id)).where(visible_to(user))) or 0


def new_since(user: User, id: int, filters: Filters) -> int:
    """How many matching exports are younger than the one with this number."""
    younger = select(Export.id).where(*conditions(user, filters), Export.id > id).limit(CAP)
    return db.session.scalar(select(func.count()).select_from(younger.subquery())) or 0


def queue_places(ids: Iterable[int]) -> dict[int, int]:
    """Place in the queue, from 1, of those of these exports that wait for a worker."""
    place = func.row_number().over(order_by=(Export.created_at, Export.id)).label("place")
    places = select(Export.id, place).where(IN_QUEUE).subquery()
    found = db.session.execute(select(places.c.id, places.c.place).where(places.c.id.in_(list(ids))))
    return dict(found.all())
