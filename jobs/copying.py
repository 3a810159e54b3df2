"""Phase 1 for an export that is made from another one's rows: its staged parts are copied, the source is not read.

`jobs.collect` calls `copy_rows`. Each export keeps parts of its own, so that neither has to know when the other is
cleaned up.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from sqlalchemy import select

from dashboard import lifecycle
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Export, Part
from dashboard.storage import Missing, save
from jobs import faults
from jobs.claims import Failed, commit, must

# Warnings of the export as a whole; those of parts and files are found again.
OF_COUNTING = ("ids_not_found",)
COPIED = ("page", "first_key", "last_key", "rows", "failed", "widths", "warnings")


def copy_rows(export_id: int, run_no: int, origin_id: int) -> None:
    """Stage the rows of the other export once more. Raises Failed when they are not all there any more."""
    origin = db.session.get(Export, origin_id, populate_existing=True)
    if origin is None or not lifecycle.can_be_also(origin):
        raise Failed("rows_gone")
    parts = list(db.session.scalars(select(Part).where(Part.export_id == origin_id).order_by(Part.page)))
    total, moment = origin.total_count or 0, origin.snapshot_at
    warnings = {key: origin.warnings[key] for key in OF_COUNTING if key in origin.warnings}
    db.session.expunge_all()
    db.session.rollback()
    must(lifecycle.count(export_id, run_no, total, moment, warnings))
    for part in parts:
        _copy(export_id, run_no, part)


def _copy(export_id: int, run_no: int, part: Part) -> None:
    begun = time.monotonic()
    key = f"parts/{export_id}/{part.page:06}-{run_no}"
    _copy_object(part.key, part.sha256, key)
    errors: dict[str, Any] | None = None
    if part.errors:
        errors = {**part.errors, "key": f"{key}-errors"}
        _copy_object(part.errors["key"], part.errors["sha256"], errors["key"])
    faults.point("part_stored")
    row = Part(
        export_id=export_id,
        run_no=run_no,
        key=key,
        size=part.size,
        sha256=part.sha256,
        errors=errors,
        seconds=time.monotonic() - begun,
        **{name: getattr(part, name) for name in COPIED},
    )
    commit(row, None)


def _copy_object(key: str, sha256: str, to: str) -> None:
    try:
        with storage.open(key) as file:
            data = file.read()
    except Missing:
        raise Failed("rows_gone") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Failed("part_damaged")
    save(storage, to, data)
