"""Errors of paths and methods below /api/v1/: always this dialect's JSON."""

import pytest

EXPORTS = "/api/v1/exports/"


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1", "/api/v1/nothing/", "/api/v1/exports/1/nothing/", "/api/v1/export/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_not_found(mine, method, path):
    response = mine.open(method, path)
    assert (response.status_code, response.json) == (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", EXPORTS, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PATCH", EXPORTS, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", EXPORTS, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", EXPORTS + "1/", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", EXPORTS + "1/", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", EXPORTS + "1/", {"GET", "HEAD", "OPTIONS"}),
        ("GET", EXPORTS + "1/set_cancel/", {"OPTIONS", "POST"}),
        ("POST", EXPORTS + "1/file/", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/api/v1/auth/login/", {"OPTIONS", "POST"}),
    ],
)
def test_a_wrong_method_is_not_allowed(mine, method, path, allowed):
    response = mine.open(method, path)
    assert response.status_code == 405
    assert response.json == {"detail": f'Method "{method}" not allowed.'}
    assert {name.strip() for name in response.headers["Allow"].split(",")} == allowed


def test_a_path_without_its_last_slash_is_the_same(mine, export):
    for path in (EXPORTS, f"{EXPORTS}{export.id}/", "/api/v1/active_user/"):
        assert mine.get(path.rstrip("/")).json == mine.get(path).json


def test_pages_keep_their_own_errors(client):
    response = client.get("/nothing")
    assert response.status_code == 404
    assert response.mimetype == "text/html"
