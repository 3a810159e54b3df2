"""The Rebilly dialect's paths under every prefix, its credentials, and its errors."""

import json
import time

import pytest

from dashboard.api import ids, rebilly
from dashboard.database import db
from tests.factories import make_export

EXPORTS = "/data-exports"
PREFIXES = ["", "/experimental", "/organizations/any", "/experimental/organizations/any"]
BODY = {"name": "All", "resource": "customers", "format": "csv"}


@pytest.fixture
def mine(user, as_):
    return as_(user, "rebilly")


@pytest.fixture
def nobody(as_):
    return as_(None, "rebilly")


def problem(response, status, detail=None):
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    assert response.json["status"] == status
    assert all(response.json[member] for member in ("type", "title", "detail", "instance"))
    if detail:
        assert detail in response.json["detail"]
    return response.json


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_path_is_there_under_every_prefix(mine, user, prefix, slash):
    export = make_export(user)
    one, file = (
        f"{prefix}{EXPORTS}/{export.public_id}{slash}",
        f"{prefix}/files/{ids.rebilly_file(export.uuid)}",
    )
    assert [shown["id"] for shown in mine.get(f"{prefix}{EXPORTS}{slash}").json] == [export.public_id]
    assert mine.get(one).json["id"] == export.public_id
    assert mine.get(f"{file}{slash}").json["name"] == "Orders.csv"
    assert mine.get(f"{file}/download{slash}").data == b'"id"\r\n1\r\n'
    created = mine.post(f"{prefix}{EXPORTS}{slash}", json=BODY)
    assert created.status_code == 201
    made = mine.put(f"{prefix}{EXPORTS}/mine{slash}", json=BODY)
    assert (made.status_code, made.json["id"]) == (201, "mine")
    assert mine.delete(one).status_code == 204
    assert mine.get(one).status_code == 404


@pytest.mark.parametrize("prefix", PREFIXES)
def test_links_stay_below_the_prefix_that_was_used(mine, user, prefix):
    export = make_export(user)
    links = {
        link["rel"]: link["href"] for link in mine.get(f"{prefix}{EXPORTS}/{export.public_id}").json["_links"]
    }
    below = prefix.removeprefix("/experimental")  # where the clients look for files and people
    assert links["self"] == f"http://localhost{prefix}{EXPORTS}/{export.public_id}"
    assert links["user"] == f"http://localhost{below}/users/usr_{user.id}"
    assert links["download"].startswith(f"http://localhost{below}/files/file_")
    location = mine.post(f"{prefix}{EXPORTS}", json=BODY).headers["Location"]
    assert location.startswith(f"http://localhost{prefix}{EXPORTS}/exp_")
    assert mine.get(location.removeprefix("http://localhost")).status_code == 200


def test_it_owns_its_paths_and_no_others():
    for path in ("/data-exports", "/data-exports/x", "/files/x/y", "/experimental", "/organizations/x/y"):
        assert rebilly.handles(path)
    for path in ("/", "/exports", "/exports/1/file", "/v1/exports", "/data-exportsx", "/filesystem"):
        assert not rebilly.handles(path)


# -- who asks ------------------------------------------------------------------------------------------


def test_a_token_goes_in_either_header(app, nobody, user, token):
    secret = token(user)
    for headers in ({"REB-APIKEY": secret}, {"Authorization": f"Bearer {secret}"}):
        assert nobody.get(EXPORTS, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"REB-APIKEY": "wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Token x"}]
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", EXPORTS), ("POST", EXPORTS), ("GET", "/files/file_x/download")]
)
def test_without_a_good_token_nobody_gets_anything(nobody, headers, method, path):
    response = nobody.open(method, path, headers=headers, json=BODY if method == "POST" else None)
    problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_may_do_what_it_was_made_for(as_, superuser):
    export = make_export(superuser)
    running = make_export(superuser, "running")
    calls = {
        "read": [
            ("GET", EXPORTS),
            ("GET", f"{EXPORTS}/{export.public_id}"),
            ("GET", f"/files/{ids.rebilly_file(export.uuid)}"),
        ],
        "create": [("POST", EXPORTS), ("PUT", f"{EXPORTS}/x"), ("DELETE", f"{EXPORTS}/{export.public_id}")],
        "download": [("GET", f"/files/{ids.rebilly_file(export.uuid)}/download")],
    }
    for ability, those in calls.items():
        others = as_(
            superuser, "rebilly", [one for one in ("read", "create", "download", "cancel") if one != ability]
        )
        for method, path in those:
            problem(others.open(method, path, json=BODY), 403, ability)
    creator = as_(superuser, "rebilly", ["create"])
    problem(creator.delete(f"{EXPORTS}/{running.public_id}"), 403, "cancel")


