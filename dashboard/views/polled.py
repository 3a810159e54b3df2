"""Exports as polls ask for them: of a running one only what its row and its page show again and again.

An export has sixty columns and a poll comes every second or two, so to read them all is most of what it costs. What
is not read here is read when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import lazyload, load_only

from dashboard import search
from dashboard.database import db
from dashboard.models import Export, User

_SHOWN = (
    load_only(
        Export.name, Export.status, Export.requested_by_id, Export.page, Export.parts_rendered, Export.total_count,
        Export.collected_count, Export.fail_count, Export.rows_per_second, Export.created_at, Export.scheduled_at,
        Export.started_at, Export.collected_at, Export.ended_at, Export.expired_at,
    ),
    lazyload(Export.requested_by),
)  # fmt: skip


def find_export(user: User, id: int) -> Export | None:
    """The export with this number, if this person may see it; whole when it has ended."""
    found = by_ids(user, [id]) if id < 10**18 else []
    if found and found[0].has_ended:
        return search.find_export(user, id)
    return found[0] if found else None


def by_ids(user: User, ids: Iterable[int]) -> list[Export]:
    """Those of these exports that this person may see."""
    asked = {"ids": list(ids), "user_id": user.id}
    return list(db.session.scalars(_statement(user.is_superuser), asked))


@cache
def _statement(is_superuser: bool) -> Select[tuple[Export]]:
    """Put together once for all superusers and once for all others, as that takes longer than to run it."""
    # Nobody yet: whose exports may be seen is bound when it is asked.
    anyone = User(id=bindparam("user_id"), is_superuser=is_superuser)
    among = Export.id.in_(bindparam("ids", expanding=True))
    return select(Export).options(*_SHOWN).where(search.visible_to(anyone), among)
