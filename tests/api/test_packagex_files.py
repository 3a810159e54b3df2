"""PackageX: the CSV and the JSON file of an export, its lists of rows, its links, its 24 hours."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from dashboard import lifecycle
from dashboard.database import db
from dashboard.extensions import catalog
from dashboard.models import Export, File
from tests.api.packagex import (
    CSV_LINKS,
    EXPORTS,
    asked,
    csv_rows,
    json_rows,
    made,
    path_of,
    post,
    taken,
    with_links,
    wrong,
)
from tests.factories import make_export
from tests.jobs.test_files import database  # noqa: F401 - a fixture

DAY = 86_400


@pytest.fixture
def px(user, as_):
    return as_(user, "packagex")


def test_any_export_gives_both_a_csv_and_a_json_file(app, px, work):
    data = made(px, work)
    assert data["status"] == "completed"
    assert data["count_total"] == 2000
    assert data["count_batches"] == 20
    header, *rows = csv_rows(app, data)
    records = json_rows(app, data)
    assert header == list(records[0]) == [field.name for field in catalog.resources["customers"].fields]
    apart = csv_rows(app, data, "_csv_sanitized_url")[1:]
    assert sorted(int(row[0]) for row in [*rows, *apart]) == [record["id"] for record in records]
    assert taken(app, data["_csv_url"]).decode("utf-8").count("\ufeff") == 0


def test_columns_are_those_of_the_csv_in_their_order_and_json_keeps_all(app, px, work):
    columns = {"name": True, "note": False, "id": True, "email": True}
    data = made(px, work, csv_field_options={"columns": columns})
    header, *rows = csv_rows(app, data)
    records = json_rows(app, data)
    assert header == ["name", "id", "email"]
    assert rows == [[record["name"], str(record["id"]), record["email"]] for record in records]
    assert list(records[0]) == [field.name for field in catalog.resources["customers"].fields]


def test_dates_follow_the_zone_and_the_pattern(app, px, work):
    options = {
        "timezone": "America/New_York",
        "datetime_format": "MM/dd/yyyy hh:mm:ss a",
        "columns": {"id": True, "created_at": True},
    }
    data = made(px, work, csv_field_options=options)
    records = json_rows(app, data)
    zone = ZoneInfo("America/New_York")
    moments = [datetime.fromisoformat(one["created_at"]).astimezone(zone) for one in records]
    assert [row[1] for row in csv_rows(app, data)[1:]] == [
        moment.strftime("%m/%d/%Y %I:%M:%S %p") for moment in moments
    ]


def test_dates_are_iso_8601_in_utc_unless_asked_otherwise(app, px, work):
    data = made(px, work, csv_field_options={"columns": {"created_at": True}})
    for (text,) in csv_rows(app, data)[1:]:
        assert text.endswith("+00:00")
        assert datetime.fromisoformat(text).isoformat() == text


NESTED = {"number": True, "line_items.quantity": True, "customer.email": True, "line_items.product.sku": True}


def test_nested_values_are_merged_into_one_cell(app, px, work):
    data = made(px, work, resource="shipment", csv_field_options={"columns": NESTED})
    header, *rows = csv_rows(app, data)
    records = json_rows(app, data)
    assert header == ["number", "line_items", "customer.email"]
    assert [row[0] for row in rows] == [record["number"] for record in records]
    for row, record in zip(rows, records, strict=True):
        items = [
            f"quantity: {one['quantity']}, product.sku: {one['product']['sku']}"
            for one in record["line_items"]
        ]
        assert row[1:] == ["; ".join(items), record["customer"]["email"] or ""]
        assert {"status", "total", "created_at"} <= set(record), "JSON has the whole structure"


def test_nested_values_are_flattened_into_numbered_columns(app, px, work):
    options = {"columns": NESTED, "nested": "flatten"}
    data = made(px, work, resource="shipment", csv_field_options=options)
    header, *rows = csv_rows(app, data)
    records = json_rows(app, data)
    most = max(len(record["line_items"]) for record in records)
    assert header == [
        "number",
        *(f"line_items.{n}.{name}" for n in range(most) for name in ("quantity", "product.sku")),
        "customer.email",
    ]
    assert [row[1:3] for row in rows] == [
        [str(record["line_items"][0]["quantity"]), record["line_items"][0]["product"]["sku"]]
        for record in records
    ]


def test_suspicious_rows_go_to_the_sanitized_file_made_harmless(app, px, work):
    data = made(px, work, csv_field_options={"columns": {"id": True, "note": True}})
    notes = {record["id"]: record["note"] for record in json_rows(app, data)}
    header, *kept = csv_rows(app, data)
    same_header, *apart = csv_rows(app, data, "_csv_sanitized_url")
    assert header == same_header
    assert len(kept) + len(apart) == data["count_total"] == len(notes)
    assert len(apart) > 5
    for id, note in kept:
        assert note == (notes[int(id)] or "")
    for id, note in apart:
        assert note.replace("'", "") == notes[int(id)].replace("'", "")
        assert note != notes[int(id)]
    starts = {id: note[:1] for id, note in notes.items() if note and note[:1] in "=@\t\r"}
    assert starts
    assert set(starts) <= {int(id) for id, _ in apart}
    assert all(note[0] == "'" for id, note in apart if int(id) in starts)


def test_links_are_null_where_there_is_no_such_file(px, work):
    data = made(px, work, csv_field_options={"columns": {"id": True}})
    assert data["_csv_sanitized_url"] is None
    assert data["_csv_error_url"] is None
    assert data["_csv_url"].startswith("http://localhost/dl/")


def test_rows_that_fail_are_in_the_error_file(app, px, work, monkeypatch, database):  # noqa: F811
    orders = catalog.resources["orders"]
    monkeypatch.setitem(catalog.resources, "orders", replace(orders, strict=True))
    database.execute("update orders set total = 'about 12' where id = 7")
    database.commit()
    data = made(px, work, resource="shipment")
    header, *failed = csv_rows(app, data, "_csv_error_url")
    assert [row[0] for row in failed] == ["7"]
    assert header == ["key", "column", "reason", "value"]
    assert 7 not in [record["id"] for record in json_rows(app, data)]


def test_an_export_without_records_completes(app, px, work):
    data = made(px, work, options={"id": -1})
    assert (data["status"], data["count_total"], data["count_batches"]) == ("completed", 0, 1)
    assert json_rows(app, data) == []
    assert len(csv_rows(app, data)) == 1


# Links


def test_links_are_there_for_those_who_ask_for_them(px, work):
    id = made(px, work)["id"]
    path = f"{EXPORTS}/{id}"
    for query, links in (
        ("", set()),
        ("?include_csv=false&include_json=false", set()),
        ("?include_csv=true", set(CSV_LINKS)),
        ("?include_json=true", {"_json_url"}),
        ("?include_csv=true&include_json=true&", {*CSV_LINKS, "_json_url"}),
    ):
        assert {name for name in px.get(path + query).json["data"] if name.startswith("_")} == links
    assert not [name for name in px.get(EXPORTS).json["data"][0] if name.startswith("_")]


@pytest.mark.parametrize("value", ["", "yes", "1", "TRUE"])
def test_include_takes_true_or_false(px, export, value):
    for name in ("include_csv", "include_json"):
        assert wrong(px.get(f"{path_of(export)}?{name}={value}")) == [f"{name} must be one of true or false"]


def test_before_it_is_completed_there_is_nothing_to_take(px):
    id = post(px, asked()).json["data"]["id"]
    data = with_links(px, id)
    assert {name: data[name] for name in data if name.startswith("_")} == dict.fromkeys(
        [*CSV_LINKS, "_json_url"]
    )


def test_a_file_is_linked_by_what_it_is_for_exports_of_other_doors(app, px, user, work):
    data = with_links(px, path_of(make_export(user)).rpartition("/")[2])
    assert taken(app, data["_csv_url"]) == b'"id"\r\n1\r\n'
    assert data["_json_url"] is None


def test_a_file_comes_with_its_type_and_name(app, px, work):
    data = made(px, work, name="Mine")
    for link, media_type, name in (
        ("_csv_url", "text/csv; charset=utf-8", "Mine.csv"),
        ("_json_url", "application/json", "Mine.json"),
    ):
        with app.app_context():
            response = app.test_client().get(data[link].removeprefix("http://localhost"))
            assert response.headers["Content-Type"].startswith(media_type)
            assert f'filename="{name}"' in response.headers["Content-Disposition"]
            if link == "_csv_url":
                assert response.text.startswith('"id",')
            else:
                assert isinstance(json.loads(response.data), list)


# 24 hours


def test_an_export_is_kept_for_24_hours_then_gone(px, work):
    data = made(px, work)
    assert data["expires_at"] - data["completed_at"] == DAY
    path = f"{EXPORTS}/{data['id']}"
    db.session.execute(update(Export).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    db.session.commit()
    assert px.get(path).status_code == 404
    assert px.get(EXPORTS).json["pagination"]["total_count"] == 0
    assert lifecycle.expire()
    assert db.session.query(File).filter(File.deleted_at.is_(None)).count() == 0
    assert wrong(px.get(path), 404) == []
    assert px.delete(path).status_code == 404
    assert px.get(EXPORTS).json["data"] == []


def test_one_that_failed_is_gone_after_24_hours_too(px, user):
    now = datetime.now(UTC)
    young = make_export(user, "failed", dialect="packagex", ended_at=now - timedelta(hours=23))
    old = make_export(user, "failed", dialect="packagex", ended_at=now - timedelta(hours=25))
    others = make_export(user, "failed", ended_at=now - timedelta(hours=25))
    assert [px.get(path_of(one)).status_code for one in (young, old, others)] == [200, 404, 200]
    listed = px.get(EXPORTS).json
    assert [f"{EXPORTS}/{one['id']}" for one in listed["data"]] == [path_of(young), path_of(others)]
    assert listed["pagination"]["total_count"] == 2


def test_exports_of_other_doors_are_there_while_their_own_time_lasts(px, user):
    kept = make_export(user, expires_at=datetime.now(UTC) + timedelta(days=20))
    gone = make_export(user, expired_at=datetime.now(UTC))
    assert px.get(path_of(kept)).json["data"]["expires_at"] == int(kept.expires_at.timestamp())
    assert px.get(path_of(gone)).status_code == 404
    assert px.get(EXPORTS).json["pagination"]["total_count"] == 1
