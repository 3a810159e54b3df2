"""The one conditional update under every verb of this package, and what the verbs share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, update

from dashboard.database import db, now
from dashboard.models import Audit, Event, Export, User


class Refused(Exception):
    """An expected no, as a sentence for people; each door puts it into its own form."""


class AlreadyEnded(Refused):
    """The export has ended, and what has ended does not change."""


# What people read of a failure. Exception texts, SQL and addresses go to the log only.
ERRORS: dict[str, str] = {
    "source_changed": "The source has changed since this export was requested: a table or a column is gone.",
    "source_away": "The source did not answer for too long.",
    "forbidden": "The person who asked for this export may no longer export this resource.",
    "too_many_row_errors": "Too many rows could not be read as their columns are declared.",
    "rows_gone": "The rows that this file was to be made of are not kept any more.",
    "record_limit": "There are more rows than this export may have.",
    "format_limit": "There are more rows or columns than this format can hold.",
    "no_space": "There was no space left to store the file.",
    "incomplete": "The rows in the file did not add up to the rows that were counted, so no file was made.",
    "part_damaged": "A stored part was damaged twice, so no file was made.",
    "lost": "The workers that ran this export stopped again and again.",
    "deadline": "The export was not finished in the time that it may take.",
    "internal": "Something went wrong on our side.",
}


class Taken(Refused):
    """There is an export with this id already."""


class AlreadyStarted(Refused):
    """What is asked for can be changed only until a worker has begun."""


class StillGoing(Refused):
    """An export that is under way has to be cancelled before it can be deleted."""


def lease_is_free() -> ColumnElement[bool]:
    return or_(Export.lease_until.is_(None), Export.lease_until < now())


def move(
    export_id: int,
    of: tuple[str, ...],
    *conditions: ColumnElement[bool],
    run: int | None = None,
    **values: Any,
) -> bool:
    """Change one export that is in one of the statuses `of`; whether it was. The caller commits or rolls back.

    `run` is the fence: the run number that the caller claimed.
    """
    statement = update(Export).where(Export.id == export_id, Export.status.in_(of), *conditions)
    if run is not None:
        statement = statement.where(Export.run_no == run)
    statement = statement.values(updated_at=now(), **values).execution_options(synchronize_session=False)
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def lost() -> bool:
    """Somebody else was first: nothing of ours is kept."""
    db.session.rollback()
    return False


def tell(export_id: int, kind: str, message: str, by: User | None = None, run_no: int = 0) -> None:
    """Add a line to the timeline, in the transaction of the change."""
    user_id = by.id if by else None
    db.session.add(Event(export_id=export_id, kind=kind, message=message, user_id=user_id, run_no=run_no))


def audit(
    action: str, by: User | None, export_id: int | None = None, address: str = "", **detail: Any
) -> None:
    user_id = by.id if by else None
    db.session.add(Audit(action=action, user_id=user_id, export_id=export_id, address=address, detail=detail))
