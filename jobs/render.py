"""Phase 2: each staged part becomes one fragment of every output.

Queued once for every few parts, by whoever collects and by itself: a job works for a slice of time, then queues
itself again, so that a small export is not kept waiting by a giant. Who finishes the last part assembles.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from functools import partial
from typing import Any

import polars as pl
import structlog
from isal.isal_zlib import crc32
from rq.timeouts import BaseTimeoutException
from sqlalchemy import func, select

from dashboard import lifecycle, queue
from dashboard.database import db
from dashboard.extensions import settings, storage
from dashboard.formats import FORMATS
from dashboard.formats.base import CannotHold, Format, Fragment, Layout
from dashboard.models import Export, Part
from dashboard.storage import Full, Missing, save
from jobs import assemble, claims, faults

Outputs = list[tuple[Format, Layout]]

log = structlog.get_logger()


class Damaged(Exception):
    """A stored part is not what was stored."""


def render(export_id: int) -> None:
    """Render parts until none is free or the slice is over."""
    outputs, is_collecting = outputs_of(export_id)
    if is_collecting and waits_for_all(outputs):
        return
    me, until = claims.owner(), time.monotonic() + settings.slice_seconds
    while part := lifecycle.claim_part(export_id, me):
        faults.point("part_claimed")
        invite(export_id)
        if not _render_part(part, me, outputs):
            return
        faults.point("fragment_committed")
        if time.monotonic() > until:
            queue.enqueue("render", export_id)
            return
    if lifecycle.all_rendered(export_id):
        assemble.assemble(export_id)


def invite(export_id: int) -> bool:
    """Let one more worker render this export, if parts of it are free.

    False while a job waits in the queue: then nobody is free, and one more would only find its work done.
    """
    if not queue.is_empty():
        return False
    free = select(func.count()).where(
        Part.export_id == export_id, Part.rendered_at.is_(None), Part.render_until.is_(None)
    )
    waits = bool(db.session.scalar(free))
    # No transaction is open while the queue is asked.
    db.session.rollback()
    if waits:
        queue.enqueue("render", export_id)
    return True


def render_one(export_id: int, run_no: int, page: int, frame: pl.DataFrame, outputs: Outputs) -> None:
    """Render the part that this run has staged just now as this frame, unless somebody else does.

    For whoever collects, while nobody else is free: the part need not be fetched, checked and unpacked again.
    """
    me = claims.owner()
    if part := lifecycle.claim_part(export_id, me, page):
        _render_part(part, me, outputs, frame if part.run_no == run_no else None)


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
        return True
    for fragment in fragments:
        for stored in (fragment, *fragment["lists"].values()):
            storage.delete(stored["key"])
    return False


def _fragments(part: Part, outputs: Outputs, frame: pl.DataFrame | None) -> list[dict[str, Any]]:
    earlier = _earlier_rows(part)
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


def _earlier_rows(part: Part) -> list[int]:
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
