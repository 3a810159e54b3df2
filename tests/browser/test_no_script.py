"""Everything once more with JavaScript switched off."""

import csv
import re

from playwright.sync_api import expect

from tests.browser.conftest import sign_in


def test_sign_in_request_watch_and_download_without_scripts(visit, busy, tmp_path):
    page = visit(busy, "/exports/new", who=None, script=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(page, "jonas")
    expect(page.get_by_role("heading", level=1)).to_have_text("New export")

    page.get_by_label("Name", exact=True).fill("Seven orders")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_label("Field of filter 1").select_option(label="ID")
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_label("Operator of filter 1").select_option(label="is at most")
    page.get_by_label("Value of filter 1").fill("7")
    page.get_by_role("button", name="None").click()
    page.get_by_role("checkbox", name="id", exact=True).check()
    page.get_by_role("checkbox", name="number", exact=True).check()
    page.get_by_role("button", name="Apply ticks").click()
    page.get_by_role("button", name="Move number up").click()
    expect(page.locator("ol[aria-labelledby=chosen] li > span:first-of-type")).to_have_text(["number", "id"])
    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(page.locator("#preview tbody tr")).to_have_count(5)
    expect(page.locator("#start")).to_have_text("Export 7 orders")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Seven orders")
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))

    export_id = int(page.url.rpartition("/")[2])
    busy.wait_for_end(export_id)
    page.reload()
    expect(page.locator("#line")).to_contain_text("Completed")
    expect(page.locator("#line")).to_contain_text("7 rows")
    with page.expect_download() as download:
        page.locator("#download").click()
    download.value.save_as(tmp_path / "file.csv")
    with (tmp_path / "file.csv").open(newline="", encoding="utf-8-sig") as opened:
        head, *rows = csv.reader(opened)
    assert head == ["Number", "ID"]
    assert [row[1] for row in rows] == list("1234567")


def test_a_running_export_reloads_by_itself_and_by_a_link(visit, still):
    number = still.make("running", name="Ledger", total_count=1000, collected_count=120)
    page = visit(still, f"/exports/{number}", script=False)
    assert (
        page.locator("noscript meta[http-equiv=refresh]").count()
        + page.locator("head > meta[http-equiv=refresh]").count()
    )
    expect(page.locator("#job strong")).to_have_text("12%")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    still.change(number, collected_count=620)
    page.get_by_role("link", name="Reload").click()
    expect(page.locator("#job strong")).to_have_text("62%")
    still.change(number, status="failed", error_message="The disk is full.")
    # The page asks for itself after ten seconds.
    expect(page.locator("#line")).to_contain_text("Failed")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)


def test_the_list_is_searched_filtered_and_sorted_without_scripts(visit, still):
    for name, status in (("Daily feed", "completed"), ("Nightly feed", "failed"), ("Ledger", "failed")):
        still.make(status, name=name)
    page = visit(still, script=False)
    page.locator("#q").fill("feed")
    page.get_by_role("button", name="Status").click()
    page.locator("#f-status").get_by_label("Failed").check()
    page.locator("#f-status").get_by_role("button", name="Apply").click()
    expect(page.locator("tbody .name")).to_have_text(["Nightly feed"])
    expect(page.locator("#q")).to_have_value("feed")
    page.get_by_role("link", name="Remove filter Status: Failed").click()
    expect(page.locator("tbody .name")).to_have_text(["Nightly feed", "Daily feed"])
    page.locator("#sort-name").click()
    expect(page.locator("tbody .name")).to_have_text(["Daily feed", "Nightly feed"])
    page.locator("#q").fill("")
    page.locator("#filters").get_by_role("button", name="Apply", exact=True).last.click()
    expect(page.locator("tbody .name")).to_have_text(["Daily feed", "Ledger", "Nightly feed"])
    page.go_back()
    page.go_back()
    expect(page.locator("tbody .name")).to_have_text(["Nightly feed", "Daily feed"])
    page.get_by_role("button", name="More actions for Daily feed").click()
    page.get_by_role("link", name="Duplicate").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Daily feed")


def test_settings_are_chosen_without_scripts(visit, still):
    still.make()
    page = visit(still, "/exports?sort=name", script=False)
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/exports?sort=name")
    page.get_by_role("button", name="50", exact=True).click()
    expect(page.get_by_role("button", name="50", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Theme: dark").click()
    page.get_by_role("button", name="System").click()
    assert page.locator("html").get_attribute("data-theme") is None


def test_wrong_values_are_told_without_scripts(visit, still, expected):
    page = visit(still, "/exports/new", script=False)
    page.get_by_label("Name", exact=True).fill("Large orders")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_label("Field of filter 1").select_option(label="Total")
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_label("Value of filter 1").fill("many")
    expected.append("status of 422")
    page.locator("#start").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter an amount")
    expect(page.get_by_label("Value of filter 1")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Value of filter 1")).to_have_value("many")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Large orders")
    assert still.ids() == []


def test_a_failed_export_is_retried_and_people_sign_out_without_scripts(visit, still):
    still.make("failed", name="Ledger")
    page = visit(still, who=None, script=False)
    sign_in(page, "maya")
    page.get_by_role("button", name="Retry Ledger").click()
    expect(page.locator("#line")).to_contain_text("Waiting")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/exports")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
