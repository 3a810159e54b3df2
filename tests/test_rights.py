"""Who may do what, over the whole URL map: a route without a line here fails the suite (reliability.md, section 13)."""

import pytest

from dashboard.database import db
from dashboard.models import Export
from tests.conftest import make_client
from tests.factories import make_export

# Their routes, which are many, are tested with their own ids: tests/api/test_every_dialect.py.
ELSEWHERE = ("packagex", "commerce_layer", "rebilly")
OPEN, PAGE, DENIED, HIDDEN = "open", "page", "denied", "hidden"
# endpoint, method: what strangers get who are signed in. HIDDEN: another's export is 404 for them.
# OPEN: anybody. PAGE: anybody signed in, and it shows nothing of others (tested below and beside each page).
ROUTES = {
    ("static", "GET"): OPEN,
    ("healthz", "GET"): OPEN,
    ("login.form", "GET"): OPEN,
    ("login.sign_in", "POST"): OPEN,
    ("login.sign_out", "POST"): PAGE,
    ("login.home", "GET"): OPEN,
    ("help.verify", "GET"): OPEN,
    ("links.download", "GET"): OPEN,
    ("openapi.index", "GET"): OPEN,
    ("openapi.page", "GET"): OPEN,
    ("openapi.document", "GET"): OPEN,
    ("settings.theme", "POST"): PAGE,
    ("settings.rows", "POST"): PAGE,
    ("settings.shortcuts", "POST"): PAGE,
    ("settings.awake", "GET"): PAGE,
    ("tokens.index", "GET"): PAGE,
    ("tokens.form", "GET"): PAGE,
    ("tokens.create", "POST"): PAGE,
    ("tokens.revoke", "GET"): HIDDEN,
    ("tokens.revoke", "POST"): HIDDEN,
    ("exports.index", "GET"): PAGE,
    ("exports.updates", "GET"): PAGE,
    ("new_export.form", "GET"): PAGE,
    ("new_export.change", "POST"): PAGE,
    ("new_export.create", "POST"): PAGE,
    ("export.detail", "GET"): HIDDEN,
    ("export.cancel", "GET"): HIDDEN,
    ("export.cancel", "POST"): HIDDEN,
    ("export.delete", "GET"): HIDDEN,
    ("export.delete", "POST"): HIDDEN,
    ("export.restart", "POST"): HIDDEN,
    ("also.make", "POST"): HIDDEN,
    ("downloads.data_file", "GET"): HIDDEN,
    ("downloads.one_file", "GET"): HIDDEN,
    ("omnitron.login", "POST"): OPEN,
    ("omnitron.active_user", "GET"): PAGE,
    ("omnitron.exports", "GET"): PAGE,
    ("omnitron.create", "POST"): PAGE,
    ("omnitron.retrieve", "GET"): HIDDEN,
    ("omnitron.set_cancel", "POST"): DENIED,
    ("omnitron.file", "GET"): HIDDEN,
    ("omnitron.files", "GET"): HIDDEN,
    ("omnitron.one_file", "GET"): HIDDEN,
}


def routes(app):
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            if rule.endpoint.partition(".")[0] not in ELSEWHERE:
                yield rule, method


def path_of(rule, export):
    values = {
        "export_id": export.id,
        "id": export.id,
        "file_id": 1,
        "token_id": 0,  # whose a token is: tests/views/test_tokens.py
        "filename": "app.css",
        "dialect": "omnitron",
        "token": "none",
    }
    if "file_id" in rule.arguments and export.files:
        values["file_id"] = export.files[0].id
    path = rule.rule
    for name in rule.arguments:
        converter = {"export_id": "int:", "file_id": "int:", "token_id": "int:", "filename": "path:"}.get(
            name, ""
        )
        path = path.replace(f"<{converter}{name}>", str(values[name]))
    assert "<" not in path, path
    return path


def test_every_route_has_a_rule(app):
    found = {(rule.endpoint, method) for rule, method in routes(app)}
    assert found == set(ROUTES), "a new route needs a line in ROUTES; a route that is gone loses its line"


