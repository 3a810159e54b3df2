"""Exports that begin later, and those that come again. `jobs.clock` calls this; any number of clocks may.

An export that comes again waits as "scheduled". When its time comes it begins, and in the same transaction a copy is
made that waits for the next time: so each time has one export, and whoever cancels or deletes the waiting one ends
the series.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import or_, select

from dashboard import recurrence
from dashboard.database import db, now
from dashboard.extensions import catalog, settings
from dashboard.lifecycle.moves import audit, lost, move, tell
from dashboard.lifecycle.requests import ASKED, copy_ids
from dashboard.lifecycle.rescue import ROUND
from dashboard.models import Export

# What the next export of a series has of the one before it; ids, and how it went, are its own.
COPIED = (
    *ASKED, "format", "outputs", "requested_by_id", "dialect", "as_asked", "notify", "reference", "reference_origin",
    "client_metadata", "keep_seconds", "recurrence",
)  # fmt: skip

log = structlog.get_logger()


def start_due() -> int:
    """Begin the scheduled exports whose time has come. After a pause, what was missed is made once."""
    due = select(Export.id).where(Export.status == "scheduled", _is_due())
    found = db.session.scalars(due.order_by(Export.scheduled_at).limit(ROUND)).all()
    return sum(_start(export_id) for export_id in found)


def _is_due() -> Any:
    # One without a time would wait for ever.
    return or_(Export.scheduled_at.is_(None), Export.scheduled_at <= now())


def _start(export_id: int) -> bool:
    export = db.session.get_one(Export, export_id, populate_existing=True)
    seen, next_at = export.updated_at, _next_time(export)
    started = move(
        export_id,
        ("scheduled",),
        _is_due(),
        # Somebody may have changed it while its next time was worked out; then the next round begins it.
        Export.updated_at == seen,
        status="pending",
        deadline_at=now(settings.deadline_seconds),
    )
    if not started:
        return lost()
    followed = "" if next_at or not export.recurrence else ", the last one of its series"
    tell(export_id, "pending", f"Its time has come{followed}")
    if next_at:
        _repeat(export, next_at)
    db.session.commit()
    return True


def _next_time(export: Export) -> datetime | None:
    """When the series goes on; None when it does not, also because its person may not export this any more."""
    kept, resource = export.recurrence, catalog.resources.get(export.resource)
    if not kept or not export.requested_by.may_request(resource.roles if resource else ()):
        return None
    try:
        rule = recurrence.parse(kept["instruction"], datetime.fromisoformat(kept["start"]))
    except (KeyError, TypeError, ValueError) as error:
        log.error("recurrence_unknown", export_id=export.id, error=str(error))
        return None
    clock = db.session.scalar(select(now())) or datetime.now(UTC)
    return rule.next_after(clock)


def _repeat(export: Export, at: datetime) -> None:
    values = {name: getattr(export, name) for name in COPIED}
    follower = Export(
        **values, status="scheduled", scheduled_at=at, deadline_at=now(settings.deadline_seconds)
    )
    db.session.add(follower)
    db.session.flush()
    copy_ids(export.id, follower.id)
    tell(follower.id, "scheduled", f"Comes again after export {export.id}")
    audit("request", export.requested_by, follower.id, resource=export.resource, after=export.id)
