"""Running an export again from its page."""

import pytest

from dashboard.database import db
from tests.factories import make_export


@pytest.fixture
def failed(user):
    return make_export(user, "failed", error_code="source_away", error_message="The source did not answer.")


def test_the_owner_runs_a_failed_export_again(client, login, user, failed, csrf, enqueued):
    login(client, user)
    answer = client.post(
        f"/exports/{failed.id}/restart", data={"csrf_token": csrf(client, f"/exports/{failed.id}")}
    )
    assert answer.status_code == 303
    db.session.refresh(failed)
    assert failed.status == "queued"
    assert failed.error_message is None
    assert enqueued == [("collect", failed.id)]


@pytest.mark.parametrize("status", ["running", "completed"])
def test_what_has_not_failed_cannot_run_again(client, login, user, csrf, status):
    export = make_export(user, status)
    login(client, user)
    answer = client.post(f"/exports/{export.id}/restart", data={"csrf_token": csrf(client)})
    assert answer.status_code == 409
    assert "Only an export that failed or was cancelled can run again." in answer.text


def test_anothers_export_cannot_be_found(client, login, stranger, failed, csrf):
    login(client, stranger)
    answer = client.post(f"/exports/{failed.id}/restart", data={"csrf_token": csrf(client)})
    assert answer.status_code == 404


def test_without_the_export_right_nothing_runs_again(client, login, no_export, csrf):
    export = make_export(no_export, "failed")
    login(client, no_export)
    answer = client.post(f"/exports/{export.id}/restart", data={"csrf_token": csrf(client)})
    assert answer.status_code == 403
    assert "Retry" not in client.get(f"/exports/{export.id}").text


def test_a_link_does_not_restart(client, login, user, failed):
    assert login(client, user).get(f"/exports/{failed.id}/restart").status_code == 405
