"""How many exports there are of each kind (owner, status, resource, format, action, expired): every count begins here.

The database keeps these numbers itself (models/tally.py). Where a filter asks for more than they know, the same
rows are counted from the exports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, UnaryExpression, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from dashboard.database import db
from dashboard.models import Export, MonthTally, Stretch, Tally, User
from dashboard.search.fields import BESIDE, PLUS
from dashboard.search.filters import FOUND, Filters, among_found, conditions, tally_conditions

# So many rows more than there must be are no reason to fold.
SPARE = 1_000
# Bytes that a row may take, ten times what it needs, before a table is made anew.
ROOM = 1_000
ALL = ("requested_by_id", "status", "resource", "format", "action_name", "expired")
# What the filters of the pages show.
SHOWN = ("requested_by_id", "status", "resource", "format", "expired")


class Kind(NamedTuple):
    """What was not asked for is nothing."""

    requested_by_id: int = 0
    status: str = ""
    resource: str = ""
    format: str = ""
    action_name: str | None = None
    expired: bool = False
    number: int = 0

    @property
    def has_file(self) -> bool:
        return self.status == "completed" and not self.expired


def kinds(
    user: User, filters: Filters, names: Sequence[str] = SHOWN, newest: int | None = None
) -> list[Kind]:
    """Each kind that there is among these; of the `newest` so many only, when they have to be counted."""
    if filters.is_tallied:
        columns = [getattr(Tally, name) for name in names]
        kept = select(*columns, func.sum(Tally.number)).where(*tally_conditions(user, filters))
        return read(names, kept.group_by(*columns))
    if (few := among_found(user, filters)) is not None:
        return _in_python(few, names)
    if newest is None:
        return read(names, counted(user, filters, names))
    columns = [_column(name) for name in names]
    found = select(*columns).where(*conditions(user, filters))
    rows = found.order_by(Export.created_at.desc(), Export.id.desc()).limit(newest).subquery()
    return read(names, select(*rows.c, func.count()).group_by(*rows.c))


def _in_python(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> list[Kind]:
    """No action of theirs is known."""
    fields = [column.key for column in FOUND]
    numbers = Counter(map(itemgetter(*(fields.index(name) for name in names)), rows))
    values = [(one if len(names) > 1 else (one,), number) for one, number in numbers.items()]
    return [Kind(**dict(zip(names, one, strict=True)), number=number) for one, number in values]


def counted(user: User, filters: Filters, names: Sequence[str]) -> Select[Any]:
    """The numbers of each kind (of all, without names) among the exports themselves."""
    numbers = counting(conditions(user, filters, reading_all=True), names)
    index = "ix_exports_name" if filters.common and filters.fields <= BESIDE | {"name"} else ""
    return hinted(numbers, "ix_exports_kept_created" if filters.of_kept else index)


def hinted(exports: Select[Any], index: str) -> Select[Any]:
    """The same, read by this index where the database has to be told."""
    return exports.with_hint(Export.__table__, f"INDEXED BY {index}", "sqlite") if index else exports


def counting(met: Sequence[ColumnElement[bool]], names: Sequence[str]) -> Select[Any]:
    columns = [_column(name) for name in names]
    return select(*columns, func.count()).select_from(Export).where(*met).group_by(*map(grouped, columns))


def grouped(column: Any) -> Any:
    """SQLite reads all of an index that is in the order of the groups, unless it is not to know that one is."""
    return UnaryExpression(column, operator=PLUS) if db.engine.dialect.name == "sqlite" else column


def _column(name: str) -> Any:
    return Export.expired_at.is_not(None).label(name) if name == "expired" else getattr(Export, name)


def read(names: Sequence[str], numbers: Select[Any]) -> list[Kind]:
    fields = (*names, "number")
    return [Kind(**dict(zip(fields, row, strict=True))) for row in db.session.execute(numbers) if row[-1]]


def kept(user: User, filters: Filters) -> Select[Any]:
    """How many these are, for filters that are tallied."""
    return select(func.coalesce(func.sum(Tally.number), 0)).where(*tally_conditions(user, filters))


def kept_total(user: User, filters: Filters) -> int:
    return db.session.scalar(kept(user, filters)) or 0


def fold_tallies() -> None:
    """Make one row of all that the triggers have written of each kind, once there are many more rows than kinds."""
    for table in (Tally.__table__, MonthTally.__table__, Stretch.__table__):
        columns = [column for column in table.columns if column.name not in ("id", "number")]
        rows = db.session.scalar(select(func.count()).select_from(table)) or 0
        known = (
            db.session.scalar(select(func.count()).select_from(select(*columns).distinct().subquery())) or 0
        )
        if rows > 2 * known + SPARE:
            _fold(table, columns)
        db.session.commit()
        _give_room_back(table, known)


def _give_room_back(table: Any, rows: int) -> None:
    """PostgreSQL reads the room of rows that are gone with every sum. Who writes is not kept waiting for it."""
    if db.engine.dialect.name != "postgresql":
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        size = connection.scalar(select(func.pg_relation_size(table.name))) or 0
        if size <= ROOM * (rows + SPARE):
            return
        connection.execute(text("SET lock_timeout = '500ms'"))
        with suppress(DBAPIError):  # somebody reads for long: the next time
            connection.execute(text(f"VACUUM FULL {table.name}"))
        connection.execute(text("RESET lock_timeout"))


def _fold(table: Any, columns: list[Any]) -> None:
    # What is added up is what was removed: rows that come meanwhile stay.
    sums: dict[tuple[object, ...], int] = {}
    for *kind, number in db.session.execute(delete(table).returning(*columns, table.c.number)):
        sums[tuple(kind)] = sums.get(tuple(kind), 0) + number
    names = [*(column.name for column in columns), "number"]
    folded = [dict(zip(names, (*kind, number), strict=True)) for kind, number in sums.items() if number]
    if folded:
        db.session.execute(insert(table), folded)
