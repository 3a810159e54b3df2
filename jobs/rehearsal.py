"""What jobs ask the records' database, asked once before there is a job: `jobs.worker` calls it.

SQLAlchemy puts a statement into words when it meets it first, and for all that a job asks that takes as long as an
export of some thousand rows. Work-horses inherit the words. No export has the number 0, so nothing is found or changed.
"""

from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dashboard import lifecycle
from dashboard.database import db
from dashboard.models import Export, File, Part
from jobs import assemble, claims, render

_NONE = 0

log = structlog.get_logger()


def rehearse() -> None:
    """Go through the three phases of an export that there is not. Where there are no records yet, nothing is lost."""
    try:
        _collect()
        _render()
        _assemble()
    except SQLAlchemyError as error:
        log.info("not_rehearsed", error=type(error).__name__)
    finally:
        db.session.remove()


def _collect() -> None:
    lifecycle.claim(_NONE, "")
    db.session.get(Export, _NONE)
    lifecycle.count(_NONE, 0, 0)
    lifecycle.commit_part(_part(), 0.0)
    lifecycle.finish_collecting(_NONE, 0)


def _render() -> None:
    lifecycle.claim_part(_NONE, "", 1)
    lifecycle.claim_part(_NONE, "")
    db.session.get(Part, (_NONE, 1))
    render.outputs_of(_NONE)
    render.waiting(_NONE, "")
    render.earlier_rows(_part())
    lifecycle.commit_fragments(_part(), "", [])
    lifecycle.is_collecting(_NONE)
    lifecycle.all_rendered(_NONE)


def _assemble() -> None:
    lifecycle.claim_assembly(_NONE, "")
    assemble.parts_of(_NONE)
    claims.widths_of(_NONE)
    lifecycle.complete(_NONE, 0, [File(key="", size=0, sha256="", rows=0)], {}, 0)


def _part() -> Part:
    return Part(export_id=_NONE, page=1, run_no=0, rows=0)
