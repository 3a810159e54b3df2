"""axe has nothing to say about any page, in both themes, on a desk and on a phone; and no page scrolls sideways."""

from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import BIG, PHONE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG = "Orders with missing VAT numbers, all shops, October close, second try"
STATES = {
    "waiting": {"status": "queued"},
    "running": {"status": "running", "total_count": 1_248_902, "collected_count": 774_300, "rows_per_second": 12_840.0},
    "uncounted": {"status": "running", "total_count": None, "collected_count": 41_200},
    "preparing": {"status": "finalizing", "page": 10, "parts_rendered": 7, "parts": 9},
    "completed": {"status": "completed", "warnings": {"guarded_cells": 3}, "fail_count": 2},
    "failed": {"status": "failed", "error_message": "The source went away. It did not answer.", "error_code": "source",
               "total_count": 88_016, "collected_count": 41_200, "attempts": 3},
    "cancelled": {"status": "cancelled", "cancel_reason": "Wrong month", "collected_count": 20_000},
    "expired": {"status": "completed", "expired_at": datetime.now(UTC) - timedelta(days=7)},
}  # fmt: skip


def make(still, state):
    values = {**STATES[state]}
    if state == "cancelled":
        values["cancelled_by_id"] = still.user_id("boss")
    return still.make(**values, name=LONG, fields=["id", "number", "customer.email"])


def make_all(still):
    return [make(still, state) for state in STATES]


def inspect(page):
    """All four looks of a page: the media are changed under it, so that it is loaded once."""
    found = []
    for width, height in (BIG, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            result = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
            found += [
                f"{width} {scheme}: {one['id']} at {node['target']}: {node['html'][:200]}"
                for one in result.response["violations"]
                for node in one["nodes"]
            ]
    assert not found, "\n".join(found)
    page.set_viewport_size({"width": 320, "height": 700})
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], f"it scrolls sideways: {wide}"


def test_the_login_page(visit, still, expected):
    expected.append("status of 422")
    page = visit(still, "/login", who=None)
    inspect(page)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    inspect(page)


def test_the_list_with_every_state(visit, still):
    make_all(still)
    page = visit(still, "/exports?status=bogus&q=orders", who="boss")
    expect(page.locator("tbody tr")).to_have_count(len(STATES))
    inspect(page)


def test_the_list_with_an_open_menu_and_an_open_facet(visit, still):
    number = make(still, "running")
    page = visit(still, who="boss")
    page.locator(f"[popovertarget=m-{number}]").click()
    inspect_here(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Status").click()
    inspect_here(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    inspect_here(page)


def inspect_here(page):
    result = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert result.violations_count == 0, result.generate_report()


def test_lists_without_any_row(visit, still):
    page = visit(still)
    expect(page.get_by_role("heading", level=2).first).to_have_text("Create your first export")
    inspect(page)
    page.goto("/exports?q=ledgr&status=failed")
    inspect(page)


def test_the_form_of_a_new_export(visit, still, expected):
    page = visit(still, "/exports/new")
    expect(page.locator("#start")).to_have_text("Export 300 orders")
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_label("Field of filter 1")).to_be_focused()
    expected.append("status of 422")
    page.locator("#start").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#preview tbody tr")).to_have_count(5)
    inspect(page)


def test_the_form_with_related_rows_options_and_errors(visit, still, expected):
    page = visit(still, "/exports/new")
    page.get_by_role("button", name="Add all fields of Line items").click()
    expect(page.locator("ol[aria-labelledby=chosen]")).to_contain_text("related rows")
    for field in ("id", "number", "line_items"):
        page.get_by_label(f"Heading of {field}", exact=True).fill("Same")
    for box in page.locator("[name=also]:visible").all():
        box.check()
    for summary in page.locator("details[data-format] summary").all():
        summary.click()
    page.locator("#filter-file").set_input_files(
        {"name": "ids.csv", "mimeType": "text/csv", "buffer": b"1\n"}
    )
    expected.append("status of 422")
    page.locator("#start").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    inspect(page)


@pytest.mark.parametrize("who", ["maya", None])
def test_how_to_check_a_file(visit, still, who):
    inspect(visit(still, "/help/verify", who=who))


@pytest.mark.parametrize("state", STATES)
def test_an_export_in_each_state(visit, still, state):
    page = visit(still, f"/exports/{make(still, state)}", who="boss")
    for summary in page.locator("summary").all():
        summary.click()
    inspect(page)


def test_the_question_before_cancelling(visit, still):
    number = make(still, "running")
    page = visit(still, f"/exports/{number}/cancel", who="boss")
    inspect(page)
    page.goto(f"/exports/{number}")
    page.set_viewport_size({"width": BIG[0], "height": BIG[1]})
    page.locator("#cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    inspect(page)


def test_pages_that_are_missing(visit, still, expected):
    expected.append("status of 404")
    inspect(visit(still, "/exports/999999"))
    inspect(visit(still, "/exports/999999/cancel", who="boss"))
