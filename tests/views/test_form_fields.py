"""The fields of the new-export form: related rows, typed paths, headings of one's own, dry data."""

import csv
import io
import json

import pytest

from dashboard.database import db
from dashboard.models import Export
from tests.factories import make_export
from tests.views.form_browser import Browser


@pytest.fixture
def browser(client, login, user):
    return Browser(login(client, user)).open()


@pytest.fixture
def file(browser, work):
    """The content of the file that the form as it stands gives, with these changes."""

    def get(**changes):
        browser.start(**changes)
        assert browser.answer.status_code == 303, browser.text
        work()
        return browser.client.get(f"{browser.answer.headers['Location']}/file").get_data(as_text=True)

    return get


def order(browser):
    return browser.form.getlist("order")


def choose(browser, *paths):
    browser.press("no-fields")
    return browser.press("fields", fields=list(paths))


def error_at(browser, control, words):
    assert f'id="e-{control}">{words}' in browser.text
    assert f'id="{control}"' in browser.text
    marked = browser.text[browser.text.index(f'id="{control}"') :].partition(">")[0]
    assert 'aria-invalid="true"' in marked


# What is offered


def test_fields_of_related_rows_are_offered_in_groups_one_by_one_and_whole(browser):
    for path in ("number", "customer.email", "line_items.quantity", "transactions.amount"):
        assert f'name="fields" value="{path}"' in browser.text
    for words in ("Add all fields of Line items", "Add all fields of Customer"):
        assert f'aria-label="{words}"' in browser.text
    assert not [path for path in order(browser) if "." in path]


def test_a_group_is_added_whole_and_what_was_there_stays_in_its_place(browser):
    choose(browser, "line_items.quantity", "number")
    browser.press("add-group:line_items")
    assert order(browser)[0] == "line_items.quantity"
    assert order(browser)[-1] == "number", "related rows are one column of the file, and stand together"
    assert {"line_items.id", "line_items.unit_price"} < set(order(browser))
    assert len(order(browser)) == len(set(order(browser)))
    before = order(browser)
    assert order(browser.press("add-group:line_items")) == before
    assert order(browser.press("add-group:nothing")) == before


def test_related_rows_move_inside_and_then_together(browser):
    choose(browser, "number", "line_items.quantity", "line_items.total", "status")
    browser.press("up:line_items.total")
    assert order(browser) == ["number", "line_items.total", "line_items.quantity", "status"]
    browser.press("up:line_items.total")
    assert order(browser) == ["line_items.total", "line_items.quantity", "number", "status"]
    browser.press("down:line_items.quantity")
    assert order(browser) == ["number", "line_items.total", "line_items.quantity", "status"]
    browser.press("up:status")
    assert order(browser) == ["number", "status", "line_items.total", "line_items.quantity"]


def test_all_takes_every_field_that_is_listed(browser):
    browser.press("all-fields")
    assert order(browser)
    assert set(order(browser)) == set(browser.form.getlist("fields"))
    assert "transactions.amount" in order(browser)


def test_related_rows_are_exported_as_they_were_chosen(browser, file):
    choose(browser, "number", "line_items.quantity", "line_items.product.sku")
    rows = json.loads(file(format="json"))
    assert list(rows[0]) == ["number", "line_items"]
    assert [set(item) for item in rows[0]["line_items"]] == [{"quantity", "product.sku"}] * len(
        rows[0]["line_items"]
    )


# Typed paths


@pytest.mark.parametrize(
    ("path", "added"),
    [
        ("customer.email", ["customer.email"]),
        (" customer.orders.total ", ["customer.orders.total"]),
        ("customer.orders.line_items.quantity", ["customer.orders.line_items.quantity"]),
        ("customer.country", ["customer.country"]),
    ],
)
def test_a_typed_path_adds_its_field(browser, path, added):
    choose(browser, "number")
    browser.press("add-path", path=path)
    assert order(browser) == ["number", *added]
    assert browser.form["path"] == ""
    browser.press("range")
    assert order(browser) == ["number", *added], "it stays when the page is drawn again"
    browser.press(f"drop:{added[0]}")
    assert order(browser) == ["number"]


def test_an_asterisk_adds_all_fields_once(browser):
    choose(browser, "total")
    browser.press("add-path", path="*")
    assert order(browser)[0] == "total"
    assert len(order(browser)) == 14
    browser.press("add-path", path="customer.*")
    assert "customer.city" in order(browser)
    before = order(browser)
    browser.press("add-path", path="customer.city")
    assert order(browser) == before


