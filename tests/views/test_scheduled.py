"""An export that waits for its time, on the pages: when it starts, and how to be rid of it."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.database import db
from dashboard.models import Export
from dashboard.views import presenting
from dashboard.views.progress import interval
from tests.factories import make_export

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)


def fresh(export):
    return db.session.get(Export, export.id, populate_existing=True)


@pytest.fixture
def scheduled(user):
    return make_export(
        user, "scheduled", name="Each day", scheduled_at=datetime.now(UTC) + timedelta(days=3),
        recurrence={"instruction": "FREQ=DAILY;BYHOUR=6", "start": "2026-11-21T00:00:00Z"}, notify=["a@example.com"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=2), "starts 16:30"),
        (timedelta(days=2), "starts 23 Nov, 14:30"),
        (timedelta(days=60), "starts 20 Jan 2027, 14:30"),
        (timedelta(seconds=-3), "starts in a moment"),
        (None, "starts in a moment"),
    ],
)
def test_when_it_starts_in_a_few_words(app, ahead, words):
    at = None if ahead is None else NOW + ahead
    with app.test_request_context():
        assert presenting.starts(Export(status="scheduled", scheduled_at=at), NOW) == words


def test_the_list_says_when_it_starts(client, login, user, scheduled):
    page = login(client, user).get("/exports").text
    assert presenting_of(scheduled) in page
    assert f"/exports/{scheduled.id}/delete" in page
    assert "Only superusers can cancel" not in page


def presenting_of(export):
    return f"starts {export.scheduled_at.day} {export.scheduled_at:%b}"


def test_its_page_says_when_it_starts_and_that_it_comes_again(client, login, user, scheduled):
    page = login(client, user).get(f"/exports/{scheduled.id}").text
    assert presenting_of(scheduled) in page
    assert "Waiting for its time" in page
    assert "FREQ=DAILY;BYHOUR=6" in page
    assert "a@example.com" in page
    assert f'href="/exports/{scheduled.id}/delete"' in page
    assert f'href="/exports/{scheduled.id}/cancel"' not in page
    assert "Only superusers can cancel" not in page
    assert "every 30s" in page, "nothing happens for days"


def test_a_superuser_may_cancel_it_too(client, login, superuser, scheduled):
    page = login(client, superuser).get(f"/exports/{scheduled.id}").text
    assert f'href="/exports/{scheduled.id}/cancel"' in page
    assert f'href="/exports/{scheduled.id}/delete"' in page


def test_who_cannot_export_sees_no_button(client, login, no_export):
    export = make_export(no_export, "scheduled", scheduled_at=datetime.now(UTC) + timedelta(days=3))
    login(client, no_export)
    for path in ("/exports", f"/exports/{export.id}"):
        assert "/delete" not in client.get(path).text


@pytest.mark.parametrize(("to_wait", "seconds"), [(0, 3), (59, 3), (61, 30), (10**6, 30)])
def test_a_page_asks_seldom_while_there_is_time(to_wait, seconds):
    assert interval("waiting", 30, to_wait) == seconds


def test_its_requester_deletes_it_and_the_series_with_it(client, login, user, scheduled, csrf):
    login(client, user)
    question = client.get(f"/exports/{scheduled.id}/delete").text
    assert "Delete “Each day”?" in question
    assert "It will not start, now or later." in question
    answer = client.post(f"/exports/{scheduled.id}/delete", data={"csrf_token": csrf(client)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/exports")
    assert fresh(scheduled).deleted_at
    assert fresh(scheduled).status == "cancelled"
    assert client.get(f"/exports/{scheduled.id}").status_code == 404
    assert (
        client.post(f"/exports/{scheduled.id}/delete", data={"csrf_token": csrf(client)}).status_code == 404
    )


def test_in_a_dialog_the_question_comes_alone(client, login, user, scheduled):
    headers = {"HX-Request": "true", "HX-Target": "dialog"}
    block = login(client, user).get(f"/exports/{scheduled.id}/delete", headers=headers).text
    assert "Delete “Each day”?" in block
    assert "data-close" in block
    assert "<html" not in block


def test_what_is_under_way_is_not_deleted(client, login, user, csrf):
    export = make_export(user, "running")
    login(client, user)
    answer = client.post(f"/exports/{export.id}/delete", data={"csrf_token": csrf(client)})
    assert answer.status_code == 409
    assert "Cancel it first" in answer.text
    assert fresh(export).status == "running"


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_deletes_anothers(client, login, stranger, scheduled, csrf, method):
    login(client, stranger)
    answer = getattr(client, method)(f"/exports/{scheduled.id}/delete", data={"csrf_token": csrf(client)})
    assert answer.status_code == 404
    assert fresh(scheduled).status == "scheduled"


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_cannot_export_cannot_delete(client, login, no_export, csrf, method):
    export = make_export(no_export, "scheduled", scheduled_at=datetime.now(UTC) + timedelta(days=3))
    login(client, no_export)
    answer = getattr(client, method)(f"/exports/{export.id}/delete", data={"csrf_token": csrf(client)})
    assert answer.status_code == 403
    assert fresh(export).status == "scheduled"
