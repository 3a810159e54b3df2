"""People, and the secrets by which we know them again: API tokens and sessions, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dashboard.database import Base, Json, Moment, now

if TYPE_CHECKING:
    from dashboard.models.export import Export

ACTIONS = ("see", "download", "cancel", "restart", "change", "delete")
ABILITIES = ("read", "create", "download", "cancel")


class User(Base):
    """Staff or superuser. `may` is the one place that decides who may do what."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True, default=lambda: str(uuid.uuid4()))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_superuser: Mapped[bool] = mapped_column(default=False)
    can_export: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    roles: Mapped[list[str]] = mapped_column(Json, default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now())

    # What flask-login asks of a user.
    is_authenticated = True
    is_anonymous = False

    def may(self, action: str, export: Export) -> bool:
        """Whether this person may see, download, cancel, restart, change or delete that export."""
        if action not in ACTIONS:
            raise ValueError(action)
        if not self.is_active:
            return False
        if self.is_superuser:
            return True
        if action == "cancel":
            return False
        return export.requested_by_id == self.id and (action == "see" or self.can_export)

    def may_request(self, roles: tuple[str, ...] = ()) -> bool:
        """Whether this person may ask for an export of a resource that is kept to `roles` (none: everybody)."""
        if not self.is_active:
            return False
        if self.is_superuser:
            return True
        return self.can_export and (not roles or bool(set(roles) & set(self.roles)))

    @property
    def language(self) -> str:
        return str(self.settings.get("language", "en"))

    @property
    def timezone(self) -> str:
        return str(self.settings.get("timezone", "UTC"))

    @property
    def theme(self) -> str:
        return str(self.settings.get("theme", "system"))

    @property
    def rows_per_page(self) -> int:
        return int(self.settings.get("rows_per_page", 25))


def digest(secret: str) -> str:
    """What is kept of a token or session id: its SHA-256, in hex. The secrets are 256 random bits, so no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(Base):
    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now())
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_address: Mapped[str | None] = mapped_column(String(64))
    abilities: Mapped[list[str]] = mapped_column(Json, default=lambda: list(ABILITIES))
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Session(Base):
    """A signed-in browser. Ends at `ends_at` whatever happens, and when idle for `idle_seconds`."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    idle_seconds: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment, default=now())
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now())
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class LoginDelay(Base):
    """Failed logins of one account from one address since the last good one."""

    __tablename__ = "login_delays"

    account: Mapped[str] = mapped_column(String(254), primary_key=True)
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(Moment)
    failed_at: Mapped[datetime] = mapped_column(Moment, default=now())


class Audit(Base):
    """Who did what, append only."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now(), index=True)
    # No foreign keys: the trace outlives what it is about.
    user_id: Mapped[int | None] = mapped_column(index=True)
    export_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Lease(Base):
    """Who does something that one process at a time should do (the clock)."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(Moment)
