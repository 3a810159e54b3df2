"""What a worker does with an export, from the claim to the published file.

Every verb here answers no (False or None) when the run is not the worker's any more: cancelled, taken over, ended.
The worker then stops without an error and leaves nothing but objects that no row knows, which are swept later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, select

from dashboard.database import db, now
from dashboard.extensions import settings
from dashboard.lifecycle.moves import ERRORS, lease_is_free, lost, move, tell
from dashboard.lifecycle.outbox import write_letters
from dashboard.lifecycle.rescue import dispatch_next, forget_rows
from dashboard.models import ACTIVE, Event, Export, File, Part

CLAIMABLE = ("pending", "queued", "waiting_next_page", "running")
GOING = ("running", "finalizing")
MOST_DAMAGES = 2


def claim(export_id: int, owner: str, worker: str = "") -> int | None:
    """Begin to collect under a new run number, from the first row; None when there is nothing to claim."""
    taken = move(
        export_id,
        CLAIMABLE,
        lease_is_free(),
        status="running",
        run_no=Export.run_no + 1,
        # A run whose lease ran out unnoticed is a lost run too.
        attempts=Export.attempts + case((Export.lease_until.is_not(None), 1), else_=0),
        started_at=func.coalesce(Export.started_at, now()),
        progress_at=now(),
        collected_at=None,
        **_lease(owner),
        **forget_rows(),
    )
    if not taken:
        lost()
        return None
    db.session.execute(delete(Part).where(Part.export_id == export_id))
    run_no = db.session.scalar(select(Export.run_no).where(Export.id == export_id)) or 0
    tell(export_id, "running", f"Picked up by {worker or 'a worker'}", run_no=run_no)
    db.session.commit()
    return run_no


def _lease(owner: str) -> dict[str, Any]:
    return {"lease_owner": owner, "lease_until": now(settings.lease_seconds), "heartbeat_at": now()}


def renew(export_id: int, run_no: int) -> bool:
    """Keep the lease for one more term; a lease that was given back stays free, or nobody could assemble."""
    term = {"lease_until": now(settings.lease_seconds), "heartbeat_at": now()}
    renewed = move(export_id, GOING, Export.lease_until.is_not(None), run=run_no, **term)
    if not renewed:
        return lost()
    db.session.commit()
    return True


def count(
    export_id: int,
    run_no: int,
    total: int,
    moment: datetime | None = None,
    warnings: Mapping[str, int] | None = None,
) -> bool:
    """Note how many rows there are to collect, as counted in the transaction that reads them, and what to warn of.

    The rows are of this moment, unless an earlier one is given, at which they were read for another export.
    """
    of = {"snapshot_at": moment or now(), "progress_at": now(), "warnings": dict(warnings or {})}
    if not move(export_id, ("running",), run=run_no, total_count=total, **of):
        return lost()
    tell(export_id, "counted", f"Counted {total:,} row{'' if total == 1 else 's'}", run_no=run_no)
    db.session.commit()
    return True


def commit_part(part: Part, rows_per_second: float | None = None) -> bool:
    """Move the cursor past a staged part and record the part, in one transaction."""
    last = part.last_key or []
    moved = move(
        part.export_id,
        ("running",),
        Export.page == part.page,
        run=part.run_no,
        page=part.page + 1,
        collected_count=Export.collected_count + part.rows,
        fail_count=Export.fail_count + (part.failed or 0),
        last_key=part.last_key,
        last_instance_id=last[0] if len(last) == 1 and isinstance(last[0], int) else 0,
        lease_until=now(settings.lease_seconds),
        heartbeat_at=now(),
        progress_at=now(),
        rows_per_second=rows_per_second,
    )
    if not moved:
        return lost()
    db.session.add(part)
    failed = f", {part.failed:,} could not be read" if part.failed else ""
    tell(
        part.export_id, "part", f"Part {part.page} collected, {part.rows:,} rows{failed}", run_no=part.run_no
    )
    db.session.commit()
    return True


def finish_collecting(export_id: int, run_no: int) -> bool:
    """All rows are staged: give the lease back, so that whoever is free renders and one of them assembles."""
    finished = move(
        export_id,
        ("running",),
        Export.collected_count == _staged_rows(export_id),
        run=run_no,
        status="finalizing",
        lease_owner=None,
        lease_until=None,
        dispatched_at=now(),
        progress_at=now(),
        collected_at=now(),
        # Only now is the progress lasting: a run that is lost earlier begins at the first row again.
        attempts=0,
    )
    if not finished:
        return lost()
    tell(export_id, "finalizing", "All rows collected", run_no=run_no)
    db.session.commit()
    return True


def _staged_rows(export_id: int) -> ColumnElement[int]:
    rows = select(func.coalesce(func.sum(Part.rows), 0)).where(Part.export_id == export_id)
    return rows.scalar_subquery()


def claim_assembly(export_id: int, owner: str) -> int | None:
    """Take on the joining of the fragments, under a new run number; None when that is not to be done now."""
    waiting = exists().where(Part.export_id == export_id, Part.rendered_at.is_(None))
    taken = move(
        export_id, ("finalizing",), lease_is_free(), ~waiting, run_no=Export.run_no + 1, **_lease(owner)
    )
    if not taken:
        lost()
        return None
    run_no = db.session.scalar(select(Export.run_no).where(Export.id == export_id))
    db.session.commit()
    return run_no


def complete(
    export_id: int, run_no: int, files: Iterable[File], warnings: Mapping[str, int], keep_seconds: float
) -> bool:
    """Publish: from this commit on, and not before, the files can be downloaded.

    `warnings` are all that there are, those of the counting too.
    Hits only when the rows of the parts, and the rows that failed, are the rows that were counted. The first of
    the files is the one that stands for the export.
    """
    files = list(files)
    data = files[0]
    published = move(
        export_id,
        ("finalizing",),
        Export.collected_count == _staged_rows(export_id),
        Export.collected_count + Export.fail_count == Export.total_count,
        run=run_no,
        status="completed",
        lease_owner=None,
        lease_until=None,
        ended_at=now(),
        warnings=dict(warnings),
        result_key=data.key,
        result_size=data.size,
        result_sha256=data.sha256,
        expires_at=now(keep_seconds),
        error_code=None,
        error_message=None,
    )
    if not published:
        return lost()
    db.session.add_all(files)
    tell(
        export_id, "completed", f"File ready, {data.rows:,} row{'' if data.rows == 1 else 's'}", run_no=run_no
    )
    write_letters(export_id, "completed")
    db.session.commit()
    dispatch_next(export_id)
    return True


def fail(export_id: int, run_no: int, code: str) -> bool:
    """End an export with a reason of ERRORS."""
    moved = move(
        export_id,
        ACTIVE,
        run=run_no,
        status="failed",
        lease_owner=None,
        lease_until=None,
        ended_at=now(),
        error_code=code,
        error_message=ERRORS[code],
    )
    if not moved:
        return lost()
    tell(export_id, "failed", ERRORS[code], run_no=run_no)
    write_letters(export_id, "failed")
    db.session.commit()
    dispatch_next(export_id)
    return True


def wait(export_id: int, run_no: int, seconds: float) -> bool:
    """The source makes us wait: give the export back and have it dispatched again in `seconds`."""
    moved = move(
        export_id,
        ("running",),
        run=run_no,
        status="waiting_next_page",
        lease_owner=None,
        lease_until=None,
        # The dispatcher takes up again what was dispatched `redispatch_seconds` ago.
        dispatched_at=now(seconds - settings.redispatch_seconds),
    )
    if not moved:
        return lost()
    tell(export_id, "waiting", f"The source did not answer, next try in {seconds:.0f} s", run_no=run_no)
    db.session.commit()
    return True


def recollect(export_id: int, run_no: int) -> bool:
    """A stored part is damaged: collect again from the first row, since all rows are of one moment. Twice at most."""
    damages = select(func.count()).where(Event.export_id == export_id, Event.kind == "damaged")
    if (db.session.scalar(damages) or 0) >= MOST_DAMAGES:
        return fail(export_id, run_no, "part_damaged")
    moved = move(export_id, GOING, run=run_no, status="running", **freed("part_damaged"))
    if not moved:
        return lost()
    tell(export_id, "damaged", "A stored part was damaged, collecting again", run_no=run_no)
    db.session.commit()
    return True


def freed(code: str) -> dict[str, Any]:
    """A run that ends early: free for the next one, and `code` is why, should that happen too often."""
    return {
        "run_no": Export.run_no + 1,
        "lease_owner": None,
        "lease_until": None,
        "dispatched_at": None,
        "attempts": Export.attempts + 1,
        "error_code": code,
    }


def release(export_id: int, run_no: int, code: str) -> bool:
    """A run met an error that may pass: give the lease back."""
    if not move(export_id, GOING, run=run_no, **freed(code)):
        return lost()
    db.session.commit()
    return True
