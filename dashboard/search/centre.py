"""What doors need to know of exports beside their own record: how many the centre is at, and who changed one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from dashboard.database import db
from dashboard.models import ACTIVE, Audit, Export, User

UNDER_WAY = tuple(status for status in ACTIVE if status != "scheduled")


def under_way() -> int:
    """How many exports, of everybody, are waiting or running."""
    going = select(func.count()).where(Export.status.in_(UNDER_WAY), Export.deleted_at.is_(None))
    return db.session.scalar(going) or 0


def with_key(user: User, key: str | None) -> Export | None:
    """The export that this person asked for with that idempotency key."""
    if not key:
        return None
    found = select(Export).where(Export.requested_by_id == user.id, Export.idempotency_key == key)
    return db.session.scalar(found)


def changes_of(export: Export) -> list[tuple[Audit, str | None]]:
    """Each change that people made to it, oldest first, with the uuid of who did; `changed` of its detail says what."""
    changes = select(Audit, User.uuid).outerjoin(User, User.id == Audit.user_id)
    changes = changes.where(Audit.export_id == export.id, Audit.action == "change").order_by(Audit.id)
    return [(audit, who) for audit, who in db.session.execute(changes) if "changed" in audit.detail]


def changed_by(ids: Iterable[int]) -> dict[int, int]:
    """Who changed, cancelled or restarted each of these exports last, if anybody did."""
    changes = select(Audit.export_id, Audit.user_id).where(
        Audit.export_id.in_(list(ids)), Audit.action.in_(("change", "cancel", "restart"))
    )
    return {id: who for id, who in db.session.execute(changes.order_by(Audit.id)) if id and who}
