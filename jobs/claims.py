"""What the three phases share: how a job signs its claims, keeps them alive, and lays out a file."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, current_app
from rq import get_current_job
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dashboard import asked, lifecycle, planning, queue
from dashboard.columns import Column
from dashboard.database import db
from dashboard.extensions import catalog, settings, storage
from dashboard.formats.base import Layout, Related
from dashboard.models import Export, Part
from dashboard.sources import Resource

log = structlog.get_logger()


class Stopped(Exception):
    """The run is not ours any more; there is nothing to tidy but what the sweeper finds."""


class Failed(Exception):
    """The export cannot be made; the text is a code of lifecycle.ERRORS."""


def must(ours: bool) -> None:
    if not ours:
        raise Stopped


def commit(part: Part, rows_per_second: float | None) -> None:
    """Record a staged part, or take its object away again when the run is not ours any more."""
    key = part.key
    if not lifecycle.commit_part(part, rows_per_second):
        storage.delete(key)
        raise Stopped


def owner() -> str:
    """How this job signs its claims; the worker gives them back by this name when the job is killed."""
    job = get_current_job()
    return queue.job_owner(job) if job else f"job:{secrets.token_hex(8)}"


@contextmanager
def kept_alive(renew: Callable[[], bool]) -> Iterator[None]:
    """Call `renew` three times a term, in a thread with a database session of its own.

    That the thread runs proves no progress; `progress_at` is for that.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    over = threading.Event()
    every = settings.lease_seconds / 3

    def keep() -> None:
        while not over.wait(every):
            with app.app_context():
                try:
                    if not renew():
                        return
                except SQLAlchemyError as error:
                    log.warning("lease_not_renewed", error=type(error).__name__)
                finally:
                    db.session.remove()

    thread = threading.Thread(target=keep, daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=every)


def layout_of(export: Export, output: dict[str, Any]) -> Layout:
    """Everything about a file that its rows do not say; the dates are the export's own, so bytes repeat."""
    resource, columns = planning.resource_of(export), planning.columns_of_output(export, output)
    return Layout(
        columns=columns,
        title=asked.label_of(export),
        created_at=export.created_at,
        language=export.language,
        timezone=export.timezone,
        options=output["options"],
        resource=(export.as_asked or {}).get("resource", resource.name),  # as its client calls it
        key=resource.key,
        filters=tuple(asked.in_words(export)),
        dry=export.dry_data,
        widths=widths_of(export.id),
        related=_related(resource, columns),
    )


def _related(resource: Resource, columns: tuple[Column, ...]) -> dict[str, Related]:
    """Where the relations lead that columns begin with."""
    names = dict.fromkeys(column.name.partition(".")[0] for column in columns)
    relations = [one for name in names if (one := resource.relation(name))]
    return {one.name: Related(one.resource, catalog.resources[one.resource].key) for one in relations}


def widths_of(export_id: int) -> dict[str, int]:
    widths: dict[str, int] = {}
    for found in db.session.scalars(select(Part.widths).where(Part.export_id == export_id)):
        for name, width in found.items():
            widths[name] = max(width, widths.get(name, 0))
    return widths
