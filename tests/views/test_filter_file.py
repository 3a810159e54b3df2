"""The filter file on the new-export form: read at the start, wrong lines said at it, taken over by Duplicate."""

import csv
import io

import pytest

from dashboard import lifecycle
from dashboard.database import db
from dashboard.models import Export
from tests.conftest import make_client
from tests.views.form_browser import Browser

IDS = ("my ids.csv", b"id\r\n3\r\n1\r\n\r\n999999\r\n3\r\n")


@pytest.fixture
def browser(client, login, user):
    return Browser(login(client, user)).open()


@pytest.fixture
def finished(browser, work):
    """An export of three ids, one of which has no row."""
    browser.start(IDS, fields=["id", "number"])
    assert browser.answer.status_code == 303, browser.text
    work()
    return db.session.query(Export).one()


def rows(client, export):
    text = client.get(f"/exports/{export.id}/file").get_data(as_text=True)
    return [row[0] for row in csv.reader(io.StringIO(text))][1:]


def test_only_the_rows_of_the_file_are_exported_and_the_page_says_so(browser, finished):
    assert rows(browser.client, finished) == ["1", "3"]
    page = browser.client.get(f"/exports/{finished.id}").text
    assert 'Filter file <span class="mono">my ids.csv</span>, 3 IDs' in page
    assert "1 ID of the filter file has no row" in page


def test_wrong_lines_are_said_at_the_file_and_everything_typed_stays(browser):
    browser.press("add-filter")
    browser.start(
        ("ids.txt", b"1\ntwo\n3\nfour\n"),
        name="Chosen few",
        where__0__field="total",
        where__0__operator="gte",
        where__0__value="20",
        heading__number="No",
    )
    assert browser.answer.status_code == 422
    listed = browser.text[browser.text.index('id="e-filter-file"') :].partition("</ul>")[0]
    assert "Line 2" in listed
    assert "Line 4" in listed
    assert "Choose the file again" in listed
    assert '<a href="#filter-file">Filter file: Line 2' in browser.text
    assert "hx-preserve" not in browser.text, "the file that is wrong is not kept"
    assert browser.form["name"] == "Chosen few"
    assert browser.form["where.0.value"] == "20"
    assert browser.form["heading.number"] == "No"
    assert db.session.query(Export).count() == 0


@pytest.mark.parametrize(
    "file", [("ids.csv", b""), ("ids.xlsx", b"1\n2\n"), ("ids.exe", b"1\n"), ("ids.csv", b"\0\1\2")]
)
def test_a_file_that_is_none_is_refused_in_words(browser, file):
    assert browser.start(file).answer.status_code == 422
    assert 'href="#filter-file"' in browser.text


def test_a_file_is_not_read_while_something_else_is_wrong(browser, monkeypatch):
    def fail(*_, **__):
        raise AssertionError("each reading counts, so that a person may do it 20 times an hour only")

    monkeypatch.setattr(lifecycle, "take_filter_file", fail)
    browser.start(IDS, timezone="Mars")
    assert browser.answer.status_code == 422
    assert "Choose the file again" in browser.text
    headers = {"HX-Request": "true", "HX-Target": "export-form"}
    by_script = browser.client.post(
        "/exports", data={**browser.form, "filter_file": (io.BytesIO(IDS[1]), IDS[0])}, headers=headers
    )
    assert by_script.status_code == 422
    assert "hx-preserve" in by_script.text, "a script keeps the file in the page"
    assert "Choose the file again" not in by_script.text


def test_no_button_reads_the_file(browser, monkeypatch):
    monkeypatch.setattr(lifecycle, "take_filter_file", None)
    browser._send("/exports/new", "preview", {}, IDS)
    assert browser.answer.status_code == 200
    assert "The filter file is read when the export starts" in browser.text
    assert "Start export" in browser.text


def test_too_many_files_in_an_hour_are_refused_at_the_file(browser, app):
    most = app.extensions["settings"].max_uploads_per_hour
    for _ in range(most):
        browser.start(("ids.csv", b"one\n"))
    browser.start(IDS)
    assert browser.answer.status_code == 422
    assert 'id="e-filter-file"' in browser.text
    assert "hour" in browser.text[browser.text.index('id="e-filter-file"') :].partition("</ul>")[0]


def test_the_same_form_and_file_sent_twice_make_one_export(browser):
    nonce = browser.form["nonce"]
    browser.start(IDS)
    first = browser.answer.headers["Location"]
    browser.open().start(IDS, nonce=nonce)
    assert browser.answer.headers["Location"] == first
    browser.open().start(("my ids.csv", b"4\n"), nonce=nonce)
    assert browser.answer.headers["Location"] != first, "other ids are another request"


# Again


def test_duplicate_takes_the_ids_over_and_shows_how_many(browser, finished, work):
    browser.open(f"/exports/new?from={finished.id}")
    assert "<b>my ids.csv</b>, 3 IDs" in browser.text
    browser.press("add-filter")
    assert "<b>my ids.csv</b>, 3 IDs" in browser.text, "a page that is drawn anew keeps them"
    assert "Export 2 orders" in browser.press("preview").text
    browser.start()
    work()
    again = db.session.query(Export).order_by(Export.id.desc()).first()
    assert again.filter_file == "my ids.csv"
    assert rows(browser.client, again) == ["1", "3"]


def test_duplicate_can_do_without_the_ids(browser, finished):
    browser.open(f"/exports/new?from={finished.id}")
    browser.press("drop-ids")
    assert "my ids.csv" not in browser.text
    browser.start()
    assert db.session.query(Export).order_by(Export.id.desc()).first().filter_file is None


def test_a_new_file_takes_the_place_of_the_earlier_ids(browser, finished, work):
    browser.open(f"/exports/new?from={finished.id}")
    browser.start(("other.txt", b"7\n"))
    work()
    again = db.session.query(Export).order_by(Export.id.desc()).first()
    assert again.filter_file == "other.txt"
    assert rows(browser.client, again) == ["7"]


def test_the_ids_of_anothers_export_are_nobodys(browser, finished, stranger, app, login):
    other = Browser(login(make_client(app), stranger)).open()
    other.press("preview", ids_of=str(finished.id))
    assert "my ids.csv" not in other.text
    assert "Export 300 orders" in other.text
