"""Formats and their options on the new-export page: all of the registry is offered, and what is chosen is made."""

import gzip
import json
import re
from xml.etree import ElementTree

import pytest

from dashboard.database import db
from dashboard.formats import FORMATS
from dashboard.models import Export
from tests.factories import make_export
from tests.views.form_browser import Browser


@pytest.fixture
def browser(client, login, user):
    return Browser(login(client, user)).open()


@pytest.fixture
def file(browser, work):
    """What comes of the form with these changes, as its owner downloads it."""

    def get(**changes):
        browser.fill(**{"fields": ["number", "total"], **changes}).start()
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
    (output,) = export.outputs
    assert output == {"format": "csv", "options": {**output["options"], **chosen}, "packaging": "none"}


def test_dates_are_written_by_a_pattern_of_ones_own(browser, file):
    pattern = "d MMM yyyy 'at' HH"
    answer = file(**{"option.csv.datetime_format": pattern}, fields=["created_at"])
    assert re.fullmatch(r'"[0-9]{1,2} [A-Z][a-z]{2} 20[0-9]{2} at [0-9]{2}"', answer.text.splitlines()[1])
    browser.open().press("range", **{"option.csv.datetime_format": pattern})
    assert browser.form["option.csv.datetime_format"] == pattern
    said = "CSV options (dates with times: d MMM yyyy &#39;at&#39; HH)</summary>"
    assert said in browser.text, "capitals count in a pattern"
    for choice in FORMATS["csv"].options[-3].choices:
        assert f'<option value="{choice}">' in browser.text, "usual patterns are suggested"


def test_a_pattern_that_is_none_is_refused_beside_the_formats_and_an_empty_one_is_the_usual(browser):
    browser.start(**{"option.csv.datetime_format": "YYYY"})
    assert browser.answer.status_code == 422
    assert "“YYYY” has no meaning in a date pattern" in browser.text
    browser.start(**{"option.csv.datetime_format": ""})
    assert browser.answer.status_code == 303
    assert db.session.query(Export).one().outputs[0]["options"]["datetime_format"] == "iso"


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


# Several formats, packaging


def test_several_formats_are_made_in_one_go_each_with_its_options(browser, work):
    browser.press("range", also=["json", "csv", "exe", "xlsx"])
    assert browser.form.getlist("also") == ["xlsx", "json"], "the main format is made once"
    browser.start(fields=["number", "total"], option__json__big_numbers="string", packaging__csv="gzip")
    (export,) = db.session.query(Export)
    assert [output["format"] for output in export.outputs] == ["csv", "xlsx", "json"]
    assert [output["packaging"] for output in export.outputs] == ["gzip", "none", "none"]
    assert export.outputs[2]["options"]["big_numbers"] == "string"
    work()
    page = browser.client.get(f"/exports/{export.id}").text
    for name in ("Orders.csv.gz", "Orders.json", "Orders.xlsx"):
        assert f"<b>{name}</b>" in page
    main = browser.client.get(f"/exports/{export.id}/file")
    assert gzip.decompress(main.data).startswith(b'"Number","Total"')


def test_packaging_is_offered_for_text_formats_only(browser):
    for key, format in FORMATS.items():
        assert (f"packaging.{key}" in browser.form) == format.is_text


def test_what_is_unusual_can_be_read_without_opening_the_options(browser):
    assert "CSV options</summary>" in browser.text
    browser.press("range", option__csv__delimiter="semicolon", packaging__csv="zip")
    assert "CSV options (delimiter: semicolon; ZIP)</summary>" in browser.text


@pytest.mark.parametrize(
    ("changes", "control", "words"),
    [
        ({"option.csv.decimal": "comma"}, "format-csv", "A decimal comma needs another delimiter"),
        (
            {"format": "json", "also": ["csv"], "option.csv.decimal": "comma"},
            "also-csv",
            "A decimal comma needs another delimiter",
        ),
        ({"packaging.csv": "rar"}, "format-csv", "Packaging is one of"),
        ({"also": ["pdf"]}, "also-pdf", "PDF can hold at most 30 columns"),
    ],
)
def test_what_a_format_cannot_do_is_said_at_that_format(browser, changes, control, words):
    if changes.get("also") == ["pdf"]:
        browser.press("resource", resource="transactions")
        browser.press("add-path", path="order.*")
        browser.press("add-path", path="order.customer.*")
    browser.start(**changes)
    assert browser.answer.status_code == 422
    assert f'<a href="#{control}">{words}' in browser.text
    assert f'id="e-format-{control.partition("-")[2]}">{words}' in browser.text
    assert db.session.query(Export).count() == 0


def test_duplicate_brings_all_formats_and_their_packaging_along(browser, user):
    outputs = [
        {"format": "jsonl", "options": {"big_numbers": "string"}, "packaging": "zip"},
        {"format": "csv", "options": {"delimiter": "tab"}, "packaging": "none"},
    ]
    earlier = make_export(user, format="jsonl", outputs=outputs)
    browser.open(f"/exports/new?from={earlier.id}")
    assert browser.form["format"] == "jsonl"
    assert browser.form.getlist("also") == ["csv"]
    assert browser.form["packaging.jsonl"] == "zip"
    assert browser.form["option.csv.delimiter"] == "tab"