def test_links_without_credentials_are_for_those_who_may_download(as_, user):
    export = make_export(user)
    shown = as_(user, "rebilly", ["read"]).get(f"{EXPORTS}/{export.public_id}?expand=file").json
    assert "signedLink" not in str(shown)


def test_who_may_not_export_sees_only(as_, no_export):
    export = make_export(no_export)
    caller = as_(no_export, "rebilly")
    assert caller.get(f"{EXPORTS}/{export.public_id}").status_code == 200
    problem(caller.post(EXPORTS, json=BODY), 403)
    problem(caller.put(f"{EXPORTS}/x", json=BODY), 403)
    problem(caller.delete(f"{EXPORTS}/{export.public_id}"), 403)
    problem(caller.get(f"/files/{ids.rebilly_file(export.uuid)}/download"), 403)


def test_a_stranger_finds_nothing(as_, user, stranger):
    export = make_export(user)
    caller = as_(stranger, "rebilly")
    assert caller.get(EXPORTS).json == []
    for path in (f"{EXPORTS}/{export.public_id}", f"/files/{ids.rebilly_file(export.uuid)}"):
        problem(caller.get(path), 404)
    problem(caller.get(f"/files/{ids.rebilly_file(export.uuid)}/download"), 404)
    problem(caller.delete(f"{EXPORTS}/{export.public_id}"), 404)
    problem(caller.put(f"{EXPORTS}/{export.public_id}", json=BODY), 409)
    db.session.refresh(export)
    assert export.name == "Orders"


# -- errors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "id", ["nothing", "exp_01J9Z6X4R2T8M3K5N7P9Q0S1V2", "a" * 51, "a%00b", "%20", "über"]
)
def test_an_unknown_id_is_404(mine, id):
    shown = problem(mine.get(f"{EXPORTS}/{id}"), 404)
    assert shown["type"] == "about:blank"
    problem(mine.get(f"/files/{id}/download"), 404)


def test_unknown_paths_and_methods_are_problems_too(mine):
    problem(mine.get("/experimental/nothing"), 404)
    problem(mine.get("/files"), 404)
    response = mine.patch(f"{EXPORTS}/x", json=BODY)
    assert {"GET", "PUT", "DELETE"} <= {method.strip() for method in response.headers["Allow"].split(",")}
    problem(response, 405, "PATCH")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'"text"', b"null", b'{"name": 1, "name": 2}', b'{"a": NaN}', b"\xff"]
)
def test_a_body_that_is_no_object_is_400(mine, data):
    problem(mine.post(EXPORTS, data=data, content_type="application/json"), 400)


def test_other_media_types_and_large_bodies_are_refused(mine):
    problem(mine.post(EXPORTS, data="name=x"), 415)
    problem(mine.post(EXPORTS, data="{}", content_type="text/plain"), 415)
    large = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'
    problem(mine.post(EXPORTS, data=large, content_type="application/json"), 413)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_database_holds_is_told_by_its_field(mine, text):
    data = json.dumps({**BODY, "arguments": {"filter": text}})
    shown = problem(mine.post(EXPORTS, data=data, content_type="application/json"), 422)
    assert [one["field"] for one in shown["invalidFields"]] == ["arguments.filter"]


def test_writes_tell_how_many_requests_are_left(mine, limited):
    for response in (
        mine.post(EXPORTS, json=BODY),
        mine.put(f"{EXPORTS}/x", json={}),
        mine.delete(f"{EXPORTS}/none"),
    ):
        assert response.headers["X-RateLimit-Limit"] == response.headers["X-RateLimit-Remaining"] == "3000"
    assert "X-RateLimit-Limit" not in mine.get(EXPORTS).headers
    limited("3/minute")
    response = mine.post(EXPORTS, json=BODY)
    assert (response.headers["X-RateLimit-Limit"], response.headers["X-RateLimit-Remaining"]) == ("3", "2")


def test_too_many_requests_hear_when_to_come_again(mine, limited):
    limited("1/minute")
    assert mine.get(EXPORTS).status_code == 200
    response = mine.get(EXPORTS)
    problem(response, 429)
    assert 0 < int(response.headers["X-RateLimit-Retry-After"]) - time.time() <= 61
