"""Several formats, headings, packaging, a filter file and "Also as …", by somebody in a browser."""

import csv
import gzip
import json
import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, heard, listen, settled


def chosen(page):
    return page.locator("ol[aria-labelledby=chosen] li:not(.rows) > span:first-of-type").all_inner_texts()


def file_of(text, name="ids.csv"):
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def tick(page, *names):
    page.get_by_role("button", name="None").click()
    expect(page.locator("ol[aria-labelledby=chosen] li")).to_have_count(0)
    for number, name in enumerate(names, 1):
        page.get_by_role("checkbox", name=name, exact=True).check()
        expect(page.locator("ol[aria-labelledby=chosen] li:not(.rows)")).to_have_count(number)
        settled(page)


def start(page):
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    expect(page.locator("#line")).to_contain_text("Completed")


def download(page, name, folder):
    with page.expect_download() as taken:
        page.get_by_role("link", name=f"Download {name}").click()
    taken.value.save_as(folder / name)
    return folder / name


def test_two_formats_with_headings_and_gzip_and_then_a_third_of_the_same_rows(visit, busy, tmp_path):
    page = visit(busy, "/exports/new")
    page.get_by_label("Name", exact=True).fill("Seven")
    tick(page, "id", "total")
    page.get_by_label("Heading of total").fill("Amount")
    page.get_by_role("button", name="Move total up").click()
    expect(page.get_by_role("button", name="Move total up")).to_be_focused()
    expect(page.get_by_label("Heading of total")).to_have_value("Amount")
    page.get_by_role("checkbox", name="XLSX").check()
    page.get_by_text("CSV options").click()
    page.locator("#packaging-csv").select_option("gzip")
    page.get_by_label("Filter file").set_input_files(file_of("3\n1\n7\n"))
    start(page)

    rows = list(
        csv.reader(
            gzip.decompress(download(page, "Seven.csv.gz", tmp_path).read_bytes()).decode().splitlines()
        )
    )
    assert rows[0] == ["Amount", "ID"]
    assert [row[1] for row in rows[1:]] == ["1", "3", "7"]
    assert download(page, "Seven.xlsx", tmp_path).read_bytes()[:2] == b"PK"
    manifest = json.loads(download(page, "Seven manifest.json", tmp_path).read_text())
    assert {file["name"] for file in manifest["files"]} == {"Seven.csv.gz", "Seven.xlsx"}

    first = page.url
    page.get_by_role("button", name="Also as JSON", exact=True).click()
    page.wait_for_url(lambda url: url != first)
    expect(page.locator("#line")).to_contain_text("Completed")
    same = json.loads(download(page, "Seven.json", tmp_path).read_text())
    assert [[str(row["Amount"]), str(row["id"])] for row in same] == rows[1:]
    page.get_by_role("link", name="Seven, CSV, XLSX").click()
    assert page.url == first


