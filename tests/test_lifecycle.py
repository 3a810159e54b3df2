"""Each line of the transition table, for doing it, the wrong person, the wrong state, and twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from dashboard import lifecycle, planning
from dashboard.database import db, now
from dashboard.models import ACTIVE, ENDED, STATUSES, Audit, Event, Export, File, Part
from tests.factories import make_export, make_part


def fresh(export):
    return db.session.get(Export, export.id, populate_existing=True)


def ask(user, **values):
    name = values.pop("name", "Orders")
    key = values.pop("idempotency_key", None)
    plan = planning.plan(user, values.pop("resource", "orders"), **values)
    return lifecycle.request(user, plan, name=name, idempotency_key=key)


def file_of(export, rows=10):
    return File(
        export_id=export.id, format="csv", name="o.csv", media_type="text/csv", key="results/1/2/0", rows=rows,
        size=3, sha256="a" * 64,
    )  # fmt: skip


def past(seconds=60):
    return datetime.now(UTC) - timedelta(seconds=seconds)


# requests


def test_a_request_is_committed_then_queued(user, enqueued):
    export = ask(user)
    assert enqueued == [("collect", export.id)]
    assert fresh(export).status == "queued"
    assert fresh(export).dispatched_at is not None
    assert [event.kind for event in export.events] == ["pending"]
    assert db.session.scalar(select(Audit.action).where(Audit.export_id == export.id)) == "request"


def test_a_request_succeeds_when_the_queue_is_away(user, monkeypatch):
    monkeypatch.setattr("dashboard.queue.enqueue", lambda job, export_id: False)
    export = ask(user)
    assert fresh(export).status == "pending"
    monkeypatch.undo()


def test_what_was_not_queued_is_dispatched_later(user, monkeypatch, enqueued):
    from dashboard import queue

    with monkeypatch.context() as away:
        away.setattr(queue, "enqueue", lambda job, export_id: False)
        export = ask(user)
    assert lifecycle.dispatch_due() == 1
    assert enqueued == [("collect", export.id)]
    assert fresh(export).status == "queued"


def test_the_same_key_gives_the_first_export(user, stranger):
    first = ask(user, idempotency_key="k")
    assert ask(user, idempotency_key="k").id == first.id
    assert ask(stranger, idempotency_key="k").id != first.id


def test_people_without_the_right_cannot_request(no_export):
    with pytest.raises(planning.Invalid):
        ask(no_export)


def test_too_many_waiting_are_refused_but_not_for_superusers(user, superuser, made_app):
    most = made_app.extensions["settings"].max_waiting
    for _ in range(most):
        make_export(user, status="pending")
        make_export(superuser, status="pending")
    with pytest.raises(lifecycle.Refused, match=str(most)):
        ask(user)
    assert ask(superuser).id


def test_no_more_than_a_few_of_one_person_run_at_once(user, made_app, enqueued):
    for _ in range(made_app.extensions["settings"].max_running):
        make_export(user, status="running")
    export = ask(user)
    assert enqueued == []
    assert fresh(export).status == "pending"


def test_the_next_one_kept_back_has_its_turn_when_one_ends(user, superuser, made_app, enqueued):
    running = [
        make_export(user, status="running") for _ in range(made_app.extensions["settings"].max_running)
    ]
    first, second, third = ask(user), ask(user), ask(user)
    assert lifecycle.fail(running[0].id, 1, "internal")
    assert enqueued == [("collect", first.id)]
    lifecycle.cancel(fresh(running[1]), superuser)
    assert enqueued[1:] == [("collect", second.id)]
    done = ready(user)
    assert lifecycle.complete(done.id, 2, [file_of(done)], {}, 60)
    assert fresh(third).status == "pending", "five are under way still"
    assert lifecycle.fail(running[2].id, 1, "internal")
    assert lifecycle.fail(running[3].id, 1, "internal")
    assert fresh(third).status == "queued"


@pytest.mark.parametrize("status", ACTIVE)
def test_a_superuser_cancels_what_is_not_ended(user, superuser, status):
    export = make_export(user, status=status)
    run_no = export.run_no
    lifecycle.cancel(export, superuser, "wrong month")
    export = fresh(export)
    assert (export.status, export.run_no) == ("cancelled", run_no + 1)
    assert (export.cancelled_by_id, export.cancel_reason) == (superuser.id, "wrong month")
    assert export.lease_until is None


@pytest.mark.parametrize("status", ENDED)
def test_what_has_ended_cannot_be_cancelled(user, superuser, status):
    export = make_export(user, status=status)
    with pytest.raises(lifecycle.AlreadyEnded):
        lifecycle.cancel(export, superuser)
    assert fresh(export).status == status


def test_staff_cannot_cancel_even_their_own(user):
    export = make_export(user, status="running")
    with pytest.raises(lifecycle.Refused):
        lifecycle.cancel(export, user)
    assert fresh(export).status == "running"


@pytest.mark.parametrize("status", ["failed", "timed_out", "cancelled"])
def test_what_did_not_complete_can_run_again(user, status, enqueued):
    export = make_export(user, status=status, error_code="lost", attempts=5, collected_count=7, page=4)
    lifecycle.restart(export, user)
    export = fresh(export)
    assert (export.status, export.attempts, export.collected_count, export.page) == ("queued", 0, 0, 1)
    assert export.error_code is None
    assert enqueued == [("collect", export.id)]


@pytest.mark.parametrize("status", [*ACTIVE, "completed"])
def test_nothing_else_can_run_again(user, status):
    export = make_export(user, status=status)
    with pytest.raises(lifecycle.AlreadyEnded):
        lifecycle.restart(export, user)
    assert fresh(export).status == status


def test_a_stranger_cannot_run_it_again(user, stranger):
    with pytest.raises(lifecycle.Refused):
        lifecycle.restart(make_export(user, status="failed"), stranger)


# runs


@pytest.mark.parametrize("status", ["pending", "queued", "waiting_next_page"])
def test_a_claim_begins_a_run(user, status):
    export = make_export(user, status=status, run_no=3, collected_count=5, page=9)
    assert lifecycle.claim(export.id, "job:a") == 4
    export = fresh(export)
    assert (export.status, export.lease_owner, export.page, export.collected_count) == (
        "running",
        "job:a",
        1,
        0,
    )
    assert lifecycle.claim(export.id, "job:b") is None, "a live lease keeps others out"


@pytest.mark.parametrize("status", ["scheduled", "finalizing", *ENDED])
def test_nothing_else_can_be_claimed(user, status):
    assert lifecycle.claim(make_export(user, status=status, lease_until=None).id, "job:a") is None


def test_a_run_whose_lease_is_past_can_be_claimed_and_its_parts_are_dropped(user):
    export = make_export(user, status="running", lease_until=past(), run_no=1)
    make_part(export)
    assert lifecycle.claim(export.id, "job:b") == 2
    assert db.session.scalars(select(Part)).all() == []
    assert fresh(export).attempts == 1


def part_of(export, page=1, rows=5, run_no=1, **values):
    return Part(
        export_id=export.id, page=page, run_no=run_no, rows=rows, size=1, sha256="0" * 64, key="k", last_key=[rows],
        **values,
    )  # fmt: skip


def test_a_part_moves_the_cursor_and_is_recorded_at_once(user):
    export = make_export(user, status="running", collected_count=0)
    assert lifecycle.commit_part(part_of(export, rows=5), 100.0)
    export = fresh(export)
    assert (export.page, export.collected_count, export.last_instance_id) == (2, 5, 5)
    assert len(export.parts) == 1


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"run_no": 2}, {}),
        ({"status": "cancelled"}, {}),
        ({"page": 2}, {}),
        ({"status": "finalizing"}, {}),
    ],
)
def test_a_late_worker_commits_nothing(user, change, part):
    export = make_export(user, status="running", collected_count=0)
    db.session.execute(update(Export).values(**change))
    db.session.commit()
    assert not lifecycle.commit_part(part_of(export, **part))
    assert db.session.scalars(select(Part)).all() == []
    assert fresh(export).collected_count == 0
    assert lifecycle.count(export.id, 1, 99) is (change == {"page": 2})


def test_collecting_ends_only_when_the_parts_add_up(user):
    export = make_export(user, status="running", collected_count=6)
    make_part(export, rows=5)
    assert not lifecycle.finish_collecting(export.id, 1)
    make_part(export, page=2, rows=1)
    assert lifecycle.finish_collecting(export.id, 1)
    assert fresh(export).status == "finalizing"
    assert not lifecycle.finish_collecting(export.id, 1)


def test_a_renewal_that_comes_late_does_not_take_the_lease_back(user):
    export = make_export(user, status="running", collected_count=5)
    make_part(export, rows=5, rendered_at=past(0))
    assert lifecycle.renew(export.id, 1)
    assert lifecycle.finish_collecting(export.id, 1)
    assert not lifecycle.renew(export.id, 1), "the thread that renews is told of the end only afterwards"
    assert lifecycle.claim_assembly(export.id, "job:b") == 2


def test_each_part_is_rendered_by_one(user):
    export = make_export(user, status="finalizing", lease_until=None)
    make_part(export, 1)
    make_part(export, 2)
    first, second = lifecycle.claim_part(export.id, "job:a"), lifecycle.claim_part(export.id, "job:b")
    assert [first.page, second.page] == [1, 2]
    assert lifecycle.claim_part(export.id, "job:c") is None
    assert lifecycle.commit_fragments(first, "job:a", [{"key": "f"}])
    assert not lifecycle.commit_fragments(first, "job:a", [{"key": "f"}]), "twice"
    assert not lifecycle.commit_fragments(second, "job:a", [{"key": "f"}]), "not the claimer"
    assert fresh(export).parts_rendered == 1
    assert not lifecycle.all_rendered(export.id)


def test_a_part_whose_renderer_went_silent_is_taken_by_another(user):
    export = make_export(user, status="finalizing", lease_until=None)
    make_part(export, 1, render_owner="job:a", render_until=past())
    part = lifecycle.claim_part(export.id, "job:b")
    assert not lifecycle.renew_part(export.id, 1, "job:a")
    assert lifecycle.renew_part(export.id, 1, "job:b")
    assert lifecycle.commit_fragments(part, "job:b", [])


@pytest.mark.parametrize("status", [s for s in STATUSES if s not in ("running", "finalizing")])
def test_parts_of_an_export_that_is_not_going_are_not_rendered(user, status):
    export = make_export(user, status=status)
    make_part(export)
    assert lifecycle.claim_part(export.id, "job:a") is None


def test_assembly_waits_for_every_part_and_has_one_worker(user):
    export = make_export(user, status="finalizing", lease_until=None, run_no=1)
    part = make_part(export)
    assert lifecycle.claim_assembly(export.id, "job:a") is None
    part.rendered_at = past()
    db.session.commit()
    assert lifecycle.all_rendered(export.id)
    assert lifecycle.claim_assembly(export.id, "job:a") == 2
    assert lifecycle.claim_assembly(export.id, "job:b") is None


def ready(user, rows=10, **values):
    export = make_export(user, status="finalizing", run_no=2, **values)
    make_part(export, rows=rows, rendered_at=past())
    return export


def test_publishing_makes_the_file_public_at_once(user):
    export = ready(user)
    assert lifecycle.complete(export.id, 2, [file_of(export)], {"guarded_cells": 1}, 60)
    export = fresh(export)
    assert (export.status, export.result_key, export.warnings) == (
        "completed",
        "results/1/2/0",
        {"guarded_cells": 1},
    )
    assert export.has_file
    assert export.files[0].size == 3


@pytest.mark.parametrize(
    "values", [{"rows": 9}, {"total_count": 11}, {"collected_count": 11}, {"status": "cancelled"}]
)
def test_a_short_or_cancelled_file_is_never_published(user, values):
    export = ready(user, **{key: value for key, value in values.items() if key != "status"})
    if "status" in values:
        db.session.execute(update(Export).values(**values))
        db.session.commit()
    assert not lifecycle.complete(export.id, 2, [file_of(export)], {}, 60)
    assert fresh(export).status != "completed"
    assert db.session.scalars(select(File)).all() == []


def test_a_late_assembler_publishes_nothing(user):
    export = ready(user)
    assert not lifecycle.complete(export.id, 1, [file_of(export)], {}, 60)
    assert fresh(export).status == "finalizing"


def test_a_failure_has_a_sentence_from_the_list(user):
    export = make_export(user, status="running")
    assert lifecycle.fail(export.id, 1, "source_changed")
    export = fresh(export)
    assert (export.status, export.error_message) == ("failed", lifecycle.ERRORS["source_changed"])
    assert not lifecycle.fail(export.id, 1, "internal"), "ended is ended"


def test_a_source_that_makes_us_wait_is_asked_again_when_the_time_has_come(user, enqueued):
    export = make_export(user, status="running")
    assert lifecycle.wait(export.id, 1, 30)
    assert fresh(export).status == "waiting_next_page"
    assert lifecycle.dispatch_due() == 0
    db.session.execute(update(Export).values(dispatched_at=now(-1000)))
    db.session.commit()
    assert lifecycle.dispatch_due() == 1
    assert enqueued == [("collect", export.id)]


def test_a_damaged_part_is_collected_again_twice_at_most(user):
    export = make_export(user, status="running", run_no=1)
    for _ in range(2):
        assert lifecycle.recollect(export.id, fresh(export).run_no)
        lifecycle.claim(export.id, "job:a")
    assert lifecycle.recollect(export.id, fresh(export).run_no)
    assert (fresh(export).status, fresh(export).error_code) == ("failed", "part_damaged")


# rescue


def test_a_run_that_dies_again_and_again_after_its_first_part_is_given_up(user, made_app):
    export = make_export(user, status="queued")
    most = made_app.extensions["settings"].max_attempts
    for _ in range(most):
        run_no = lifecycle.claim(export.id, "job:a")
        assert lifecycle.commit_part(part_of(export, run_no=run_no))
        lifecycle.give_back(export.id, "job:a")
    assert lifecycle.give_up() == 1
    assert (fresh(export).status, fresh(export).error_code) == ("failed", "lost")


def test_a_silent_run_is_freed_and_fenced(user, enqueued):
    export = make_export(user, status="running", lease_until=past(), run_no=4)
    assert lifecycle.take_over() == 1
    export = fresh(export)
    assert (export.lease_until, export.run_no, export.attempts) == (None, 5, 1)
    assert not lifecycle.renew(export.id, 4), "the old run is over"
    assert lifecycle.dispatch_due() == 1
    assert enqueued == [("collect", export.id)]


def test_a_run_without_progress_is_freed_though_it_renews(user):
    make_export(user, status="running", progress_at=past(400))
    assert lifecycle.take_over() == 1


def test_a_healthy_run_is_left_alone(user, enqueued):
    make_export(user, status="running", progress_at=past(1))
    assert lifecycle.take_over() == 0
    assert lifecycle.dispatch_due() == 0
    assert enqueued == []


def test_a_killed_horse_gives_its_export_back_at_once(user, enqueued):
    export = make_export(user, status="running", lease_owner="job:a")
    lifecycle.give_back(export.id, "job:a")
    assert fresh(export).lease_until is None
    assert fresh(export).attempts == 1
    assert enqueued == [("collect", export.id)]


def test_a_horse_killed_beside_another_run_frees_nothing_of_it(user, enqueued):
    export = make_export(user, status="running", lease_owner="job:b", run_no=2)
    lifecycle.give_back(export.id, "job:a")
    assert (fresh(export).lease_owner, fresh(export).run_no) == ("job:b", 2)
    assert enqueued == []


def test_a_horse_killed_while_rendering_frees_its_part(user, enqueued):
    export = make_export(user, status="finalizing", lease_until=None, dispatched_at=now())
    make_part(export, render_owner="job:a", render_until=now(60))
    lifecycle.give_back(export.id, "job:a")
    assert lifecycle.claim_part(export.id, "job:b").page == 1
    assert enqueued == [("render", export.id)]


def test_a_job_that_nobody_took_is_queued_again(user, enqueued):
    export = make_export(user, status="queued", dispatched_at=past(10))
    assert lifecycle.dispatch_due() == 0
    db.session.execute(update(Export).values(dispatched_at=past(100)))
    db.session.commit()
    assert lifecycle.dispatch_due() == 1
    assert enqueued == [("collect", export.id)]


def test_a_render_that_stopped_is_queued_again_unless_somebody_renders(user, enqueued):
    export = make_export(user, status="finalizing", lease_until=None, dispatched_at=past(100))
    part = make_part(export, render_owner="job:a", render_until=now(60))
    assert lifecycle.dispatch_due() == 0
    part.render_until = past()
    db.session.commit()
    assert lifecycle.dispatch_due() == 1
    assert enqueued == [("render", export.id)]


def test_an_export_lost_too_often_fails_with_the_last_reason(user):
    make_export(user, status="running", lease_until=None, attempts=5)
    make_export(user, status="queued", attempts=5, error_code="no_space")
    assert lifecycle.give_up() == 2
    assert [e.error_code for e in db.session.scalars(select(Export).order_by(Export.id))] == [
        "lost",
        "no_space",
    ]


def test_an_export_past_its_deadline_is_timed_out(user):
    export = make_export(user, status="running", deadline_at=past())
    assert lifecycle.give_up() == 1
    assert (fresh(export).status, fresh(export).run_no) == ("timed_out", 2)
    assert fresh(export).error_message


def test_files_expire_and_the_export_stays_completed(user):
    export = make_export(user, expires_at=past())
    make_export(user)
    assert lifecycle.expire() == [export.result_key]
    assert lifecycle.expire() == []
    export = fresh(export)
    assert (export.status, export.has_file) == ("completed", False)
    assert export.files[0].deleted_at is not None


def test_parts_of_ended_exports_are_forgotten_once(user):
    export = make_export(user, ended_at=past(100_000))
    make_export(user)
    make_export(user, status="running")
    assert lifecycle.forget_parts(86_400) == [export.id]
    assert lifecycle.forget_parts(86_400) == []


def test_every_change_has_its_line_in_the_timeline(user, superuser):
    export = ask(user)
    run_no = lifecycle.claim(export.id, "job:a")
    lifecycle.count(export.id, run_no, 5)
    lifecycle.commit_part(part_of(export, rows=5, run_no=run_no), 1.0)
    lifecycle.finish_collecting(export.id, run_no)
    lifecycle.cancel(fresh(export), superuser)
    kinds = list(db.session.scalars(select(Event.kind).order_by(Event.id)))
    assert kinds == ["pending", "running", "counted", "part", "finalizing", "cancelled"]
