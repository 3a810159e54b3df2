"""What the clock does for exports: dispatch, take over, give up, expire. Any number of clocks may do it at once.

A worker's parent process calls `give_back` when its work-horse was killed, so that nobody waits for the lease.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from dashboard import queue
from dashboard.database import db, now
from dashboard.extensions import settings
from dashboard.lifecycle.moves import ERRORS, lease_is_free, move, tell
from dashboard.lifecycle.outbox import write_letters
from dashboard.models import ACTIVE, ENDED, Export, File, Part

# What has to be done next for an export that nobody holds.
JOB_FOR = {
    "pending": "collect",
    "queued": "collect",
    "waiting_next_page": "collect",
    "running": "collect",
    "finalizing": "render",
}
TAKEN = ("queued", "running", "waiting_next_page", "finalizing")
# Most exports that one round looks at; the next round follows within seconds.
ROUND = 200


def forget_rows() -> dict[str, Any]:
    """The values of an export that has not collected anything."""
    return {
        "page": 1,
        "last_key": None,
        "last_instance_id": 0,
        "total_count": None,
        "collected_count": 0,
        "fail_count": 0,
        "parts_rendered": 0,
        "rows_per_second": None,
        "warnings": {},
    }


def dispatch(export_id: int) -> bool:
    """Put the next job of an export into the queue, when it is the export's turn and the queue answers."""
    export = db.session.get(Export, export_id, populate_existing=True)
    if export is None or export.status not in JOB_FOR or not _has_its_turn(export):
        return False
    status, job = export.status, JOB_FOR[export.status]
    # No transaction is open while the queue is asked.
    db.session.commit()
    if not queue.enqueue(job, export_id):
        return False
    moved = move(
        export_id, (status,), status="queued" if status == "pending" else status, dispatched_at=now()
    )
    db.session.commit()
    return moved


def _has_its_turn(export: Export) -> bool:
    if export.status != "pending" or export.requested_by.is_superuser:
        return True
    taken = select(func.count()).where(
        Export.requested_by_id == export.requested_by_id, Export.status.in_(TAKEN)
    )
    return (db.session.scalar(taken) or 0) < settings.max_running


def dispatch_next(export_id: int) -> None:
    """An export has ended: the next one of the same person, kept back so far, may have its turn."""
    person = select(Export.requested_by_id).where(Export.id == export_id).scalar_subquery()
    kept_back = select(func.min(Export.id)).where(
        Export.requested_by_id == person, Export.status == "pending", Export.dispatched_at.is_(None)
    )
    found = db.session.scalar(kept_back)
    if found is not None:
        dispatch(found)


def dispatch_due() -> int:
    """Dispatch what was committed but never queued, and what was queued and is held by nobody for too long."""
    due = select(Export.id).where(
        Export.status.in_(JOB_FOR),
        lease_is_free(),
        or_(Export.dispatched_at.is_(None), Export.dispatched_at < now(-settings.redispatch_seconds)),
        ~_being_rendered(),
    )
    found = db.session.scalars(due.order_by(Export.id).limit(ROUND)).all()
    return sum(dispatch(export_id) for export_id in found)


def _being_rendered() -> ColumnElement[bool]:
    return (Export.status == "finalizing") & exists().where(
        Part.export_id == Export.id, Part.rendered_at.is_(None), Part.render_until > now()
    )


def take_over() -> int:
    """Free the exports whose worker has gone silent or makes no progress; their late writes will hit nothing."""
    silent = Export.lease_until < now()
    stalled = and_(Export.lease_until.is_not(None), Export.progress_at < now(-settings.stall_seconds))
    taken = 0
    for export_id in _find(Export.status.in_(("running", "finalizing")), or_(silent, stalled)):
        if move(
            export_id,
            ("running", "finalizing"),
            or_(silent, stalled),
            run_no=Export.run_no + 1,
            **_freed(),
        ):
            tell(export_id, "taken_over", "The worker went silent, another one takes over")
            taken += 1
        db.session.commit()
    return taken


