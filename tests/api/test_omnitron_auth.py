"""Who may ask: tokens, logins, and the session of our own pages."""

import pytest

from dashboard import accounts, tokens
from dashboard.database import db
from dashboard.models import ApiToken, Export
from tests.factories import PASSWORD, make_export

EXPORTS = "/api/v1/exports/"
LOGIN = "/api/v1/auth/login/"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Token",
        "Token ",
        "Token wrong",
        "Token a b",
        "Bearer {secret}",
        "Basic {secret}",
        "{secret}",
    ],
)
def test_without_a_good_token_the_answer_is_401(as_, token, user, header):
    headers = {} if header is None else {"Authorization": header.format(secret=token(user))}
    for method, path in (("GET", EXPORTS), ("POST", EXPORTS), ("GET", "/api/v1/active_user/")):
        response = as_(None).open(method, path, headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Token"
        assert isinstance(response.json["detail"], str)


def test_the_scheme_may_be_written_in_any_case(as_, token, user):
    headers = {"Authorization": f"token {token(user)}"}
    assert as_(None).get(EXPORTS, headers=headers).status_code == 200


def test_a_revoked_token_is_refused(mine):
    db.session.execute(db.update(ApiToken).values(revoked_at=accounts.now()))
    db.session.commit()
    assert mine.get(EXPORTS).status_code == 401


def test_a_token_of_a_disabled_person_is_refused(mine, user):
    user.is_active = False
    db.session.commit()
    assert mine.get(EXPORTS).status_code == 401


def test_active_user_tells_who_holds_the_token(mine, user, boss, superuser, as_, no_export):
    assert mine.get("/api/v1/active_user/").json == {
        "pk": user.id,
        "username": user.email,
        "email": user.email,
        "is_superuser": False,
    }
    assert boss.get("/api/v1/active_user/").json["is_superuser"] is True
    assert as_(no_export).get("/api/v1/active_user/").status_code == 200


@pytest.mark.parametrize("kind", ["json", "data"])
def test_login_gives_a_token_that_works(as_, user, kind):
    body = {"username": user.email.upper(), "password": PASSWORD}
    response = as_(None).post(LOGIN, **{kind: body})
    assert response.status_code == 200
    assert list(response.json) == ["key"]
    headers = {"Authorization": f"Token {response.json['key']}"}
    assert as_(None).get("/api/v1/active_user/", headers=headers).json["pk"] == user.id


def test_login_does_not_mind_the_stale_token_that_the_client_still_sends(as_, user):
    body = {"username": user.email, "password": PASSWORD}
    response = as_(None).post(LOGIN, json=body, headers={"Authorization": "Token stale"})
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["", "nobody@example.com"])
def test_a_wrong_login_does_not_tell_what_is_wrong(as_, user, name):
    body = {"username": name or user.email, "password": "wrong"}
    response = as_(None).post(LOGIN, json=body)
    assert response.status_code == 400
    assert response.json == {"non_field_errors": ["Unable to log in with provided credentials."]}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username", "password"}),
        ({"username": "a"}, {"password"}),
        ({"username": None, "password": ""}, {"username", "password"}),
        ({"username": 5, "password": ["x"]}, {"username", "password"}),
        ({"username": "a\0b", "password": "x"}, {"username"}),
        ([], {"non_field_errors"}),
    ],
)
def test_a_login_that_is_no_login_is_told_by_field(as_, body, fields):
    response = as_(None).post(LOGIN, json=body)
    assert response.status_code == 400
    assert set(response.json) == fields


def test_a_form_with_nul_is_no_login(as_):
    response = as_(None).post(LOGIN, data={"username": "a\0b", "password": "x"})
    assert (response.status_code, set(response.json)) == (400, {"username"})


