"""PackageX: one export: retrieving, renaming, cancelling and deleting it, and those that other doors made."""

import pytest

from dashboard import criteria, lifecycle, planning
from dashboard.api import ids
from dashboard.api.packagex.answers import OneDeleted, OneExport, OneRetrieved
from dashboard.criteria import All, Comparison
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Event, Export
from dashboard.planning import Output
from tests.api.packagex import EXPORTS, asked, made, path_of, post, wrong
from tests.factories import make_export


@pytest.fixture
def px(user, as_):
    return as_(user, "packagex")


def test_a_retrieved_export_is_as_the_document_says(px, work):
    id = made(px, work)["id"]
    response = px.get(f"{EXPORTS}/{id}?include_csv=true&include_json=true")
    OneRetrieved.model_validate(response.json)
    assert response.json["message"] == "Export retrieved."
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "id", ["exp_", "exp_4Rk9vQ2mXw7LzT1bNc8YpD", "1", "nothing", "exp_" + "z" * 22, "%00"]
)
def test_an_unknown_id_is_404(px, id):
    for response in (
        px.get(f"{EXPORTS}/{id}"),
        px.delete(f"{EXPORTS}/{id}"),
        post(px, {"name": "x"}, f"{EXPORTS}/{id}"),
    ):
        assert wrong(response, 404) == []
        assert response.json["code"] == "not_found"


def test_other_names_of_an_export_are_none_here(px, export):
    for id in (export.id, export.uuid, export.public_id, export.letters):
        assert px.get(f"{EXPORTS}/{id}").status_code == 404


def test_another_s_export_is_404(as_, export, stranger, superuser):
    assert as_(stranger, "packagex").get(path_of(export)).status_code == 404
    assert as_(superuser, "packagex").get(path_of(export)).status_code == 200


def test_it_lives_through_the_statuses(px, work, app, monkeypatch):
    id = post(px, asked()).json["data"]["id"]
    seen = [px.get(f"{EXPORTS}/{id}").json["data"]]
    work()
    seen.append(px.get(f"{EXPORTS}/{id}").json["data"])
    assert [one["status"] for one in seen] == ["queued", "completed"]
    assert [one["completed_at"] is None for one in seen] == [True, False]
    assert seen[1]["created_at"] <= seen[1]["completed_at"] < seen[1]["expires_at"]


@pytest.mark.parametrize(
    ("status", "values", "reason"),
    [
        ("completed", {}, None),
        ("failed", {"error_message": "The source did not answer."}, "The source did not answer."),
        ("timed_out", {"error_message": "It took too long."}, "It took too long."),
        ("cancelled", {}, "cancelled"),
        ("running", {}, None),
    ],
)
def test_the_reason_says_why_it_ended_so(px, user, status, values, reason):
    data = px.get(path_of(make_export(user, status, **values))).json["data"]
    assert data["reason"] == reason
    assert (data["completed_at"] is None) == (data["expires_at"] is None) == (status != "completed")


def test_an_export_past_its_deadline_is_timed_out(px, work):
    id = post(px, asked()).json["data"]["id"]
    export = db.session.query(Export).one()
    export.deadline_at = export.created_at
    db.session.commit()
    lifecycle.give_up()
    data = px.get(f"{EXPORTS}/{id}").json["data"]
    assert data["status"] == "timed_out"
    assert data["reason"] == lifecycle.ERRORS["deadline"]


# Renaming


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed"])
def test_a_post_renames(px, user, status):
    export = make_export(user, status)
    response = post(px, {"name": " Mine ", "resource": "ignored"}, path_of(export))
    assert response.status_code == 200
    OneExport.model_validate(response.json)
    assert response.json["data"]["name"] == "Mine"
    assert response.json["data"]["updated_by"] == str(user.id)
    assert px.get(EXPORTS).json["data"][0]["updated_by"] == str(user.id)
    assert db.session.get(Export, export.id).status == status
    assert db.session.query(Event).filter_by(export_id=export.id, kind="changed").count() == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "name is required"),
        ({"name": ""}, "name must not be empty"),
        ({"name": None}, "name must be text"),
        ({"name": 5}, "name must be text"),
        ({"name": "x" * 256}, "name must have at most 255 characters"),
    ],
)
def test_a_name_that_is_none_is_refused(px, export, body, error):
    assert wrong(post(px, body, path_of(export))) == [error]
    assert db.session.get(Export, export.id).name == "Orders"


# Deleting


@pytest.mark.parametrize("status", ["completed", "failed", "timed_out", "cancelled"])
def test_an_ended_export_is_deleted_with_its_files(px, user, status):
    export = make_export(user, status)
    keys = [file.key for file in export.files]
    response = px.delete(path_of(export))
    assert response.status_code == 200
    OneDeleted.model_validate(response.json)
    assert response.json["data"] == {"id": ids.packagex(export.uuid), "object": "export", "deleted": True}
    assert {storage.size(key) for key in keys} <= {None}
    assert px.get(path_of(export)).status_code == 404
    assert px.delete(path_of(export)).status_code == 404
    assert px.get(EXPORTS).json["data"] == []


