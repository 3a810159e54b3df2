"""What doors need to know of exports beside their own record: how many the centre is at, and who changed one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from dashboard.database import db
from dashboard.models import ACTIVE, Audit, Event, Export, User

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


Change = tuple[Audit, str | None]


def changes_of(exports: Iterable[Export]) -> dict[int, list[Change]]:
    """By the number of the export each change that people made to it, oldest first, with the uuid of who did.

    `changed` of its detail says what.
    """
    found: dict[int, list[Change]] = {export.id: [] for export in exports}
    changes = select(Audit, User.uuid).outerjoin(User, User.id == Audit.user_id)
    changes = changes.where(Audit.export_id.in_(found), Audit.action == "change").order_by(Audit.id)
    for audit, who in db.session.execute(changes):
        if audit.export_id and "changed" in audit.detail:
            found[audit.export_id].append((audit, who))
    return found


def events_of(exports: Iterable[Export]) -> dict[int, list[Event]]:
    """The timeline of each of these exports, by its number."""
    found: dict[int, list[Event]] = {export.id: [] for export in exports}
    for event in db.session.scalars(select(Event).where(Event.export_id.in_(found)).order_by(Event.id)):
        found[event.export_id].append(event)
    return found


def changed_by(ids: Iterable[int]) -> dict[int, int]:
    """Who changed, cancelled or restarted each of these exports last, if anybody did."""
    changes = select(Audit.export_id, Audit.user_id).where(
        Audit.export_id.in_(list(ids)), Audit.action.in_(("change", "cancel", "restart"))
    )
    return {id: who for id, who in db.session.execute(changes.order_by(Audit.id)) if id and who}
