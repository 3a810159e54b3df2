"""The clock process: `python -m jobs.clock`. One is enough, more do no harm.

It begins what is due, dispatches, takes over, gives up, expires, sweeps and sends mail.
Everything it does is a conditional update, so the lease only saves double work.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from types import FrameType

import structlog
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from dashboard import accounts, lifecycle, search
from dashboard.app import create_app
from dashboard.config import SettingsError
from dashboard.database import db, now
from dashboard.extensions import settings, storage
from dashboard.models import Lease
from dashboard.sources import CatalogError
from jobs import notify

PARTS_KEPT_SECONDS = 86_400
UNFINISHED_KEPT_SECONDS = 3600
LETTERS_KEPT_SECONDS = 30 * 86_400
SWEEP_EVERY_ROUNDS = 60

log = structlog.get_logger()


def tick(owner: str, round_no: int = 0) -> bool:
    """One round; whether this clock was the one to do it."""
    if not hold_lease(owner):
        return False
    taken, ended, started = lifecycle.take_over(), lifecycle.give_up(), lifecycle.start_due()
    sent = lifecycle.dispatch_due()
    if taken or ended or started or sent:
        log.info("round", taken_over=taken, ended=ended, started=started, dispatched=sent)
    for key in lifecycle.expire():
        storage.delete(key)
    notify.send_due()
    if round_no % SWEEP_EVERY_ROUNDS == 0:
        sweep()
    return True


def sweep() -> None:
    """Remove what no export needs any more, and sum up the counts that triggers have written."""
    for export_id in lifecycle.forget_parts(PARTS_KEPT_SECONDS):
        storage.delete_below(f"parts/{export_id}")
        storage.delete_below(f"fragments/{export_id}")
    storage.sweep(UNFINISHED_KEPT_SECONDS)
    accounts.forget_failures()
    lifecycle.forget_letters(LETTERS_KEPT_SECONDS)
    search.fold_tallies()


def hold_lease(owner: str) -> bool:
    """Take or keep the clock's lease in the database."""
    until = now(settings.reconcile_seconds * 3)
    mine = update(Lease).where(Lease.name == "clock", or_(Lease.owner == owner, Lease.until < now()))
    held = db.session.execute(mine.values(owner=owner, until=until)).rowcount == 1
    try:
        if not held and db.session.get(Lease, "clock") is None:
            db.session.add(Lease(name="clock", owner=owner, until=until))
            held = True
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return held


def main() -> None:
    try:
        app = create_app()
    except (SettingsError, CatalogError) as error:
        sys.exit(str(error))
    over = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    owner, round_no = f"{socket.gethostname()}:{os.getpid()}", 0
    while not over.is_set():
        with app.app_context():
            try:
                tick(owner, round_no)
            except SQLAlchemyError as error:
                log.error("round_failed", error=type(error).__name__)
                db.session.rollback()
            every = settings.reconcile_seconds
        round_no += 1
        over.wait(every)


if __name__ == "__main__":
    main()
