"""Phase 2: each staged part becomes one fragment of every output.

Queued by whoever collects, as soon as there will be parts, and by itself while parts are free and no job waits. A job
works for a slice of time, then queues itself again, so that a small export is not kept waiting by a giant. Who
finishes the last part assembles.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from functools import partial
from typing import Any, NamedTuple

import polars as pl
import structlog
from isal.isal_zlib import crc32
from rq.timeouts import BaseTimeoutException
from sqlalchemy import and_, func, select

from dashboard import lifecycle, queue
from dashboard.database import db
from dashboard.extensions import settings, storage
from dashboard.formats import FORMATS
from dashboard.formats.base import CannotHold, Format, Fragment, Layout
from dashboard.models import Export, Part
from dashboard.storage import Full, Missing, save
from jobs import assemble, claims, faults

Outputs = list[tuple[Format, Layout]]
# So many free parts say that others do not keep up with whoever collects: enough that none of them is out of work
# while that one renders.
BEHIND = 4
PATIENCE_SECONDS = 1.0
PAUSE_SECONDS = 0.02

log = structlog.get_logger()


class Damaged(Exception):
    """A stored part is not what was stored."""


def render(export_id: int) -> None:
    """Render parts until none is free or the slice is over."""
    outputs, is_collecting = outputs_of(export_id)
    if is_collecting and waits_for_all(outputs):
        return
    me, until = claims.owner(), time.monotonic() + settings.slice_seconds
    while part := _next_part(export_id, me):
        if queue.is_empty() and waiting(export_id, me).parts:
            queue.enqueue("render", export_id)
        if not _render_part(part, me, outputs):
            return
        if time.monotonic() > until:
            queue.enqueue("render", export_id)
            return
    if lifecycle.all_rendered(export_id):
        assemble.assemble(export_id)


def _next_part(export_id: int, me: str) -> Part | None:
    """A part to render. While rows are collected the next one is waited for a moment, unless other work waits."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while (part := lifecycle.claim_part(export_id, me)) is None:
        if time.monotonic() > patience or not lifecycle.is_collecting(export_id):
            return None
        # Not for another call of ours, which only says that nobody else is free.
        if queue.has_other("render", export_id):
            return None
        time.sleep(PAUSE_SECONDS)
    return part


class Collecting(NamedTuple):
    """What whoever collects brings along to `share`; `until` then it renders some parts itself."""

    export_id: int
    run_no: int
    me: str
    outputs: Outputs
    until: float
    is_alone: bool  # with no other worker


def invite(collecting: Collecting) -> None:
    """Before the first part: have a worker that is free stand ready for the parts."""
    if not collecting.is_alone and queue.is_empty():
        queue.enqueue("render", collecting.export_id)


def share(collecting: Collecting, page: int, frame: pl.DataFrame) -> None:
    """Leave the part that was staged just now to others, as long as they keep up.

    Where nobody else is free it is rendered from memory, so that it need not be fetched, checked and unpacked again.
    """
    in_time = time.monotonic() < collecting.until
    # After that time an only worker calls for others too, as one may have been started meanwhile.
    is_own = (collecting.is_alone and in_time) or _is_left_alone(collecting)
    if not (is_own and in_time):
        return
    if part := lifecycle.claim_part(collecting.export_id, collecting.me, page):
        known = frame if part.run_no == collecting.run_no else None
        _render_part(part, collecting.me, collecting.outputs, known)


def _is_left_alone(collecting: Collecting) -> bool:
    """Whether no other worker takes parts of this export, or not as fast as they come. Free ones are called."""
    found = waiting(collecting.export_id, collecting.me)
    is_behind = found.parts >= BEHIND
    if not queue.is_empty():
        return is_behind or not found.others
    if is_behind:
        queue.enqueue("render", collecting.export_id)
    return False


class Waiting(NamedTuple):
    parts: int  # that are free
    others: int  # that other jobs have taken or rendered


