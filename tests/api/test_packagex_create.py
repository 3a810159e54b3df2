"""PackageX: POST /v1/exports, what it takes and what it refuses."""

import re
from datetime import UTC, datetime

import pytest

from dashboard.api.packagex.answers import OneExport
from dashboard.api.packagex.schema import OPERATIONS
from dashboard.database import db
from dashboard.models import Export
from tests.api.packagex import EXPORTS, asked, csv_rows, json_rows, made, post, wrong


@pytest.fixture
def px(user, as_):
    return as_(user, "packagex")


def test_the_contract_s_example_makes_an_export(px, user, enqueued):
    before = int(datetime.now(UTC).timestamp())
    body = OPERATIONS[1].example
    response = post(px, body)
    assert response.status_code == 201
    OneExport.model_validate(response.json)
    data = response.json["data"]
    assert re.fullmatch("exp_[0-9A-Za-z]{22}", data["id"])
    assert data["created_at"] - before in (0, 1, 2)
    assert data == {
        "id": data["id"],
        "object": "export",
        "organization_id": "export-centre",
        "name": "All contacts",
        "resource": "contact",
        "status": "queued",
        "reason": None,
        "options": body["options"],
        "csv_field_options": body["csv_field_options"],
        "count_total": 0,
        "count_batches": 0,
        "created_by": str(user.id),
        "updated_by": None,
        "created_at": data["created_at"],
        "updated_at": data["updated_at"],
        "completed_at": None,
        "expires_at": None,
    }
    assert len(enqueued) == 1


def test_columns_are_echoed_in_the_order_they_were_asked_in(px):
    columns = {"name": True, "id": True, "note": False, "email": True}
    created = post(px, asked(csv_field_options={"columns": columns})).json["data"]
    for data in (created, px.get(f"{EXPORTS}/{created['id']}").json["data"]):
        assert list(data["csv_field_options"]["columns"].items()) == list(columns.items())


@pytest.mark.parametrize("word", ["contact", "customer"])
def test_resources_have_the_platform_s_names_and_ours(px, word):
    assert post(px, asked(word)).json["data"]["resource"] == "contact"
    assert db.session.query(Export).one().resource == "customers"


@pytest.mark.parametrize(
    ("word", "ours"), [("shipment", "orders"), ("order", "orders"), ("item", "products")]
)
def test_other_resources(px, word, ours):
    assert post(px, asked(word)).status_code == 201
    assert db.session.query(Export).one().resource == ours


def test_a_name_is_made_where_none_is_given(px):
    today = datetime.now(UTC).date()
    assert post(px, asked("order")).json["data"]["name"] == f"shipment export {today}"
    assert post(px, asked(name=None)).json["data"]["name"] == f"contact export {today}"
    assert post(px, asked(name=" Mine ")).json["data"]["name"] == "Mine"


def test_members_of_the_body_that_are_not_known_are_ignored(px):
    assert post(px, asked(colour="red")).status_code == 201


