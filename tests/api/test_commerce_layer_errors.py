"""Refusals that are about no single attribute: media types, tokens, documents, paths, methods, limits."""

import pytest

from tests.api.commerce_layer import EXPORTS, MEDIA_TYPE, create, listed, only, refused, shown
from tests.factories import make_export

JSON = "application/json"


@pytest.fixture
def mine(user, as_):
    return as_(user, "commerce_layer")


@pytest.mark.parametrize(
    "accept", [MEDIA_TYPE, "*/*", "application/*", f"text/html, {MEDIA_TYPE};q=0.5", f"{JSON}, */*;q=0.1"]
)
def test_who_accepts_the_media_type_is_answered_in_it(mine, accept):
    answer = mine.get(EXPORTS, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, MEDIA_TYPE)


@pytest.mark.parametrize(
    "accept", [JSON, "text/html", f"{MEDIA_TYPE};q=0", f"{MEDIA_TYPE}; version=2", f"{JSON}, text/*"]
)
def test_who_accepts_only_others_is_refused(mine, user, accept):
    export = make_export(user)
    for method, path in (("GET", EXPORTS), ("POST", EXPORTS), ("DELETE", f"{EXPORTS}/{export.letters}")):
        refused(mine.open(method, path, headers={"Accept": accept}), 406, "NOT_ACCEPTABLE")
    assert listed(mine.get(EXPORTS)) == [export.letters]


@pytest.mark.parametrize("kind", [JSON, "text/plain", "application/x-www-form-urlencoded", "", None])
def test_a_body_of_another_type_is_refused(mine, user, kind):
    path = f"{EXPORTS}/{make_export(user).letters}"
    for method, where in (("POST", EXPORTS), ("PATCH", path)):
        refused(mine.open(method, where, data=b"{}", content_type=kind), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_the_media_type_may_name_its_charset(mine):
    body = b'{"data": {"type": "exports", "attributes": {"resource_type": "orders"}}}'
    kind = f"{MEDIA_TYPE}; charset=utf-8"
    assert mine.post(EXPORTS, data=body, content_type=kind).status_code == 201


def test_every_path_works_with_a_slash_at_its_end(mine, user):
    export = make_export(user)
    paths = [EXPORTS, f"{EXPORTS}/{export.letters}", f"{EXPORTS}/{export.letters}/events"]
    for path in (*paths, f"{EXPORTS}/{export.letters}/relationships/events"):
        assert mine.get(f"{path}/").status_code == 200
    assert shown(create(mine, path=f"{EXPORTS}/"), 201)
    assert mine.delete(f"{EXPORTS}/{export.letters}/").status_code == 204


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer ", "Bearer x", "Token {}", "{}", "Basic {}"]
)
def test_without_a_good_token_the_answer_is_401(as_, token, user, authorization):
    headers = {"Authorization": authorization.format(token(user))} if authorization else {}
    answer = as_(None).get(EXPORTS, headers=headers)
    assert refused(answer, 401, "INVALID_TOKEN")["title"] == "Invalid token"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_what_a_token_lacks_is_401_too(as_, user):
    export = make_export(user)
    lists = (EXPORTS, f"{EXPORTS}/{export.letters}", f"{EXPORTS}/{export.letters}/events")
    caller = as_(user, "commerce_layer", ["create"])
    for path in (*lists, f"{EXPORTS}/{export.letters}/relationships/events"):
        assert refused(caller.get(path), 401, "UNAUTHORIZED")["title"] == "Access denied"
    refused(create(as_(user, "commerce_layer", ["read"])), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ["/x", "/x/y", "/x/relationships", "/x/relationships/orders", "/x/orders"])
def test_an_unknown_path_is_404_in_the_form_of_the_dialect(mine, path):
    answer = mine.get(EXPORTS + path)
    refused(answer, 404, "RECORD_NOT_FOUND")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", ""), ("PATCH", ""), ("POST", "/x"), ("DELETE", "/x/events")]
)
def test_another_method_is_405_and_tells_which_there_are(mine, method, path):
    answer = mine.open(method, EXPORTS + path)
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("document", "code", "pointer"),
    [
        ({}, "PARAM_MISSING", "/data"),
        ({"data": None}, "INVALID_DATA_FORMAT", "/data"),
        ({"data": []}, "INVALID_DATA_FORMAT", "/data"),
        ({"data": only() | {"type": None}}, "INVALID_RESOURCE", "/data/type"),
        ({"data": {"attributes": {"resource_type": "orders"}}}, "PARAM_MISSING", "/data/type"),
        ({"data": {"type": "orders", "attributes": {}}}, "INVALID_RESOURCE", "/data/type"),
        ({"data": {"type": "exports"}}, "PARAM_MISSING", "/data/attributes"),
        ({"data": {"type": "exports", "attributes": []}}, "INVALID_DATA_FORMAT", "/data/attributes"),
        ({"data": only(resource_type="orders") | {"id": "x"}}, "PARAM_NOT_ALLOWED", "/data/id"),
        (
            {"data": only(resource_type="orders") | {"relationships": {"events": {}}}},
            "PARAM_NOT_ALLOWED",
            "/data/relationships",
        ),
        ({"data": only(resource_type="orders") | {"a/b": 1}}, "PARAM_NOT_ALLOWED", "/data/a~1b"),
    ],
)
def test_a_body_that_is_no_document_of_an_export_is_refused(mine, document, code, pointer):
    error = refused(mine.post(EXPORTS, json=document, content_type=MEDIA_TYPE), 400, code)
    assert error["source"] == {"pointer": pointer}


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"data": 1, "data": 2}', b"\xff", b"NaN", b"[" * 21 + b"]" * 21]
)
def test_a_body_that_is_no_strict_json_is_refused(mine, data):
    refused(mine.post(EXPORTS, data=data, content_type=MEDIA_TYPE), 400, "BAD_REQUEST")


@pytest.mark.parametrize("data", [b"[]", b'"x"', b"5", b"null"])
def test_a_body_that_is_no_object_is_refused(mine, data):
    refused(mine.post(EXPORTS, data=data, content_type=MEDIA_TYPE), 400, "INVALID_DATA_FORMAT")


def test_rate_limits_are_told_in_the_headers_of_the_dialect(mine, user, limited):
    limited("3/10 seconds")
    path = f"{EXPORTS}/{make_export(user).letters}"
    for left, answer in enumerate((mine.get(EXPORTS), mine.get(f"{EXPORTS}/x"), mine.get(path))):
        assert answer.headers["X-Ratelimit-Limit"] == "3"
        assert answer.headers["X-Ratelimit-Remaining"] == str(2 - left)
        assert answer.headers["X-Ratelimit-Interval"] == "10"
    answer = mine.get(EXPORTS)
    refused(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["X-Ratelimit-Remaining"] == "0"
    assert "X-Ratelimit-Reset" not in answer.headers
    assert int(answer.headers["Retry-After"]) > 0


def test_without_limits_no_header_speaks_of_any(mine):
    assert not [name for name, _ in mine.get(EXPORTS).headers if "ratelimit" in name.lower()]
