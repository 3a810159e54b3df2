from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from dashboard import accounts, search
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Export, Lease, LoginDelay, MonthTally, Stretch, Tally
from dashboard.search import census
from dashboard.storage import save
from jobs import clock
from tests.factories import make_export, make_part


def past(seconds):
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_one_clock_at_a_time_and_the_next_takes_over_when_it_is_silent(app):
    assert clock.tick("a", 1)
    assert clock.tick("a", 2)
    assert not clock.tick("b", 1)
    lease = db.session.scalar(select(Lease))
    lease.until = past(1)
    db.session.commit()
    assert clock.tick("b", 2)
    assert not clock.tick("a", 3)


def test_a_round_dispatches_takes_over_and_gives_up(user, enqueued):
    waiting = make_export(user, status="pending")
    silent = make_export(user, status="running", lease_until=past(60))
    worn = make_export(user, status="running", lease_until=None, attempts=5)
    late = make_export(user, status="queued", deadline_at=past(1))
    clock.tick("a", 1)
    assert sorted(enqueued) == sorted([("collect", waiting.id), ("collect", silent.id)])
    statuses = {
        e.id: e.status for e in db.session.scalars(select(Export).execution_options(populate_existing=True))
    }
    assert statuses[worn.id] == "failed"
    assert statuses[late.id] == "timed_out"


def test_expired_files_are_deleted_and_the_export_says_so(user):
    export = make_export(user, expires_at=past(1))
    kept = make_export(user)
    clock.tick("a", 1)
    assert storage.size(export.result_key) is None
    assert storage.size(kept.result_key) is not None
    assert not db.session.get(Export, export.id, populate_existing=True).has_file


@pytest.mark.parametrize(("age", "there"), [(90_000, False), (60, True)])
def test_parts_of_ended_exports_are_swept_after_a_day(user, age, there):
    export = make_export(user, ended_at=past(age))
    part = make_part(export)
    save(storage, part.key, b"rows")
    clock.sweep()
    assert (storage.size(part.key) is not None) is there
    assert storage.size(export.result_key) is not None, "the file stays"


def test_old_failures_to_log_in_are_forgotten(user):
    with pytest.raises(accounts.WrongLogin):
        accounts.sign_in(user.email, "wrong wrong wrong", "10.0.0.1")
    clock.sweep()
    delay = db.session.scalar(select(LoginDelay))
    delay.failed_at = past(90_000)
    db.session.commit()
    clock.sweep()
    assert db.session.scalar(select(LoginDelay)) is None


@pytest.mark.parametrize("table", [Tally, MonthTally, Stretch])
def test_counts_that_triggers_wrote_are_summed_up_and_stay_the_same(user, superuser, monkeypatch, table):
    monkeypatch.setattr(census, "SPARE", 0)
    for number in range(8):
        make_export(user, "failed" if number % 2 else "completed")
    db.session.execute(update(Export).where(Export.status == "failed").values(deleted_at=past(1)))
    db.session.commit()
    written = db.session.scalar(select(func.count()).select_from(table))
    clock.sweep()
    assert db.session.scalar(select(func.count()).select_from(table)) < written
    numbers = {kind.status: kind.number for kind in search.kinds(superuser, search.Filters())}
    assert numbers == {"completed": 4}
    make_export(user, "failed")
    assert search.find_exports(superuser, count_cap=None).total == 5