@pytest.mark.parametrize(
    "path",
    ["nothing", "customer.nothing", "customer.orders.customer.orders.total", "customer.", ".", "a" * 300],
)
def test_a_path_that_leads_nowhere_is_said_at_its_field_and_stays_typed(browser, path):
    before = order(browser)
    browser.press("add-path", path=path)
    error_at(browser, "path", "Orders has no field")
    assert browser.form["path"] == path
    assert order(browser) == before


def test_adding_nothing_asks_for_a_path(browser):
    error_at(browser.press("add-path", path=" "), "path", "Enter a path")


def test_enter_beside_a_typed_path_adds_it_without_a_script_too(browser):
    choose(browser, "number")
    browser.press("preview", path="customer.email")
    assert order(browser) == ["number", "customer.email"]


def test_a_preview_by_script_leaves_a_half_typed_path_alone(browser):
    text = browser.block("preview", "preview", path="customer.ema").text
    assert "300 rows match" in text


def test_a_path_that_was_typed_and_not_added_is_added_at_the_start(browser):
    choose(browser, "number")
    browser.start(path="customer.email")
    assert db.session.query(Export).one().fields == ["number", "customer.email"]


def test_a_wrong_path_that_was_not_added_stops_the_start(browser):
    browser.start(path="customer.nothing", name="Kept")
    assert browser.answer.status_code == 422
    assert '<a href="#path">Orders has no field' in browser.text
    assert browser.form["name"] == "Kept"
    assert db.session.query(Export).count() == 0


# Headings


def test_headings_stay_while_fields_move_and_stand_in_the_file(browser, file):
    choose(browser, "number", "total")
    browser.press("up:total", heading__total="Amount, gross")
    assert browser.form["heading.total"] == "Amount, gross"
    lines = list(csv.reader(io.StringIO(file(heading__number="  "))))
    assert lines[0] == ["Amount, gross", "Number"]
    assert db.session.query(Export).one().renames == {"total": "Amount, gross"}


def test_related_rows_and_their_fields_get_headings(browser, file):
    choose(browser, "number", "line_items.quantity", "line_items.total")
    changes = {"heading.line_items": "items", "heading.line_items.quantity": "count", "heading.number": "no"}
    rows = json.loads(file(format="json", **changes))
    assert list(rows[0]) == ["no", "items"]
    assert set(rows[0]["items"][0]) == {"count", "total"}


def test_one_heading_for_two_columns_is_said_at_both(browser):
    choose(browser, "number", "total")
    browser.start(heading__number="Same", heading__total="Same")
    assert browser.answer.status_code == 422
    for at in (0, 1):
        error_at(browser, f"heading-{at}", "Two columns are called “Same”")
        assert f'<a href="#heading-{at}">' in browser.text
    assert browser.form["heading.total"] == "Same"


def test_a_heading_of_a_field_dropped_since_is_forgotten(browser):
    choose(browser, "number", "total")
    browser.press("drop:total", heading__total="Amount")
    browser.start(**{"heading.total": "Amount"})
    assert db.session.query(Export).one().renames == {}


# Dry data


def test_dry_data_leaves_ids_and_timestamps_out(browser, file):
    choose(browser, "id", "number", "customer_id", "created_at", "placed_at")
    # A heading of a field that is left out is no mistake.
    lines = list(csv.reader(io.StringIO(file(dry="1", heading__id="Key"))))
    assert lines[0] == ["Number", "Placed"]
    assert db.session.query(Export).one().dry_data is True


def test_dry_data_of_ids_alone_is_refused(browser):
    choose(browser, "id", "created_at")
    browser.start(dry="1")
    assert browser.answer.status_code == 422
    assert "Choose at least one field that is no id and no timestamp" in browser.text


# Again


def test_duplicate_brings_headings_dry_data_and_deep_fields_along(browser, user):
    earlier = make_export(
        user,
        fields=["number", "customer.*", "line_items"],
        renames={"number": "No", "line_items": "Items"},
        dry_data=True,
        headings="names",
    )
    browser.open(f"/exports/new?from={earlier.id}")
    assert order(browser)[0] == "number"
    assert {"customer.city", "line_items.quantity"} < set(order(browser))
    assert browser.form["heading.number"] == "No"
    assert browser.form["heading.line_items"] == "Items"
    assert browser.form["dry"] == "1"
    browser.start()
    again = db.session.query(Export).order_by(Export.id.desc()).first()
    assert again.renames == {"number": "No", "line_items": "Items"}
    assert (again.dry_data, again.headings) == (True, "names")


def test_another_resource_takes_no_headings_and_no_path_along(browser):
    browser.press("resource", resource="customers", path="customer.email", **{"heading.id": "Key"})
    assert browser.form["path"] == ""
    assert browser.form["heading.id"] == ""
