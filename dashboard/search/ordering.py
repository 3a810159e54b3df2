"""The ids of one page of a list, in order, however deep the page is: `find_exports` asks.

They come from the index of the first sort key (models/indexes.py), read from the nearer end. Keys with few values
have no index: their exports are taken group by group, whose sizes are known. Exports that have no value of a key come
last, and first in descending order. Ties go by number, in the direction of the first key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select

from dashboard import criteria
from dashboard.database import db
from dashboard.models import Export, Tally
from dashboard.search.census import Kind, hinted
from dashboard.search.fields import BESIDE
from dashboard.search.filters import Filters
from dashboard.search.groups import GROUPS, Group
from dashboard.search.sorts import INDEXED, NEVER_MISSING, SORTS
from dashboard.search.stretches import Part, parts_at

# SQLite is told which index to read. How long (in µs) it takes over an entry, over one whose row it has to look at
# too, and over an export that is gathered first and sorted then:
_ENTRY, _LOOK, _GATHERED = 0.07, 0.7, 2.0
# Fields that the entries of some tell of, beyond BESIDE (models/indexes.py).
_ALSO = {
    "created": {"created_at", "updated_at", "action_name", "has_file", "expired_at"},
    "updated": {"created_at", "updated_at", "action_name"},
    "started": {"created_at", "updated_at", "started_at"},
    "scheduled": {"created_at", "scheduled_at", "scheduled_time"},
    "number": {"has_file", "expired_at"},
}
_MOMENTS = {
    "created_at",
    "updated_at",
    "started_at",
    "ended_at",
    "completed_at",
    "interrupted_at",
    "scheduled_time",
}
_SOME = 50_000
_UNIQUE = {"public_id": "uq_exports_public_id"}
# What has an index of those alone that have not expired, and all keys that this is sorted by.
_KEPT = {
    ("created_at",): "kept_created",
    ("updated_at", "created_at"): "kept_updated",
    ("total_count", "created_at"): "kept_total",
    ("part_count", "created_at"): "kept_page",
}
_KEPT_TELLS = BESIDE | {"has_file", "expired_at", "expires_at", "dialect", "ended_at", "created_at", "name"}
_KEPT_ALSO = {"kept_updated": {"updated_at"}, "kept_total": {"total_count"}}
_OF_ONE = {
    ("created", "requester"): "ix_exports_owner",
    ("number", "status"): "ix_exports_status",
    ("number", "action"): "ix_exports_action",
    ("ended", "status"): "ix_exports_ended",
}
# Before the other keys these change nothing, but SQLite, or PostgreSQL, finds that order in no index.
_NO_INDEX: ColumnElement[Any] = literal_column("(SELECT 0)")
_NO_ORDER: ColumnElement[Any] = literal_column("exports.id * 0")
# From here on the second of several keys is looked at in the rows of the page alone.
_DEEP = 500
# And from here on the stretch of the key is looked for.
_FAR = 5_000


@dataclass(frozen=True, slots=True)
class Order:
    """Sort keys as doors give them, and the direction of ties."""

    keys: tuple[str, ...]
    falling: bool

    @property
    def first(self) -> str:
        return self.keys[0].removeprefix("-") if self.keys else "id"

    @property
    def kept(self) -> str:
        """The index that has all of it, of those that have not expired."""
        names = tuple(key.removeprefix("-") for key in self.keys)
        ways = {key.startswith("-") for key in self.keys}
        return _KEPT.get(names, "") if len(ways) == 1 else ""

    @property
    def reversed(self) -> Order:
        flipped = tuple(key[1:] if key.startswith("-") else f"-{key}" for key in self.keys)
        return Order(flipped, not self.falling)

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        return [*map(_ordered, self.keys), Export.id.desc() if self.falling else Export.id.asc()]


def order_of(sort: Sequence[str]) -> Order:
    """Raises KeyError for a key that is not in SORTS."""
    for key in sort:
        SORTS[key.removeprefix("-")]
    return Order(tuple(sort), bool(sort) and sort[0].startswith("-"))


def _ordered(key: str) -> ColumnElement[Any]:
    name, falling = key.removeprefix("-"), key.startswith("-")
    column = SORTS[name]
    order = column.desc() if falling else column.asc()
    if name in NEVER_MISSING:
        return order
    return order.nulls_first() if falling else order.nulls_last()


@dataclass(frozen=True, slots=True)
class Found:
    """What the list is of: its conditions, and what is known of them."""

    conditions: tuple[ColumnElement[bool], ...]
    number: int | None  # None: more than anybody counted
    kinds: Callable[[Sequence[str]], list[Kind]]
    of_one: str = ""  # all of one "requester", or of one "status"
    asks: frozenset[str] = frozenset()  # the fields that its conditions look at
    bounded: frozenset[str] = frozenset()  # and those of which they want some values
    of_few: str = ""  # the index to gather by, when they are few
    of_kept: bool = False  # none of them has expired
    known: Filters | None = None  # which they are, where counts are kept of these, whoever asked for them

    def narrowed(self, to: ColumnElement[bool], number: int | None, of_one: str = "") -> Found:
        return replace(self, conditions=(*self.conditions, to), number=number, of_one=of_one, known=None)

    def of_group(self, group: Group) -> Found:
        found = self.narrowed(group.condition, group.number, group.of_one)
        of_people = "requester_id" in criteria.fields(group.node)
        known = None if self.known is None or of_people else self.known.narrowed(group.node)
        return replace(found, known=known)


def page_of(found: Found, order: Order, offset: int, limit: int) -> list[int]:
    """The ids of `limit` exports after the first `offset` ones."""
    if not limit or (found.number is not None and offset >= found.number):
        return []
    if order.first in GROUPS:
        pages = _from_groups if found.number is not None else _from_unknown_groups
        return pages(found, order, offset, limit)
    if found.known is not None and offset >= _FAR:
        parts = parts_at(found.known, order.first, order.falling, offset, limit, len(order.keys) < 2)
        if parts:
            return [id for part in parts for id in _of_part(found, order, part)]
    return _nearer(found, order, offset, limit)


def _of_part(found: Found, order: Order, part: Part) -> list[int]:
    some = found.narrowed(part.condition, part.number, found.of_one)
    return _nearer(some, order, part.offset, part.limit)


def _nearer(found: Found, order: Order, offset: int, limit: int) -> list[int]:
    """Read from the nearer end."""
    if found.number is None or offset <= found.number // 2:
        return _read(found, order, offset, limit)
    limit = min(limit, found.number - offset)
    return _read(found, order.reversed, found.number - offset - limit, limit)[::-1]


def whole_of(found: Found, order: Order, offset: int, limit: int) -> tuple[list[int], int] | None:
    """The page of few, and how many there are, in one reading; nothing where they cannot be sorted by it alone."""
    names = {key.removeprefix("-") for key in order.keys}
    if "requester" in names or (found.of_kept and not names <= _KEPT_TELLS):
        return None
    columns: list[Any] = [Export.id, func.count().over()]
    ids = select(*columns).where(*found.conditions).order_by(*order.columns)
    rows = db.session.execute(hinted(ids.limit(limit).offset(offset), found.of_few)).all()
    return ([id for id, _ in rows], rows[0][1]) if rows else None


def _from_groups(found: Found, order: Order, offset: int, limit: int) -> list[int]:
    ids: list[int] = []
    for part, inner in _groups(found, order):
        number = part.number or 0
        if offset < number and len(ids) < limit:
            ids += page_of(part, inner, offset, limit - len(ids))
        offset = max(0, offset - number)
    return ids


def _from_unknown_groups(found: Found, order: Order, offset: int, limit: int) -> list[int]:
    """Where nobody counted how many are in each, from the first on."""
    ids: list[int] = []
    for part, inner in _groups(found, order):
        if len(ids) < offset + limit:
            ids += page_of(replace(part, number=None), inner, 0, offset + limit - len(ids))
    return ids[offset:]


def _groups(found: Found, order: Order) -> Iterator[tuple[Found, Order]]:
    """The groups of the first key in their order, and the order within each."""
    falling = order.keys[0].startswith("-")
    names, grouped = GROUPS[order.first]
    groups = grouped(found.kinds(names))
    for group in reversed(groups) if falling else groups:
        keys = tuple(f"{'-' if falling else ''}{key}" for key in group.keys) + order.keys[1:]
        yield found.of_group(group), Order(keys, order.falling)


def _read(found: Found, order: Order, offset: int, limit: int) -> list[int]:
    is_whole = found.of_kept and order.kept
    if len(order.keys) > 1 and offset > _DEEP and order.first in INDEXED and not is_whole:
        ids = _by_first_key(found, order, offset, limit)
        if ids is not None:
            return ids
    return list(db.session.scalars(_selected(found, order, offset, limit)))


def _by_first_key(found: Found, order: Order, offset: int, limit: int) -> list[int] | None:
    """Where the page begins and ends by the first key alone, and then only that stretch by all keys."""
    _, column = INDEXED[order.first]
    falls = order.keys[0].startswith("-")
    alone = Order(order.keys[:1], falls)
    stretch = db.session.execute(
        _selected(found, alone, offset, limit).add_columns(column.label("key"))
    ).all()
    if not stretch or stretch[0].key is None or stretch[-1].key is None:
        return None
    (first_id, first), (_, last) = stretch[0], stretch[-1]
    earlier = Export.id > first_id if falls else Export.id < first_id
    skipped = select(func.count()).select_from(Export).where(*found.conditions, column == first, earlier)
    between = and_(column <= first, column >= last) if falls else and_(column >= first, column <= last)
    ids = select(Export.id).where(*found.conditions, between).order_by(*order.columns)
    return list(db.session.scalars(ids.limit(limit).offset(db.session.scalar(skipped) or 0)))


def _selected(found: Found, order: Order, offset: int, limit: int) -> Select[Any]:
    ids = select(Export.id).where(*found.conditions).limit(limit).offset(offset)
    if db.engine.dialect.name != "sqlite":
        return ids.order_by(*((_NO_ORDER,) if are_apart(found, order) else ()), *order.columns)
    index = _index(found, order, offset + limit)
    ids = ids.order_by(*order.columns) if index else ids.order_by(_NO_INDEX, *order.columns)
    return hinted(ids, index or found.of_few)


def _index(found: Found, order: Order, depth: int) -> str:
    """The index to read in its order, if that is the shorter way than to gather all that match and sort them."""
    name = INDEXED[order.first][0] if order.first in INDEXED else ""
    if (name, found.of_one) in _OF_ONE:
        return _OF_ONE[name, found.of_one]
    if not name or name == "ended":
        return ""
    if name == "created" and found.of_few == "ix_exports_metadata":
        return found.of_few  # it is in that order
    if found.of_kept and order.kept:
        name, tells = order.kept, _KEPT_TELLS | _KEPT_ALSO.get(order.kept, set())
    else:
        tells = BESIDE | _ALSO.get(name, {order.first})
    of_all = _number_in(name)
    number = of_all // 10 if found.number is None else found.number
    entries = min(of_all, depth * of_all / max(1, number))
    told = found.asks <= tells
    shorter = entries * (_ENTRY if told else _LOOK) <= number * _GATHERED and not are_apart(found, order)
    return _UNIQUE.get(name, f"ix_exports_{name}") if shorter else ""


def are_apart(found: Found, order: Order) -> bool:
    """Whether they are some of one time, which may be the last ones in the order of another."""
    if found.of_kept and order.kept:
        return False  # few enough to read them all
    own = {"created": "created_at"}.get(order.first, order.first)
    return bool(found.bounded & _MOMENTS - {own}) and found.number is not None and found.number <= _SOME


def _number_in(index: str) -> int:
    """How many entries an index has."""
    entries = select(func.sum(Tally.number))
    if index in _KEPT.values():
        entries = entries.where(Tally.expired.is_(False))
    return db.session.scalar(entries) or 0
