"""Requesting an export on the page: what the form begins with, and what becomes of it when it is sent."""

import pytest
from werkzeug.datastructures import MultiDict

from dashboard.database import db
from dashboard.models import Export
from tests.factories import make_export
from tests.views.form_browser import Browser

DEAR = {"field": "total", "operator": "gt", "value": "5"}


@pytest.fixture
def browser(client, login, user):
    return Browser(login(client, user)).open()


def made():
    return db.session.query(Export).order_by(Export.id).all()


# What the form begins with


def test_the_form_proposes_all_rows_and_own_fields_of_the_first_resource(browser):
    assert browser.form["resource"] == "orders"
    assert browser.form["name"] == "Orders"
    assert browser.form["preset"] == "all"
    assert browser.form.getlist("order")[:2] == ["id", "number"]
    assert "customer.email" not in browser.form.getlist("order")
    assert 'value="customer.email"' in browser.text
    assert "300 rows" in browser.text


def test_a_resource_in_the_address_is_chosen(browser):
    assert browser.open("/exports/new?resource=customers").form["resource"] == "customers"
    assert browser.open("/exports/new?resource=secrets").form["resource"] == "orders"


def test_an_earlier_export_fills_the_form(browser, user):
    earlier = make_export(
        user,
        name="Orders EU",
        fields=["total", "customer.email"],
        where={"all": [
            {"field": "currency", "operator": "in", "value": ["EUR", "a, b"]},
            {"field": "note", "operator": "is_null", "value": False},
            {"any": [DEAR, {"field": "id", "operator": "eq", "value": 1}]},
        ]},
        date_range={"field": "created_at", "preset": "last_month", "start": "2026-10-01", "end": "2026-10-31"},
        sort=["-total"],
        format="json",
        outputs=[{"format": "json", "options": {"big_numbers": "string"}}],
    )  # fmt: skip
    browser.open(f"/exports/new?from={earlier.id}")
    assert browser.form["name"] == "Orders EU"
    assert browser.form.getlist("order") == ["total", "customer.email"]
    assert browser.form["where.0.value"] == 'EUR, "a, b"'
    assert browser.form["where.1.operator"] == "not_null"
    assert "Total is more than 5" in browser.text
    assert (browser.form["date_field"], browser.form["preset"]) == ("created_at", "last_month")
    assert browser.form["option.json.big_numbers"] == "string"
    browser.start()
    again = made()[-1]
    assert again.id != earlier.id
    assert again.sort == ["-total"]
    assert again.fields == ["total", "customer.email"]
    assert again.where == {"all": [
        {"field": "currency", "operator": "in", "value": ["EUR", "a, b"]},
        {"field": "note", "operator": "is_null", "value": False},
        {"any": [DEAR, {"field": "id", "operator": "eq", "value": 1}]},
    ]}  # fmt: skip


def test_anothers_export_does_not_fill_the_form(browser, stranger):
    assert browser.open(f"/exports/new?from={make_export(stranger).id}").answer.status_code == 404


def test_without_the_export_right_there_is_no_form(client, login, no_export, csrf):
    login(client, no_export)
    for answer in (
        client.get("/exports/new"),
        client.post("/exports/new", data={"csrf_token": csrf(client)}),
        client.post("/exports", data={"csrf_token": csrf(client), "resource": "orders"}),
    ):
        assert answer.status_code == 403
        assert "You cannot request exports" in answer.text
    assert not made()


# Starting


def test_the_start_records_what_was_asked_and_leads_to_its_page(browser, enqueued, user):
    browser.press("add-filter")
    browser.press("range", preset="last_month")
    browser.start(
        name=" Orders EU ",
        where__0__field="total",
        where__0__operator="gte",
        where__0__value="20",
        fields=["number", "total"],
        format="json",
        language="de",
        timezone="Europe/Berlin",
    )
    (export,) = made()
    assert browser.answer.status_code == 303
    assert browser.answer.headers["Location"] == f"/exports/{export.id}"
    assert (export.name, export.resource, export.requested_by_id) == ("Orders EU", "orders", user.id)
    assert export.fields == ["number", "total"]
    assert export.where == {"all": [{"field": "total", "operator": "gte", "value": "20"}]}
    assert export.date_range["preset"] == "last_month"
    assert (export.format, export.language, export.timezone) == ("json", "de", "Europe/Berlin")
    assert enqueued == [("collect", export.id)]


