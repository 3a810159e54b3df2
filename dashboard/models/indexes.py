"""The indexes of exports that lists need: each sort key, with what most filters ask for beside it.

So a page of a list, however deep, is read from one index, and only the rows that are shown from the table. Exports
that were deleted are in none. Migrations 0005, 0007 and 0008 make the same ones.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Index, and_, func, literal_column
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.models.export import Export

Expression = ColumnElement[Any] | InstrumentedAttribute[Any]

# Constants stand in their text: a database knows an index by the very same words.
lower_name = func.lower(Export.name)
total_count = func.coalesce(Export.total_count, literal_column("0"))
size = func.coalesce(Export.result_size, literal_column("0"))
scheduled_time = func.coalesce(Export.scheduled_at, Export.created_at)

THERE = Export.deleted_at.is_(None)
KEPT = and_(THERE, Export.expired_at.is_(None))
# What filters ask for. `deleted_at` is nothing in all of them, but SQLite reads the table where it is not named.
BESIDE = (Export.requested_by_id, Export.status, Export.resource, Export.format, Export.deleted_at)
# Sort key -> its index: the key itself, what else filters often ask for with it, and the columns that PostgreSQL
# wants to see for an expression.
SORTED: dict[str, tuple[Expression, ...]] = {
    "created": (Export.created_at, Export.expired_at, Export.action_name, Export.updated_at),
    "updated": (Export.updated_at, Export.action_name, Export.created_at),
    "started": (Export.started_at, Export.updated_at, Export.created_at),
    "scheduled": (scheduled_time, Export.scheduled_at, Export.created_at),
    "name": (lower_name, Export.name),
    "collected": (Export.collected_count,),
    "total": (total_count, Export.total_count),
    "size": (size, Export.result_size),
    "page": (Export.page,),
    "letters": (Export.letters,),
    "reference": (Export.reference,),
    "origin": (Export.reference_origin,),
    "action": (Export.action_name,),
}
# The same for those whose files have not expired, among many that have, by one or two keys of a list of these. Their
# names are here too, as there are few enough of them to look at each.
KEPT_BESIDE = (*BESIDE, Export.expired_at, Export.dialect, Export.ended_at, Export.expires_at, Export.name)
KEPT_SORTED: dict[str, tuple[Expression, ...]] = {
    "kept_created": (Export.created_at,),
    "kept_updated": (Export.updated_at, Export.created_at),
    "kept_total": (total_count, Export.created_at, Export.total_count),
    "kept_page": (Export.page, Export.created_at),
}


def _index(name: str, *columns: Expression, where: ColumnElement[bool] | None = None) -> Index:
    return Index(f"ix_exports_{name}", *columns, sqlite_where=where, postgresql_where=where)


def _sorted(name: str, key: Expression, *seen: Expression) -> Index:
    return _index(name, key, Export.id, *BESIDE, *seen, where=THERE)


INDEXES = (
    *(_sorted(name, *columns) for name, columns in SORTED.items()),
    *(
        _index(name, *columns[:2], Export.id, *KEPT_BESIDE, *columns[2:], where=KEPT)
        for name, columns in KEPT_SORTED.items()
    ),
    _index("number", Export.id, *BESIDE, Export.expired_at, where=THERE),
    _index("ended", Export.status, Export.ended_at, Export.id, *BESIDE[:1], *BESIDE[2:], where=THERE),
    *(
        _index(name, Export.created_at, Export.id, *BESIDE, Export.expired_at, where=and_(THERE, few))
        for name, few in (("errors", Export.error_message.is_not(None)), ("failures", Export.fail_count > 0))
    ),
    _index(
        "dialect",
        Export.dialect,
        Export.ended_at,
        Export.id,
        *BESIDE,
        Export.expired_at,
        Export.expires_at,
        where=KEPT,
    ),
    # What to leave out of what is counted elsewhere.
    _index("deleted", Export.id, where=Export.deleted_at.is_not(None)),
    # These two are the clock's and the verbs' too, who also look at what was deleted.
    _index("status", Export.status, Export.id, *BESIDE[:1], *BESIDE[2:]),
    _index("owner", Export.requested_by_id, Export.created_at, Export.id, *BESIDE[1:]),
    # What is still to be done, among much that is not.
    _index("queue", Export.created_at, Export.id, where=Export.status.in_(("pending", "queued"))),
    _index("to_expire", Export.expires_at, where=Export.expired_at.is_(None)),
    _index("to_clean", Export.ended_at, where=Export.cleaned_at.is_(None)),
)
