"""Changing the new-export form before it is sent: as a browser without scripts does it, and what htmx gets."""

import pytest

from dashboard import planning
from dashboard.database import db
from dashboard.models import Export
from dashboard.sources import SourceAway, SourceSlow
from tests.views.form_browser import Browser


@pytest.fixture
def browser(client, login, user):
    return Browser(login(client, user)).open()


def made():
    return db.session.query(Export).order_by(Export.id).all()


# Changing it without scripts


def test_another_resource_begins_the_form_anew_and_keeps_a_typed_name(browser):
    browser.press("resource", resource="customers")
    assert browser.form["name"] == "Customers"
    assert "email" in browser.form.getlist("order")
    browser.press("resource", resource="orders", name="My own")
    assert browser.form["name"] == "My own"
    assert "number" in browser.form.getlist("order")


def test_a_preset_shows_its_days_and_names_the_export(browser):
    browser.press("range", preset="last_month")
    assert browser.form["name"] == "Orders, last month"
    assert browser.form["start"].endswith("-01")
    assert "00:00 to" in browser.text


def test_days_typed_beside_a_preset_make_a_range_of_ones_own(browser):
    browser.press("range", preset="last_month")
    browser.press("range", end="2026-12-24")
    assert browser.form["preset"] == "custom"
    assert browser.form["end"] == "2026-12-24"


def test_filters_are_added_changed_and_removed(browser):
    browser.press("add-filter")
    browser.press("filters", where__0__field="total", where__0__operator="starts_with", where__0__value="20")
    assert browser.form["where.0.operator"] == "eq", "an operator that amounts do not have"
    assert browser.form["where.0.value"] == "20"
    browser.press("add-filter")
    assert browser.form["where.1.field"] == "id"
    browser.press("remove-filter:0")
    assert browser.form["where.0.field"] == "id"
    assert "where.1.field" not in browser.form


def test_between_has_two_values_and_empty_has_none(browser):
    browser.press("add-filter")
    browser.press("filters", where__0__field="total", where__0__operator="between")
    assert "where.0.upper" in browser.form
    browser.press("filters", where__0__operator="is_null")
    assert "where.0.upper" not in browser.form
    assert 'id="where-0-value"' not in browser.text


def test_fields_are_ticked_ordered_and_removed(browser):
    browser.press("no-fields")
    browser.press("fields", fields=["total", "number"])
    assert browser.form.getlist("order") == ["total", "number"]
    browser.press("fields", fields=["number", "customer.email", "total"])
    assert browser.form.getlist("order") == ["total", "number", "customer.email"]
    browser.press("up:customer.email")
    assert browser.form.getlist("order") == ["total", "customer.email", "number"]
    browser.press("up:total")
    assert browser.form.getlist("order") == ["total", "customer.email", "number"], "the first stays the first"
    browser.press("down:total")
    browser.press("drop:customer.email")
    assert browser.form.getlist("order") == ["total", "number"]
    assert browser.form.getlist("fields") == ["number", "total"]
    browser.press("own-fields")
    assert len(browser.form.getlist("order")) == 14


def test_the_preview_counts_and_shows_rows_and_marks_personal_data(browser):
    browser.press("preview", fields=["number", "customer_email"])
    assert "Export 300 orders" in browser.text
    assert "S-0000001" in browser.text
    assert "Personal data in customer_email." in browser.text


def test_a_filter_without_a_value_does_not_count_yet(browser):
    browser.press("add-filter")
    assert "Export 300 orders" in browser.press("preview").text


def test_the_preview_says_what_is_wrong_and_the_line_shows_it(browser):
    browser.press("add-filter")
    browser.press("preview", where__0__field="total", where__0__value="twenty")
    assert 'id="e-where-0-value">Enter an amount, for example 20 or 20.50<' in browser.text
    assert 'href="#where-0-value"' in browser.text
    assert browser.form["where.0.value"] == "twenty"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (SourceSlow("slow"), "The source is slow, start without preview"),
        (SourceAway("away"), "The source does not answer"),
    ],
)
def test_a_source_in_trouble_stops_neither_form_nor_start(browser, monkeypatch, trouble, words):
    def fail(*_):
        raise trouble

    monkeypatch.setattr(planning, "count", fail)
    monkeypatch.setattr(planning, "preview", fail)
    browser.press("preview")
    assert browser.answer.status_code == 200
    assert words in browser.text
    assert "Start export" in browser.text
    assert browser.start().answer.status_code == 303


# What htmx gets


def test_htmx_gets_the_block_that_it_targets(browser):
    answer = browser.block("filters", "add-filter")
    assert answer.text.lstrip().startswith('<div id="filters"')
    assert 'name="where.0.field"' in answer.text
    assert '<div id="announce" hx-swap-oob="innerHTML">Filter 1 added</div>' in answer.text
    assert answer.headers["HX-Trigger-After-Settle"] == "preview-due"
    for outside in ("<title", "1. What to export", "4. Fields"):
        assert outside not in answer.text


def test_the_focus_moves_with_the_row_and_its_place_is_announced(browser):
    browser.press("fields", fields=["id", "number", "total"])
    text = browser.block("fields", "up:total").text
    assert "total, 2 of 3" in text
    button = text[: text.index('aria-label="Move total up"')].rpartition("<button")[2]
    assert "autofocus" in button


def test_the_preview_brings_the_text_of_the_start_button_along(browser):
    text = browser.block("preview", "preview").text
    assert '<span id="start-text" hx-swap-oob="outerHTML">Export 300 orders' in " ".join(text.split())
    assert "300 rows match" in text


def test_another_range_brings_the_proposed_name_along(browser):
    text = browser.block("date-range", preset="last_month").text
    assert 'id="name-field" hx-swap-oob="outerHTML"' in text
    assert "Orders, last month" in text


def test_a_start_by_script_is_led_to_the_page(browser):
    headers = {"HX-Request": "true", "HX-Target": "export-form"}
    answer = browser.client.post("/exports", data=browser.form, headers=headers)
    (export,) = made()
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/exports/{export.id}"


def test_a_wrong_start_by_script_gets_the_form_with_its_errors(browser):
    browser.fill(timezone="Mars")
    headers = {"HX-Request": "true", "HX-Target": "export-form"}
    answer = browser.client.post("/exports", data=browser.form, headers=headers)
    assert answer.status_code == 422
    assert "<title>Error: New export" in answer.text
    assert "hx-swap-oob" not in answer.text
