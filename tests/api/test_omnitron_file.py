"""GET /api/v1/exports/{id}/file/: bytes, ranges, headers, the trace a download leaves."""

import hashlib
from datetime import UTC, datetime

import pytest

from dashboard import delivery
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Audit, Event, File
from tests.factories import make_export

CONTENT = b'"id"\r\n1\r\n'


@pytest.fixture
def path(export):
    return f"/api/v1/exports/{export.uuid}/file/"


def downloads():
    assert db.session.query(Event).filter_by(kind="downloaded").count() == (
        db.session.query(Audit).filter_by(action="download").count()
    )
    return db.session.query(Event).filter_by(kind="downloaded").count()


def test_the_whole_file_comes_with_headers_that_keep_it_a_file(mine, path):
    response = mine.get(path)
    assert (response.status_code, response.data) == (200, CONTENT)
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert response.headers["Content-Type"] == "text/csv"
    assert (
        response.headers["Content-Disposition"]
        == "attachment; filename=\"Orders.csv\"; filename*=UTF-8''Orders.csv"
    )
    assert response.headers["ETag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_download_leaves_a_trace(mine, path, user):
    mine.get(path)
    assert downloads() == 1
    assert db.session.query(Audit).filter_by(action="download").one().user_id == user.id


def test_a_question_about_the_file_is_no_download(mine, path):
    response = mine.open("HEAD", path)
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == str(len(CONTENT))
    tag = response.headers["ETag"]
    unchanged = mine.get(path, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert downloads() == 0


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=0-3", CONTENT[:4], "0-3"),
        ("bytes=2-3", CONTENT[2:4], "2-3"),
        ("bytes=4-", CONTENT[4:], "4-8"),
        ("bytes=-3", CONTENT[-3:], "6-8"),
        ("bytes=-300", CONTENT, "0-8"),
        ("bytes=8-400", CONTENT[8:], "8-8"),
        ("bytes=0-" + "9" * 18, CONTENT, "0-8"),
    ],
)
def test_a_range_gives_that_part(mine, path, asked, content, told):
    response = mine.get(path, headers={"Range": asked})
    assert (response.status_code, response.data) == (206, content)
    assert response.headers["Content-Range"] == f"bytes {told}/{len(CONTENT)}"
    assert response.headers["Content-Length"] == str(len(content))
    assert downloads() == int(told.startswith("0-"))


@pytest.mark.parametrize("asked", ["bytes=9-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(mine, path, asked):
    response = mine.get(path, headers={"Range": asked})
    assert (response.status_code, list(response.json)) == (416, ["detail"])
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert downloads() == 0


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "bytes=3-2", "rows=0-1", "bytes=x", "bytes=-", "bytes=" + "9" * 99 + "-", ""]
)
def test_a_range_that_is_none_gives_the_whole_file(mine, path, asked):
    response = mine.get(path, headers={"Range": asked})
    assert (response.status_code, response.data) == (200, CONTENT)


def test_the_rest_comes_only_of_the_same_file(mine, path):
    tag = mine.open("HEAD", path).headers["ETag"]
    same = mine.get(path, headers={"Range": "bytes=4-", "If-Range": tag})
    assert (same.status_code, same.data) == (206, CONTENT[4:])
    for condition in ('"other"', f"W/{tag}", "Sat, 21 Nov 2026 10:00:00 GMT"):
        other = mine.get(path, headers={"Range": "bytes=4-", "If-Range": condition})
        assert (other.status_code, other.data) == (200, CONTENT)


@pytest.mark.parametrize("status", ["pending", "running", "finalizing", "failed", "timed_out", "cancelled"])
def test_without_a_result_there_is_no_file(mine, user, status):
    response = mine.get(f"/api/v1/exports/{make_export(user, status).id}/file/")
    assert (response.status_code, list(response.json)) == (404, ["detail"])


def test_an_expired_file_is_gone(mine, user):
    export = make_export(user, expired_at=datetime.now(UTC))
    response = mine.get(f"/api/v1/exports/{export.id}/file/")
    assert (response.status_code, list(response.json)) == (410, ["detail"])


def test_a_file_that_the_storage_lost_is_gone_and_noted(mine, path, export):
    storage.delete(db.session.query(File).filter_by(export_id=export.id).one().key)
    response = mine.get(path)
    assert (response.status_code, list(response.json)) == (410, ["detail"])
    assert db.session.query(Audit).filter_by(action="file_missing", export_id=export.id).count() == 1
    assert downloads() == 0


def test_a_file_of_another_length_than_recorded_is_not_served(mine, path, export):
    db.session.query(File).filter_by(export_id=export.id).update({"size": 5})
    db.session.commit()
    assert mine.get(path).status_code == 410


def test_a_superuser_takes_anybody_s_file(boss, path):
    assert boss.get(path).data == CONTENT


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.csv", "filename=\"a.csv\"; filename*=UTF-8''a.csv"),
        ("Bücher.csv", "filename=\"Bucher.csv\"; filename*=UTF-8''B%C3%BCcher.csv"),
        ("注文.csv", "filename=\"export.csv\"; filename*=UTF-8''%E6%B3%A8%E6%96%87.csv"),
        ('x"y\\z%41;.csv', "filename=\"x_y_z_41;.csv\"; filename*=UTF-8''x%22y_z%2541%3B.csv"),
        ("../../etc/passwd", "filename=\"export.._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"),
        (
            "a\r\nSet-Cookie: b.csv",
            "filename=\"aSet-Cookie: b.csv\"; filename*=UTF-8''aSet-Cookie%3A%20b.csv",
        ),
        ("\u202egpj.csv\u2066", "filename=\"gpj.csv\"; filename*=UTF-8''gpj.csv"),
        ("\0", "filename=\"export\"; filename*=UTF-8''export"),
    ],
)
def test_names_travel_whole_and_do_no_harm(name, header):
    assert delivery.disposition(name) == f"attachment; {header}"
