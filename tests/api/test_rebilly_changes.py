"""PUT and DELETE /data-exports/{id}, and exports that come again."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import lifecycle
from dashboard.database import db, now
from dashboard.models import Export, FilterFile
from tests.factories import make_export

EXPORTS = "/data-exports"
BODY = {"name": "All", "resource": "customers", "format": "csv"}
DAILY = {"instruction": "FREQ=DAILY"}


@pytest.fixture
def mine(user, as_):
    return as_(user, "rebilly")


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser, "rebilly")


def moment(text):
    return datetime.fromisoformat(text)


# -- PUT -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["mine", "a@b~c-d.e_F9", "x" * 50])
def test_put_makes_an_export_with_the_id_of_the_client(mine, enqueued, id):
    assert mine.get(f"{EXPORTS}/{id}").status_code == 404
    response = mine.put(f"{EXPORTS}/{id}", json={**BODY, "id": "other"})
    assert response.status_code == 201
    assert response.json["id"] == id
    assert response.headers["Location"] == f"http://localhost{EXPORTS}/{id}"
    assert mine.get(f"{EXPORTS}/{id}").json == response.json
    assert len(enqueued) == 1


@pytest.mark.parametrize("id", ["x" * 51, "a b", "a+b", "a:b", "ü"])
def test_an_id_of_other_characters_is_refused(mine, id):
    response = mine.put(f"{EXPORTS}/{id}", json=BODY)
    assert response.status_code == 422
    assert [one["field"] for one in response.json["invalidFields"]] == ["id"]


@pytest.mark.parametrize("status", ["pending", "scheduled"])
def test_put_replaces_all_that_may_be_written(mine, user, status, work):
    later = {"scheduled_at": now(3600), "recurrence": {"instruction": "FREQ=DAILY", "start": "2026-01-01"}}
    export = make_export(user, status, **(later if status == "scheduled" else {}), notify=["a@example.com"])
    export.filter_file = "ids.csv"
    db.session.add(FilterFile(export_id=export.id, field="id", count=1, ids=[1]))
    db.session.commit()
    body = {
        **BODY,
        "name": "Other",
        "format": "json",
        "fields": ["email"],
        "arguments": {"filter": "id:1..3"},
    }
    response = mine.put(f"{EXPORTS}/{export.public_id}?expand=user", json=body)
    assert response.status_code == 200
    shown = response.json
    assert {name: shown[name] for name in body} == body
    assert (shown["emailNotification"], shown["recurring"], shown["dateRange"]) == ([], None, None)
    assert shown["_embedded"]["user"]["id"] == f"usr_{user.id}"
    work()
    shown = mine.get(f"{EXPORTS}/{export.public_id}").json
    assert (shown["status"], shown["recordCount"]) == ("completed", 3)


@pytest.mark.parametrize("status", ["queued", "running", "finalizing", "completed", "failed", "cancelled"])
def test_what_is_not_pending_is_not_changed(mine, user, status):
    export = make_export(user, status)
    response = mine.put(f"{EXPORTS}/{export.public_id}", json=BODY)
    assert response.status_code == 422
    assert [one["field"] for one in response.json["invalidFields"]] == ["status"]
    assert mine.get(f"{EXPORTS}/{export.public_id}").json["name"] == "Orders"


def test_put_is_checked_like_post(mine):
    response = mine.put(f"{EXPORTS}/x", json={**BODY, "format": "xlsx"})
    assert response.status_code == 422
    assert mine.get(f"{EXPORTS}/x").status_code == 404


def test_an_id_of_somebody_else_is_a_conflict(mine, boss, as_, stranger):
    assert mine.put(f"{EXPORTS}/weekly", json=BODY).status_code == 201
    assert as_(stranger, "rebilly").put(f"{EXPORTS}/weekly", json=BODY).status_code == 409
    db.session.execute(Export.__table__.update().values(status="pending"))
    db.session.commit()
    assert boss.put(f"{EXPORTS}/weekly", json={**BODY, "name": "New"}).json["name"] == "New"


# -- DELETE --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["scheduled", "completed", "failed", "timed_out", "cancelled"])
def test_what_has_ended_or_not_begun_is_deleted(mine, user, status):
    export = make_export(user, status)
    response = mine.delete(f"{EXPORTS}/{export.public_id}")
    assert (response.status_code, response.data) == (204, b"")
    assert mine.get(f"{EXPORTS}/{export.public_id}").status_code == 404
    assert mine.delete(f"{EXPORTS}/{export.public_id}").status_code == 404
    assert mine.get(EXPORTS).json == []


@pytest.mark.parametrize("status", ["pending", "queued", "running", "waiting_next_page", "finalizing"])
def test_only_superusers_delete_what_is_under_way(mine, boss, user, status):
    export = make_export(user, status)
    response = mine.delete(f"{EXPORTS}/{export.public_id}")
    assert response.status_code == 403
    assert mine.get(f"{EXPORTS}/{export.public_id}").status_code == 200
    assert boss.delete(f"{EXPORTS}/{export.public_id}").status_code == 204
    db.session.refresh(export)
    assert export.status == "cancelled"
    assert export.deleted_at is not None


def test_the_id_of_a_deleted_export_is_free_again(mine, work):
    assert mine.put(f"{EXPORTS}/weekly", json=BODY).status_code == 201
    work()
    assert mine.delete(f"{EXPORTS}/weekly").status_code == 204
    assert mine.put(f"{EXPORTS}/weekly", json=BODY).status_code == 201


# -- recurring -----------------------------------------------------------------------------------------


def test_a_recurring_export_waits_for_its_start(mine, enqueued):
    start = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    given = {"instruction": "RRULE:FREQ=WEEKLY", "start": start.isoformat()}
    shown = mine.post(EXPORTS, json={**BODY, "recurring": given}).json
    assert (shown["status"], shown["recurring"]) == ("pending", given)
    assert moment(shown["scheduledTime"]) == start
    assert enqueued == []
    assert lifecycle.start_due() == 0


def test_the_first_run_is_now_unless_the_start_says_otherwise(mine, work, enqueued):
    before = datetime.now(UTC).replace(microsecond=0)
    first = mine.post(EXPORTS, json={**BODY, "recurring": DAILY}).json
    assert before <= moment(first["scheduledTime"]) <= datetime.now(UTC)
    assert lifecycle.start_due() == 1
    lifecycle.dispatch_due()
    work()
    ran, waiting = sorted(mine.get(EXPORTS).json, key=lambda shown: shown["status"])
    assert (ran["id"], ran["status"], ran["fileId"] is None) == (first["id"], "completed", False)
    assert (waiting["status"], waiting["recurring"]) == ("pending", first["recurring"])
    assert moment(waiting["scheduledTime"]) == moment(first["scheduledTime"]) + timedelta(days=1)
    for member in (
        "name",
        "resource",
        "format",
        "fields",
        "arguments",
        "dateRange",
        "emailNotification",
        "userId",
    ):
        assert waiting[member] == ran[member]


def test_a_start_in_the_past_is_not_caught_up_with(mine):
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10, hours=1)
    given = {"instruction": "FREQ=DAILY", "start": start.isoformat()}
    shown = mine.post(EXPORTS, json={**BODY, "recurring": given}).json
    assert moment(shown["scheduledTime"]) == start + timedelta(days=11)


def test_deleting_the_pending_one_ends_the_series(mine):
    waiting = mine.post(EXPORTS, json={**BODY, "recurring": DAILY}).json
    assert mine.delete(f"{EXPORTS}/{waiting['id']}").status_code == 204
    assert lifecycle.start_due() == 0
    assert mine.get(EXPORTS).json == []


@pytest.mark.parametrize("end", ["COUNT=1", f"UNTIL={datetime.now(UTC):%Y%m%dT235959Z}"])
def test_count_and_until_end_it_too(mine, end):
    mine.post(EXPORTS, json={**BODY, "recurring": {"instruction": f"FREQ=DAILY;{end}"}})
    assert lifecycle.start_due() == 1
    assert len(mine.get(EXPORTS).json) == 1


def test_put_begins_and_ends_a_series(mine, user, enqueued):
    export = make_export(user, "pending")
    path = f"{EXPORTS}/{export.public_id}"
    start = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    series = {**BODY, "recurring": {**DAILY, "start": start.isoformat()}}
    shown = mine.put(path, json=series).json
    assert (shown["status"], moment(shown["scheduledTime"])) == ("pending", start)
    assert enqueued == []
    shown = mine.put(path, json=BODY).json
    assert (shown["status"], shown["recurring"], shown["scheduledTime"]) == (
        "queued",
        None,
        shown["createdTime"],
    )
    assert len(enqueued) == 1
