"""What the page of an export says of its past is the same, whether one reading tells it or single questions."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from dashboard.database import db
from dashboard.models import Event
from dashboard.views.history import SHOWN, History
from tests.factories import make_export

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
KINDS = ["pending", "queued", "running", "counted", "part", "pending", "running", "counted", "counted"]


@pytest.fixture
def export(user):
    """Without a past."""
    made = make_export(user, created_at=START)
    db.session.execute(delete(Event))
    db.session.commit()
    return made


def told(export):
    history = History(export)
    return history.asked_at, history.counted_at, history.worker, history.downloads, history.count


@pytest.mark.parametrize("later", ["part", "downloaded"])
@pytest.mark.parametrize("kinds", [[], KINDS, KINDS[:4], KINDS[:3], ["running"]])
def test_many_events_tell_the_same_as_few(export, kinds, later):
    for place, kind in enumerate(kinds):
        text = f"Picked up by worker {place}" if kind == "running" else kind
        at = START + timedelta(minutes=place)
        db.session.add(Event(export_id=export.id, kind=kind, message=text, at=at))
    db.session.commit()
    before = told(export)
    for place in range(SHOWN + 5):
        at = START + timedelta(hours=1, seconds=place)
        db.session.add(Event(export_id=export.id, kind=later, message="x", at=at))
    db.session.commit()
    more = SHOWN + 5
    downloads = before[3] + (more if later == "downloaded" else 0)
    assert told(export) == (*before[:3], downloads, before[4] + more)
    assert len(History(export).events) == SHOWN


def test_the_phases_begin_anew_when_an_export_is_started_again(export):
    for place, kind in enumerate(KINDS):
        text = f"Picked up by worker {place}" if kind == "running" else kind
        db.session.add(
            Event(export_id=export.id, kind=kind, message=text, at=START + timedelta(minutes=place))
        )
    db.session.commit()
    minute = timedelta(minutes=1)
    assert told(export) == (START + 5 * minute, START + 7 * minute, "worker 6", 0, len(KINDS))