@pytest.mark.parametrize("status", ["completed", "running"])
def test_anonymous_people_get_nothing(app, user, status):
    export = make_export(user, status=status)
    for rule, method in routes(app):
        if ROUTES[rule.endpoint, method] == OPEN:
            continue
        client = make_client(app)
        path = path_of(rule, export)
        answer = client.open(path, method=method)
        # A form without its token is refused before anything else is asked.
        assert answer.status_code in (302, 303, 400, 401), (path, method, answer.status_code)
        assert export.uuid not in answer.text
        if answer.status_code in (302, 303):
            assert "/login" in answer.location, (path, answer.location)
        htmx = client.open(path, method=method, headers={"HX-Request": "true"})
        assert htmx.status_code in (400, 401), (path, method, htmx.status_code)


@pytest.mark.parametrize("status", ["completed", "running", "failed"])
def test_staff_reach_nothing_of_anothers_export(app, user, stranger, status, login, csrf, token):
    export = make_export(user, status=status, name="Secret ledger")
    before = (export.status, export.run_no)
    client = login(make_client(app), stranger)
    form = {"csrf_token": csrf(client), "do": "preview", "reason": "x"}
    key = {"Authorization": f"Token {token(stranger)}"}
    for rule, method in routes(app):
        kind = ROUTES[rule.endpoint, method]
        if rule.endpoint in ("login.sign_out", "static", "healthz"):
            continue
        path = path_of(rule, export)
        api = path.startswith("/api/")
        answer = client.open(path, method=method, data=None if api else form, headers=key if api else {})
        expected = {HIDDEN: (404,), DENIED: (403, 404)}.get(kind)
        assert not expected or answer.status_code in expected, (path, method, answer.status_code)
        assert answer.status_code < 500, (path, method)
        assert "Secret ledger" not in answer.text, path
        assert export.uuid not in answer.text, path
    found = db.session.get(Export, export.id, populate_existing=True)
    assert (found.status, found.run_no) == before


def test_prefilling_from_anothers_export_shows_nothing(app, user, stranger, login):
    export = make_export(user, name="Secret ledger")
    client = login(make_client(app), stranger)
    answer = client.get(f"/exports/new?from={export.id}")
    assert "Secret ledger" not in answer.text
    live = client.get(f"/exports/live?ids={export.id}&sig=x")
    assert "Secret ledger" not in live.text
    assert f"s-{export.id}" not in live.text


def test_people_without_the_right_to_export_cannot_request(app, no_export, login, csrf, token):
    client = login(make_client(app), no_export)
    assert client.get("/exports").status_code == 200
    assert client.get("/exports/new").status_code == 403
    answer = client.post("/exports", data={"csrf_token": csrf(client), "resource": "orders"})
    assert answer.status_code == 403
    body = {"action_name": "export_orders"}
    key = {"Authorization": f"Token {token(no_export)}"}
    assert client.post("/api/v1/exports/", json=body, headers=key).status_code == 403
    assert db.session.query(Export).count() == 0


def test_a_change_from_a_foreign_page_is_refused(app, superuser, login, csrf):
    export = make_export(superuser, status="running")
    client = login(make_client(app), superuser)
    form = {"csrf_token": csrf(client)}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = client.post(f"/exports/{export.id}/cancel", data=form, headers=headers)
        assert answer.status_code == 403, headers
    assert client.post(f"/exports/{export.id}/cancel", data={}).status_code == 400, "no token"
    assert db.session.get(Export, export.id, populate_existing=True).status == "running"
    own = client.post(f"/exports/{export.id}/cancel", data=form, headers={"Origin": "http://localhost"})
    assert own.status_code == 303


def test_a_foreign_host_name_is_refused(app):
    assert app.test_client().get("/login", headers={"Host": "evil.example"}).status_code == 400


def test_every_answer_carries_the_security_headers(client):
    for path in ("/login", "/exports", "/nothing-here", "/healthz", "/static/app.css", "/api/v1/exports/"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "script-src 'self'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path


def test_the_session_cookie_cannot_be_read_by_scripts(app, user, login):
    client = login(make_client(app), user)
    cookie = client.get_cookie("session")
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_under_tls_the_session_cookie_is_bound_to_the_host(environment):
    from dashboard.app import create_app
    from dashboard.config import read

    app = create_app(read({**environment, "PUBLIC_URL": "https://exports.example.com"}))
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["TRUSTED_HOSTS"] == ["exports.example.com"]
