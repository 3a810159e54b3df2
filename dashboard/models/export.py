"""An export and what belongs to it: staged parts, files, events.

Records answer questions. Every change of `status` and of what fences it is made in `dashboard.lifecycle`.
"""

from __future__ import annotations

import secrets
import string
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, case
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dashboard.database import Base, Json, Moment, now
from dashboard.models.user import User

WAITING = ("scheduled", "pending", "queued")
ACTIVE = (*WAITING, "running", "waiting_next_page", "finalizing")
ENDED = ("completed", "failed", "timed_out", "cancelled")
STATUSES = (*ACTIVE, *ENDED)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 10


def new_public_id() -> str:
    """`exp_` and 128 random bits as 26 characters of Crockford's base 32."""
    return "exp_" + "".join(CROCKFORD[digit] for digit in [secrets.randbelow(8), *_digits(25, 32)])


def new_letters() -> str:
    return "".join(string.ascii_letters[digit] for digit in _digits(LETTERS, 52))


def _digits(count: int, base: int) -> list[int]:
    return [secrets.randbelow(base) for _ in range(count)]


class Export(Base):
    """What somebody asked for, and how far it has come."""

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True, default=lambda: str(uuid.uuid4()))
    name: Mapped[str] = mapped_column(String(255))
    resource: Mapped[str] = mapped_column(String(100))
    # columns in the asked order, as paths; empty: all own fields of the resource
    fields: Mapped[list[str]] = mapped_column(Json, default=list)
    # criteria.dump; with a filter file it can be large, and lists do not need it
    where: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    date_range: Mapped[dict[str, Any] | None] = mapped_column(Json)  # field, preset, start, end
    sort: Mapped[list[str]] = mapped_column(Json, default=list)
    format: Mapped[str] = mapped_column(String(20))  # of the first output
    # format, options, packaging of each; `fields` when it has some of the columns only
    outputs: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    renames: Mapped[dict[str, str]] = mapped_column(Json, default=dict)  # path -> heading of one's own
    dry_data: Mapped[bool] = mapped_column(default=False)  # without ids, timestamps and blanks
    language: Mapped[str] = mapped_column(String(8), default="en")
    headings: Mapped[str] = mapped_column(String(10), default="labels")  # or names: the fields' own
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action_name: Mapped[str | None] = mapped_column(String(255))
    request_path: Mapped[str] = mapped_column(Text, default="")
    filter_file: Mapped[str | None] = mapped_column(String(255))  # name as uploaded, for display only
    idempotency_key: Mapped[str | None] = mapped_column(String(128))
    dialect: Mapped[str | None] = mapped_column(
        String(20)
    )  # the API that it was asked through; None: our pages
    as_asked: Mapped[dict[str, Any] | None] = mapped_column(Json)  # what that API echoes, in its own words
    # Ids of the APIs that do not know ours: Rebilly's, which its clients may choose, and Commerce Layer's.
    public_id: Mapped[str] = mapped_column(String(50), default=new_public_id)
    # "C", as lists count them by their first letter, which rises with the letters in no other order.
    letters: Mapped[str] = mapped_column(
        String(LETTERS).with_variant(String(LETTERS, collation="C"), "postgresql"), default=new_letters
    )
    reference: Mapped[str | None] = mapped_column(String(255))
    reference_origin: Mapped[str | None] = mapped_column(String(255))
    client_metadata: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    row_limit: Mapped[int | None] = mapped_column(BigInteger)
    notify: Mapped[list[str]] = mapped_column(Json, default=list)  # mail addresses, told of the end
    scheduled_at: Mapped[datetime | None] = mapped_column(Moment)  # when it is to begin
    recurrence: Mapped[dict[str, Any] | None] = mapped_column(Json)  # instruction (RFC 5545), start
    keep_seconds: Mapped[int | None]  # how long its files are kept, when not RETENTION_DAYS
    # The export whose staged rows this one was made from, without another look at the source. No foreign key:
    # SQLite would have to make the table anew to get one, and would empty those that point to it.
    rows_of_id: Mapped[int | None]

    status: Mapped[str] = mapped_column(String(20), default="pending")
    run_no: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)
    progress_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    dispatched_at: Mapped[datetime | None] = mapped_column(Moment)
    deadline_at: Mapped[datetime] = mapped_column(Moment)

    last_key: Mapped[list[Any] | None] = mapped_column(Json)
    last_instance_id: Mapped[int] = mapped_column(BigInteger, default=0)
    page: Mapped[int] = mapped_column(default=1)  # next page, from 1
    total_count: Mapped[int | None] = mapped_column(BigInteger)  # None until counted
    collected_count: Mapped[int] = mapped_column(BigInteger, default=0)
    fail_count: Mapped[int] = mapped_column(BigInteger, default=0)
    parts_rendered: Mapped[int] = mapped_column(default=0)
    rows_per_second: Mapped[float | None]
    warnings: Mapped[dict[str, int]] = mapped_column(Json, default=dict)

    result_key: Mapped[str | None] = mapped_column(String(255))
    result_size: Mapped[int | None] = mapped_column(BigInteger)
    result_sha256: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    expired_at: Mapped[datetime | None] = mapped_column(Moment)  # files marked as gone
    deleted_at: Mapped[datetime | None] = mapped_column(
        Moment
    )  # nobody sees it any more; audits still name it
    cleaned_at: Mapped[datetime | None] = mapped_column(Moment)  # parts and fragments deleted
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)

    created_at: Mapped[datetime] = mapped_column(Moment, default=now())
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now())
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    snapshot_at: Mapped[datetime | None] = mapped_column(Moment)  # the moment the rows are of
    collected_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[str | None] = mapped_column(String(500))

    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id], lazy="joined", innerjoin=True)
    cancelled_by: Mapped[User | None] = relationship(foreign_keys=[cancelled_by_id], lazy="select")
    parts: Mapped[list[Part]] = relationship(order_by="Part.page", viewonly=True)
    files: Mapped[list[File]] = relationship(order_by="File.id", viewonly=True)
    events: Mapped[list[Event]] = relationship(order_by="Event.id", viewonly=True)

    __table_args__ = (
        # Those for lists are in models/indexes.py.
        Index("uq_exports_public_id", "public_id", unique=True),
        Index("uq_exports_letters", "letters", unique=True),
        Index("uq_exports_idempotency", "requested_by_id", "idempotency_key", unique=True),
    )

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def has_file(self) -> bool:
        return self.status == "completed" and self.expired_at is None

    @property
    def part_count(self) -> int:
        """Parts staged so far; while collecting, `page` is the number of the next one."""
        return self.page - 1

    @property
    def percent(self) -> int | None:
        """Rows collected of the rows to collect, 0 to 99 until the collecting is over; None while nobody knows."""
        if self.total_count is None:
            return None
        if self.status in ("finalizing", "completed"):
            return 100
        if not self.total_count:
            return 0
        return min(99, self.collected_count * 100 // self.total_count)

    @property
    def short_id(self) -> str:
        return self.uuid[:8]


# The order in which people think of statuses; the list page sorts by it.
status_order = case({status: place for place, status in enumerate(STATUSES)}, value=Export.status, else_=99)


class Part(Base):
    """Consecutive rows, staged once and never changed, and their fragments: one for each output, in order.

    A fragment is `key, size, crc32, rows, kept_out, warnings` and `lists`, by kind, of `key, size, crc32, rows`.
    """

    __tablename__ = "export_parts"

    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_no: Mapped[int]
    first_key: Mapped[list[Any] | None] = mapped_column(Json)
    last_key: Mapped[list[Any] | None] = mapped_column(Json)
    rows: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(255))
    failed: Mapped[int] = mapped_column(default=0)  # rows that could not be read, beyond `rows`
    errors: Mapped[dict[str, Any] | None] = mapped_column(Json)  # key, size, sha256, rows of their lines
    widths: Mapped[dict[str, int]] = mapped_column(Json, default=dict)  # most related rows of one row
    warnings: Mapped[dict[str, int]] = mapped_column(Json, default=dict)  # of the staging alone
    seconds: Mapped[float] = mapped_column(default=0.0)
    staged_at: Mapped[datetime] = mapped_column(Moment, default=now())
    render_owner: Mapped[str | None] = mapped_column(String(80))
    render_until: Mapped[datetime | None] = mapped_column(Moment)
    rendered_at: Mapped[datetime | None] = mapped_column(Moment)
    fragments: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)


class File(Base):
    """What people download. `kind` is data, errors, sanitized or manifest; `output` numbers the export's outputs."""

    __tablename__ = "export_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="data")
    format: Mapped[str] = mapped_column(String(20))
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(255))
    output: Mapped[int] = mapped_column(default=0)
    packaging: Mapped[str] = mapped_column(String(10), default="none")
    rows: Mapped[int] = mapped_column(BigInteger)
    kept_out: Mapped[int] = mapped_column(
        BigInteger, default=0
    )  # rows that are in the sanitized file instead
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now())
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


class Event(Base):
    """One line of an export's timeline, written in the transaction of the change that it tells of."""

    __tablename__ = "export_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now())
    kind: Mapped[str] = mapped_column(String(20))  # a status, or counted, part, taken_over, downloaded
    message: Mapped[str] = mapped_column(String(500))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    run_no: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("ix_export_events_kind", "kind", "export_id"),
        Index("ix_export_events_at", "at", "export_id"),
    )
