"""Exports by the month in which they were created or updated: long spans are counted, and deep pages found, from what
the database keeps of each month (models/tally.py), and only the ends of a span are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from dashboard.criteria import Comparison, Node
from dashboard.database import db
from dashboard.models import Export, MonthTally, User
from dashboard.search.census import Kind, counting, read
from dashboard.search.filters import Filters, conditions, month_conditions

MOMENTS: dict[str, Any] = {"created_at": Export.created_at, "updated_at": Export.updated_at}
_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Exports that filters know, from a moment on (included) and up to another (not included)."""

    filters: Filters
    field: str
    low: datetime | None = None
    high: datetime | None = None

    @property
    def column(self) -> Any:
        return MOMENTS[self.field]


def span_of(user: User, known: Filters, rest: Sequence[Node], field: str = "created_at") -> Span | None:
    """The filters `known` with the conditions `rest`, if the months tell of these: not of one person alone."""
    ranges = [
        node for node in rest if isinstance(node, Comparison) and node.operator in ("gt", "gte", "lt", "lte")
    ]
    fields = {node.field for node in ranges} or {field}
    of_people = known.requesters or known.fields & {"requester_id", "requested_by"}
    if (
        not user.is_superuser
        or of_people
        or len(ranges) < len(rest)
        or len(fields) > 1
        or not fields <= MOMENTS.keys()
    ):
        return None
    low = [
        node.value + (_LEAST if node.operator == "gt" else timedelta())
        for node in ranges
        if "g" in node.operator
    ]
    high = [
        node.value + (_LEAST if node.operator == "lte" else timedelta())
        for node in ranges
        if "l" in node.operator
    ]
    return Span(known, fields.pop(), max(low, default=None), min(high, default=None))


def number_in(user: User, span: Span) -> int:
    """How many these are, in one statement: its figures are of one moment."""
    first, after, ends = _months(span)
    if first is not None and after is not None and first >= after:
        return db.session.scalar(_counting(user, span, _between(span.column, span.low, span.high))) or 0
    whole = _sum(span, func.coalesce(func.sum(MonthTally.number), 0), first, after)
    if not ends:
        return db.session.scalar(whole) or 0
    return (
        db.session.scalar(
            select(whole.scalar_subquery() + _counting(user, span, or_(*ends)).scalar_subquery())
        )
        or 0
    )


def kinds_in(user: User, span: Span, names: Sequence[str]) -> list[Kind]:
    """The kinds of these, by anything but who asked for them."""
    first, after, ends = _months(span)
    met = conditions(user, span.filters)
    if first is not None and after is not None and first >= after:
        return read(names, counting([*met, _between(span.column, span.low, span.high)], names))
    columns = [getattr(MonthTally, name) for name in names]
    whole = _sum(span, columns[0], first, after).with_only_columns(*columns, func.sum(MonthTally.number))
    return read(names, whole.group_by(*columns)) + (
        read(names, counting([*met, or_(*ends)], names)) if ends else []
    )


def _months(span: Span) -> tuple[datetime | None, datetime | None, list[ColumnElement[bool]]]:
    """The first whole month, the one after the last whole month, and what of the span lies outside of these."""
    first = None if span.low is None else _month(span.low - _LEAST, 1)
    after = None if span.high is None else _month(span.high)
    ends = []
    if span.low is not None:
        ends.append(_between(span.column, span.low, first))
    if span.high is not None:
        ends.append(_between(span.column, after, span.high))
    return first, after, ends


def _counting(user: User, span: Span, where: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(Export).where(*conditions(user, span.filters), where)


def _sum(span: Span, what: Any, first: datetime | None, after: datetime | None) -> Select[Any]:
    """Something of the months from the first to the one before `after`."""
    kept = select(what).where(MonthTally.moment == span.field, *month_conditions(span.filters))
    if first is not None:
        kept = kept.where(MonthTally.month >= _name(first))
    return kept if after is None else kept.where(MonthTally.month < _name(after))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where to read on: all that the filters know from a month on, in the order of the list."""

    begin: ColumnElement[bool]
    number: int
    offset: int


def stretch_at(user: User, span: Span, falling: bool, offset: int) -> Stretch | None:
    """The month in which the export lies that comes after `offset` others of the span."""
    edge = span.high if falling else span.low
    if edge is not None:
        before = Span(span.filters, span.field, *((edge, None) if falling else (None, edge)))
        offset += number_in(user, before)
    months = _sum(span, MonthTally.month, None, None).add_columns(func.sum(MonthTally.number))
    rows = db.session.execute(months.group_by(MonthTally.month).order_by(MonthTally.month)).all()
    left = sum(number for _, number in rows)
    for month, number in reversed(rows) if falling else rows:
        if offset < number:
            start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
            begin = span.column < _month(start, 1) if falling else span.column >= start
            return Stretch(begin, left, offset)
        offset, left = offset - number, left - number
    return None


def first_month(user: User, known: Filters, field: str, falling: bool) -> ColumnElement[bool] | None:
    """From where on there are any at all: what has to be met beside `known` may leave none before."""
    span = span_of(user, known, (), field)
    if span is None:
        return None
    stretch = stretch_at(user, span, falling, 0)
    return stretch.begin if stretch else None


def _between(column: Any, low: datetime | None, high: datetime | None) -> ColumnElement[bool]:
    return and_(column >= low, column < high)


def _month(moment: datetime, later: int = 0) -> datetime:
    """The first moment of the month in which a moment lies, or of a later one."""
    moment = moment.astimezone(UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 + later, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def next_month(month: datetime) -> datetime:
    return _month(month, 1)


def _name(month: datetime) -> str:
    return f"{month.year:04}-{month.month:02}"