def test_the_same_idempotency_key_gives_the_first_export(px):
    answers = [post(px, asked(), headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json["data"]["id"] == answers[1].json["data"]["id"]
    assert wrong(post(px, asked(), headers={"Idempotency-Key": "é" * 200}))


# Which records


def ids_of(app, data):
    return [int(row[0]) for row in csv_rows(app, data)[1:]]


def test_without_options_all_records_are_there(app, px, work):
    data = made(px, work, resource="shipment")
    assert data["count_total"] == 300
    apart = csv_rows(app, data, "_csv_sanitized_url")[1:]
    assert len(ids_of(app, data)) + len(apart) == len(json_rows(app, data)) == 300


def test_a_limit_takes_the_first_records_in_the_order_asked_for(app, px, work):
    options = {"limit": 3, "order_by": "total", "direction": "desc", "page": 1}
    data = made(px, work, resource="shipment", options=options)
    totals = [float(row["total"]) for row in json_rows(app, data)]
    everything = json_rows(app, made(px, work, resource="shipment"))
    assert totals == sorted((float(row["total"]) for row in everything), reverse=True)[:3]
    assert data["count_total"] == 3
    assert data["options"] == options


def test_a_direction_alone_is_that_of_creation(app, px, work):
    rows = json_rows(app, made(px, work, resource="shipment", options={"direction": "desc"}))
    assert [row["created_at"] for row in rows] == sorted((row["created_at"] for row in rows), reverse=True)


def test_filters_of_fields_and_dates(app, px, work):
    everything = json_rows(app, made(px, work, resource="shipment"))
    for options, keeps in [
        ({"status": "pending,returned"}, lambda row: row["status"] in ("pending", "returned")),
        ({"created_at": "gte:2025-01-01"}, lambda row: row["created_at"] >= "2025-01-01"),
        (
            {"created_at": "gte:2025-01-01,lt:2025-07-01", "status": "shipped"},
            lambda row: "2025-01-01" <= row["created_at"] < "2025-07-01" and row["status"] == "shipped",
        ),
        ({"created_at": "gte:1735689600"}, lambda row: row["created_at"] >= "2025-01-01"),
        ({"total": "gt:100,lte:200"}, lambda row: 100 < float(row["total"]) <= 200),
        ({"id": 7}, lambda row: row["id"] == 7),
    ]:
        found = json_rows(app, made(px, work, resource="shipment", options=options))
        assert [row["id"] for row in found] == [row["id"] for row in everything if keeps(row)], options
        assert 0 < len(found) < 300, options


def test_days_of_a_filter_are_those_of_utc_whatever_the_zone_of_the_csv(px, work):
    counts = {
        made(
            px,
            work,
            resource="shipment",
            options={"created_at": "gte:2025-01-01"},
            csv_field_options={"timezone": zone},
        )["count_total"]
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Niue")
    }
    assert len(counts) == 1


def test_a_search_finds_records_by_any_of_their_texts(app, px, work):
    rows = json_rows(app, made(px, work, options={"search": "JANSEN"}))
    assert rows
    for row in rows:
        assert any("jansen" in str(value).lower() for value in row.values())


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"options": {"limit": 0}}, ["options.limit must be a number or 'all'"]),
        ({"options": {"limit": "some"}}, ["options.limit must be a number or 'all'"]),
        ({"options": {"limit": 1.5}}, ["options.limit must be a number or 'all'"]),
        ({"options": {"limit": True}}, ["options.limit must be a number or 'all'"]),
        ({"options": {"limit": None}}, ["options.limit must be a number or 'all'"]),
        (
            {"options": {"limit": 5, "page": 2}},
            ["options.page must be 1: an export has the first options.limit records, or all"],
        ),
        ({"options": {"direction": "up"}}, ["options.direction must be one of asc or desc"]),
        ({"options": {"order_by": "nix"}}, ["options.order_by: nix is not a field to order by"]),
        ({"options": {"search": 1}}, ["options.search must be text"]),
        ({"options": {"nix": "1"}}, ["options.nix: There is no option or field “nix”."]),
        ({"options": []}, ["options must be an object"]),
        ({"options": None}, ["options must be an object"]),
        ({"resource": "parcel"}, None),
        ({"resource": "group"}, ["resource has no data for you; these have: contact, shipment, item"]),
        ({"resource": "customers"}, None),
        ({"name": " "}, ["name must not be empty"]),
        ({"name": "x" * 256}, ["name must have at most 255 characters"]),
        ({"csv_field_options": {"nix": 1}}, ["csv_field_options.nix is not known"]),
        (
            {"csv_field_options": {"timezone": "Mars/Olympus"}},
            ["csv_field_options.timezone: Enter a time zone such as Europe/Berlin or UTC."],
        ),
        (
            {"csv_field_options": {"columns": {"nix": True, "id": True, "hm": False}}},
            [
                "csv_field_options.columns.nix is not a field of this resource",
                "csv_field_options.columns.hm is not a field of this resource",
            ],
        ),
        (
            {"csv_field_options": {"columns": {"id": False}}},
            ["csv_field_options.columns must have a field that is true"],
        ),
        (
            {"csv_field_options": {"columns": {"id": "yes"}}},
            ["csv_field_options.columns.id must be true or false"],
        ),
        ({"csv_field_options": {"columns": ["id"]}}, ["csv_field_options.columns must be an object"]),
        (
            {"csv_field_options": {"nested": "both"}},
            ["csv_field_options.nested must be one of merge or flatten"],
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(px, enqueued, changes, errors):
    response = post(px, asked(**changes))
    found = wrong(response)
    assert found == errors or (errors is None and found[0].startswith("resource must be one of contact, "))
    assert response.json["code"] == "validation_error"
    assert (db.session.query(Export).count(), enqueued) == (0, [])


@pytest.mark.parametrize("pattern", ["YYYY-MM-DD", "", "'", "=yyyy", "x" * 101])
def test_a_pattern_that_is_none_is_refused(px, pattern):
    (error,) = wrong(post(px, asked(csv_field_options={"datetime_format": pattern})))
    assert error.startswith("csv_field_options.datetime_format")


def test_everything_that_is_wrong_is_told_at_once(px):
    assert wrong(post(px, {})) == [
        "resource is required",
        "options is required",
        "csv_field_options is required",
    ]
    options = {"nix": 1, "order_by": "nix"}
    found = wrong(
        post(px, asked(options=options, csv_field_options={"timezone": "x", "columns": {"y": True}}))
    )
    assert [error.partition(" ")[0] for error in found] == [
        "options.nix:",
        "options.order_by:",
        "csv_field_options.columns.y",
        "csv_field_options.timezone:",
    ]