def test_too_many_wrong_logins_are_throttled(as_, user):
    body = {"username": user.email, "password": "wrong"}
    statuses = [as_(None).post(LOGIN, json=body).status_code for _ in range(accounts.FREE_TRIES)]
    assert set(statuses) == {400}
    response = as_(None).post(LOGIN, json={**body, "password": PASSWORD})
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert response.json["detail"]


def test_a_page_reads_with_its_cookie(client, login, user, export):
    login(client, user)
    assert [one["pk"] for one in client.get(EXPORTS).json] == [export.id]


def test_a_page_changes_only_with_its_form_token(app, client, login, csrf, superuser):
    export = make_export(superuser, "running")
    login(client, superuser)
    path = f"{EXPORTS}{export.id}/set_cancel/"
    for headers in ({}, {"X-CSRFToken": "wrong"}):
        response = client.post(path, headers=headers)
        assert response.status_code == 403
        assert response.json["detail"].startswith("CSRF Failed")
    assert db.session.get(Export, export.id, populate_existing=True).status == "running"
    response = client.post(path, headers={"X-CSRFToken": csrf(client)})
    assert response.status_code == 200
    assert response.json["status"] == "cancelled"


def test_another_site_cannot_use_the_cookie(client, login, csrf, superuser):
    export = make_export(superuser, "running")
    login(client, superuser)
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        headers = {"X-CSRFToken": csrf(client), **header}
        response = client.post(f"{EXPORTS}{export.id}/set_cancel/", headers=headers)
        assert response.status_code == 403
        assert response.json["detail"]


def test_a_bad_token_never_falls_back_on_the_cookie(client, login, user):
    login(client, user)
    assert client.get(EXPORTS).status_code == 200
    assert client.get(EXPORTS, headers={"Authorization": "Token wrong"}).status_code == 401


def test_a_token_needs_no_form_token(boss):
    export = make_export(status="running")
    assert boss.post(f"{EXPORTS}{export.id}/set_cancel/").status_code == 200


@pytest.mark.parametrize(
    ("abilities", "method", "path", "status"),
    [
        (["read"], "GET", "", 200),
        (["read"], "GET", "{id}/", 200),
        (["read"], "GET", "{id}/files/", 200),
        (["read", "create", "cancel"], "GET", "{id}/file/", 403),
        (["download"], "GET", "{id}/file/", 200),
        (["create", "download", "cancel"], "GET", "{id}/", 403),
        (["create", "download", "cancel"], "GET", "", 403),
        (["read", "download", "cancel"], "POST", "", 403),
        (["create"], "POST", "", 201),
        (["read", "create", "download"], "POST", "{id}/set_cancel/", 403),
        (["cancel"], "POST", "{id}/set_cancel/", 409),
    ],
)
def test_a_token_does_what_it_was_made_for(as_, superuser, abilities, method, path, status):
    export = make_export(superuser)
    caller = as_(superuser, abilities=abilities)
    body = {"json": {"action_name": "export_orders"}} if (method, path) == ("POST", "") else {}
    response = caller.open(method, EXPORTS + path.format(id=export.id), **body)
    assert response.status_code == status
    if status == 403:
        assert response.json["detail"].startswith("This token lacks the ability")
    assert caller.get("/api/v1/active_user/").status_code == 200


def test_the_token_of_a_login_can_do_all_that_its_person_may(as_, user, superuser):
    for person, count in ((user, 3), (superuser, 4)):
        key = as_(None).post(LOGIN, json={"username": person.email, "password": PASSWORD}).json["key"]
        assert len(tokens.find(key).abilities) == count


def test_of_many_logins_the_newest_stay_good(as_, user, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_OF_A_LOGIN", 2)
    body = {"username": user.email, "password": PASSWORD}
    keys = [as_(None).post(LOGIN, json=body).json["key"] for _ in range(3)]
    asked = [as_(None).get("/api/v1/active_user/", headers={"Authorization": f"Token {key}"}) for key in keys]
    assert [response.status_code for response in asked] == [401, 200, 200]
