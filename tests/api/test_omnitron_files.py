"""GET /api/v1/exports/{id}/files/: everything an export made, for programs; ours, beside the contract."""

import hashlib
import json

import pytest

from dashboard.planning import Output
from tests.jobs.test_files import database, touched  # noqa: F401 - fixtures
from tests.jobs.test_pipeline import ask


@pytest.fixture
def made(user, work, touched):  # noqa: F811
    export = ask(user, outputs=(Output("csv"), Output("json", {}, "gzip")))
    work()
    return export


def test_every_file_is_listed_with_its_checksum_and_its_path(mine, made):
    listed = mine.get(f"/api/v1/exports/{made.uuid}/files/").json
    assert [one["kind"] for one in listed] == ["data", "data", "sanitized", "manifest"]
    assert [one["packaging"] for one in listed] == ["none", "gzip", "none", "none"]
    for one in listed:
        taken = mine.get(one["file"])
        assert taken.status_code == 200
        assert (len(taken.data), hashlib.sha256(taken.data).hexdigest()) == (one["size"], one["sha256"])
    assert json.loads(mine.get(listed[3]["file"]).data)["export"]["id"] == made.uuid


def test_a_file_of_another_export_is_not_found(mine, made, user, work):
    other = ask(user)
    work()
    (first, *_) = mine.get(f"/api/v1/exports/{made.uuid}/files/").json
    assert mine.get(f"/api/v1/exports/{other.uuid}/files/{first['pk']}/").status_code == 404


def test_an_export_that_is_not_ready_lists_nothing(mine, user):
    assert mine.get(f"/api/v1/exports/{ask(user).uuid}/files/").json == []
