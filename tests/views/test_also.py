"""Another format of the same rows, from the page of an export that is completed."""

import csv
import io
import json

import pytest

from dashboard.database import db, now
from dashboard.models import Export
from tests.factories import make_export


@pytest.fixture
def finished(client, login, user, csrf, work):
    """A CSV of three fields, made by the page's own way."""
    login(client, user)
    form = {"csrf_token": csrf(client), "resource": "orders", "drawn_for": "orders", "fields": ["id", "total"],
            "order": ["total"], "name": "Ledger", "timezone": "UTC", "format": "csv", "heading.total": "Sum",
            "option.csv.delimiter": "semicolon", "packaging.csv": "none"}  # fmt: skip
    assert client.post("/exports", data=form).status_code == 303
    work()
    return db.session.query(Export).one()


@pytest.fixture
def also(client, csrf):
    """also(export, format): the answer to that button."""

    def press(export, format, **options):
        data = {"csrf_token": csrf(client), "format": format, **options}
        return client.post(f"/exports/{export.id}/also", data=data)

    return press


def newest():
    return db.session.query(Export).order_by(Export.id.desc()).first()


def test_the_page_offers_every_format_with_the_options_it_was_made_with(client, finished):
    card = client.get(f"/exports/{finished.id}").text.partition('id="also-heading"')[2]
    for key in ("csv", "xlsx", "json"):
        assert f'name="format" value="{key}"' in card
    chosen = card.partition('name="option.csv.delimiter"')[2].partition("</select>")[0]
    assert 'value="semicolon" selected' in chosen


def test_a_button_makes_another_export_of_the_same_rows(client, also, finished, work, monkeypatch):
    answer = also(finished, "json", **{"packaging.json": "none"})
    assert answer.status_code == 303
    another = newest()
    assert another.id != finished.id
    assert answer.headers["Location"] == f"/exports/{another.id}"
    work()
    page = client.get(f"/exports/{another.id}").text
    assert f'Same rows as</dt><dd><a href="/exports/{finished.id}">Ledger, CSV</a>' in page
    text = client.get(f"/exports/{finished.id}/file").get_data(as_text=True)
    head, *lines = csv.reader(io.StringIO(text), delimiter=";")
    assert head == ["Sum", "ID"]
    rows = json.loads(client.get(f"/exports/{another.id}/file").data)
    assert [[str(row["Sum"]), str(row["id"])] for row in rows] == lines
    assert db.session.get(Export, another.id).snapshot_at == finished.snapshot_at


def test_the_options_of_the_button_that_was_pressed_count(also, finished):
    also(
        finished,
        "csv",
        **{"option.csv.delimiter": "tab", "option.json.big_numbers": "string", "packaging.csv": "gzip"},
    )
    (output,) = newest().outputs
    assert (output["format"], output["options"]["delimiter"], output["packaging"]) == ("csv", "tab", "gzip")


@pytest.mark.parametrize(
    ("format", "options", "words"),
    [
        ("exe", {}, "Pick one of the formats"),
        ("", {}, "Pick one of the formats"),
        ("csv", {"option.csv.decimal": "comma", "option.csv.delimiter": "comma"}, "A decimal comma needs another"),
        ("json", {"packaging.json": "rar"}, "Packaging is one of"),
    ],
)  # fmt: skip
def test_what_a_format_cannot_do_is_said_in_words(also, finished, format, options, words):
    answer = also(finished, format, **options)
    assert answer.status_code == 422
    assert words in answer.text
    assert newest().id == finished.id


def test_it_is_not_offered_once_the_rows_are_gone(client, also, finished):
    finished.cleaned_at = now()
    db.session.commit()
    assert "also-heading" not in client.get(f"/exports/{finished.id}").text
    answer = also(finished, "json")
    assert answer.status_code == 409
    assert "not kept any more" in answer.text


@pytest.mark.parametrize("status", ["running", "failed", "cancelled"])
def test_it_is_offered_for_completed_exports_only(client, login, user, also, status):
    export = make_export(user, status)
    assert "also-heading" not in login(client, user).get(f"/exports/{export.id}").text
    assert also(export, "json").status_code == 409


def test_without_the_export_right_it_is_not_offered(client, login, no_export, also):
    export = make_export(no_export)
    assert "also-heading" not in login(client, no_export).get(f"/exports/{export.id}").text
    assert also(export, "json").status_code == 409


def test_a_link_to_anothers_export_is_not_shown(client, login, user, stranger):
    export = make_export(user, rows_of_id=make_export(stranger, name="Secret ledger").id)
    page = login(client, user).get(f"/exports/{export.id}").text
    assert "Same rows as" not in page
    assert "Secret ledger" not in page