def test_a_wrong_filter_file_is_told_at_the_field_and_nothing_typed_is_lost(visit, still, expected):
    page = visit(still, "/exports/new")
    page.get_by_label("Name", exact=True).fill("Chosen few")
    page.get_by_label("Heading of number").fill("No")
    page.get_by_role("checkbox", name="JSON", exact=True).check()
    page.get_by_label("Filter file").set_input_files(file_of("1\ntwo\n"))
    expect(page.locator("#preview")).to_contain_text("The filter file is read when the export starts")
    expect(page.locator("#start")).to_have_text("Start export")
    expected.append("status of 422")
    page.locator("#start").click()

    expect(page.get_by_role("alert").first).to_be_focused()
    expect(page.get_by_role("alert").first).to_contain_text("Filter file: Line 2")
    place = page.get_by_label("Filter file")
    expect(place).to_have_attribute("aria-invalid", "true")
    expect(place).to_have_accessible_description(re.compile("Line 2.*Choose the file again"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("Chosen few")
    expect(page.get_by_label("Heading of number")).to_have_value("No")
    expect(page.get_by_role("checkbox", name="JSON", exact=True)).to_be_checked()
    page.get_by_role("link", name=re.compile("Filter file: Line 2")).click()
    expect(place).to_be_focused()

    place.set_input_files(file_of("1\n2\n"))
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    expect(page.locator("aside")).to_contain_text("Filter file ids.csv, 2 IDs")


def test_a_chosen_file_stays_in_the_page_while_the_form_is_drawn_again(visit, still, expected):
    page = visit(still, "/exports/new")
    page.get_by_label("Filter file").set_input_files(file_of("1\n2\n"))
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_label("Field of filter 1")).to_be_focused()
    page.get_by_role("button", name="Remove filter 1").click()
    page.get_by_label("Time zone").fill("Mars")
    expected.append("status of 422")
    page.locator("#start").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter a time zone")
    settled(page)
    page.get_by_label("Time zone").fill("UTC")
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    expect(page.locator("aside")).to_contain_text("Filter file ids.csv, 2 IDs")


def test_a_file_that_is_too_large_is_not_even_sent(visit, still):
    page = visit(still, "/exports/new")
    page.get_by_label("Filter file").set_input_files(
        {"name": "ids.csv", "mimeType": "text/csv", "buffer": b"1\n" * 6_000_000}
    )
    expect(page.locator("#too-large")).to_contain_text("may have up to 10")
    assert page.locator("#filter-file").input_value() == ""
    page.get_by_label("Filter file").set_input_files(file_of("1\n"))
    expect(page.locator("#too-large")).to_be_hidden()


def test_the_list_of_fields_is_narrowed_and_stays_so(visit, still):
    page = visit(still, "/exports/new")
    page.get_by_label("Find a field").fill("Quantity")
    expect(page.locator("#field-list li:visible")).to_have_count(1)
    expect(page.locator("#field-list .group:visible")).to_have_count(1)
    page.get_by_role("checkbox", name="line_items.quantity").check()
    expect(page.locator("ol[aria-labelledby=chosen]")).to_contain_text("related rows")
    expect(page.get_by_role("checkbox", name="line_items.quantity")).to_be_focused()
    expect(page.locator("#field-list li:visible")).to_have_count(1)
    assert "number" in chosen(page), "what is not shown stays chosen"
    page.get_by_label("Find a field").fill("")
    expect(page.get_by_role("checkbox", name="number", exact=True)).to_be_visible()


def test_a_path_is_typed_and_added_by_enter(visit, still):
    page = visit(still, "/exports/new")
    before = chosen(page)
    listen(page)
    path = page.get_by_label("Add a field by its path")
    path.fill("customer.orders.total")
    path.press("Enter")
    heard(page, f"customer.orders.total added, {len(before) + 1} fields")
    expect(path).to_be_focused()
    expect(path).to_have_value("")
    assert chosen(page) == [*before, "customer.orders.total"]
    settled(page)
    path.fill("customer.nothing")
    path.press("Enter")
    expect(path).to_have_attribute("aria-invalid", "true")
    expect(path).to_have_value("customer.nothing")
    expect(path).to_have_accessible_description(re.compile("Orders has no field “customer.nothing”"))


def test_options_are_in_sight_for_what_is_made_and_stay_open(visit, still):
    page = visit(still, "/exports/new")
    options = page.locator("details[data-format]:visible summary")
    expect(options).to_have_text(["CSV options"])
    expect(page.locator("#also-csv")).to_be_hidden()
    options.first.click()
    page.get_by_role("checkbox", name="JSON", exact=True).check()
    expect(options).to_have_text(["CSV options", "JSON options"])
    expect(page.locator("#option-csv-delimiter")).to_be_visible()
    page.get_by_role("radio", name=re.compile("^JSON For programs: one array")).check()
    expect(options).to_have_text(["JSON options"])
    expect(page.locator("#also-json")).to_be_hidden()
    expect(page.locator("#also-csv")).to_be_visible()


def test_everything_new_works_without_scripts_on_a_phone(visit, busy, tmp_path):
    page = visit(busy, "/exports/new", script=False, size=PHONE)
    page.get_by_role("button", name="None").click()
    page.get_by_label("Add a field by its path").fill("id")
    page.get_by_label("Add a field by its path").press("Enter")
    page.get_by_role("button", name="Add all fields of Line items").click()
    expect(page.locator("ol[aria-labelledby=chosen]")).to_contain_text("line_items.quantity")
    page.get_by_label("Heading of id").fill("Order")
    page.locator("#also-jsonl").check()
    page.locator("details[data-format=jsonl] summary").click()
    page.locator("#packaging-jsonl").select_option("zip")
    page.get_by_label("Filter file").set_input_files(file_of("5\n"))
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    busy.wait_for_end(int(page.url.rpartition("/")[2]))
    page.reload()
    assert download(page, "Orders.zip", tmp_path).read_bytes()[:2] == b"PK"
    head, row = csv.reader(download(page, "Orders.csv", tmp_path).read_text().splitlines())
    assert head[0] == "Order"
    assert row[0] == "5"
    page.get_by_role("button", name="Also as XML").click()
    page.wait_for_url(re.compile(r"/exports/\d+$"))
    expect(page.locator("aside")).to_contain_text("Same rows as")
