"""From a list of ids to the rows of the export, and what is told of ids without a row."""

import csv
import io
import json
from dataclasses import replace

import pytest
from sqlalchemy import inspect

from dashboard import criteria, filter_files, lifecycle, planning, row_ids
from dashboard.database import db
from dashboard.extensions import catalog, storage
from dashboard.filter_files import Ids
from dashboard.models import Audit, Export, FilterFile
from dashboard.planning import Output
from dashboard.storage import read_chunks
from tests.filter_files.packages import words, workbook


def ask(user, *ids, resource="orders", **values):
    values = {"fields": ("id",), "headings": "names", **values}
    plan = planning.plan(user, resource, filter_ids=Ids(ids, "ids.csv"), **values)
    return lifecycle.request(user, plan, name="Some orders")


def made(export, work):
    """The rows of the finished file."""
    work()
    export = fresh(export)
    assert export.status == "completed", export.error_message
    data = b"".join(read_chunks(storage, export.result_key)).decode()
    return [row[0] for row in csv.reader(io.StringIO(data))][1:]


def fresh(export):
    return db.session.get(Export, export.id, populate_existing=True)


def more_than(field, value):
    return criteria.Comparison(field, "gt", value)


def test_the_ids_choose_the_rows_and_are_kept_apart(user, work):
    export = ask(user, 7, 3, 250)
    assert made(export, work) == ["3", "7", "250"]
    kept = db.session.get(FilterFile, export.id)
    assert (kept.field, kept.count, kept.ids) == ("id", 3, [7, 3, 250])
    assert fresh(export).where is None
    assert fresh(export).filter_file == "ids.csv"


def test_ids_and_filters_must_both_hold_and_only_ids_without_a_row_are_counted(user, work):
    export = ask(user, 7, 3, 250, 999_999, -1, where=more_than("id", 5), sort=("-id",))
    assert made(export, work) == ["250", "7"]
    assert fresh(export).warnings == {"ids_not_found": 2}


def test_ids_that_all_have_a_row_warn_of_nothing(user, work):
    export = ask(user, 1, 2)
    made(export, work)
    assert "ids_not_found" not in fresh(export).warnings


def test_ids_of_which_none_has_a_row_give_an_empty_file_and_a_warning(user, work):
    export = ask(user, *range(10**6, 10**6 + 600))
    assert made(export, work) == []
    assert fresh(export).warnings == {"ids_not_found": 600}


def test_a_hundred_thousand_ids_choose_their_rows(user, work):
    export = ask(user, *range(100, 100_100))
    assert made(export, work) == [str(number) for number in range(100, 301)]
    assert fresh(export).warnings == {"ids_not_found": 99_799}


def test_a_failed_export_runs_again_with_its_ids(user, work, monkeypatch):
    export = ask(user, 7, 999_999)
    lifecycle.fail(export.id, lifecycle.claim(export.id, "job:1"), "internal")
    lifecycle.restart(fresh(export), user)
    assert made(export, work) == ["7"]
    assert fresh(export).warnings == {"ids_not_found": 1}


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_file_of_ours_names_the_rows_of_the_next_export(user, work, format):
    plan = planning.plan(user, "orders", fields=("id", "number", "created_at"), format=format)
    export = lifecycle.request(user, plan, name="All")
    work()
    file = io.BytesIO(b"".join(read_chunks(storage, fresh(export).result_key)))
    ids = lifecycle.take_filter_file(user, catalog.resources["orders"], file, f"ids.{format}")
    assert list(ids.values) == list(range(1, 301))


def test_the_ids_of_an_export_can_be_asked_for_again(user):
    export = ask(user, 7, 3)
    again = planning.filter_ids_of(fresh(export))
    assert again == Ids((7, 3), "ids.csv")
    plan = planning.plan(user, "orders", filter_ids=again)
    assert planning.count(plan) == 2
    assert planning.filter_ids_of(lifecycle.request(user, planning.plan(user, "orders"), name="x")) is None


def test_another_format_of_the_same_rows_keeps_the_ids_and_the_warning(user, work):
    export = ask(user, 7, 3, 999_999)
    made(export, work)
    also = lifecycle.also_as(user, fresh(export), Output("json"))
    work()
    also = fresh(also)
    assert also.status == "completed"
    assert [row["id"] for row in json.loads(b"".join(read_chunks(storage, also.result_key)))] == [3, 7]
    assert also.warnings == {"ids_not_found": 1}
    assert planning.filter_ids_of(also) == Ids((7, 3, 999_999), "ids.csv")


def test_the_ids_are_counted_without_a_look_at_them(user):
    export = ask(user, 7, 3)
    db.session.expire_all()
    assert row_ids.count_of(fresh(export)) == 2
    assert "ids" in inspect(db.session.get(FilterFile, export.id)).unloaded
    assert row_ids.count_of(lifecycle.request(user, planning.plan(user, "orders"), name="x")) is None


def test_ids_go_with_their_export(user):
    export = ask(user, 7)
    db.session.delete(fresh(export))
    db.session.commit()
    assert db.session.query(FilterFile).count() == 0


def test_an_export_whose_resource_has_another_key_now_fails(user, work, monkeypatch):
    export = ask(user, 7)
    monkeypatch.setitem(catalog.resources, "orders", replace(catalog.resources["orders"], key=("number",)))
    work()
    assert fresh(export).error_code == "source_changed"
    assert planning.filter_ids_of(fresh(export)) is None


def test_ids_that_are_not_of_the_type_of_the_key_are_refused(user):
    with pytest.raises(planning.Invalid) as invalid:
        planning.plan(user, "orders", filter_ids=Ids(("seven",), "ids.csv"))
    assert list(invalid.value.errors) == ["filter_file"]


def test_the_names_of_the_key_are_headings_in_every_language(user):
    resource = by_number()
    for heading in (
        "number",
        "Number",
        resource.own("number").label,
        *resource.own("number").labels.values(),
    ):
        taken = lifecycle.take_filter_file(user, resource, f"{heading}\nA-1\n".encode(), "x/ids.csv")
        assert taken == Ids(("A-1",), "ids.csv")
    assert db.session.query(Audit).filter_by(action="upload").count() >= 3


def test_keys_that_are_words_choose_their_rows(user, work, monkeypatch, shop):
    resource = by_number()
    monkeypatch.setitem(catalog.resources, "orders", resource)
    known = catalog.source(resource).preview(planning.plan(user, "orders").query, 3)["number"].to_list()
    book = workbook(words("Number", *known, "no such number"))
    ids = lifecycle.take_filter_file(user, resource, io.BytesIO(book), "ids.xlsx")
    plan = planning.plan(user, "orders", fields=("number",), filter_ids=ids)
    export = lifecycle.request(user, plan, name="By number")
    assert made(export, work) == sorted(known)
    assert fresh(export).warnings == {"ids_not_found": 1}


def by_number():
    return replace(catalog.resources["orders"], key=("number",))


def test_too_many_uploads_are_told_with_the_time_to_wait(app, user, monkeypatch):
    few = replace(app.extensions["settings"], max_uploads_per_hour=1)
    monkeypatch.setitem(app.extensions, "settings", few)
    with pytest.raises(filter_files.Refused):
        lifecycle.take_filter_file(user, catalog.resources["orders"], b"x\ny", "ids.csv")
    with pytest.raises(lifecycle.TooManyUploads) as refused:
        lifecycle.take_filter_file(user, catalog.resources["orders"], b"1", "ids.csv")
    assert 3500 < refused.value.seconds <= 3600
