"""What people change about an export that there is: its name and notes, what it asks for, and that it is gone.

API dialects call these; the verbs of `requests` begin, end and repeat exports.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update

from dashboard import planning
from dashboard.database import db, now
from dashboard.extensions import settings, storage
from dashboard.lifecycle.moves import AlreadyStarted, Refused, StillGoing, audit, move, tell
from dashboard.lifecycle.requests import asked, guards, keep_ids, kept_columns
from dashboard.lifecycle.rescue import dispatch
from dashboard.models import ENDED, STATUSES, Export, File, FilterFile, User
from dashboard.models.export import new_public_id

NOTES = ("name", "reference", "reference_origin", "client_metadata")
UNTOUCHED = ("scheduled", "pending")


def annotate(export: Export, by: User, **values: Any) -> None:
    """Change what people call an export, in any status; nothing about its rows. Raises Refused."""
    if unknown := set(values) - set(NOTES):
        raise TypeError(f"no such notes: {unknown}")
    if not by.may("change", export):
        raise Refused("You cannot change this export.")
    changed = {name: [getattr(export, name), value] for name, value in values.items()}  # from, to
    move(export.id, STATUSES, Export.deleted_at.is_(None), **values)
    tell(export.id, "changed", f"{', '.join(values).replace('_', ' ').capitalize()} changed by {by.name}", by)
    audit("change", by, export.id, changed=changed)
    db.session.commit()


def change(
    export: Export, by: User, plan: planning.Plan, *, name: str, scheduled: bool = False, **kept: Any
) -> None:
    """Replace what an export asks for, and when, until a worker has begun with it. What is kept as None is emptied.

    Raises Refused, AlreadyStarted.
    """
    if not by.may("change", export) or not by.may_request(plan.resource.roles):
        raise Refused("You cannot change this export.")
    emptied = dict.fromkeys(column for column, value in kept.items() if value is None)
    moved = move(
        export.id,
        UNTOUCHED,
        name=name,
        status="scheduled" if scheduled else "pending",
        deadline_at=now(settings.deadline_seconds),
        **asked(plan),
        **kept_columns(kept),
        **emptied,
    )
    if not moved:
        db.session.rollback()
        raise AlreadyStarted("This export has begun and cannot be changed any more.")
    db.session.execute(delete_rows(FilterFile).where(FilterFile.export_id == export.id))
    keep_ids(export, plan)
    tell(export.id, "changed", f"Changed by {by.name}", by)
    audit("change", by, export.id, resource=plan.resource.name, guard=guards(plan.outputs))
    db.session.commit()
    dispatch(export.id)


def delete(export: Export, by: User) -> None:
    """Remove an ended export and its files; the audit keeps that there was one. Raises Refused, StillGoing."""
    if not by.may("delete", export):
        raise Refused("You cannot delete this export.")
    # A scheduled one has not begun either. The public id is free again, for a client that chose it.
    gone = {"deleted_at": now(), "public_id": new_public_id(), **_end_of(export)}
    if not move(export.id, (*ENDED, "scheduled"), Export.deleted_at.is_(None), **gone):
        db.session.rollback()
        raise StillGoing("This export is under way. Cancel it first.")
    files = select(File.key).where(File.export_id == export.id, File.deleted_at.is_(None))
    keys = list(db.session.scalars(files))
    db.session.execute(update(File).where(File.export_id == export.id).values(deleted_at=now()))
    tell(export.id, "deleted", f"Deleted by {by.name}", by)
    audit("delete", by, export.id, name=export.name)
    db.session.commit()
    for key in keys:
        storage.delete(key)


def _end_of(export: Export) -> dict[str, Any]:
    """A scheduled export that is deleted never begins."""
    if export.status != "scheduled":
        return {}
    return {"status": "cancelled", "ended_at": now()}
