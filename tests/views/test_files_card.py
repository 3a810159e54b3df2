"""The files of a finished export on its page: what each is, what was kept out or changed, and how to check them."""

import pytest

from dashboard.database import db
from dashboard.models import Export, File
from tests.factories import make_export
from tests.views.test_export_page import section


@pytest.fixture
def page(client, login, user):
    """page(export): the text of its page, seen by its owner."""

    login(client, user)

    def get(export):
        return client.get(f"/exports/{export.id}").text

    return get


def add_file(export, kind, **values):
    name = f"Orders {kind}.csv"
    given = {
        "format": "csv",
        "media_type": "text/csv",
        "key": f"k/{kind}",
        "rows": 3,
        "size": 700,
        "sha256": "a" * 64,
    }
    db.session.add(File(export_id=export.id, kind=kind, name=name, **{**given, **values}))
    db.session.commit()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("sanitized", "Changed values (formula guard), 700 B, 3 rows"),
        ("errors", "Rows with errors, 700 B, 3 rows"),
        ("manifest", "Manifest, signed, 700 B. How to check a file"),
    ],
)
def test_each_file_says_what_it_is(page, user, kind, words):
    export = make_export(user)
    add_file(export, kind)
    text = page(export)
    card = section(text, "Files")
    assert words in card
    assert "CSV, 9 B, 10 rows, 2 columns" in card
    assert card.count("SHA-256 checksum") == 2
    for file in export.files:
        assert f'href="/exports/{export.id}/files/{file.id}"' in text


def test_rows_that_were_kept_out_are_told_with_the_file_that_holds_them(page, user):
    export = make_export(user)
    export.files[0].kept_out = 3
    add_file(export, "sanitized")
    text = page(export)
    assert "Rows kept out (formula guard), 700 B, 3 rows" in section(text, "Files")
    assert "3 rows were kept out" in text
    assert "They hold text that a spreadsheet could run as a formula" in text


def test_rows_that_failed_are_told_with_the_file_that_has_the_reasons(page, user):
    export = make_export(user, fail_count=1)
    assert "1 row was skipped" in page(export)
    assert "The reasons are in" not in page(export)
    add_file(export, "errors", rows=1)
    assert "The reasons are in the file of rows with errors. All other rows are complete." in page(export)


def test_related_rows_count_as_one_column_and_dry_data_has_fewer(page, user):
    fields = ["id", "number", "line_items.quantity", "line_items.total"]
    assert "3 columns" in section(page(make_export(user, fields=fields)), "Files")
    assert "2 columns" in section(page(make_export(user, fields=fields, dry_data=True)), "Files")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"undrawn_characters": 1}, "1 character that the font does not have is not drawn"),
        ({"undrawn_characters": 2000}, "2,000 characters that the font does not have are not drawn"),
        ({"cut_rows": 2}, "2 related rows are more than their row can hold and are left out"),
        ({"guarded_cells": 1}, "1 text that a spreadsheet could run as a formula is made harmless"),
    ],
)
def test_warnings_are_sentences_of_one_and_of_many(page, user, found, words):
    text = page(make_export(user, warnings=found))
    assert words in text
    assert "Some values are not as they are in the source" in text


def test_ids_without_a_row_are_no_changed_values(page, user):
    text = page(make_export(user, warnings={"ids_not_found": 12}))
    assert "12 IDs of the filter file have no row" in text
    assert "Some values are not" not in text


def test_what_was_asked_for_names_headings_related_rows_and_outputs(page, user):
    export = make_export(
        user,
        fields=["number", "line_items.quantity"],
        renames={"number": "No"},
        dry_data=True,
        format="json",
        outputs=[
            {"format": "json", "options": {}, "packaging": "zip"},
            {"format": "csv", "options": {"delimiter": "tab"}, "packaging": "none"},
        ],
    )
    asked = section(page(export), "What is exported")
    assert "number as No line_items.quantity" in asked
    assert "Related rows Line items" in asked
    assert "Left out Ids, timestamps and blanks" in asked
    assert "Formats JSON (ZIP) CSV (delimiter: tab) Language" in asked


def test_the_list_names_all_formats_of_an_export(client, login, user):
    outputs = [{"format": "jsonapi", "options": {}}, {"format": "parquet", "options": {}}]
    make_export(user, format="jsonapi", outputs=outputs)
    login(client, user)
    text = client.get("/exports").text
    assert "JSON:API, Parquet" in text
    for key in ("pdf", "parquet", "jsonapi"):
        assert f'name="format" value="{key}"' in text
    assert db.session.query(Export).count() == 1


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_anybody_can_read_how_to_check_a_file(client, login, user, is_signed_in):
    if is_signed_in:
        login(client, user)
    text = client.get("/help/verify").text
    for words in ("sha256sum", "shasum -a 256", "Get-FileHash", "flask --app wsgi verify MANIFEST FILE"):
        assert words in text
