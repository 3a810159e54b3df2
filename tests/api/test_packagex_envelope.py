"""PackageX: what holds for every answer: envelope, keys, methods, slashes, refusals."""

import pytest

from dashboard.api.packagex import answers, schema
from tests.api.packagex import EXPORTS, asked, path_of, post, wrong
from tests.factories import make_export

MEMBERS = {"message", "data", "status", "errors", "code", "pagination", "endpoint"}


@pytest.fixture
def px(user, as_):
    return as_(user, "packagex")


def test_every_answer_is_the_same_envelope(px, user):
    export = make_export(user)
    for response in (
        px.get(EXPORTS),
        px.get(path_of(export)),
        post(px, asked()),
        post(px, {"name": "x"}, path_of(export)),
        px.get(f"{EXPORTS}/nothing"),
        px.get("/v1/else"),
        px.patch(EXPORTS),
        post(px, b"{"),
        px.delete(path_of(export)),
    ):
        assert set(response.json) == MEMBERS
        assert response.json["status"] == response.status_code
        assert response.json["message"]
        assert response.mimetype == "application/json"
        if response.status_code < 400:
            assert (response.json["errors"], response.json["code"]) == ([], None)
            assert response.json["data"] is not None
        else:
            assert response.json["data"] is None
            assert isinstance(response.json["code"], str)


def test_the_endpoint_is_the_path_that_was_asked_for(px):
    assert px.get(f"{EXPORTS}?page=1").json["endpoint"] == EXPORTS
    assert px.get(f"{EXPORTS}/exp_x/").json["endpoint"] == f"{EXPORTS}/exp_x/"


@pytest.mark.parametrize("header", ["PX-API-KEY", "X-API-KEY"])
def test_a_key_goes_with_either_header(as_, token, user, header):
    assert as_(None).get(EXPORTS, headers={header: token(user)}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"PX-API-KEY": "exc_nobody"}, {"PX-API-KEY": ""}])
def test_a_missing_or_bad_key_is_401(as_, headers):
    response = as_(None).get(EXPORTS, headers=headers)
    assert wrong(response, 401) == []
    assert response.json["code"] == "unauthorized"


def test_a_key_for_another_scheme_is_401(as_, token, user):
    for scheme in ("Token", "Bearer"):
        response = as_(None).get(EXPORTS, headers={"Authorization": f"{scheme} {token(user)}"})
        assert response.status_code == 401


def test_a_key_without_the_scope_is_403(as_, user, export):
    reader = as_(user, "packagex", ["read"])
    assert reader.get(EXPORTS).status_code == 200
    for response in (
        post(reader, asked()),
        post(reader, {"name": "x"}, path_of(export)),
        reader.delete(path_of(export)),
        reader.get(f"{path_of(export)}?include_csv=true"),
        as_(user, "packagex", ["create"]).get(EXPORTS),
    ):
        assert wrong(response, 403) == []
        assert response.json["code"] == "forbidden"


def test_who_may_not_export_is_refused(as_, no_export):
    assert wrong(post(as_(no_export, "packagex"), asked()), 403) == []


@pytest.mark.parametrize("slash", ["", "/"])
def test_other_methods_are_405_and_name_those_that_there_are(px, export, slash):
    for path, methods in ((EXPORTS, {"GET", "POST"}), (path_of(export), {"GET", "POST", "DELETE"})):
        for method in ("PUT", "PATCH", *({"DELETE"} - methods)):
            response = px.open(method, path + slash)
            assert wrong(response, 405) == []
            assert response.json["code"] == "method_not_allowed"
            assert set(response.headers["Allow"].split(", ")) == {*methods, "HEAD", "OPTIONS"}


def test_every_path_may_end_in_a_slash(px, export):
    assert px.get(f"{EXPORTS}/").status_code == 200
    assert post(px, asked(), f"{EXPORTS}/").status_code == 201
    assert px.get(f"{path_of(export)}/").status_code == 200
    assert post(px, {"name": "x"}, f"{path_of(export)}/").status_code == 200
    assert px.delete(f"{path_of(export)}/").status_code == 200


def test_a_trailing_ampersand_does_not_hurt(px, export):
    assert px.get(f"{EXPORTS}?limit=5&page=2&").json["pagination"]["limit"] == 5
    assert "_csv_url" in px.get(f"{path_of(export)}?include_csv=true&").json["data"]


@pytest.mark.parametrize("path", [EXPORTS, "/v1/exports/exp_4Rk9vQ2mXw7LzT1bNc8YpD"])
def test_a_json_content_type_on_every_verb_does_not_hurt(px, path):
    for verb in ("GET", "DELETE"):
        response = px.open(verb, path, headers={"Content-Type": "application/json"})
        assert response.status_code in (200, 404, 405)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"", 400, "invalid_json"),
        (b'{"resource":"contact","resource":"item"}', 400, "invalid_json"),
        (b'{"options":{"limit":1e999}}', 400, "invalid_json"),
        (b"[]", 400, "validation_error"),
        (b'{"name":"\\u0000"}', 400, "validation_error"),
        (b" " * 1_100_000, 413, "payload_too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(px, export, data, status, code):
    for path in (EXPORTS, path_of(export)):
        response = post(px, data, path)
        wrong(response, status)
        assert response.json["code"] == code


def test_a_body_that_is_no_json_by_its_type_is_415(px):
    response = px.post(EXPORTS, data={"resource": "contact"})
    assert wrong(response, 415) == []
    assert response.json["code"] == "unsupported_media_type"


def test_too_many_waiting_exports_are_429(px, user, app):
    for _ in range(app.extensions["settings"].max_waiting):
        make_export(user, "pending")
    response = post(px, asked())
    assert wrong(response, 429) == []
    assert response.json["code"] == "too_many_requests"
    assert int(response.headers["Retry-After"]) > 0


def test_the_rate_limit_is_told_in_headers(px, limited):
    limited("2/minute")
    first = px.get(EXPORTS)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("2", "1")
    px.get(EXPORTS)
    third = px.get(EXPORTS)
    assert wrong(third, 429) == []
    assert third.json["code"] == "too_many_requests"
    assert int(third.headers["Retry-After"]) > 0


def test_the_examples_of_the_document_are_what_is_answered():
    """The models describe their own examples, and the contract's example is among them."""
    for operation in schema.OPERATIONS:
        for answer in operation.answers.values():
            answer.model.model_validate(answer.example)
        if operation.example:
            operation.body.model_validate(operation.example)
    assert schema.OPERATIONS[1].example["csv_field_options"]["datetime_format"] == "yyyy-MM-dd HH:mm"
    assert issubclass(answers.Failure, answers.OneExport.__base__)