def test_a_double_click_makes_one_export(browser):
    sent = MultiDict(browser.form)
    first, second = (browser.client.post("/exports", data=sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(made()) == 1


def test_an_export_without_a_name_gets_the_proposed_one(browser):
    browser.start(name="  ", preset="last_year")
    assert made()[0].name == "Orders, last year"


def test_the_same_form_changed_in_between_makes_two(browser):
    sent = MultiDict(browser.form)
    browser.client.post("/exports", data=sent)
    sent["format"] = "json"
    browser.client.post("/exports", data=sent)
    assert [export.format for export in made()] == ["csv", "json"]


def test_all_that_is_wrong_is_said_at_once_and_everything_typed_stays(browser):
    browser.press("add-filter")
    browser.press("add-filter")
    browser.press("no-fields")
    browser.start(
        name="n" * 201,
        where__0__field="total",
        where__0__value="twenty",
        where__1__field="number",
        timezone="Mars",
    )
    assert browser.answer.status_code == 422
    assert "<title>Error: New export" in browser.text
    assert 'role="alert" tabindex="-1" autofocus' in browser.text
    for control, sentence in (
        ("name", "Enter a name of at most 200 characters"),
        ("where-0-value", "Enter an amount, for example 20 or 20.50"),
        ("where-1-value", "Enter a value, or remove the filter"),
        ("all-fields", "Choose at least one field"),
        ("timezone", "Enter a time zone"),
    ):
        assert f'<a href="#{control}">{sentence}' in browser.text
        assert f'id="{control}"' in browser.text
    assert browser.form["where.0.value"] == "twenty"
    assert browser.form["timezone"] == "Mars"
    assert not made()


def test_an_end_before_the_start_is_refused(browser):
    browser.start(preset="custom", start="2026-10-31", end="2026-10-01")
    assert browser.answer.status_code == 422
    assert 'href="#preset"' in browser.text


def test_a_resource_changed_without_choosing_is_asked_about(browser):
    browser.start(resource="customers")
    assert browser.answer.status_code == 422
    assert "You changed to Customers." in browser.text
    assert browser.start().answer.status_code == 303
    assert made()[0].resource == "customers"


def test_enter_refreshes_the_preview_and_starts_nothing(browser):
    form = browser.text[browser.text.index('id="export-form"') :]
    first = form[form.index("<button") : form.index("</button>")]
    assert 'value="preview"' in first
    assert 'formaction="/exports/new"' in first


@pytest.mark.parametrize(
    "tampered",
    [
        {"resource": "secrets"},
        {"resource": ""},
        {"fields": ["number", "secret"]},
        {"where.0.kept": "{not json"},
        {"where.0.kept": "[" * 5000},
        {"where.0.field": "number; drop table orders", "where.0.operator": "eq", "where.0.value": "1"},
        {"where.0.field": "number", "where.0.operator": "in", "where.0.value": '"' * 999},
        {"format": "exe"},
        {"language": "xx"},
        {"date_field": "secret", "preset": "today"},
        {"preset": "never"},
        {"start": "soon", "preset": "custom"},
        {"sort": "secret"},
        {"option.csv.guard": "maybe"},
        {"timezone": "../../etc/passwd"},
        {"name": "a\nb"},
        {"nonce": ""},
        {"do": "up:nothing"},
        {"do": "remove-filter:99"},
    ],
)
@pytest.mark.parametrize("path", ["/exports/new", "/exports"])
def test_a_form_that_nobody_drew_is_answered_in_words(browser, tampered, path):
    data = MultiDict(browser.form)
    for name, value in tampered.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    assert browser.client.post(path, data=data).status_code in (200, 303, 404, 422)
    data["do"] = "preview"
    assert browser.client.post("/exports/new", data=data).status_code in (200, 404)


def test_without_a_token_nothing_starts(browser):
    browser.form.pop("csrf_token")
    assert browser.start().answer.status_code == 400
    assert not made()


def test_too_many_waiting_exports_are_refused_in_the_form(browser, user, app):
    for _ in range(app.extensions["settings"].max_waiting):
        make_export(user, "pending")
    browser.start(name="One more")
    assert browser.answer.status_code == 422
    assert "exports waiting" in browser.text
    assert browser.form["name"] == "One more"
