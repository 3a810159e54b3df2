"""What must hold for every dialect of the API, whoever wrote it."""

import pytest
from werkzeug.exceptions import NotFound

from dashboard import api
from tests.factories import make_export

ANYWHERE = "/nothing/of/the/kind/"


def rules(app, dialect):
    name = api.DIALECTS[dialect].BLUEPRINT.name
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] == name]


def path_of(rule, id):
    path = rule.rule
    for argument in rule.arguments:
        for converter in ("", "int:", "path:", "string:"):
            path = path.replace(f"<{converter}{argument}>", str(id))
    return path


@pytest.fixture(params=list(api.DIALECTS))
def dialect(request):
    return request.param


def test_a_dialect_has_routes_and_knows_them_as_its_own(app, dialect):
    found = rules(app, dialect)
    assert found
    for rule in found:
        assert api.DIALECTS[dialect].handles(path_of(rule, 1))


def test_no_two_dialects_own_a_path(app):
    for one in api.DIALECTS:
        for rule in rules(app, one):
            owners = [name for name, other in api.DIALECTS.items() if other.handles(path_of(rule, 1))]
            assert owners == [one]


def test_pages_belong_to_no_dialect(app):
    for path in ("/", "/exports", "/exports/1", "/login", "/static/app.css", "/healthz"):
        assert api.error_response(path, NotFound()) is None


def test_nobody_gets_nothing_from_any_route(app, as_, user, dialect):
    """Without a token every route answers 401, in JSON; a login, which has nothing to show, refuses the empty body."""
    export = make_export(user)
    for rule in rules(app, dialect):
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            response = as_(None).open(method, path_of(rule, export.id))
            assert response.status_code == (415 if rule.endpoint.endswith(".login") else 401), rule
            assert "json" in response.mimetype
            assert export.uuid not in response.text


def test_a_stranger_reaches_nobody_s_export_by_any_route(app, as_, user, stranger, dialect):
    export = make_export(user)
    caller = as_(stranger)
    for rule in rules(app, dialect):
        if rule.arguments:
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                for id in (export.id, export.uuid):
                    response = caller.open(method, path_of(rule, id))
                    assert response.status_code in (403, 404), rule
                    assert export.uuid not in response.text


def test_errors_of_a_path_are_the_dialect_s_in_json(app, as_, dialect):
    some = path_of(rules(app, dialect)[0], 1)
    for method, path, status in (("GET", some.rstrip("/") + ANYWHERE, 404), ("TRACE", some, 405)):
        response = as_(None).open(method, path)
        assert response.status_code == status
        assert "json" in response.mimetype
        assert response.json
        if status == 405:
            assert response.headers["Allow"]


def test_a_crash_tells_no_more_than_a_reference(app, as_, user, dialect, monkeypatch):
    rule = next(rule for rule in rules(app, dialect) if "GET" in rule.methods)

    def crash(**_):
        raise RuntimeError("postgresql://admin:secret@db/exports")

    monkeypatch.setitem(app.view_functions, rule.endpoint, crash)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    response = as_(user).get(path_of(rule, 1))
    assert response.status_code == 500
    assert "json" in response.mimetype
    assert "secret" not in response.text
    assert response.json


def test_answers_are_never_cached(app, as_, user, dialect):
    for rule in rules(app, dialect):
        if "GET" in rule.methods:
            assert "no-store" in as_(user).get(path_of(rule, 1)).headers["Cache-Control"]
