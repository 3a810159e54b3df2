"""Formats and their options on the new-export page: all of the registry is offered, and what is chosen is made."""

import json
from xml.etree import ElementTree

import pytest

from dashboard.database import db
from dashboard.formats import FORMATS
from dashboard.models import Export
from tests.views.form_browser import Browser


@pytest.fixture
def browser(client, login, user):
    return Browser(login(client, user)).open()


@pytest.fixture
def file(browser, work):
    """What comes of the form with these changes, as its owner downloads it."""

    def get(**changes):
        browser.fill(fields=["number", "total"], **changes).start()
        assert browser.answer.status_code == 303, browser.text
        work()
        return browser.client.get(f"{browser.answer.headers['Location']}/file")

    return get


@pytest.mark.parametrize("key", FORMATS)
def test_the_form_offers_every_format_with_its_defaults(browser, key):
    assert f'id="format-{key}"' in browser.text
    assert FORMATS[key].description in browser.text
    for option in FORMATS[key].options:
        assert browser.form[f"option.{key}.{option.key}"] == option.default


@pytest.mark.parametrize(
    ("key", "option", "choice"),
    [
        (f.key, option.key, choice)
        for f in FORMATS.values()
        for option in f.options
        for choice in option.choices
    ],
)
def test_each_choice_is_kept_on_the_form(browser, key, option, choice):
    name = f"option.{key}.{option}"
    browser.press("range", **{name: choice})
    assert browser.form[name] == choice


def test_a_csv_is_made_with_the_options_that_were_chosen(file, user):
    chosen = {"delimiter": "semicolon", "decimal": "comma", "bom": "yes", "line_end": "lf", "null": "\\N"}
    answer = file(**{f"option.csv.{key}": choice for key, choice in chosen.items()})
    lines = answer.get_data(as_text=True).split("\n")
    assert lines[0] == '\ufeff"Number";"Total"'
    number, total = lines[1].split(";")
    assert number.startswith('"')
    assert "," in total
    (export,) = db.session.query(Export)
    assert export.outputs == [{"format": "csv", "options": {**chosen, "guard": "inline"}}]


def test_a_decimal_comma_between_commas_is_refused_beside_the_formats(browser):
    browser.start(option__csv__decimal="comma")
    assert browser.answer.status_code == 422
    assert "A decimal comma needs another delimiter than the comma" in browser.text
    assert browser.form["option.csv.decimal"] == "comma"
    assert db.session.query(Export).count() == 0


def test_json_lines_are_made_and_downloaded(file):
    answer = file(format="jsonl")
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    assert 'filename="Orders.jsonl"' in answer.headers["Content-Disposition"]
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 300
    assert list(json.loads(lines[299])) == ["number", "total"]


def test_xml_is_made_and_downloaded(file):
    answer = file(format="xml")
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert 'filename="Orders.xml"' in answer.headers["Content-Disposition"]
    rows = ElementTree.fromstring(answer.data)
    assert len(rows) == 300
    assert [field.tag for field in rows[299]] == ["number", "total"]
