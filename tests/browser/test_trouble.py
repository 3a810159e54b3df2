"""What people see when their session ends or the centre does not answer, and that it passes."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Still, sign_in

NO_ANSWER = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "htmx:"]


def test_signing_in_leads_to_where_one_wanted_to_go(visit, still):
    number = still.make("completed", name="Ledger")
    page = visit(still, f"/exports/{number}", who=None)
    expect(page.get_by_label("E-mail")).to_be_focused()
    sign_in(page, "maya")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ledger")


def test_a_wrong_password_is_told_on_top_with_the_focus(visit, still, expected):
    page = visit(still, "/login", who=None)
    expected.append("status of 422")
    page.get_by_label("E-mail").fill("maya@example.com")
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Sign in").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("E-mail or password is not right")
    expect(summary).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_value("maya@example.com")
    expect(page.get_by_label("E-mail")).to_have_accessible_description("E-mail or password is not right")
    expect(page).to_have_title("Error: Sign in · Export Centre")


@pytest.mark.parametrize("of_list", [True, False])
def test_a_session_that_ends_while_polling_leads_to_the_login_page_and_back(visit, still, expected, of_list):
    number = still.make("running", "jonas", name="Ledger", total_count=1000, collected_count=120)
    path = "/exports?status=running&sort=name" if of_list else f"/exports/{number}"
    page = visit(still, path, who=None)
    sign_in(page, "jonas")
    expect(page.locator("main")).to_contain_text("12%")
    expected.append("status of 401")
    still.end_sessions("jonas")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.locator("main#main")).to_have_count(1)
    sign_in(page, "jonas")
    assert page.url == still.url + path
    expect(page.locator("main")).to_contain_text("12%")


def test_an_idle_session_warns_before_it_ends(visit, still):
    page = visit(still, "/exports/new", clock=True)
    expect(page.locator("#start")).to_have_text("Export 300 orders")
    page.clock.run_for(27 * 60_000)
    expect(page.locator("#idle")).to_be_hidden()
    page.clock.run_for(2 * 60_000)
    expect(page.locator("#idle")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("You will be signed out in 2 minutes.")
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#idle")).to_be_hidden()


@pytest.fixture
def breakable(browser, make_centre):
    """A centre of one's own: its web process alone."""
    return Still(make_centre().start("web"))


def live(page):
    return page.locator("[data-live]")


def test_a_stopped_server_shows_reconnecting_and_all_goes_on_when_it_is_back(visit, breakable, expected):
    number = breakable.make("running", name="Ledger", total_count=1000, collected_count=120)
    page = visit(breakable, f"/exports/{number}")
    other = visit(breakable)
    page.evaluate("window.mark = 'here'")
    expected += NO_ANSWER
    breakable.centre.end("web")
    expect(live(page)).to_have_text("Reconnecting")
    expect(live(other)).to_have_text("Reconnecting")
    expect(page.locator("#job strong")).to_have_text("12%")

    breakable.change(number, collected_count=620)
    breakable.centre.start("web")
    expect(page.locator("#job strong")).to_have_text("62%")
    expect(live(page)).to_have_text(re.compile("Updates every"))
    expect(other.locator(f"#s-{number}")).to_contain_text("62%")
    expect(live(other)).to_have_text("Live")
    assert page.evaluate("window.mark") == "here"


def test_an_error_of_the_server_is_passed_over_and_all_goes_on(visit, breakable, expected):
    number = breakable.make("running", name="Ledger", total_count=1000, collected_count=120)
    page = visit(breakable, f"/exports/{number}")
    expected += ["status of 500", "Error Code 500"]
    move(breakable, "exports", "exports_away")
    expect(live(page)).to_have_text("Reconnecting")
    expect(page.locator("#job strong")).to_have_text("12%")
    expect(page.get_by_role("alert")).to_have_count(0)
    move(breakable, "exports_away", "exports")
    breakable.change(number, collected_count=620)
    expect(page.locator("#job strong")).to_have_text("62%")
    expect(live(page)).to_have_text(re.compile("Updates every"))


def move(still, old, new):
    """A table that is gone: the centre answers 500."""
    with closing(sqlite3.connect(still.centre.folder / "centre.sqlite", timeout=15)) as database:
        database.execute("PRAGMA legacy_alter_table=ON")
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")
        database.commit()


def test_a_preview_that_fails_leaves_the_form_as_it_is(visit, breakable, expected):
    page = visit(breakable, "/exports/new")
    expect(page.locator("#start")).to_have_text("Export 300 orders")
    page.get_by_label("Name", exact=True).fill("Kept")
    expected += NO_ANSWER
    breakable.centre.end("web")
    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Kept")
    page.locator("#start").click()
    expect(page.locator("#start")).to_be_enabled()
    breakable.centre.start("web")
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Kept")
    assert len(breakable.ids()) == 1


def test_missing_pages_say_what_to_do(visit, still, expected):
    expected.append("status of 404")
    page = visit(still, "/exports/999999")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no export with this address")
    page.get_by_role("link", name="Go to the exports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports")
