"""What must hold for every dialect of the API, whoever wrote it.

How its clients send a token stands in CREDENTIALS (tests/api/conftest.py); what it lists, in LISTS.
"""

from uuid import uuid4

import pytest
from werkzeug.exceptions import NotFound

from dashboard import api
from dashboard.api import ids
from dashboard.database import db
from dashboard.models import ApiToken, Export
from tests.api.conftest import CREDENTIALS, LISTS
from tests.factories import make_export

CHANGES = ("POST", "PUT", "PATCH", "DELETE")
ANYWHERE = "/nothing/of/the/kind/"


def rules(app, dialect):
    name = api.DIALECTS[dialect].BLUEPRINT.name
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] == name]


def path_of(rule, id, number=1):
    path = rule.rule
    for argument in rule.arguments:
        path = path.replace(f"<int:{argument}>", str(number))
        for converter in ("", "path:", "string:"):
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


def ids_of(export):
    """Every name by which some dialect knows an export."""
    made = (ids.packagex(export.uuid), ids.rebilly_file(export.uuid))
    return (export.id, export.uuid, export.public_id, export.letters, *made)


def names_in(text, export, asked=None):
    """Its names in an answer, beside the one that was asked for and may be repeated."""
    return [name for name in ids_of(export)[1:] if name != asked and name in text]


def methods_of(rule):
    return sorted(rule.methods - {"OPTIONS", "HEAD"})


def test_nobody_gets_nothing_from_any_route(app, as_, user, dialect):
    """Without a token every route answers 401, in JSON; a login, which has nothing to show, refuses the empty body."""
    export = make_export(user)
    for rule in rules(app, dialect):
        for method in methods_of(rule):
            for id in ids_of(export) if rule.arguments else [0]:
                response = as_(None).open(method, path_of(rule, id))
                assert response.status_code == (415 if rule.endpoint.endswith(".login") else 401), rule
                assert "json" in response.mimetype
                assert not names_in(response.text, export, id)


def test_a_stranger_reaches_nobody_s_export_by_any_route(app, as_, user, stranger, dialect):
    """Another's export answers as one that does not exist, and does not change."""
    export, before = make_export(user, "running"), None
    nothing = Export(uuid=str(uuid4()), public_id="exp_0", letters="aaaaaaaaaa", id=10**9)
    caller = as_(stranger, dialect)
    for rule in rules(app, dialect):
        for method in methods_of(rule) if rule.arguments - {"org"} else ():
            for id, unknown in zip(ids_of(export), ids_of(nothing), strict=True):
                before = before or record_of(export)
                response = caller.open(method, path_of(rule, id))
                assert 400 <= response.status_code < 500, rule
                assert response.status_code == caller.open(method, path_of(rule, unknown)).status_code, rule
                assert not names_in(response.text, export, id)
                assert record_of(export) == before


def record_of(export):
    return {column.key: getattr(export, column.key) for column in Export.__table__.columns}


def test_every_header_that_carries_a_token_is_taken(app, as_, token, user, dialect):
    secret = token(user)
    known = {(name, form) for name, form in CREDENTIALS[dialect]}
    for name, form in sorted({pair for pairs in CREDENTIALS.values() for pair in pairs}):
        response = as_(None).get(LISTS[dialect], headers={name: form.format(secret)})
        assert response.status_code == (200 if (name, form) in known else 401), (name, form)
    for name, form in known:
        response = as_(None).get(LISTS[dialect], headers={name: form.format(secret[:-1])})
        assert response.status_code == 401


def test_a_session_of_our_pages_opens_only_the_door_of_their_scripts(client, login, user, dialect):
    login(client, user)
    assert client.get(LISTS[dialect]).status_code == (200 if dialect == "omnitron" else 401)


def test_a_token_that_can_do_nothing_gets_nothing(app, as_, superuser, dialect):
    export = make_export(superuser, "running")
    before = record_of(export)
    caller = as_(superuser, dialect, ["read"])
    take_abilities()
    for rule in rules(app, dialect):
        if rule.endpoint.rpartition(".")[2] in ("login", "active_user"):
            continue
        for method in methods_of(rule):
            for id in ids_of(export) if rule.arguments else [0]:
                response = caller.open(method, path_of(rule, id))
                assert response.status_code in (401, 403, 404), (rule, method, response.text)
                assert not names_in(response.text, export, id)
    assert record_of(export) == before


def take_abilities():
    db.session.execute(db.update(ApiToken).values(abilities=[]))
    db.session.commit()


def test_a_token_that_can_read_changes_nothing(app, as_, superuser, dialect):
    export = make_export(superuser, "running")
    before, caller = record_of(export), as_(superuser, dialect, ["read"])
    for rule in rules(app, dialect):
        for method in methods_of(rule):
            if method not in CHANGES or rule.endpoint.endswith(".login"):
                continue
            for id in ids_of(export) if rule.arguments else [0]:
                response = caller.open(method, path_of(rule, id))
                assert response.status_code in (401, 403, 404), (rule, method, response.text)
    assert record_of(export) == before


def test_without_the_ability_to_download_no_answer_leads_to_the_file(app, as_, user, dialect):
    export = make_export(user)
    for abilities, leads in ((["read", "create"], False), (["read", "download"], True)):
        answers = everything(app, as_(user, dialect, abilities), export, dialect)
        assert any(leads_to_a_file(answer) for answer in answers) == leads


def everything(app, caller, export, dialect):
    for rule in rules(app, dialect):
        for id in ids_of(export) if "GET" in rule.methods else ():
            # PackageX gives links to those who ask for them.
            for query in ("", "?include_csv=true"):
                yield caller.get(path_of(rule, id, export.files[0].id) + query)


def leads_to_a_file(response):
    """A file itself, or a link that needs no credentials."""
    return response.status_code == 200 and ("json" not in response.mimetype or "/dl/" in response.text)


def test_who_asks_too_often_is_told_when_to_come_again(app, as_, user, dialect, limited):
    limited("2/minute")
    caller = as_(user, dialect)
    answers = [caller.get(LISTS[dialect]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "json" in answers[2].mimetype
    assert answers[2].json
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60


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
    response = as_(user, dialect).get(path_of(rule, 1))
    assert response.status_code == 500
    assert "json" in response.mimetype
    assert "secret" not in response.text
    assert response.json


def test_answers_are_never_cached(app, as_, user, dialect):
    for rule in rules(app, dialect):
        if "GET" in rule.methods:
            assert "no-store" in as_(user, dialect).get(path_of(rule, 1)).headers["Cache-Control"]


def test_two_slashes_in_a_row_are_no_redirect(app, as_, user, dialect):
    response = as_(user, dialect).get(LISTS[dialect].rstrip("/") + "//")
    assert response.status_code in (200, 404)
    assert "json" in response.mimetype
