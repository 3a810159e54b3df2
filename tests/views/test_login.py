"""Signing in and out, coming back afterwards, and what people without a session get."""

import pytest

from dashboard import accounts
from dashboard.database import db
from dashboard.models import Session
from dashboard.views.login import WRONG, safe_next
from tests.conftest import make_client
from tests.factories import PASSWORD, make_export


@pytest.fixture
def sign_in(client, csrf):
    def post(email, password=PASSWORD, **fields):
        data = {"csrf_token": csrf(client, "/login"), "email": email, "password": password, **fields}
        return client.post("/login", data=data)

    return post


def test_signing_in_leads_to_the_exports(client, user, sign_in):
    answer = sign_in(user.email)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/exports")
    assert client.get("/exports").status_code == 200


def test_signing_in_leads_back_to_where_one_came_from(client, user, sign_in):
    assert client.get("/exports/7?a=b").headers["Location"] == "/login?next=%2Fexports%2F7%3Fa%3Db"
    assert 'value="/exports/7?a=b"' in client.get("/login?next=%2Fexports%2F7%3Fa%3Db").text
    assert sign_in(user.email, next="/exports/7?a=b").headers["Location"] == "/exports/7?a=b"


@pytest.mark.parametrize(
    "fields", [{"password": "wrong wrong wrong"}, {"email": "nobody@example.com"}, {"password": ""}]
)
def test_wrong_e_mail_and_wrong_password_read_the_same(client, user, sign_in, fields):
    answer = sign_in(**{"email": user.email, **fields})
    assert answer.status_code == 422
    assert answer.text.count(WRONG) == 2, "in the summary and at the field"
    assert "autofocus" in answer.text.partition('role="alert"')[2].partition(">")[0]
    assert "Error: Sign in" in answer.text
    assert client.get("/exports").status_code == 303


def test_what_was_typed_stays_but_not_the_password(client, user, sign_in):
    page = sign_in("maya&co@example.com", "wrong wrong wrong", next="/exports/7").text
    assert 'value="maya&amp;co@example.com"' in page
    assert 'value="/exports/7"' in page
    assert "wrong wrong wrong" not in page


def test_too_many_tries_have_to_wait(user, sign_in):
    for _ in range(5):
        assert sign_in(user.email, "wrong wrong wrong").status_code == 422
    answer = sign_in(user.email)
    assert answer.status_code == 429, "not even with the right password"
    assert "Too many tries. Try again in 1 minute." in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_a_session_is_new_at_each_sign_in(client, user, sign_in):
    client.get("/login")
    before = client.get_cookie("session").value
    sign_in(user.email)
    first = client.get_cookie("session").value
    assert first != before
    client.set_cookie("session", before)
    assert client.get("/exports").status_code == 303, "the cookie from before is nobody's"


def test_staying_signed_in_is_a_choice(client, user, sign_in):
    sign_in(user.email)
    assert client.get_cookie("session").expires is None
    other = make_client(client.application)
    token = other.get("/login").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "email": user.email, "password": PASSWORD, "remember": "1"}
    other.post("/login", data=data)
    assert other.get_cookie("session").expires is not None
    idle = {session.idle_seconds for session in db.session.query(Session)}
    assert idle == {accounts.IDLE_SECONDS, accounts.REMEMBERED_SECONDS}


def test_signing_out_ends_the_session_on_the_server(client, user, login, csrf):
    login(client, user)
    stolen = client.get_cookie("session").value
    answer = client.post("/logout", data={"csrf_token": csrf(client)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    client.set_cookie("session", stolen)
    assert client.get("/exports").status_code == 303


def test_signing_out_needs_the_form(client, user, login):
    login(client, user)
    assert client.post("/logout").status_code == 400
    assert client.get("/logout").status_code == 405
    assert client.get("/exports").status_code == 200


def test_who_is_signed_in_does_not_see_the_login_page(client, user, login):
    login(client, user)
    assert client.get("/login").headers["Location"] == "/exports"
    assert client.get("/login?next=/exports/7").headers["Location"] == "/exports/7"


def test_htmx_is_sent_to_the_login_page_instead_of_swapping_it_in(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/exports?status=failed"}
    answer = client.get("/exports/live?ids=1", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=%2Fexports%3Fstatus%3Dfailed"
    assert answer.text == ""


def test_a_page_of_another_origin_is_no_place_to_return_to(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://evil.example//evil.example/"}
    assert client.get("/exports", headers=headers).headers["HX-Redirect"] == "/login"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "path",
    [
        "/exports",
        "/exports/live",
        "/exports/new",
        "/exports/{id}",
        "/exports/{id}/file",
        "/exports/{id}/cancel",
    ],
)
def test_nobody_sees_anything_without_a_session(client, user, csrf, path, method):
    export = make_export(user, name="Secret ledger")
    data = {"csrf_token": csrf(client, "/login")}
    answer = getattr(client, method)(
        path.format(id=export.id), **({"data": data} if method == "post" else {})
    )
    assert answer.status_code in (303, 405)
    assert answer.headers.get("Location", "/login").startswith("/login")
    assert "Secret ledger" not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/ /evil.example",
        "/\x7f",
    ],
)
def test_only_paths_of_ours_are_returned_to(text):
    assert safe_next(text) == "/exports"


@pytest.mark.parametrize("text", ["/", "/exports", "/exports/7?x=1&y=//z", "/exports?q=%5C"])
def test_our_own_paths_are_kept(text):
    assert safe_next(text) == text


def test_the_front_door_leads_to_the_exports(client):
    assert client.get("/").headers["Location"] == "/exports"
