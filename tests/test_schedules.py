"""Exports that begin later, and those that come again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from dashboard import filter_files, lifecycle, planning
from dashboard.database import db
from dashboard.lifecycle import schedules
from dashboard.models import Audit, Event, Export, FilterFile
from jobs import clock
from tests.factories import make_export


def ago(**time):
    return datetime.now(UTC) - timedelta(**time)


def daily(start, instruction="FREQ=DAILY"):
    return {"instruction": instruction, "start": start.isoformat()}


def waiting(user, due=None, **values):
    due = due or ago(minutes=1)
    return make_export(user, status="scheduled", scheduled_at=due, **values)


def everything():
    return db.session.scalars(
        select(Export).order_by(Export.id).execution_options(populate_existing=True)
    ).all()


def events_of(export):
    return list(db.session.scalars(select(Event).where(Event.export_id == export.id).order_by(Event.id)))


def test_an_export_waits_for_its_time_and_then_begins_in_the_same_round(user, enqueued):
    early, due = waiting(user, ago(minutes=-5)), waiting(user)
    assert clock.tick("a", 1)
    assert [export.status for export in everything()] == ["scheduled", "queued"]
    assert enqueued == [("collect", due.id)]
    assert events_of(due)[-1].message == "Its time has come"
    assert len(events_of(early)) == 1


def test_a_request_for_later_is_not_queued_before_its_time(user, enqueued, work):
    plan = planning.plan(user, "orders", fields=("id", "number"))
    later = ago(hours=-1)
    export = lifecycle.request(user, plan, name="Later", scheduled=True, scheduled_at=later)
    assert (export.status, export.scheduled_at, enqueued) == ("scheduled", later, [])
    clock.tick("a", 1)
    assert enqueued == []
    export.scheduled_at = ago(seconds=1)
    db.session.commit()
    clock.tick("a", 2)
    work()
    assert db.session.get(Export, export.id, populate_existing=True).status == "completed"


def test_its_deadline_counts_from_its_start(user):
    export = waiting(user, ago(minutes=-5), deadline_at=ago(days=3))
    clock.tick("a", 1)
    assert everything()[0].status == "scheduled", "an export may wait for longer than it may run"
    export.scheduled_at = ago(seconds=1)
    db.session.commit()
    clock.tick("a", 2)
    assert everything()[0].status == "queued"
    assert everything()[0].deadline_at > ago(hours=-5)


def test_one_that_is_to_begin_at_once_after_all_has_all_its_time(user):
    export = waiting(user, ago(days=-5), deadline_at=ago(days=3))
    plan = planning.plan(user, "orders", fields=("id",))
    lifecycle.change(export, user, plan, name="Now", scheduled_at=None, recurrence=None)
    clock.tick("a", 1)
    assert [(one.status, one.scheduled_at) for one in everything()] == [("queued", None)]


def test_an_export_that_comes_again_leaves_a_copy_that_waits(user):
    start = ago(minutes=1).replace(microsecond=0)
    asked = {
        "name": "Each day", "fields": ["id", "status"], "where": {"op": "eq", "field": "status", "value": "open"},
        "sort": ["-id"], "format": "json", "outputs": [{"format": "json", "options": {}}], "language": "de",
        "date_range": {"field": "created_at", "preset": "relative", "start": "yesterday", "end": "today"},
        "timezone": "Europe/Berlin", "notify": ["a@example.com"], "dialect": "rebilly", "as_asked": {"x": 1},
        "reference": "r", "client_metadata": {"k": "v"}, "keep_seconds": 60, "row_limit": 5, "renames": {"id": "No"},
        "recurrence": daily(start), "dry_data": True, "headings": "names", "action_name": "export_orders",
    }  # fmt: skip
    export = waiting(user, start, idempotency_key="k", public_id="mine", **asked)
    assert lifecycle.start_due() == 1
    begun, copy = everything()
    assert (begun.id, begun.status) == (export.id, "pending")
    assert (copy.status, copy.scheduled_at) == ("scheduled", start + timedelta(days=1))
    assert {name: getattr(copy, name) for name in asked} == asked
    assert copy.requested_by_id == user.id
    own = ("uuid", "public_id", "letters", "idempotency_key")
    assert not [name for name in own if getattr(copy, name) == getattr(begun, name)]
    assert [event.message for event in events_of(copy)] == [f"Comes again after export {begun.id}"]
    audited = db.session.scalars(select(Audit).where(Audit.export_id == copy.id)).one()
    assert (audited.action, audited.user_id, audited.detail["after"]) == ("request", user.id, begun.id)


def test_the_copy_begins_in_its_turn_and_leaves_the_next(user):
    start = ago(days=1, minutes=1).replace(microsecond=0)
    waiting(user, start, recurrence=daily(start))
    assert lifecycle.start_due() == 1
    assert lifecycle.start_due() == 0, "the next one is tomorrow"
    copy = everything()[-1]
    copy.scheduled_at = ago(seconds=1)
    db.session.commit()
    assert lifecycle.start_due() == 1
    assert [export.status for export in everything()] == ["pending", "pending", "scheduled"]


def test_after_a_long_pause_what_was_missed_runs_once(user):
    start = ago(days=30, minutes=1).replace(microsecond=0)
    waiting(user, start, recurrence=daily(start))
    assert lifecycle.start_due() == 1
    assert lifecycle.start_due() == 0
    assert everything()[-1].scheduled_at == start + timedelta(days=31)


def test_the_ids_of_a_filter_file_go_along(user, work):
    ids = filter_files.Ids((3, 5), "some.csv")
    plan = planning.plan(user, "orders", fields=("id", "number"), filter_ids=ids)
    start = ago(minutes=1)
    lifecycle.request(user, plan, name="Some", scheduled=True, scheduled_at=start, recurrence=daily(start))
    for number in (1, 2):
        assert lifecycle.start_due() == 1
        everything()[-1].scheduled_at = start
        db.session.commit()
        lifecycle.dispatch_due()
        work()
        made = everything()[number - 1]
        assert (made.status, made.total_count, made.filter_file) == ("completed", 2, "some.csv")
    assert [kept.ids for kept in db.session.scalars(select(FilterFile))] == [[3, 5]] * 3


@pytest.mark.parametrize("end", ["COUNT=2", "UNTIL"])
def test_a_series_ends_with_its_rule(user, end):
    start = ago(days=1, minutes=1).replace(microsecond=0)
    if end == "UNTIL":
        end = f"UNTIL={start + timedelta(days=1):%Y%m%dT%H%M%SZ}"
    export = waiting(user, start, recurrence=daily(start, f"FREQ=DAILY;{end}"))
    assert lifecycle.start_due() == 1
    assert len(everything()) == 1
    assert events_of(export)[-1].message == "Its time has come, the last one of its series"


@pytest.mark.parametrize("how", ["cancel", "delete", "owner deletes"])
def test_cancelling_or_deleting_the_one_that_waits_ends_the_series(user, superuser, how):
    start = ago(days=1, minutes=1)
    export = waiting(user, start, recurrence=daily(start))
    if how == "cancel":
        lifecycle.cancel(export, superuser)
    else:
        lifecycle.delete(export, user if how == "owner deletes" else superuser)
    assert lifecycle.start_due() == 0
    assert [(one.status, bool(one.deleted_at)) for one in everything()] == [("cancelled", how != "cancel")]


def test_cancelling_one_that_has_begun_does_not_end_the_series(user, superuser):
    start = ago(minutes=1)
    export = waiting(user, start, recurrence=daily(start))
    lifecycle.start_due()
    lifecycle.cancel(db.session.get(Export, export.id), superuser)
    assert [one.status for one in everything()] == ["cancelled", "scheduled"]


@pytest.mark.parametrize("lost", [{"is_active": False}, {"can_export": False}])
def test_without_the_right_to_export_it_fails_and_does_not_come_again(user, work, lost):
    start = ago(minutes=1)
    waiting(user, start, recurrence=daily(start))
    for name, value in lost.items():
        setattr(user, name, value)
    db.session.commit()
    clock.tick("a", 1)
    work()
    assert [(one.status, one.error_code) for one in everything()] == [("failed", "forbidden")]


@pytest.mark.parametrize(
    "kept", [{}, {"instruction": "FREQ=NEVER", "start": "?"}, {"instruction": 5, "start": 5}]
)
def test_a_rule_that_cannot_be_read_runs_once_and_harms_no_other(user, kept):
    start = ago(minutes=1)
    waiting(user, start, recurrence=kept)
    waiting(user, start, recurrence=daily(start))
    assert lifecycle.start_due() == 2
    assert [one.status for one in everything()] == ["pending", "pending", "scheduled"]


def test_what_was_changed_a_moment_ago_begins_as_it_is_now(user, monkeypatch):
    """Somebody changes it between the look at it and the update."""
    start = ago(minutes=1)
    waiting(user, start, recurrence=daily(start))

    def meanwhile(export):
        lifecycle.annotate(export, user, name="Another name")

    with monkeypatch.context() as busy:
        busy.setattr(schedules, "_next_time", meanwhile)
        assert lifecycle.start_due() == 0
    assert lifecycle.start_due() == 1
    assert [(one.name, one.status) for one in everything()] == [
        ("Another name", "pending"),
        ("Another name", "scheduled"),
    ]


def test_one_that_is_run_again_by_hand_does_not_double_the_series(user, superuser):
    start = ago(minutes=1)
    export = waiting(user, start, recurrence=daily(start))
    lifecycle.start_due()
    lifecycle.cancel(db.session.get(Export, export.id), superuser)
    lifecycle.restart(db.session.get(Export, export.id), user)
    assert lifecycle.start_due() == 0
    assert [one.status for one in everything()] == ["queued", "scheduled"]
