"""Rows that a strict resource cannot read as declared: they leave the file and are told of; too many end the export."""

import csv
import io
import json
from dataclasses import replace

import pytest

from dashboard.extensions import catalog
from tests.jobs.test_files import data_of, database, file_of  # noqa: F401 - a fixture
from tests.jobs.test_pipeline import ask, content, fresh, rows_of


@pytest.fixture
def strict(app, monkeypatch):
    orders = catalog.resources["orders"]
    monkeypatch.setitem(catalog.resources, "orders", replace(orders, strict=True))


@pytest.fixture
def damaged(database):  # noqa: F811
    """Ids of the orders with a total that is no number."""
    database.execute("update orders set total = 'about 12' where id % 50 = 7")
    database.commit()
    return [key for (key,) in database.execute("select id from orders where total = 'about 12' order by id")]


@pytest.mark.usefixtures("strict")
def test_rows_that_fail_are_in_the_errors_file_with_key_column_reason_and_value(user, work, damaged):
    export = ask(user)
    work()
    made, errors = fresh(export), file_of(export, "errors")
    assert made.status == "completed", made.error_message
    assert (made.fail_count, errors.rows) == (len(damaged), len(damaged))
    assert made.collected_count + made.fail_count == made.total_count
    rows = list(csv.reader(io.StringIO(data_of(errors).decode())))
    assert rows[0] == ["key", "column", "reason", "value"]
    assert [(row[0], row[1], row[3]) for row in rows[1:]] == [
        (str(key), "total", '"about 12"') for key in damaged
    ]
    assert {row[2] for row in rows[1:]} == {rows[1][2]}
    assert not set(damaged) & {int(row[0]) for row in rows_of(content(export))[1:]}
    manifest = json.loads(data_of(file_of(export, "manifest")))["rows"]
    assert manifest["matched"] == manifest["written"] + manifest["failed"] == made.total_count


def test_without_strict_the_same_values_are_written_as_text(user, work, damaged):
    export = ask(user)
    work()
    assert fresh(export).warnings == {"odd_values": len(damaged)}
    assert {row[4] for row in rows_of(content(export))[1:] if int(row[0]) in set(damaged)} == {"about 12"}


@pytest.mark.usefixtures("strict", "damaged")
def test_too_many_rows_that_fail_end_the_export(user, work, monkeypatch):
    monkeypatch.setattr("jobs.collect.MOST_FAILED", 3)
    export = ask(user)
    work()
    made = fresh(export)
    assert (made.status, made.error_code) == ("failed", "too_many_row_errors")
    assert not made.files
