"""What workers do with the parts of an export that is being rendered: claim one, give it back, record its fragments.

As in `runs`, a verb answers no when the part is not the worker's any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, exists, func, or_, select, update

from dashboard.database import db, now
from dashboard.extensions import settings
from dashboard.lifecycle.moves import lost, move
from dashboard.lifecycle.runs import GOING, freed
from dashboard.models import Export, Part

_PAGES_AT_ONCE = 500  # bound values of one statement


def claim_part(export_id: int, owner: str, page: int | None = None) -> Part | None:
    """Take the first staged part that nobody renders, or this one; None when there is none, or the export is over."""
    wanted = [] if page is None else [Part.page == page]
    free = [
        *wanted,
        Part.export_id == export_id,
        Part.rendered_at.is_(None),
        or_(Part.render_until.is_(None), Part.render_until < now()),
    ]
    going = exists().where(Export.id == export_id, Export.status.in_(GOING))
    for _ in range(20):
        page = db.session.scalar(select(func.min(Part.page)).where(*free, going))
        if page is None:
            db.session.rollback()
            return None
        taken = update(Part).where(*free, Part.page == page, going)
        taken = taken.values(render_owner=owner, render_until=now(settings.lease_seconds))
        hit = db.session.execute(taken.execution_options(synchronize_session=False))
        db.session.commit()
        if hit.rowcount == 1:  # type: ignore[attr-defined]
            return db.session.get(Part, (export_id, page), populate_existing=True)
    return None


def renew_part(export_id: int, page: int, owner: str) -> bool:
    """Keep a part's claim for one more term."""
    kept = update(Part).where(
        Part.export_id == export_id,
        Part.page == page,
        Part.render_owner == owner,
        Part.rendered_at.is_(None),
    )
    kept = kept.values(render_until=now(settings.lease_seconds)).execution_options(synchronize_session=False)
    if db.session.execute(kept).rowcount != 1:  # type: ignore[attr-defined]
        return lost()
    db.session.commit()
    return True


def commit_fragments(part: Part, owner: str, fragments: list[dict[str, Any]]) -> bool:
    """Record the fragments of a part: one for each output, in the order of the outputs."""
    done = update(Part).where(
        Part.export_id == part.export_id,
        Part.page == part.page,
        Part.run_no == part.run_no,
        Part.render_owner == owner,
        Part.rendered_at.is_(None),
    )
    done = done.values(rendered_at=now(), fragments=fragments)
    hit = db.session.execute(done.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    moved = hit == 1 and move(
        part.export_id,
        GOING,
        parts_rendered=Export.parts_rendered + 1,
        progress_at=now(),
        # Not while rows are collected: a run that was lost then would wait for its next job as if it had one.
        dispatched_at=case((Export.status == "finalizing", now()), else_=Export.dispatched_at),
        # The same of lost runs: collecting that dies again and again has to end.
        attempts=case((Export.status == "finalizing", 0), else_=Export.attempts),
    )
    if not moved:
        return lost()
    db.session.commit()
    return True


def is_collecting(export_id: int) -> bool:
    """Whether more parts may come."""
    found = db.session.scalar(select(Export.status).where(Export.id == export_id))
    db.session.rollback()
    return found == "running"


def all_rendered(export_id: int) -> bool:
    """Whether every part of a collected export has its fragments."""
    waiting = exists().where(Part.export_id == export_id, Part.rendered_at.is_(None))
    ready = select(Export.id).where(Export.id == export_id, Export.status == "finalizing", ~waiting)
    found = db.session.scalar(ready) is not None
    db.session.rollback()
    return found


def rerender(export_id: int, run_no: int, pages: Sequence[int]) -> bool:
    """Fragments are damaged or gone: have their parts rendered again, all of them in one attempt."""
    lost_parts = 0
    for first in range(0, len(pages), _PAGES_AT_ONCE):
        some = pages[first : first + _PAGES_AT_ONCE]
        again = update(Part).where(
            Part.export_id == export_id, Part.page.in_(some), Part.rendered_at.is_not(None)
        )
        again = again.values(rendered_at=None, render_owner=None, render_until=None, fragments=[])
        hit = db.session.execute(again.execution_options(synchronize_session=False))
        lost_parts += hit.rowcount  # type: ignore[attr-defined]
    moved = move(
        export_id,
        ("finalizing",),
        run=run_no,
        parts_rendered=Export.parts_rendered - lost_parts,
        **freed("part_damaged"),
    )
    if not moved:
        return lost()
    db.session.commit()
    return True


def release_part(part: Part, owner: str, code: str) -> bool:
    """The same for a run that renders a part."""
    freed = update(Part).where(
        Part.export_id == part.export_id, Part.page == part.page, Part.render_owner == owner
    )
    freed = freed.values(render_owner=None, render_until=None).execution_options(synchronize_session=False)
    db.session.execute(freed)
    moved = move(part.export_id, GOING, dispatched_at=None, attempts=Export.attempts + 1, error_code=code)
    if not moved:
        return lost()
    db.session.commit()
    return True
