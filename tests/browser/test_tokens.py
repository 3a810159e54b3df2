"""API tokens in a browser: made without scripts, copied with them, revoked in a dialog; and axe on every look."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from dashboard import accounts, tokens
from dashboard.models import ApiToken
from tests.browser.conftest import settled
from tests.browser.test_accessible import inspect


@pytest.fixture
def empty(still):
    """The still centre without any token."""
    with still.records() as session:
        session.execute(delete(ApiToken))
    return still


def make(still, name, **values):
    with still.records():
        return tokens.create(accounts.find_user("boss@example.com"), name, **values)


def test_a_token_is_made_and_revoked_without_scripts(visit, empty):
    page = visit(empty, "/tokens", who="boss", script=False)
    page.get_by_role("main").get_by_role("link", name="New token").click()
    page.get_by_label("Name", exact=True).fill("warehouse-loader")
    page.get_by_role("checkbox", name="Download").check()
    page.get_by_role("radio", name="In 365 days").check()
    page.get_by_role("button", name="Create token").click()
    secret = page.locator("#secret").inner_text()
    with empty.records():
        assert tokens.find(secret).abilities == ["read", "download"]
    expect(page.get_by_role("button", name="Copy token")).to_be_hidden()
    page.goto("/tokens")
    expect(page.locator("tbody tr")).to_contain_text(["warehouse-loader"])
    expect(page.locator("#secret")).to_have_count(0)
    page.get_by_role("link", name="Revoke warehouse-loader").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revoke “warehouse-loader”?")
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("status").first).to_contain_text("is revoked")
    with empty.records():
        assert tokens.find(secret) is None


def test_the_secret_is_copied_and_a_date_chooses_itself(visit, empty):
    page = visit(empty, "/tokens/new", who="boss")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Name", exact=True).fill("bi-nightly")
    page.get_by_label("Last day", exact=True).fill(f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}")
    expect(page.get_by_role("radio", name="On a date")).to_be_checked()
    page.get_by_role("button", name="Create token").click()
    page.get_by_role("button", name="Copy token").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").inner_text()


def test_revoking_asks_in_a_dialog(visit, empty):
    make(empty, "bi-nightly")
    page = visit(empty, "/tokens", who="boss")
    opener = page.get_by_role("link", name="Revoke bi-nightly")
    opener.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Revoke “bi-nightly”?")
    settled(page)
    dialog.get_by_role("link", name="Keep it").click()
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Create your first token")


def test_every_look_is_accessible(visit, empty, expected):
    page = visit(empty, "/tokens", who="boss")
    inspect(page)
    make(empty, "old-script", expires_at=datetime.now(UTC) - timedelta(days=9))
    make(empty, "warehouse-loader-of-the-shop-in-the-north-that-has-a-name-as-long-as-it-may-be-x")
    page.goto("/tokens/new")
    inspect(page)
    expected.append("status of 422")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("radio", name="On a date").check()
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("alert").get_by_role("listitem")).to_have_count(3)
    inspect(page)
    page.get_by_label("Name", exact=True).fill("x")
    page.get_by_role("checkbox", name="Read").check()
    page.get_by_role("radio", name="In 30 days").check()
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    inspect(page)
    page.goto(page.get_by_role("link", name="Revoke x", exact=True).get_attribute("href"))
    inspect(page)
