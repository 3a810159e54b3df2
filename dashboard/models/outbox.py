"""Mail that is to be sent: written in the transaction of the change that it tells of, so that none is forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.database import Base, Moment, now


class Letter(Base):
    """One message to one address about one end of an export. `state` is waiting, sent or given_up."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"))
    run_no: Mapped[int]  # of the export as it ended: run again, it ends again
    kind: Mapped[str] = mapped_column(String(20))  # the status that it tells of
    recipient: Mapped[str] = mapped_column(String(320))
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment, default=now())
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now())
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(String(200))  # why the last try failed

    __table_args__ = (
        UniqueConstraint("export_id", "run_no", "recipient"),
        Index("ix_outbox_due", "state", "next_at"),
    )
