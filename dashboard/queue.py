"""The queue: the only file that knows RQ.

The verbs enqueue a job by its name; `JOBS` maps names to the functions that workers run. The queue decides nothing:
a job that is lost is found again by the clock in the records' database, a job that comes twice fails to claim.
"""

from __future__ import annotations

import structlog
from flask import current_app
from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue, Worker
from rq.command import send_stop_job_command
from rq.exceptions import DeserializationError, InvalidJobOperation, NoSuchJobError
from rq.job import Job

JOBS = {
    "collect": "jobs.collect.collect",
    "render": "jobs.render.render",
    "assemble": "jobs.assemble.assemble",
}
NAME = "exports"
SERIALIZER = "json"
JOB_TIMEOUT = 6 * 3600
# How far into the queue `has_other` looks: the same job is seldom called for more than twice.
_LOOKED_AT = 3

log = structlog.get_logger()


def connect(url: str) -> Redis:
    """A connection for a web request: it gives up within a second rather than keep a person waiting."""
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


def connect_patiently(url: str) -> Redis:
    """A connection for a worker: it outlives a restart of the server (about 70 s of refusals)."""
    # A Unix socket knows no keep-alive, and redis-py refuses the option there.
    keepalive = {} if url.startswith("unix:") else {"socket_keepalive": True}
    return Redis.from_url(
        url,
        health_check_interval=15,
        **keepalive,
        retry=Retry(ExponentialBackoff(cap=2, base=0.1), 40),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, BusyLoadingError],
    )


def queue_of(connection: Redis) -> Queue:
    return Queue(NAME, connection=connection, serializer=SERIALIZER)


def _connection() -> Redis:
    connection: Redis = current_app.extensions["redis"]
    return connection


def enqueue(job: str, export_id: int) -> bool:
    """Queue a job; False when the queue does not answer, which is no error: the clock will try again."""
    try:
        queue_of(_connection()).enqueue(
            JOBS[job], export_id, job_timeout=JOB_TIMEOUT, result_ttl=60, failure_ttl=86_400
        )
    except (RedisError, OSError) as error:
        log.warning("queue_away", job=job, export_id=export_id, error=type(error).__name__)
        return False
    return True


def stop(job_id: str) -> None:
    """Ask the worker of a job to end it. A courtesy: nothing depends on it."""
    try:
        send_stop_job_command(_connection(), job_id, serializer=SERIALIZER)
    except (RedisError, OSError, InvalidJobOperation, NoSuchJobError) as error:
        log.info("stop_not_sent", job_id=job_id, reason=type(error).__name__)


def is_empty() -> bool:
    """Whether nothing waits, so that a worker that is free would come at once; also when the queue is away."""
    try:
        return queue_of(_connection()).count == 0
    except (RedisError, OSError):
        return True


def has_other(job: str, export_id: int) -> bool:
    """Whether something else waits than this job, which may be there twice."""
    try:
        waiting = queue_of(_connection()).get_jobs(0, _LOOKED_AT)
        return any((one.func_name, list(one.args)) != (JOBS[job], [export_id]) for one in waiting)
    except (RedisError, OSError):
        return False
    except DeserializationError:
        return True  # what cannot be read is none of ours


def is_alone() -> bool:
    """Whether no worker is known but one, which can only be the caller's."""
    try:
        return Worker.count(queue=queue_of(_connection())) == 1
    except (RedisError, OSError):
        return False


def answers() -> bool:
    try:
        return bool(_connection().ping())
    except (RedisError, OSError):
        return False


def job_owner(job: Job) -> str:
    """How a job signs leases, so that its worker can give them back when the work-horse is killed."""
    return f"job:{job.id}"
