"""Everything by keyboard, and single keys for those who like them."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import focus


@pytest.fixture
def page(visit, still):
    for name in ("First", "Second", "Third"):
        still.make(name=name)
    return visit(still)


def test_slash_goes_to_the_search_and_types_nothing(page):
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("")
    page.keyboard.type("n/j?")
    expect(page.locator("#q")).to_have_value("n/j?")
    assert page.locator("#keys").is_hidden()


def test_j_and_k_walk_over_the_rows_and_enter_opens_one(page):
    page.keyboard.press("j")
    assert focus(page) == "Third"
    page.keyboard.press("j")
    assert focus(page) == "Second"
    page.keyboard.press("k")
    assert focus(page) == "Third"
    page.keyboard.press("k")
    assert focus(page) == "Third"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second")


def test_n_opens_the_form_of_a_new_export(page):
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New export")


def test_the_question_mark_lists_the_keys(page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(page.locator("#keys")).to_contain_text("Next and previous row")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_p_pauses(page):
    page.keyboard.press("p")
    expect(page.locator("[data-live]")).to_have_text("Paused")


def test_keys_with_control_are_left_to_the_browser(page):
    page.keyboard.press("Control+j")
    page.keyboard.press("Alt+n")
    assert focus(page) != "Third"
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports")


def test_single_keys_can_be_switched_off_and_on(page):
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.wait_for_load_state()
    for key in ("/", "j", "n", "p", "?"):
        page.keyboard.press(key)
    assert focus(page) not in ("q", "Third")
    expect(page.locator("[data-live]")).to_have_text("Live")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator("html:not([data-keys])")).to_have_count(1)
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_the_skip_link_is_first_and_leads_past_the_side_bar(page):
    page.keyboard.press("Tab")
    assert focus(page) == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
