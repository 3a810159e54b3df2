"""What people read when something cannot be shown."""

import pytest
from werkzeug.exceptions import TooManyRequests

from dashboard.views import exports


@pytest.fixture
def signed_in(client, login, user):
    return login(client, user)


def test_an_unknown_page(signed_in):
    answer = signed_in.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no page with this address" in answer.text
    assert 'id="nav"' in answer.text, "with the frame"


def test_an_unknown_export(signed_in):
    answer = signed_in.get("/exports/999999")
    assert answer.status_code == 404
    assert "There is no export with this address" in answer.text


def test_errors_are_readable_without_a_session(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no page with this address" in answer.text
    assert 'id="nav"' not in answer.text


def test_a_wrong_method_says_which_are_right(signed_in, csrf):
    answer = signed_in.post("/exports/live", data={"csrf_token": csrf(signed_in)})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "This address cannot be used this way" in answer.text


def test_a_form_without_its_token_has_expired(signed_in):
    answer = signed_in.post("/settings/theme", data={"theme": "dark"})
    assert answer.status_code == 400
    assert "This form has expired" in answer.text


def test_a_form_from_elsewhere_is_refused(signed_in, csrf):
    data = {"csrf_token": csrf(signed_in), "theme": "dark"}
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert signed_in.post("/settings/theme", data=data, headers=headers).status_code == 403
    assert "data-theme" not in signed_in.get("/exports").text


def test_too_large_a_request(made_app, signed_in, csrf, monkeypatch):
    token = csrf(signed_in)
    monkeypatch.setitem(made_app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = signed_in.post("/settings/theme", data={"csrf_token": token, "theme": "x" * 1000})
    assert answer.status_code == 413
    assert "This is too large" in answer.text


def test_a_value_that_no_form_offers(signed_in, csrf):
    answer = signed_in.post("/settings/theme", data={"csrf_token": csrf(signed_in), "theme": "pink"})
    assert answer.status_code == 422
    assert "This cannot be done as it was sent" in answer.text


def test_slow_down_says_for_how_long(signed_in, monkeypatch):
    def refuse(*_, **__):
        raise TooManyRequests(retry_after=7)

    monkeypatch.setattr(exports.search, "find_exports", refuse)
    answer = signed_in.get("/exports")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


@pytest.fixture
def broken(made_app, signed_in, monkeypatch):
    """The list fails, and errors are handled as in production."""

    def fail(*_):
        raise RuntimeError("password=hunter2 in a traceback")

    monkeypatch.setattr(exports.search, "find_exports", fail)
    monkeypatch.setattr(made_app, "testing", False)
    return signed_in


def test_our_own_fault_tells_a_reference_and_nothing_else(broken, capsys):
    answer = broken.get("/exports")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    reference = answer.text.partition("<code>")[2].partition("</code>")[0]
    assert len(reference) == 8
    assert reference in capsys.readouterr().out, "the log has it too"


def test_the_fault_page_needs_nothing_that_may_be_broken(broken, monkeypatch):
    def fail(*_):
        raise RuntimeError("the database is away")

    monkeypatch.setattr("dashboard.app.accounts.session_user", fail)
    answer = broken.get("/exports")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


def test_htmx_gets_a_short_note_instead_of_a_page(broken):
    headers = {"HX-Request": "true"}
    for answer, status in (
        (broken.get("/exports", headers=headers), 500),
        (broken.get("/nowhere", headers=headers), 404),
    ):
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
        assert "<html" not in answer.text