def _find(*conditions: ColumnElement[bool]) -> Iterator[int]:
    yield from db.session.scalars(select(Export.id).where(*conditions).order_by(Export.id).limit(ROUND)).all()


def _freed() -> dict[str, Any]:
    return {
        "lease_owner": None,
        "lease_until": None,
        "dispatched_at": None,
        "attempts": Export.attempts + 1,
    }


def give_back(export_id: int, owner: str) -> None:
    """The work-horse of the job `owner` was killed: free what it held and dispatch the export at once.

    A horse that died before it held anything is a lost run too; then the clock dispatches, in its own time, so
    that a machine on which every horse dies does not spin.
    """
    held = move(export_id, ACTIVE, Export.lease_owner == owner, run_no=Export.run_no + 1, **_freed())
    rendering = not held and _free_part(export_id, owner)
    if held or rendering:
        tell(export_id, "taken_over", "A worker was stopped, another one takes over")
        db.session.commit()
        dispatch(export_id)
        return
    move(export_id, tuple(JOB_FOR), lease_is_free(), ~_being_rendered(), **_freed())
    db.session.commit()


def _free_part(export_id: int, owner: str) -> bool:
    held = update(Part).where(
        Part.export_id == export_id, Part.render_owner == owner, Part.rendered_at.is_(None)
    )
    held = held.values(render_owner=None, render_until=None).execution_options(synchronize_session=False)
    if not db.session.execute(held).rowcount:  # type: ignore[attr-defined]
        return False
    move(export_id, ACTIVE, attempts=Export.attempts + 1, dispatched_at=None)
    return True


def give_up() -> int:
    """End what was lost too often or is past its deadline."""
    ended = 0
    late = and_(Export.status != "scheduled", Export.deadline_at < now())
    for export_id in _find(Export.status.in_(ACTIVE), late):
        ended += _end(export_id, "timed_out", "deadline", late)
    worn_out = Export.attempts >= settings.max_attempts
    for export_id in _find(Export.status.in_(ACTIVE), worn_out, lease_is_free()):
        reason = db.session.scalar(select(Export.error_code).where(Export.id == export_id))
        ended += _end(export_id, "failed", reason or "lost", worn_out, lease_is_free())
    return ended


def _end(export_id: int, status: str, code: str, *conditions: ColumnElement[bool]) -> bool:
    moved = move(
        export_id,
        ACTIVE,
        *conditions,
        status=status,
        run_no=Export.run_no + 1,
        lease_owner=None,
        lease_until=None,
        ended_at=now(),
        error_code=code,
        error_message=ERRORS[code],
    )
    if moved:
        tell(export_id, status, ERRORS[code])
        write_letters(export_id, status)
    db.session.commit()
    return moved


def expire() -> list[str]:
    """Mark the files that have been kept long enough as gone; the keys of their objects, to be deleted after."""
    keys: list[str] = []
    past = [Export.status == "completed", Export.expired_at.is_(None), Export.expires_at < now()]
    for export_id in _find(*past):
        if move(export_id, ("completed",), *past, expired_at=now()):
            tell(export_id, "expired", "The files were kept for their time and are deleted")
            files = db.session.scalars(
                select(File).where(File.export_id == export_id, File.deleted_at.is_(None))
            ).all()
            for file in files:
                file.deleted_at = now()
                keys.append(file.key)
        db.session.commit()
    return keys


def forget_parts(older_than_seconds: float) -> list[int]:
    """Exports that ended so long ago that their parts may go; each is named once."""
    done = []
    old = [Export.cleaned_at.is_(None), Export.ended_at < now(-older_than_seconds)]
    for export_id in _find(Export.status.in_(ENDED), *old):
        if move(export_id, ENDED, *old, cleaned_at=now()):
            done.append(export_id)
        db.session.commit()
    return done
