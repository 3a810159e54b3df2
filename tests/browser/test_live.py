"""Rows of the list that change while somebody looks, and does something else meanwhile."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import focus


@pytest.fixture
def running(still):
    return still.make("running", name="Ledger", total_count=1000, collected_count=120)


def finish(still, number):
    still.change(number, status="completed", collected_count=1000, result_size=48_100_000)


def test_a_row_becomes_completed_while_its_menu_stays_open(visit, still, running):
    page = visit(still)
    page.evaluate("window.mark = 'here'")
    row = page.locator("tbody tr", has_text="Ledger")
    expect(row).to_contain_text("12%")
    menu = row.get_by_role("button", name="More actions for Ledger")
    menu.focus()
    page.keyboard.press("Enter")
    popup = page.locator(f"#m-{running}")
    expect(popup).to_be_visible()
    expect(popup).to_contain_text("Only superusers can cancel")
    popup.get_by_role("link", name="Duplicate").focus()
    still.change(running, collected_count=620)
    expect(row).to_contain_text("62%")
    finish(still, running)
    expect(row).to_contain_text("Completed")
    expect(popup).to_be_visible()
    expect(popup).not_to_contain_text("Only superusers can cancel")
    assert focus(page) == "Duplicate"
    expect(page.locator("#announce")).to_have_text("Ledger is completed.")
    expect(row.get_by_role("link", name="Download Ledger, 48.1 MB")).to_be_visible()
    expect(page).to_have_title("Exports · Export Centre")
    assert page.evaluate("window.mark") == "here"


def test_what_is_typed_meanwhile_stays(visit, still, running):
    page = visit(still, clock=True)
    page.locator("#q").click()
    page.get_by_role("button", name="Status").click()
    page.locator("#created_from").evaluate("input => input.value = '2026-01-01'")
    still.change(running, collected_count=620)
    page.clock.run_for(5_000)
    expect(page.locator(f"#s-{running}")).to_contain_text("62%")
    expect(page.locator("#f-status")).to_be_visible()
    expect(page.locator("#created_from")).to_have_value("2026-01-01")


def test_a_row_that_no_longer_fits_the_filter_stays_where_it_is(visit, still, running):
    still.make("running", name="Second", total_count=1000, collected_count=500)
    page = visit(still, "/exports?status=running")
    finish(still, running)
    expect(page.locator(f"#s-{running}")).to_contain_text("Completed")
    expect(page.locator("tbody .name")).to_have_text(["Second", "Ledger"])


def test_new_exports_are_told_of_and_shown_on_demand(visit, still, running):
    page = visit(still)
    expect(page.locator("tbody .name")).to_have_text(["Ledger"])
    still.make("queued", name="Brand new")
    still.change(running, collected_count=620)
    line = page.locator("#new-exports")
    expect(line).to_contain_text("1 new export.")
    expect(page.locator("tbody .name")).to_have_text(["Ledger"])
    line.get_by_role("link", name="Show").click()
    expect(page.locator("tbody .name")).to_have_text(["Brand new", "Ledger"])


def test_pause_stops_the_questions_and_resume_asks_at_once(visit, still, running, asked):
    page = visit(still, clock=True)
    paths = asked(page)
    page.clock.run_for(10_000)
    page.wait_for_timeout(200)
    assert "/exports/live" in paths, "it asks before"
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-live]")).to_have_text("Paused")
    expect(page.locator("[data-live-toggle]")).to_have_attribute("aria-pressed", "true")
    del paths[:]
    still.change(running, collected_count=620)
    page.clock.run_for(120_000)
    assert paths == []
    expect(page.locator(f"#s-{running}")).to_contain_text("12%")
    page.locator("[data-live-toggle]").click()
    expect(page.locator(f"#s-{running}")).to_contain_text("62%")
    expect(page.locator("[data-live]")).to_have_text("Live")


def test_a_quiet_list_asks_once_in_half_a_minute(visit, still, asked):
    still.make("completed", name="Ledger")
    page = visit(still, clock=True)
    paths = asked(page)
    page.clock.run_for(25_000)
    assert paths == []
    page.clock.run_for(10_000)
    page.wait_for_timeout(200)
    assert paths == ["/exports/live"]
