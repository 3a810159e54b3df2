"""Phase 1: rows of one moment become staged parts.

Queued by `lifecycle.dispatch`. All rows are read in one transaction of the source; a run that is lost is started
again from the first row, so the file never mixes two moments.
"""

from __future__ import annotations

import io
import socket
import time
from functools import partial

import polars as pl
import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import func, select

from dashboard import lifecycle, planning, queue
from dashboard.database import db
from dashboard.extensions import catalog, settings, storage
from dashboard.formats import FORMATS
from dashboard.models import Event, Export, Part
from dashboard.sources import Part as Staged
from dashboard.sources import SourceAway, SourceChanged
from dashboard.storage import Full, save
from jobs import claims, faults, render

LONGEST_WAIT_SECONDS = 60

log = structlog.get_logger()


class Stopped(Exception):
    """The run is not ours any more; there is nothing to tidy but what the sweeper finds."""


class Failed(Exception):
    """The export cannot be made; the text is a code of lifecycle.ERRORS."""


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
    if not export.requested_by.may_request(query.resource.roles):
        raise Failed("forbidden")
    formats = [FORMATS[output["format"]] for output in export.outputs]
    db.session.rollback()
    with catalog.source(query.resource).reading(query, settings.part_rows) as reading:
        _must(lifecycle.count(export_id, run_no, reading.total))
        faults.point("counted")
        _refuse_too_many(reading.total, len(query.columns), formats)
        collected, begun = 0, time.monotonic()
        for page, part in enumerate(reading.parts(), 1):
            collected += len(part.frame)
            speed = collected / max(time.monotonic() - begun, 0.001)
            _stage_part(export_id, run_no, page, part, speed)
            _invite(export_id, page, reading.total)
    if collected != reading.total:
        log.error("incomplete", export_id=export_id, counted=reading.total, collected=collected)
        raise Failed("incomplete")
    _must(lifecycle.finish_collecting(export_id, run_no))


def _must(ours: bool) -> None:
    if not ours:
        raise Stopped


def _refuse_too_many(total: int, columns: int, formats: list) -> None:
    if total > settings.max_rows:
        raise Failed("record_limit")
    for format in formats:
        try:
            format.check(columns, total)
        except ValueError:
            raise Failed("format_limit") from None


def _stage_part(export_id: int, run_no: int, page: int, part: Staged, speed: float) -> None:
    begun = time.monotonic()
    key = f"parts/{export_id}/{page:06}-{run_no}"
    stored = save(storage, key, packed(part.frame))
    faults.point("part_stored")
    row = Part(
        export_id=export_id,
        page=page,
        run_no=run_no,
        first_key=part.first_key,
        last_key=part.last_key,
        rows=len(part.frame),
        size=stored.size,
        sha256=stored.sha256,
        key=key,
        # Odd values are counted where they are written.
        warnings={"replaced_characters": part.replaced} if part.replaced else {},
        seconds=time.monotonic() - begun,
    )
    if not lifecycle.commit_part(row, speed):
        storage.delete(key)
        raise Stopped
    faults.point("part_committed")


def packed(frame: pl.DataFrame) -> bytes:
    """A part as it lies in storage: an Arrow IPC stream, lz4."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def _invite(export_id: int, page: int, total: int) -> None:
    """Let other workers render while we collect; a few at a time, so that a giant leaves room for others."""
    if total <= settings.part_rows:
        return
    waiting = select(func.count()).where(Part.export_id == export_id, Part.rendered_at.is_(None))
    if (db.session.scalar(waiting) or 0) <= settings.parts_in_flight:
        db.session.rollback()
        queue.enqueue("render", export_id)
    db.session.rollback()


def _patience(export_id: int) -> float:
    """Seconds to the next try: longer each time the source stayed away."""
    waits = select(func.count()).where(Event.export_id == export_id, Event.kind == "waiting")
    return min(LONGEST_WAIT_SECONDS, 5 * 2.0 ** (db.session.scalar(waits) or 0))
