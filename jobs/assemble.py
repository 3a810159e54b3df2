"""Phase 3: fragments become files, and the export is published.

Called by the job that rendered the last part; also a job of its own. One assembler at a time, by lease; what it
writes lies under its own run number, and is nobody's until the publishing commit makes it the file.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial

import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import select

from dashboard import lifecycle
from dashboard.database import db
from dashboard.extensions import settings, storage
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout
from dashboard.models import Export, File, Part
from dashboard.storage import Full, Missing, read_chunks
from jobs import claims, faults

DAY = 86_400
NAME_LENGTH = 120

log = structlog.get_logger()


class DamagedFragment(Exception):
    """A stored fragment is not what was stored."""

    def __init__(self, page: int) -> None:
        super().__init__(page)
        self.page = page


def assemble(export_id: int) -> None:
    """Join the fragments of a fully rendered export, check the counts, publish."""
    run_no = lifecycle.claim_assembly(export_id, claims.owner())
    if run_no is None:
        return
    faults.point("assembly_claimed")
    try:
        with claims.kept_alive(partial(lifecycle.renew, export_id, run_no)):
            _publish(export_id, run_no)
    except DamagedFragment as error:
        log.error("fragment_damaged", export_id=export_id, page=error.page)
        lifecycle.rerender(export_id, run_no, error.page)
    except BaseTimeoutException:
        raise
    except Exception as error:
        lifecycle.release(export_id, run_no, "no_space" if isinstance(error, Full) else "internal")
        raise


def _publish(export_id: int, run_no: int) -> None:
    export = db.session.get_one(Export, export_id, populate_existing=True)
    parts = list(db.session.scalars(select(Part).where(Part.export_id == export_id).order_by(Part.page)))
    if [part.page for part in parts] != list(range(1, export.page)):
        lifecycle.fail(export_id, run_no, "incomplete")
        return
    layouts = [claims.layout_of(export, output["options"]) for output in export.outputs]
    db.session.expunge_all()
    db.session.rollback()
    files = [_write(export, parts, run_no, number, layout) for number, layout in enumerate(layouts)]
    faults.point("file_stored")
    warnings: Counter[str] = sum((Counter(part.warnings) for part in parts), Counter())
    keep = settings.retention_days * DAY
    if lifecycle.complete(export_id, run_no, files, warnings, keep):
        faults.point("published")
        storage.delete_below(f"fragments/{export_id}")
        return
    # Cancelled or taken over meanwhile; or the rows do not add up, and then this run still holds the lease.
    for file in files:
        storage.delete(file.key)
    lifecycle.fail(export_id, run_no, "incomplete")


def _write(export: Export, parts: list[Part], run_no: int, number: int, layout: Layout) -> File:
    output = export.outputs[number]
    format, rows = FORMATS[output["format"]], [part.rows for part in parts]
    places = [format.place(rows[:index], part.rows) for index, part in enumerate(parts)]
    openers = [partial(_checked, part, number) for part in parts]
    key = f"results/{export.id}/{run_no}/{number}"
    with storage.write(key) as writing:
        format.write(openers, layout, places, rows, writing)
    return File(
        export_id=export.id,
        format=output["format"],
        options=output["options"],
        name=file_name(export.name, format.extension),
        media_type=format.media_type,
        key=key,
        rows=sum(rows),
        size=writing.stored.size,
        sha256=writing.stored.sha256,
    )


def _checked(part: Part, number: int) -> Iterator[bytes]:
    """The bytes of a fragment; after the last of them, DamagedFragment if they were not those that were stored."""
    fragment, digest = part.fragments[number], hashlib.sha256()
    try:
        for chunk in read_chunks(storage, fragment["key"]):
            digest.update(chunk)
            yield chunk
    except Missing:
        raise DamagedFragment(part.page) from None
    if digest.hexdigest() != fragment["sha256"]:
        raise DamagedFragment(part.page)


def file_name(name: str, extension: str) -> str:
    """The export's name as a file name: no path, no controls or bidi marks, nothing that a system forbids."""
    safe = re.sub(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+', " ", name)
    safe = re.sub(r"\s+", " ", safe).strip(" .")[:NAME_LENGTH]
    return f"{safe or 'export'}.{extension}"
