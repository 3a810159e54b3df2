"""Phase 2: each staged part becomes one fragment of every output.

Queued once for every few parts, by whoever collects and by itself: a job works for a slice of time, then queues
itself again, so that a small export is not kept waiting by a giant. Who finishes the last part assembles.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from functools import partial
from typing import Any

import polars as pl
import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import select

from dashboard import lifecycle, queue
from dashboard.database import db
from dashboard.extensions import settings, storage
from dashboard.formats import FORMATS
from dashboard.models import Export, Part
from dashboard.storage import Full, Missing, save
from jobs import assemble, claims, faults

log = structlog.get_logger()


class Damaged(Exception):
    """A stored part is not what was stored."""


def render(export_id: int) -> None:
    """Render parts until none is free or the slice is over."""
    me, until = claims.owner(), time.monotonic() + settings.slice_seconds
    while part := lifecycle.claim_part(export_id, me):
        faults.point("part_claimed")
        if not _render_part(part, me):
            return
        faults.point("fragment_committed")
        if time.monotonic() > until:
            queue.enqueue("render", export_id)
            return
    if lifecycle.all_rendered(export_id):
        assemble.assemble(export_id)


def _render_part(part: Part, me: str) -> bool:
    export_id, page = part.export_id, part.page
    try:
        with claims.kept_alive(partial(lifecycle.renew_part, export_id, page, me)):
            fragments, warnings = _fragments(part)
        faults.point("fragment_stored")
    except Damaged:
        log.error("part_damaged", export_id=export_id, page=page)
        lifecycle.recollect(export_id, part.run_no)
        return False
    except BaseTimeoutException:
        raise
    except Exception as error:
        lifecycle.release_part(part, me, "no_space" if isinstance(error, Full) else "internal")
        raise
    if lifecycle.commit_fragments(part, me, fragments, warnings):
        return True
    for fragment in fragments:
        storage.delete(fragment["key"])
    return False


def _fragments(part: Part) -> tuple[list[dict[str, Any]], Counter[str]]:
    export = db.session.get_one(Export, part.export_id, populate_existing=True)
    outputs = [(output["format"], claims.layout_of(export, output["options"])) for output in export.outputs]
    earlier = _earlier_rows(part)
    keys = f"fragments/{part.export_id}/{part.page:06}-{part.run_no}"
    frame = staged(part)
    db.session.rollback()
    fragments: list[dict[str, Any]] = []
    warnings: Counter[str] = Counter()
    for number, (name, layout) in enumerate(outputs):
        format = FORMATS[name]
        fragment = format.fragment(frame, layout, format.place(earlier, len(frame)))
        # A name of its own for each try: an object, once written, never changes.
        key = f"{keys}-{number}-{secrets.token_hex(4)}"
        stored = save(storage, key, fragment.data)
        fragments.append({"key": key, "size": stored.size, "sha256": stored.sha256})
        # Two outputs of one part meet the same odd cell; it is one cell.
        warnings |= Counter(fragment.warnings)
    return fragments, warnings + Counter(part.warnings)


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
