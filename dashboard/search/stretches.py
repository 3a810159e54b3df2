"""Where a page deep in a list lies, by what the database keeps of each stretch of a sort key (models/stretches.py), so
that no index is read from its end. `ordering` asks, for lists of everybody's exports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, not_, select

from dashboard.criteria import Comparison, Node
from dashboard.database import db
from dashboard.models import Export, MonthTally, Stretch
from dashboard.models.indexes import total_count
from dashboard.models.stretches import MISSING
from dashboard.models.tally import STRETCH
from dashboard.search.filters import Filters, month_conditions
from dashboard.search.months import next_month

Bounds = tuple[Any, Any]  # the first value, and the first one after


class Part(NamedTuple):
    """Some of the list, with all of a page or with one end of it: read `limit` of them after `offset`."""

    condition: ColumnElement[bool]
    number: int
    offset: int
    limit: int


def _number(stretch: str) -> Bounds:
    return int(stretch) * STRETCH, (int(stretch) + 1) * STRETCH


def _letter(stretch: str) -> Bounds:
    return stretch, chr(ord(stretch) + 1)


def _digits(stretch: str) -> Bounds:
    length, digits = stretch.split("-")
    power: int = 10 ** (int(length) - len(digits))
    return int(digits) * power, (int(digits) + 1) * power


def _month(stretch: str) -> Bounds:
    month = datetime.strptime(stretch, "%Y-%m").replace(tzinfo=UTC)
    return month, next_month(month)


# Sort key -> what of it is kept, its column, and the bounds of a stretch.
_KEYS: dict[str, tuple[str, Any, Callable[[str], Bounds]]] = {
    "letters": ("letters", Export.letters, _letter),
    "total_count": ("total", total_count, _digits),
    "rows": ("collected", Export.collected_count, _digits),
    "collected_count": ("collected", Export.collected_count, _digits),
    "started_at": ("started", Export.started_at, _month),
    "ended_at": ("completed", Export.ended_at, _month),
    "reference": ("reference", Export.reference, _month),
    "reference_origin": ("origin", Export.reference_origin, _month),
}
# Of what the counts are: of all exports, and of those that are completed.
_ALL = (Filters(is_looked_up=True), Filters())
_OF = {"completed": tuple(one.narrowed(Comparison("status", "eq", "completed")) for one in _ALL)}


def parts_at(
    known: Filters, first: str, falling: bool, offset: int, limit: int, alone: bool = True
) -> list[Part]:
    """What to read for a page of what these filters leave, sorted by `first` (and, unless it is alone, by more);
    nothing where nobody kept counts.
    """
    kept, column, bounds = _KEYS.get(first, ("", Export.id, _number))
    if first == "id":
        month: Any = MonthTally.month
        numbers = select(month, func.sum(MonthTally.number)).where(
            MonthTally.moment == "id", *month_conditions(known)
        )
        return _parts(numbers.group_by(month), column, bounds, falling, offset, limit)
    if known not in _OF.get(kept, _ALL) or not kept:
        return []
    stretch: Any = Stretch.stretch
    if not alone:  # other keys sort what is missing by anything but its number
        stretch = case((stretch.startswith(MISSING), literal_column(f"'{MISSING}'")), else_=stretch)
    numbers = select(stretch, func.sum(Stretch.number)).where(Stretch.key == kept)
    return _parts(numbers.group_by(stretch), column, bounds, falling, offset, limit)


def number_of(known: Filters, rest: Sequence[Node]) -> Select[Any] | None:
    """How many have, or do not have, what is kept by its stretches; nothing for other conditions."""
    if len(rest) != 1 or known not in _ALL:
        return None
    match rest[0]:
        case Comparison(field="reference" | "reference_origin" | "started_at" as field, operator="is_null"):
            missing = Stretch.stretch.startswith(MISSING)
            met = missing if rest[0].value else not_(missing)
            number = select(func.coalesce(func.sum(Stretch.number), 0))
            return number.where(Stretch.key == _KEYS[field][0], met)
    return None


def _parts(
    numbers: Select[Any],
    column: Any,
    bounds: Callable[[str], Bounds],
    falling: bool,
    offset: int,
    limit: int,
) -> list[Part]:
    # What is missing comes last, and first in descending order.
    rows = sorted(db.session.execute(numbers).all(), key=lambda row: (_is_missing(row[0]), row[0]))
    parts: list[Part] = []
    for _, run in groupby(
        _met(rows[::-1] if falling else rows, offset, limit), lambda one: _is_missing(one[0])
    ):
        met = list(run)
        number = sum(one.number for one in met)
        ends = sorted((met[0].stretch, met[-1].stretch))
        size = min(number - met[0].before, limit - sum(part.limit for part in parts))
        parts.append(Part(_between(column, bounds, *ends), number, met[0].before, size))
    return parts


class _Met(NamedTuple):
    stretch: str
    number: int
    before: int  # how many of it come before the page


def _met(rows: Sequence[Any], offset: int, limit: int) -> list[_Met]:
    """The stretches in which the page lies, in order."""
    found = []
    for stretch, number in rows:
        if offset < number and offset + limit > 0:
            found.append(_Met(stretch, number, max(0, offset)))
        offset -= number
    return found


def _is_missing(stretch: str) -> bool:
    return stretch.startswith(MISSING)


def _between(column: Any, bounds: Callable[[str], Bounds], first: str, last: str) -> ColumnElement[bool]:
    if first == MISSING:
        missing: ColumnElement[bool] = column.is_(None)
        return missing
    if _is_missing(first):
        low, high = (_number(one.removeprefix(MISSING)) for one in (first, last))
        return and_(column.is_(None), Export.id >= low[0], Export.id < high[1])
    if not last:
        there: ColumnElement[bool] = column.is_not(None)
        return there
    return and_(column >= bounds(first)[0], column < bounds(last)[1])
