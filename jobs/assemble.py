"""Phase 3: fragments become files, and the export is published.

Called by the job that rendered the last part; also a job of its own. One assembler at a time, by lease; what it
writes lies under its own run number, and is nobody's until the publishing commit makes it the files.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import select

from dashboard import lifecycle, manifest
from dashboard.database import db
from dashboard.extensions import settings, storage
from dashboard.formats.base import CannotHold
from dashboard.models import Export, File, Part
from dashboard.storage import Full
from jobs import claims, faults, files
from jobs.files import DamagedErrors, DamagedFragment

DAY = 86_400

log = structlog.get_logger()


def assemble(export_id: int) -> None:
    """Join the fragments of a fully rendered export, check the counts, publish."""
    run_no = lifecycle.claim_assembly(export_id, claims.owner())
    if run_no is None:
        return
    faults.point("assembly_claimed")
    try:
        with claims.kept_alive(partial(lifecycle.renew, export_id, run_no)):
            _publish(export_id, run_no)
    except DamagedFragment:
        pages = files.lost_fragments(parts_of(export_id))
        log.error("fragments_lost", export_id=export_id, pages=pages[:100])
        lifecycle.rerender(export_id, run_no, pages)
    except DamagedErrors:
        log.error("part_damaged", export_id=export_id)
        lifecycle.recollect(export_id, run_no)
    except CannotHold as error:
        log.warning("format_limit", export_id=export_id, error=str(error))
        lifecycle.fail(export_id, run_no, "format_limit")
    except BaseTimeoutException:
        raise
    except Exception as error:
        lifecycle.release(export_id, run_no, "no_space" if isinstance(error, Full) else "internal")
        raise


def _publish(export_id: int, run_no: int) -> None:
    export = db.session.get_one(Export, export_id, populate_existing=True)
    parts = parts_of(export_id)
    if [part.page for part in parts] != list(range(1, export.page)):
        lifecycle.fail(export_id, run_no, "incomplete")
        return
    layouts = [claims.layout_of(export, output) for output in export.outputs]
    described = manifest.describe(export)
    db.session.expunge_all()
    db.session.rollback()
    warnings = _warnings(parts) + Counter(export.warnings)
    made = files.made(export, parts, run_no, layouts)
    made.append(
        files.manifest_file(export, parts, run_no, manifest.with_files(described, parts, made, warnings))
    )
    faults.point("file_stored")
    keep = export.keep_seconds or settings.retention_days * DAY
    if _adds_up(made, parts) and lifecycle.complete(export_id, run_no, made, warnings, keep):
        faults.point("published")
        storage.delete_below(f"fragments/{export_id}")
        return
    # Cancelled or taken over meanwhile; or the rows do not add up, and then this run still holds the lease.
    for file in made:
        storage.delete(file.key)
    lifecycle.fail(export_id, run_no, "incomplete")


def parts_of(export_id: int) -> list[Part]:
    return list(db.session.scalars(select(Part).where(Part.export_id == export_id).order_by(Part.page)))


def _adds_up(made: list[File], parts: list[Part]) -> bool:
    """Whether every data file has all the staged rows, but for those that it says it has kept out."""
    staged = sum(part.rows for part in parts)
    return all(file.rows + file.kept_out == staged for file in made if file.kind == "data")


def _warnings(parts: list[Part]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        found.update(part.warnings)
        rendered: Counter[str] = Counter()
        for fragment in part.fragments:
            # Two outputs of one part meet the same odd cell; it is one cell.
            rendered |= Counter(fragment["warnings"])
        found.update(rendered)
    return found
