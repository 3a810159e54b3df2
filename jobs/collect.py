"""Phase 1: rows of one moment become staged parts.

Queued by `lifecycle.dispatch`. All rows are read in one transaction of the source; a run that is lost is started
again from the first row, so the file never mixes two moments.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import polars as pl
import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import func, select

from dashboard import lifecycle, planning, queue
from dashboard.criteria import Comparison
from dashboard.database import db
from dashboard.extensions import catalog, settings, storage
from dashboard.formats import FORMATS, lists
from dashboard.formats.base import Format
from dashboard.formats.nested import flat_columns
from dashboard.models import Event, Export, Part
from dashboard.sources import Part as Staged
from dashboard.sources import Query, Reading, SourceAway, SourceChanged
from dashboard.storage import Full, save
from jobs import claims, copying, faults, render
from jobs.claims import Failed, Stopped, commit, must

LONGEST_WAIT_SECONDS = 60
# Rows that cannot be read: more than this many and more than this share of all fail the export.
MOST_FAILED = 1000
MOST_FAILED_SHARE = 0.01
# What an API documents as the most that an export of it may have, whatever MAX_ROWS says.
MOST_ROWS_OF = {"rebilly": 10_000_000}

log = structlog.get_logger()


def collect(export_id: int) -> None:
    """Claim an export, stage its rows, and go on to render them."""
    if not storage.has_room():
        log.error("no_room", export_id=export_id)
        return
    owner = claims.owner()
    run_no = lifecycle.claim(export_id, owner, socket.gethostname())
    if run_no is None:
        return
    faults.point("claimed")
    try:
        with claims.kept_alive(partial(lifecycle.renew, export_id, run_no)):
            _stage(export_id, run_no)
    except Stopped:
        return
    except Failed as error:
        lifecycle.fail(export_id, run_no, str(error))
        return
    except (SourceChanged, planning.Outdated) as error:
        log.warning("source_changed", export_id=export_id, error=str(error))
        lifecycle.fail(export_id, run_no, "source_changed")
        return
    except SourceAway as error:
        log.warning("source_away", export_id=export_id, error=str(error))
        lifecycle.wait(export_id, run_no, _patience(export_id))
        return
    except BaseTimeoutException:
        raise
    except Exception as error:
        lifecycle.release(export_id, run_no, "no_space" if isinstance(error, Full) else "internal")
        raise
    faults.point("collected")
    render.render(export_id)


def _stage(export_id: int, run_no: int) -> None:
    export = db.session.get_one(Export, export_id, populate_existing=True)
    query = planning.query_of(export)
    if planning.forbidden(export.requested_by, query):
        raise Failed("forbidden")
    formats = [FORMATS[output["format"]] for output in export.outputs]
    origin, named = export.rows_of_id, planning.named_rows(export)
    most = min(settings.max_rows, MOST_ROWS_OF.get(export.dialect or "", settings.max_rows))
    db.session.rollback()
    if origin:
        copying.copy_rows(export_id, run_no, origin)
    else:
        _read(export_id, run_no, query, formats, named, most)
    _refuse_too_wide(export_id)
    must(lifecycle.finish_collecting(export_id, run_no))


def _read(
    export_id: int, run_no: int, query: Query, formats: list[Format], named: Comparison | None, most: int
) -> None:
    collected, failed, begun = 0, 0, time.monotonic()
    outputs, _ = render.outputs_of(export_id)
    until = begun + settings.slice_seconds
    collecting = render.Collecting(export_id, run_no, claims.owner(), outputs, until, queue.is_alone())
    with catalog.source(query.resource).reading(query, settings.part_rows) as reading:
        must(lifecycle.count(export_id, run_no, reading.total, warnings=_not_found(reading, named)))
        faults.point("counted")
        _refuse_too_many(reading.total, most, len(query.columns), formats)
        is_shared = reading.total > settings.part_rows and not render.waits_for_all(outputs)
        if is_shared:
            render.invite(collecting)
        for page, part in enumerate(reading.parts(), 1):
            collected += len(part.frame)
            failed += part.failed_rows
            _refuse_too_many_failed(failed, reading.total)
            speed = collected / max(time.monotonic() - begun, 0.001)
            _stage_part(export_id, run_no, page, part, speed)
            if is_shared:
                render.share(collecting, page, part.frame)
    if collected + failed != reading.total:
        log.error(
            "incomplete", export_id=export_id, counted=reading.total, collected=collected, failed=failed
        )
        raise Failed("incomplete")


def _not_found(reading: Reading, named: Comparison | None) -> dict[str, int]:
    """The ids of the filter file without a row, whatever else was asked for, at the moment of the rows."""
    missing = len(named.value) - reading.count(named) if named else 0
    return {"ids_not_found": missing} if missing > 0 else {}


def _refuse_too_many(total: int, most: int, columns: int, formats: list[Format]) -> None:
    if total > most:
        raise Failed("record_limit")
    for format in formats:
        _check(format, columns, total)


def _refuse_too_many_failed(failed: int, total: int) -> None:
    if failed > max(MOST_FAILED, total * MOST_FAILED_SHARE):
        raise Failed("too_many_row_errors")


def _refuse_too_wide(export_id: int) -> None:
    """Related rows in numbered columns: only now is it known how many columns that takes."""
    export = db.session.get_one(Export, export_id, populate_existing=True)
    for output in export.outputs:
        format, layout = FORMATS[output["format"]], claims.layout_of(export, output)
        if format.waits_for_all(layout):
            _check(format, len(flat_columns(layout)), None)
    db.session.rollback()


def _check(format: Format, columns: int, rows: int | None) -> None:
    try:
        format.check(columns, rows)
    except ValueError:
        raise Failed("format_limit") from None


def _stage_part(export_id: int, run_no: int, page: int, part: Staged, speed: float) -> None:
    begun = time.monotonic()
    key = f"parts/{export_id}/{page:06}-{run_no}"
    with packed(part.frame) as data:
        stored = save(storage, key, data)
    errors = _stage_errors(f"{key}-errors", part)
    faults.point("part_stored")
    row = Part(
        export_id=export_id,
        page=page,
        run_no=run_no,
        first_key=part.first_key,
        last_key=part.last_key,
        rows=len(part.frame),
        failed=part.failed_rows,
        errors=errors,
        widths=part.widths,
        size=stored.size,
        sha256=stored.sha256,
        key=key,
        # Odd values are counted where they are written.
        warnings={"replaced_characters": part.replaced} if part.replaced else {},
        seconds=time.monotonic() - begun,
    )
    commit(row, speed)
    faults.point("part_committed")


def _stage_errors(key: str, part: Staged) -> dict[str, Any] | None:
    """Why rows of this part could not be read, as lines of the list of errors."""
    if part.failed.is_empty():
        return None
    lines = lists.failed(part.failed)
    stored = save(storage, key, lines.data)
    return {"key": key, "size": stored.size, "sha256": stored.sha256, "rows": lines.rows}


_packing = io.BytesIO()


@contextmanager
def packed(frame: pl.DataFrame) -> Iterator[memoryview]:
    """A part as it lies in storage: an Arrow IPC file. The next one is put into the same memory.

    Not compressed: lz4 halves it, but takes a tenth of the CPU of the whole export, for bytes that live a day.
    """
    _packing.seek(0)
    frame.write_ipc(_packing, compression="uncompressed")
    with _packing.getbuffer() as buffer, buffer[: _packing.tell()] as used:
        yield used


def _patience(export_id: int) -> float:
    """Seconds to the next try: longer each time the source stayed away."""
    waits = select(func.count()).where(Event.export_id == export_id, Event.kind == "waiting")
    return min(LONGEST_WAIT_SECONDS, 5 * 2.0 ** (db.session.scalar(waits) or 0))
