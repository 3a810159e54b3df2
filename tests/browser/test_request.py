"""From the form to the file, in a browser."""

import csv
import re
import sqlite3
from decimal import Decimal

from playwright.sync_api import expect

# Notes each state, percentage and tab title that people get to see.
WATCH = """() => {
  window.mark = 'not reloaded';
  window.seen = {states: [], percents: [], titles: []};
  const note = (list, text) => { if (text && list.at(-1) !== text) list.push(text); };
  const look = () => {
    note(seen.states, document.querySelector('#line .st')?.textContent.trim());
    note(seen.percents, document.querySelector('#job .big strong')?.textContent);
    note(seen.titles, document.title);
  };
  look();
  new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
}"""


def start(page, name):
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))


def test_an_export_is_requested_watched_to_its_end_without_reload_and_downloaded(
    visit, busy, asked, tmp_path
):
    page = visit(busy, "/exports/new", clock=True)
    start(page, "Orders of the year")
    page.evaluate(WATCH)
    expect(page.locator("#line")).to_contain_text("Completed")
    expect(page.locator("#announce")).to_have_text("Orders of the year is completed.")
    expect(page).to_have_title("Completed: Orders of the year · Export Centre")

    seen = page.evaluate("window.seen")
    assert page.evaluate("window.mark") == "not reloaded"
    assert len(seen["states"]) >= 2, seen
    shown = [int(text.rstrip("%")) for text in seen["percents"]]
    assert any(0 < number < 100 for number in shown), seen
    assert len(seen["titles"]) >= 2, seen

    paths = asked(page)
    page.clock.run_for(60_000)
    assert paths == [], "an export that has ended is asked for no more"

    with page.expect_download() as download:
        page.locator("#download").click()
    assert download.value.suggested_filename.startswith("Orders")
    download.value.save_as(tmp_path / "orders.csv")
    compare(tmp_path / "orders.csv", busy.folder / "shop.sqlite")


def compare(file, database):
    """Each order once, in order, with the values of the source."""
    with file.open(newline="", encoding="utf-8-sig") as opened:
        rows = list(csv.DictReader(opened))
    shop = sqlite3.connect(database)
    orders = shop.execute("SELECT id, number, status, currency, total FROM orders ORDER BY id").fetchall()
    shop.close()
    assert len(rows) == len(orders) == 20_000
    for row, (key, number, status, currency, total) in zip(rows, orders, strict=True):
        assert row["ID"] == str(key)
        assert (row["Number"], row["Status"], row["Currency"]) == (number, status or "", currency or "")
        assert (Decimal(row["Total"]) if row["Total"] else None) == (
            Decimal(str(total)) if total is not None else None
        )


def test_the_page_follows_an_export_through_all_of_its_states(visit, still):
    number = still.make("queued", name="Ledger", total_count=None, collected_count=0)
    page = visit(still, f"/exports/{number}")
    page.evaluate(WATCH)
    expect(page.locator("#job")).to_contain_text("Waiting for a worker")
    still.change(number, status="running", total_count=1000, collected_count=120, run_no=1)
    expect(page.locator("#job strong")).to_have_text("12%")
    expect(page.locator("#job")).to_contain_text("120 of 1,000 rows")
    still.change(number, collected_count=620)
    expect(page.locator("#job strong")).to_have_text("62%")
    expect(page).to_have_title("62% Ledger · Export Centre")
    expect(page.locator("#announce")).to_have_text("50%")
    still.change(number, status="finalizing", collected_count=1000, page=11, parts_rendered=3)
    expect(page.locator("#line")).to_contain_text("Preparing file")
    expect(page.locator("#job")).to_contain_text("3 of 10 parts")
    still.change(number, status="failed", error_message="The disk is full. Somebody has to make room.")
    expect(page.get_by_role("alert")).to_contain_text("The disk is full")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert page.evaluate("window.mark") == "not reloaded"


def test_a_double_click_on_start_makes_one_export(visit, still):
    page = visit(still, "/exports/new")
    page.locator("#start").dblclick()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    assert len(still.ids()) == 1


def test_a_failed_export_is_retried_with_one_click(visit, still):
    number = still.make("failed", name="Ledger", error_message="The source went away.")
    page = visit(still, f"/exports/{number}")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#line")).to_contain_text("Waiting")
    assert still.status(number) in ("pending", "queued")