def waiting(export_id: int, me: str) -> Waiting:
    is_free = and_(Part.rendered_at.is_(None), Part.render_until.is_(None))
    taken = and_(Part.render_owner.is_not(None), Part.render_owner != me)
    counted = select(func.count().filter(is_free), func.count().filter(taken))
    found = db.session.execute(counted.where(Part.export_id == export_id)).one()
    # No transaction is open while the queue is asked.
    db.session.rollback()
    return Waiting(*found)


def outputs_of(export_id: int) -> tuple[Outputs, bool]:
    """Each output's format and layout, which a job asks for once; and whether rows are still collected."""
    export = db.session.get(Export, export_id, populate_existing=True)
    if export is None:
        return [], False
    outputs = [(FORMATS[one["format"]], claims.layout_of(export, one)) for one in export.outputs]
    is_collecting = export.status == "running"
    db.session.rollback()
    return outputs, is_collecting


def waits_for_all(outputs: Outputs) -> bool:
    """Whether the number of related rows decides how many columns a file has."""
    return any(format.waits_for_all(layout) for format, layout in outputs)


def _render_part(part: Part, me: str, outputs: Outputs, frame: pl.DataFrame | None = None) -> bool:
    export_id, page = part.export_id, part.page
    faults.point("part_claimed")
    try:
        with claims.kept_alive(partial(lifecycle.renew_part, export_id, page, me)):
            fragments = _fragments(part, outputs, frame)
        faults.point("fragment_stored")
    except Damaged:
        log.error("part_damaged", export_id=export_id, page=page)
        lifecycle.recollect(export_id, part.run_no)
        return False
    except CannotHold as error:
        log.warning("format_limit", export_id=export_id, page=page, error=str(error))
        lifecycle.fail(export_id, part.run_no, "format_limit")
        return False
    except BaseTimeoutException:
        raise
    except Exception as error:
        lifecycle.release_part(part, me, "no_space" if isinstance(error, Full) else "internal")
        raise
    if lifecycle.commit_fragments(part, me, fragments):
        faults.point("fragment_committed")
        return True
    for fragment in fragments:
        for stored in (fragment, *fragment["lists"].values()):
            storage.delete(stored["key"])
    return False


def _fragments(part: Part, outputs: Outputs, frame: pl.DataFrame | None) -> list[dict[str, Any]]:
    earlier = earlier_rows(part)
    keys = f"fragments/{part.export_id}/{part.page:06}-{part.run_no}"
    frame = staged(part) if frame is None else frame
    db.session.rollback()
    fragments = []
    for number, (format, layout) in enumerate(outputs):
        fragment = format.fragment(frame, layout, format.place(earlier, len(frame)))
        # A name of its own for each try: an object, once written, never changes.
        fragments.append(_stored(fragment, f"{keys}-{number}-{secrets.token_hex(4)}"))
    return fragments


def _stored(fragment: Fragment, key: str) -> dict[str, Any]:
    """The fragment and its lists in storage, and the record of them (see `models.Part`)."""
    return {
        **_object(key, fragment.data),
        "rows": fragment.rows,
        "kept_out": fragment.kept_out,
        "warnings": fragment.warnings,
        "lists": {
            kind: {**_object(f"{key}-{kind}", lines.data), "rows": lines.rows}
            for kind, lines in fragment.lists.items()
            if lines.rows
        },
    }


def _object(key: str, data: bytes) -> dict[str, Any]:
    stored = save(storage, key, data, lasting=False)
    return {"key": key, "size": stored.size, "crc32": crc32(data)}


def earlier_rows(part: Part) -> list[int]:
    earlier = select(Part.rows).where(Part.export_id == part.export_id, Part.page < part.page)
    return list(db.session.scalars(earlier.order_by(Part.page)))


def staged(part: Part) -> pl.DataFrame:
    """The rows of a part, checked against what was stored. Raises Damaged."""
    try:
        with storage.open(part.key) as file:
            data = file.read()
    except Missing:
        raise Damaged from None
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise Damaged
    return pl.read_ipc(data)
