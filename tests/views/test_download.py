"""Downloads through the pages: who gets the bytes, with which headers, and what others read instead."""

import hashlib

import pytest

from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Audit, Event
from tests.factories import make_export

CONTENT = b'"id"\r\n1\r\n'


@pytest.fixture
def export(user):
    return make_export(user, name="Orders EU")


@pytest.mark.parametrize("path", ["/exports/{}/file", "/exports/{}/files/{}"])
def test_the_owner_gets_the_bytes(client, login, user, export, path):
    answer = login(client, user).get(path.format(export.id, export.files[0].id))
    assert answer.status_code == 200
    assert answer.data == CONTENT


def test_the_headers_let_no_browser_show_or_keep_the_file(client, login, user, export):
    headers = login(client, user).get(f"/exports/{export.id}/file").headers
    assert headers["Content-Disposition"].startswith('attachment; filename="Orders EU.csv"')
    assert headers["Content-Type"].startswith("text/csv")
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_a_broken_download_is_resumed(client, login, user, export):
    etag = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    rest = login(client, user).get(
        f"/exports/{export.id}/file", headers={"Range": "bytes=4-", "If-Range": etag}
    )
    assert rest.status_code == 206
    assert rest.data == CONTENT[4:]
    assert rest.headers["Content-Range"] == f"bytes 4-{len(CONTENT) - 1}/{len(CONTENT)}"


def test_a_download_leaves_a_trace_and_a_question_leaves_none(client, login, user, export):
    login(client, user)
    assert client.head(f"/exports/{export.id}/file").headers["Content-Length"] == str(len(CONTENT))
    assert not db.session.query(Event).filter_by(kind="downloaded").count()
    client.get(f"/exports/{export.id}/file")
    assert db.session.query(Event).filter_by(kind="downloaded", user_id=user.id).count() == 1
    assert db.session.query(Audit).filter_by(action="download", export_id=export.id).count() == 1


def test_anothers_file_cannot_be_found(client, login, stranger, export):
    login(client, stranger)
    file_id = export.files[0].id
    assert client.get(f"/exports/{export.id}/file").status_code == 404
    assert client.get(f"/exports/{export.id}/files/{file_id}").status_code == 404


def test_a_file_of_another_export_is_not_served_under_the_own_one(client, login, user, stranger, export):
    foreign = make_export(stranger).files[0].id
    assert login(client, user).get(f"/exports/{export.id}/files/{foreign}").status_code == 404


def test_a_superuser_takes_anybodys_file(client, login, superuser, export):
    assert login(client, superuser).get(f"/exports/{export.id}/file").data == CONTENT


def test_nobody_gets_a_file_without_signing_in(client, export):
    answer = client.get(f"/exports/{export.id}/file")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


def test_without_the_export_right_the_own_file_stays_closed(client, login, no_export):
    export = make_export(no_export)
    answer = login(client, no_export).get(f"/exports/{export.id}/file")
    assert answer.status_code == 403
    assert "You cannot download exports" in answer.text


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [("running", 409, "not ready yet"), ("failed", 404, "no file"), ("cancelled", 404, "no file")],
)
def test_an_export_without_a_file_says_so(client, login, user, status, code, words):
    export = make_export(user, status)
    answer = login(client, user).get(f"/exports/{export.id}/file")
    assert answer.status_code == code
    assert words in answer.text


def test_a_deleted_file_is_gone(client, login, user):
    export = make_export(user)
    storage.delete(export.result_key)
    answer = login(client, user).get(f"/exports/{export.id}/file")
    assert answer.status_code == 410
    assert "Run the export again" in answer.text


def test_an_expired_file_is_gone(client, login, user, export):
    export.expired_at = export.ended_at
    db.session.commit()
    assert login(client, user).get(f"/exports/{export.id}/file").status_code == 410
