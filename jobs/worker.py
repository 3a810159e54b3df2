"""A worker process: `python -m jobs.worker`. It forks a work-horse for each job, and gives back what a killed one held.

The parent computes nothing and stores nothing, as polars must not have run before a fork (stack.md, trap 1).
It imports what every job needs, so that a horse begins at once.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Any

import structlog
from flask import Flask
from rq import Worker
from rq.job import Job
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from dashboard import lifecycle, queue
from dashboard.app import create_app
from dashboard.config import SettingsError
from dashboard.database import db
from dashboard.sources import CatalogError
from jobs import assemble, collect, render
from jobs.rehearsal import rehearse

# Found by their names in the queue; imported here once instead of by each horse.
WARM = (assemble, collect, render)

# Of glibc's mallopt: M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD.
MEMORY = {-1: 1 << 30, -2: 64 << 20, -3: 1 << 30}

log = structlog.get_logger()


class ExportWorker(Worker):
    """RQ's worker with an app for its jobs, and with quick news of a killed horse."""

    app: Flask

    def perform_job(self, job: Job, *rest: Any) -> bool:
        """In the horse: nothing that the parent had open is used."""
        if job.func_name not in queue.JOBS.values():
            log.error("not_a_job_of_ours", name=job.func_name[:100])
            raise PermissionError
        with self.app.app_context():
            db.engine.dispose(close=False)
            try:
                done: bool = super().perform_job(job, *rest)
            except Exception:
                # RQ would end the horse without a word.
                log.exception("horse_failed", job_id=job.id)
                raise
            return done

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
        """In the parent: free the export at once instead of waiting for the lease."""
        log.warning("horse_killed", job_id=job.id, status=ret_val)
        with self.app.app_context():
            try:
                lifecycle.give_back(int(job.args[0]), queue.job_owner(job))
            except SQLAlchemyError as error:
                log.warning("not_given_back", job_id=job.id, error=type(error).__name__)
            finally:
                # The next horse inherits no connection.
                db.session.remove()
                db.engine.dispose()
                self.app.extensions["redis"].connection_pool.disconnect()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        return int(self.job_monitoring_interval) + 15


def keep_memory() -> None:
    """Have the C library give no memory back either, where that can be said (see `jobs`)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        for setting, value in MEMORY.items():
            mallopt(setting, value)


def main() -> None:
    keep_memory()
    try:
        app = create_app()
    except (SettingsError, CatalogError) as error:
        sys.exit(str(error))
    connection = queue.connect_patiently(app.extensions["settings"].redis_url)
    ExportWorker.app = app
    worker = ExportWorker(
        [queue.queue_of(connection)],
        connection=connection,
        serializer=queue.SERIALIZER,
        worker_ttl=60,
        maintenance_interval=60,
        job_monitoring_interval=10,
    )
    configure_mappers()
    with app.app_context():
        rehearse()
        # No horse inherits a connection.
        db.engine.dispose()
    # What is there by now stays: a horse that looks through it for garbage would copy it, page by page.
    gc.collect()
    gc.freeze()
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
