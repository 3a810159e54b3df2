"""The list of exports in a browser: the address is its whole state, and what people do with it stays undisturbed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect


@pytest.fixture
def several(still):
    """Six exports of two people; the newest was made last."""
    now = datetime.now(UTC)
    wanted = [
        ("Daily feed", "completed", "maya", "csv", "orders", 500),
        ("Nightly feed", "failed", "maya", "json", "orders", 20),
        ("Price list", "completed", "jonas", "xlsx", "products", 9),
        ("Ledger", "cancelled", "jonas", "csv", "transactions", 7000),
        ("Customers", "completed", "maya", "csv", "customers", 300),
        ("Refunds", "failed", "boss", "csv", "transactions", 40),
    ]
    for place, (name, status, who, format, resource, rows) in enumerate(wanted):
        still.make(
            status, who, name=name, format=format, resource=resource, collected_count=rows, total_count=rows,
            created_at=now - timedelta(hours=len(wanted) - place),
        )  # fmt: skip
    return still


NEWEST_FIRST = ["Refunds", "Customers", "Ledger", "Price list", "Nightly feed", "Daily feed"]


def shows(page, *wanted):
    expect(page.locator("tbody .name")).to_have_text(list(wanted))


def query(page):
    return page.url.partition("?")[2]


def test_the_list_is_searched_while_one_types(visit, several):
    page = visit(several, who="boss")
    page.evaluate("window.mark = 'here'")
    page.locator("#q").press_sequentially("feed", delay=30)
    shows(page, "Nightly feed", "Daily feed")
    assert query(page) == "q=feed"
    expect(page.locator("#found")).to_have_text("2 found")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("feed")
    assert page.evaluate("window.mark") == "here"


def test_nothing_found_says_so_and_clears_with_one_click(visit, several):
    page = visit(several, who="boss")
    page.locator("#q").fill("ledgr")
    expect(page.locator("#results")).to_contain_text("Nothing is named “ledgr”.")
    page.get_by_role("link", name="Clear filters").click()
    shows(page, *NEWEST_FIRST)
    assert query(page) == ""
    expect(page.locator("#q")).to_have_value("")


def test_facets_filter_while_their_popover_stays_open(visit, several):
    page = visit(several, who="boss")
    page.get_by_role("button", name="Status").click()
    status = page.locator("#f-status")
    status.get_by_label("Failed").check()
    shows(page, "Refunds", "Nightly feed")
    status.get_by_label("Cancelled").check()
    shows(page, "Refunds", "Ledger", "Nightly feed")
    expect(status).to_be_visible()
    expect(status.get_by_label("Cancelled")).to_be_focused()
    assert query(page) == "status=failed&status=cancelled"
    expect(page.locator("#fc-status")).to_have_text("2")
    page.keyboard.press("Escape")
    expect(status).to_be_hidden()
    page.get_by_role("button", name="Format").click()
    page.locator("input[name=format][value=json]").check()
    shows(page, "Nightly feed")
    page.get_by_role("link", name="Remove filter Status: Failed, Cancelled").click()
    shows(page, "Nightly feed")
    assert query(page) == "format=json"


def test_a_facet_by_person_is_for_superusers_only(visit, several):
    page = visit(several, who="boss")
    page.get_by_role("button", name="Requester").click()
    page.locator("#f-requester").get_by_label("Jonas").check()
    shows(page, "Ledger", "Price list")
    staff = visit(several, who="maya")
    shows(staff, "Customers", "Nightly feed", "Daily feed")
    expect(staff.get_by_role("button", name="Requester")).to_have_count(0)
    expect(staff.get_by_role("columnheader", name="Requested by")).to_have_count(0)


def test_days_of_creation_are_a_filter(visit, several):
    old = datetime.now(UTC) - timedelta(days=40)
    several.make(name="Long ago", created_at=old, ended_at=old)
    page = visit(several, who="boss")
    page.get_by_role("button", name="Created").click()
    page.locator("#created_to").fill((old + timedelta(days=1)).date().isoformat())
    page.locator("#created_to").blur()
    shows(page, "Long ago")
    assert query(page) == f"created_to={(old + timedelta(days=1)).date().isoformat()}"
    page.locator("#f-created").get_by_label("Last 7 days").check()
    shows(page, *NEWEST_FIRST)


def test_headers_sort_and_say_so(visit, several):
    page = visit(several, who="boss")
    page.get_by_role("link", name="Export", exact=True).click()
    shows(page, *sorted(NEWEST_FIRST))
    assert query(page) == "sort=name"
    expect(page.locator("th[aria-sort]")).to_have_count(1)
    expect(page.locator("th:has(#sort-name)")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#sort-name")).to_be_focused()
    page.locator("#sort-rows").click()
    shows(page, "Ledger", "Daily feed", "Customers", "Refunds", "Nightly feed", "Price list")
    expect(page.locator("th:has(#sort-rows)")).to_have_attribute("aria-sort", "descending")


def test_the_address_alone_gives_the_same_list_again(visit, several):
    page = visit(several, who="boss")
    page.locator("#sort-name").click()
    expect(page).to_have_url(re.compile("sort=name"))
    page.locator("#q").fill("feed")
    shows(page, "Daily feed", "Nightly feed")
    page.get_by_role("button", name="Status").click()
    page.locator("#f-status").get_by_label("Completed").check()
    shows(page, "Daily feed")
    address = query(page)
    assert address == "q=feed&status=completed&sort=name"
    page.reload()
    shows(page, "Daily feed")
    assert query(page) == address
    expect(page.locator("#q")).to_have_value("feed")
    expect(page.locator("input[name=status][value=completed]")).to_be_checked()
    expect(page.locator("th:has(#sort-name)")).to_have_attribute("aria-sort", "ascending")


def test_back_and_forward_restore_the_rows_and_the_inputs(visit, several):
    page = visit(several, who="boss")
    page.locator("#q").fill("feed")
    shows(page, "Nightly feed", "Daily feed")
    page.get_by_role("button", name="Status").click()
    page.locator("#f-status").get_by_label("Failed").check()
    shows(page, "Nightly feed")
    page.keyboard.press("Escape")

    page.go_back()
    shows(page, "Nightly feed", "Daily feed")
    expect(page.locator("#q")).to_have_value("feed")
    expect(page.locator("input[name=status][value=failed]")).not_to_be_checked()
    expect(page.locator("#fc-status")).to_be_hidden()
    page.go_back()
    shows(page, *NEWEST_FIRST)
    expect(page.locator("#q")).to_have_value("")
    page.go_forward()
    shows(page, "Nightly feed", "Daily feed")
    expect(page.locator("#q")).to_have_value("feed")
    page.go_forward()
    shows(page, "Nightly feed")
    expect(page.locator("input[name=status][value=failed]")).to_be_checked()
    # What is restored works on.
    page.locator("#q").fill("daily")
    expect(page.locator("#results")).to_contain_text("Nothing is named “daily” with status Failed")


def test_back_from_an_export_gives_the_list_as_it_was_left(visit, several):
    page = visit(several, who="boss")
    page.locator("#q").fill("feed")
    shows(page, "Nightly feed", "Daily feed")
    page.get_by_role("link", name="Daily feed", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Daily feed")
    page.go_back()
    shows(page, "Nightly feed", "Daily feed")
    expect(page.locator("#q")).to_have_value("feed")


def test_a_long_list_has_pages_and_rows_per_page_are_kept(visit, still):
    for number in range(1, 13):
        made = datetime.now(UTC) - timedelta(minutes=number)
        still.make(name=f"Export {number:02}", created_at=made)
    page = visit(still)
    expect(page.locator(".pager .num").first).to_have_text("1 to 12 of 12")
    page.get_by_role("button", name="10", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_role("link", name="Older").click()
    shows(page, "Export 11", "Export 12")
    assert query(page) == "page=2"
    page.reload()
    shows(page, "Export 11", "Export 12")
    page.get_by_role("link", name="Newer").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.goto("/exports/new")
    page.goto("/exports")
    expect(page.get_by_role("button", name="10", exact=True)).to_have_attribute("aria-pressed", "true")


def test_on_a_phone_the_filters_are_a_sheet_and_rows_are_cards(visit, several):
    page = visit(several, who="boss", size=(390, 844))
    expect(page.get_by_role("button", name="Status")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    page.locator("#sheet").get_by_label("Failed").check()
    shows(page, "Refunds", "Nightly feed")
    page.locator("#sheet").get_by_label("Sort").select_option(label="by name, A to Z")
    shows(page, "Nightly feed", "Refunds")
    page.get_by_role("button", name="Show results").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("tbody tr").first).to_have_css("display", "grid")
    page.get_by_role("button", name="Open menu").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
