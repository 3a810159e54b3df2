"""Cancelling in a browser: superusers only, by the dialog, and by the page where there is no script."""

from playwright.sync_api import expect

from tests.browser.conftest import focus, settled


def running(still):
    return still.make("running", name="Ledger", total_count=1000, collected_count=620)


def test_a_superuser_cancels_in_the_dialog(visit, still):
    number = running(still)
    page = visit(still, f"/exports/{number}", who="boss")
    page.locator("#cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Cancel “Ledger”?")
    expect(dialog).to_contain_text(
        "It is 62% done. The 620 rows collected so far are deleted and no file is made."
    )
    expect(dialog.get_by_role("link", name="Keep running")).to_be_focused()
    dialog.get_by_label("Reason").fill("Wrong month")
    dialog.get_by_role("button", name="Cancel export").click()
    expect(page.locator("#line")).to_contain_text("Cancelled")
    expect(page.locator("#job")).to_contain_text("Reason: Wrong month")
    assert still.status(number) == "cancelled"


def test_escape_closes_the_dialog_and_the_focus_goes_back(visit, still):
    number = running(still)
    page = visit(still, f"/exports/{number}", who="boss")
    page.locator("#cancel").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert focus(page) == "Keep running"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#cancel")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Keep running").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#cancel")).to_be_focused()
    assert still.status(number) == "running"


def test_the_dialog_stays_open_while_the_page_goes_on(visit, still):
    number = running(still)
    page = visit(still, f"/exports/{number}", who="boss")
    page.locator("#cancel").click()
    expect(page.get_by_role("link", name="Keep running")).to_be_focused()
    # htmx gives the focus to it once more when it settles, 20 ms later: before a person could type.
    settled(page)
    page.get_by_label("Reason").fill("Wrong mo")
    still.change(number, collected_count=710)
    expect(page.locator("#job strong")).to_have_text("71%")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Wrong mo")
    expect(page.get_by_label("Reason")).to_be_focused()


def test_the_menu_of_a_row_cancels_too(visit, still):
    number = running(still)
    page = visit(still, who="boss")
    page.get_by_role("button", name="More actions for Ledger").click()
    page.locator(f"#m-{number}").get_by_role("link", name="Cancel export").click()
    expect(page.get_by_role("link", name="Keep running")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More actions for Ledger")).to_be_focused()
    page.get_by_role("button", name="More actions for Ledger").click()
    page.locator(f"#m-{number}").get_by_role("link", name="Cancel export").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel export").click()
    expect(page.locator("#line")).to_contain_text("Cancelled")
    assert still.status(number) == "cancelled"


def test_what_ended_meanwhile_is_not_cancelled(visit, still, expected):
    number = running(still)
    page = visit(still, f"/exports/{number}", who="boss")
    page.locator("#pause").click()
    still.change(number, status="failed", error_message="The disk is full.")
    expected.append("status of 409")
    page.locator("#cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("nothing was cancelled")
    assert focus(page) == "Back to the export"


def test_without_scripts_cancel_is_a_page(visit, still):
    number = running(still)
    page = visit(still, f"/exports/{number}", who="boss", script=False)
    page.locator("#cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel “Ledger”?")
    page.get_by_role("link", name="Keep running").click()
    expect(page.locator("#line")).to_contain_text("Running")
    page.locator("#cancel").click()
    page.get_by_label("Reason").fill("Wrong month")
    page.get_by_role("button", name="Cancel export").click()
    expect(page.locator("#line")).to_contain_text("Cancelled")
    expect(page.locator("#job")).to_contain_text("Reason: Wrong month")
    assert still.status(number) == "cancelled"


def test_staff_see_no_way_to_cancel(visit, still, expected):
    number = running(still)
    page = visit(still, f"/exports/{number}", who="maya")
    expect(page.locator("#actions")).to_contain_text("Only superusers can cancel")
    expect(page.locator("a[href$='/cancel']")).to_have_count(0)
    page.goto("/exports")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("a[href$='/cancel']")).to_have_count(0)
    expected.append("status of 403")
    page.goto(f"/exports/{number}/cancel")
    expect(page.locator("main")).to_contain_text("Only superusers can cancel an export.")
