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
from sqlalchemy.exc import SQLAlchemyError

from dashboard import planning, queue
from dashboard.database import db
from dashboard.extensions import settings
from dashboard.formats.base import Layout
from dashboard.models import Export

log = structlog.get_logger()


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


def layout_of(export: Export, options: dict[str, Any]) -> Layout:
    """Everything about a file that its rows do not say; the dates are the export's own, so bytes repeat."""
    query = planning.query_of(export)
    return Layout(
        columns=query.columns,
        title=query.resource.label,
        created_at=export.created_at,
        language=export.language,
        timezone=export.timezone,
        options=options,
    )
