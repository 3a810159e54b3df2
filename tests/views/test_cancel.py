"""Cancelling on the pages: the question, the deed, and those who may not or come too late."""

import pytest

from dashboard.database import db
from tests.factories import make_export


@pytest.fixture
def running(user):
    return make_export(user, "running", name="Orders EU", total_count=100, collected_count=62)


def test_the_question_says_what_is_lost(client, login, superuser, running):
    page = login(client, superuser).get(f"/exports/{running.id}/cancel").text
    assert "Cancel “Orders EU”?" in page
    assert "It is 62% done." in page
    assert "62 rows collected so far are deleted" in page


def test_in_a_dialog_the_question_comes_alone(client, login, superuser, running):
    login(client, superuser)
    headers = {"HX-Request": "true", "HX-Target": "dialog"}
    block = client.get(f"/exports/{running.id}/cancel", headers=headers).text
    assert "Cancel “Orders EU”?" in block
    assert "data-close" in block
    for part in ("<html", "<h1", "<title"):
        assert part not in block


def test_a_superuser_cancels_with_a_reason(client, login, superuser, running, csrf):
    login(client, superuser)
    token = csrf(client, f"/exports/{running.id}/cancel")
    answer = client.post(f"/exports/{running.id}/cancel", data={"csrf_token": token, "reason": "Wrong month"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/exports/{running.id}"
    db.session.refresh(running)
    assert running.status == "cancelled"
    page = client.get(f"/exports/{running.id}").text
    assert "Cancelled by Tomas Lind" in page
    assert "Reason: Wrong month" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_cannot_cancel_their_own(client, login, user, running, csrf, method):
    login(client, user)
    data = {"csrf_token": csrf(client)}
    answer = getattr(client, method)(f"/exports/{running.id}/cancel", data=data)
    assert answer.status_code == 403
    assert "Only superusers can cancel" in answer.text
    db.session.refresh(running)
    assert running.status == "running"


@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_export_cannot_be_found(client, login, stranger, running, csrf, method):
    login(client, stranger)
    data = {"csrf_token": csrf(client)}
    assert getattr(client, method)(f"/exports/{running.id}/cancel", data=data).status_code == 404


def test_without_a_token_nothing_is_cancelled(client, login, superuser, running):
    assert login(client, superuser).post(f"/exports/{running.id}/cancel").status_code == 400
    db.session.refresh(running)
    assert running.status == "running"


def test_too_late_changes_nothing_and_says_so(client, login, superuser, user, csrf):
    export = make_export(user)
    login(client, superuser)
    answer = client.post(f"/exports/{export.id}/cancel", data={"csrf_token": csrf(client)})
    assert answer.status_code == 409
    assert "It finished" in answer.text
    assert "nothing was cancelled" in answer.text
    db.session.refresh(export)
    assert export.status == "completed"


def test_cancelling_twice_is_refused(client, login, superuser, running, csrf):
    login(client, superuser)
    data = {"csrf_token": csrf(client)}
    client.post(f"/exports/{running.id}/cancel", data=data)
    answer = client.post(f"/exports/{running.id}/cancel", data=data)
    assert answer.status_code == 409
    assert "It was already cancelled" in answer.text
