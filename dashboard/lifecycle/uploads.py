"""What people upload with an export: each upload is counted and audited before anybody looks into it."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from sqlalchemy import func, select

from dashboard import filter_files, row_ids
from dashboard.database import db, now
from dashboard.extensions import settings
from dashboard.filter_files import Ids
from dashboard.lifecycle.moves import Refused, audit
from dashboard.models import Audit, User
from dashboard.sources import Resource

HOUR = 3600


class TooManyUploads(Refused):
    """This person has to wait; `seconds` until the next upload is taken."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        super().__init__(
            f"You have uploaded {settings.max_uploads_per_hour} files within an hour. "
            f"Try again in {minutes} minute{'' if minutes == 1 else 's'}."
        )
        self.seconds = seconds


def take_filter_file(
    user: User, resource: Resource, file: bytes | Path | IO[bytes], name: str, address: str = ""
) -> Ids:
    """The ids of a filter file for an export of this resource.

    Raises TooManyUploads, filter_files.Refused, filter_files.TooLarge.
    """
    key = row_ids.key_of(resource)
    _refuse_too_many(user)
    shown = filter_files.display_name(name)
    # Committed first: a file that is refused, or that is too much for us, was an upload too.
    audit("upload", user, address=address, resource=resource.name, file=shown)
    db.session.commit()
    return filter_files.read(file, name, key.type, (key.name, key.label, *key.labels.values()))


def _refuse_too_many(user: User) -> None:
    within = (Audit.action == "upload", Audit.user_id == user.id, Audit.at > now(-HOUR))
    count, first, clock = db.session.execute(
        select(func.count(), func.min(Audit.at), now()).where(*within)
    ).one()
    if count >= settings.max_uploads_per_hour:
        raise TooManyUploads(max(1, HOUR - int((clock - (first or clock)).total_seconds())))
