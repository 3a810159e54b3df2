"""What has happened to an export, for its page (`progress`): the newest events, which mostly tell all that it asks.

Nearly every export has fewer events than its page shows, so that one question answers the others. Of an export with
more they are asked one by one, where what has been read does not tell.
"""

from functools import cached_property

from sqlalchemy import bindparam, func, select

from dashboard.database import db
from dashboard.models import Event

SHOWN = 50

# Put together once, and of columns alone: for a page that asks every second both are dearer than to run it.
_EVENTS = Event.__table__.c
_NEWEST = (
    select(_EVENTS.id, _EVENTS.at, _EVENTS.kind, _EVENTS.message)
    .where(_EVENTS.export_id == bindparam("export_id"))
    .order_by(_EVENTS.id.desc())
    .limit(SHOWN + 1)
)


class History:
    def __init__(self, export):
        self._export = export
        read = db.session.execute(_NEWEST, {"export_id": export.id}).all()
        self._is_whole = len(read) <= SHOWN
        self.events = read[:SHOWN]  # the newest first

    @cached_property
    def count(self):
        return len(self.events) if self._is_whole else self._one(func.count())

    @cached_property
    def asked_at(self):
        """When it was requested, or started again for the last time."""
        newest = self._newest("pending")
        if newest or self._is_whole:
            return newest.at if newest else self._export.created_at
        return self._one(func.max(Event.at), Event.kind == "pending") or self._export.created_at

    @property
    def counted_at(self):
        """When its rows were counted first since then."""
        since = self.asked_at
        if self._is_whole or self._newest("pending"):
            return min(
                (one.at for one in self.events if one.kind == "counted" and one.at >= since), default=None
            )
        return self._one(func.min(Event.at), Event.kind == "counted", Event.at >= since)

    @property
    def worker(self):
        """Who picked it up last; the record itself knows only the job."""
        newest = self._newest("running")
        if newest is None and not self._is_whole:
            last = self._one(func.max(Event.id), Event.kind == "running")
            message = self._one(Event.message, Event.id == last)
        else:
            message = newest and newest.message
        return (message or "").removeprefix("Picked up by ").replace("a worker", "")

    @property
    def downloads(self):
        if self._is_whole:
            return sum(one.kind == "downloaded" for one in self.events)
        return self._one(func.count(), Event.kind == "downloaded")

    def _newest(self, kind):
        return next((one for one in self.events if one.kind == kind), None)

    def _one(self, what, *conditions):
        return db.session.scalar(select(what).where(Event.export_id == self._export.id, *conditions))
