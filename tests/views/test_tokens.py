"""The page of API tokens: making one, seeing its secret once, revoking it, and whose they are."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from dashboard import tokens
from dashboard.database import db
from dashboard.models import ApiToken

TODAY = datetime.now(UTC).date


@pytest.fixture
def signed(client, login, user):
    return login(client, user)


@pytest.fixture
def make(signed, csrf):
    """make(name=…): send the form; good by default."""

    def send(**given):
        form = {
            "name": "warehouse-loader",
            "ability": ["read", "create"],
            "expires": "90",
            "expires_on": "",
            **given,
        }
        return signed.post("/tokens", data={"csrf_token": csrf(signed, "/tokens/new"), **form})

    return send


def only_token():
    return db.session.scalars(select(ApiToken)).one()


def test_without_tokens_the_page_says_what_they_are_for(signed):
    page = signed.get("/tokens").text
    assert "Create your first token" in page
    assert 'href="/tokens/new"' in page
    assert "<table" not in page


def test_the_side_bar_leads_here(signed):
    assert 'href="/tokens"' in signed.get("/exports").text
    assert re.search(r'href="/tokens" aria-current="page"', signed.get("/tokens").text)


def test_the_secret_is_shown_once_by_the_answer_to_the_form(signed, make):
    answer = make()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Copy the token “warehouse-loader” now" in answer.text
    secret = re.search(r'id="secret">([^<]+)<', answer.text).group(1)
    assert f'data-copy="{secret}"' in answer.text
    token = tokens.find(secret)
    assert (token.name, token.abilities) == ("warehouse-loader", ["read", "create"])
    later = signed.get("/tokens").text
    assert secret not in later
    assert f"{token.prefix}…" in later


def test_the_list_tells_name_abilities_last_use_and_end(signed, make, user):
    make()
    page = signed.get("/tokens").text
    last_day = TODAY() + timedelta(days=90)
    for text in (
        "warehouse-loader",
        "read, create",
        "never",
        f"{last_day.day} {last_day:%b} {last_day.year}",
    ):
        assert text in page
    token = only_token()
    token.last_used_at, token.last_used_address = datetime.now(UTC) - timedelta(minutes=40), "10.2.0.14"
    token.expires_at = None
    db.session.commit()
    page = " ".join(signed.get("/tokens").text.split())
    assert "40 min ago</time> from 10.2.0.14" in page
    assert "Expires </span>never" in page


@pytest.mark.parametrize("days", [30, 90, 365])
def test_a_token_is_good_until_the_end_of_its_last_day(make, days):
    make(expires=str(days))
    first_day_after = TODAY() + timedelta(days=days + 1)
    assert only_token().expires_at == datetime(*first_day_after.timetuple()[:3], tzinfo=UTC)


def test_a_date_means_its_end_where_the_person_is(make, user):
    user.settings = {"timezone": "Europe/Berlin"}
    db.session.commit()
    day = date(TODAY().year + 1, 7, 1)
    answer = make(expires="date", expires_on=day.isoformat())
    assert only_token().expires_at == datetime(day.year, 7, 1, 22, tzinfo=UTC)
    assert f"1 Jul {day.year}" in answer.text


def test_the_form_offers_what_the_person_may_give(client, login, user, superuser, app):
    page = login(client, user).get("/tokens/new").text
    assert [ability in page for ability in ('value="read"', 'value="cancel"')] == [True, False]
    client.post("/logout", data={"csrf_token": re.search(r'csrf_token" value="([^"]+)"', page).group(1)})
    assert 'value="cancel"' in login(client, superuser).get("/tokens/new").text


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"name": " "}, "name", "Say which program it is for."),
        ({"name": "x" * 81}, "name", "A name has at most 80 characters."),
        ({"name": "a\0b"}, "name", "invisible characters"),
        ({"ability": []}, "abilities", "Choose at least one."),
        ({"ability": ["cancel"]}, "abilities", "cannot cancel"),
        ({"expires": ""}, "expires", "Choose when it expires."),
        ({"expires": "7"}, "expires", "Choose when it expires."),
        ({"expires": "date"}, "expires_on", "Enter a date such as"),
        ({"expires": "date", "expires_on": "tomorrow"}, "expires_on", "Enter a date such as"),
        ({"expires": "date", "expires_on": str(TODAY())}, "expires_on", "from tomorrow on"),
        ({"expires": "date", "expires_on": "9999-12-31"}, "expires_on", "within ten years"),
    ],
)
def test_what_is_wrong_stands_at_its_field(make, given, field, sentence):
    answer = make(**given)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert re.search(rf'id="e-{field}">[^<]*{sentence}', answer.text)
    assert f'aria-describedby="e-{field}' in answer.text
    target = re.search(r'<li><a href="#([^"]+)">', answer.text).group(1)
    assert f'id="{target}"' in answer.text
    assert db.session.scalar(select(ApiToken)) is None


def test_all_that_is_wrong_is_told_at_once(make):
    page = make(name="", ability=[], expires="date", expires_on="").text
    assert re.findall(r'<li><a href="#([^"]+)">', page) == ["name", "ability-read", "expires_on"]


def test_a_form_that_is_wrong_keeps_what_was_typed(make):
    page = make(ability=["read", "download"], expires="date", expires_on="2001-01-01").text
    assert 'value="warehouse-loader"' in page
    assert 'value="2001-01-01"' in page
    checked = re.findall(r'value="(\w+)" id="[^"]+" checked', page)
    assert checked == ["read", "download", "date"]


def test_the_confirm_page_names_the_token(signed, make):
    make()
    page = signed.get(f"/tokens/{only_token().id}/revoke").text
    assert "Revoke “warehouse-loader”?" in page
    headers = {"HX-Request": "true", "HX-Target": "dialog"}
    block = signed.get(f"/tokens/{only_token().id}/revoke", headers=headers).text
    assert "Revoke “warehouse-loader”?" in block
    assert "data-close" in block
    assert "<h1" not in block


def test_revoking_ends_the_token_and_says_so(signed, make, csrf):
    secret = re.search(r'id="secret">([^<]+)<', make().text).group(1)
    path = f"/tokens/{only_token().id}/revoke"
    for _ in range(2):
        answer = signed.post(path, data={"csrf_token": csrf(signed)})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/tokens")
        assert tokens.find(secret) is None
    page = signed.get("/tokens").text
    assert "“warehouse-loader” is revoked." in page
    assert "Create your first token" in page
    assert signed.get(path).status_code == 303


@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_token_cannot_be_found(signed, superuser, csrf, method):
    secret = tokens.create(superuser, "Root feed")
    data = {"csrf_token": csrf(signed)}
    assert "Root feed" not in signed.get("/tokens").text
    assert getattr(signed, method)(f"/tokens/{only_token().id}/revoke", data=data).status_code == 404
    assert tokens.find(secret)


def test_a_form_without_its_form_token_makes_nothing(signed, make):
    assert signed.post("/tokens", data={"name": "x", "ability": "read", "expires": "30"}).status_code == 400
    assert db.session.scalar(select(ApiToken)) is None
    make()
    assert signed.post(f"/tokens/{only_token().id}/revoke").status_code == 400
    assert only_token().revoked_at is None


def test_strangers_sign_in_first(client, app):
    for path in ("/tokens", "/tokens/new", "/tokens/1/revoke"):
        assert client.get(path).headers["Location"].startswith("/login")


def test_expired_tokens_are_grey_for_a_month(signed, make):
    make()
    token = only_token()
    token.expires_at = datetime.now(UTC) - timedelta(days=29)
    db.session.commit()
    page = signed.get("/tokens").text
    assert '<tr role="row" class="ended">' in page
    assert re.search(r"Expired \d+ \w{3} \d{4}", page)
    token.expires_at = datetime.now(UTC) - timedelta(days=31)
    db.session.commit()
    assert "warehouse-loader" not in signed.get("/tokens").text


def test_a_name_is_text_and_nothing_else(make):
    page = make(name="<b>&\"'</b>").text
    assert "<b>&\"'</b>" not in page
    assert "&lt;b&gt;" in page