@pytest.mark.parametrize(
    "status", ["scheduled", "pending", "queued", "running", "waiting_next_page", "finalizing"]
)
def test_a_superuser_cancels_and_deletes_what_is_under_way(as_, user, superuser, status):
    export = make_export(user, status)
    assert as_(superuser, "packagex").delete(path_of(export)).status_code == 200
    kept = db.session.get(Export, export.id)
    assert kept.status == "cancelled"
    assert kept.deleted_at is not None


def test_staff_cannot_delete_what_is_under_way(px, user):
    export = make_export(user, "running")
    response = px.delete(path_of(export))
    assert wrong(response, 403) == []
    assert response.json["message"] == "Only superusers can cancel an export, and this one is under way."
    assert px.get(path_of(export)).json["data"]["status"] == "processing"


def test_a_key_that_cannot_cancel_does_not_delete_what_is_under_way(as_, user, superuser):
    export = make_export(user, "running")
    caller = as_(superuser, "packagex", ["read", "create"])
    assert wrong(caller.delete(path_of(export)), 403) == []
    assert db.session.get(Export, export.id).status == "running"


def test_one_that_another_cancelled_names_who(px, user, superuser):
    export = make_export(user, "running")
    lifecycle.cancel(export, by=superuser)
    data = px.get(path_of(export)).json["data"]
    assert (data["status"], data["reason"]) == ("failed", "cancelled")
    assert data["updated_by"] == str(superuser.id)


# Asked for elsewhere


def elsewhere(user, **values):
    plan = planning.plan(user, "orders", **values)
    return lifecycle.request(user, plan, name="Elsewhere")


def test_what_another_door_asked_for_is_said_in_this_dialect_s_words(px, user):
    export = elsewhere(
        user,
        fields=("number", "customer.email"),
        where=All((Comparison("status", "in", ("pending", "shipped")), Comparison("total", "gte", "10.50"))),
        date_range={"field": "created_at", "preset": "custom", "start": "2025-01-01", "end": "2025-01-31"},
        sort=("-created_at", "id"),
        row_limit=50,
        timezone="Europe/Rome",
        outputs=(Output("csv", {"nested": "flatten", "datetime_format": "yyyy"}), Output("xlsx")),
    )
    data = px.get(path_of(export)).json["data"]
    assert data["resource"] == "shipment"
    assert data["options"] == {
        "limit": 50,
        "order_by": "created_at",
        "direction": "desc",
        "status": "pending,shipped",
        "total": "gte:10.50",
        "created_at": "gte:2024-12-31T23:00:00+00:00,lt:2025-01-31T23:00:00+00:00",
    }
    assert data["csv_field_options"] == {
        "timezone": "Europe/Rome",
        "datetime_format": "yyyy",
        "columns": {"number": True, "customer.email": True},
        "nested": "flatten",
    }


def test_what_it_says_makes_the_same_rows_when_asked_for_here(px, user, work):
    where = All((Comparison("status", "eq", "pending"), Comparison("total", "lt", 500)))
    export = elsewhere(user, where=where, sort=("total",))
    data = px.get(path_of(export)).json["data"]
    again = made(
        px, work, resource="shipment", options=data["options"], csv_field_options=data["csv_field_options"]
    )
    assert again["count_total"] == db.session.get(Export, export.id).total_count > 0


@pytest.mark.parametrize(
    "values",
    [
        {"where": Comparison("note", "contains", "x")},
        {"where": criteria.Any((Comparison("status", "eq", "a"), Comparison("note", "eq", "b")))},
        {"date_range": {"field": "created_at", "preset": "relative", "start": "7 days ago", "end": "today"}},
        {},
    ],
)
def test_conditions_that_it_has_no_words_for_are_left_out(px, user, values):
    data = px.get(path_of(elsewhere(user, **values))).json["data"]
    assert data["options"] == {"limit": "all"}
    assert data["csv_field_options"] == {"timezone": "UTC", "nested": "merge"}


def test_an_export_of_a_resource_that_is_gone_is_shown(px, user):
    where = criteria.dump(Comparison("x", "eq", 1))
    data = px.get(path_of(make_export(user, resource="old_table", where=where))).json["data"]
    assert (data["resource"], data["options"]) == ("old_table", {"limit": "all"})


def test_exports_made_here_are_kept_in_our_words(px, user):
    columns = {"number": True, "customer.email": True, "line_items.quantity": True}
    body = asked(
        "shipment",
        options={"limit": 5, "order_by": "total", "direction": "desc", "status": "a"},
        csv_field_options={"columns": columns, "timezone": "Europe/Rome"},
    )
    post(px, body)
    export = db.session.query(Export).one()
    assert (export.dialect, export.keep_seconds, export.row_limit) == ("packagex", 86_400, 5)
    assert (export.sort, export.timezone, export.headings) == (["-total"], "Europe/Rome", "names")
    assert [(one["format"], one.get("fields")) for one in export.outputs] == [
        ("csv", ["number", "customer.email", "line_items"]),
        ("json", None),
    ]
    assert export.outputs[0]["options"]["guard"] == "split"
    assert criteria.load(export.where) == Comparison("status", "eq", "a")
    assert export.fields[-2:] == ["customer.email", "line_items.quantity"]
