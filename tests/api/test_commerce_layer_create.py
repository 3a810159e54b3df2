"""POST /api/exports: what may be asked for, what is echoed, and how every wrong thing is refused by its pointer."""

import dataclasses
import json

import pytest

from dashboard import planning
from dashboard.api.commerce_layer.schema import _ASKED, _EXPORT
from dashboard.database import db
from dashboard.models import Audit, Export
from dashboard.sources import SourceAway, SourceChanged, SourceSlow
from tests.api.commerce_layer import EXPORTS, MEDIA_TYPE, create, not_valid, only, refused, send, shown
from tests.factories import make_export


@pytest.fixture
def mine(user, as_):
    return as_(user, "commerce_layer")


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser, "commerce_layer")


def test_the_example_of_the_contract_works(mine, user, enqueued):
    answer = send(mine, "POST", EXPORTS, only(**_ASKED))
    one = shown(answer, 201)
    data = answer.json["data"]
    assert {name: one[name] for name in _ASKED} == _ASKED
    assert set(data) == set(_EXPORT)
    assert set(data["attributes"]) == set(_EXPORT["attributes"])
    assert set(data["meta"]) == set(_EXPORT["meta"])
    assert (one["status"], one["progress"], one["processed_count"]) == ("pending", 0, 0)
    export = db.session.query(Export).one()
    assert one["records_count"] == export.total_count > 0
    assert (
        data["links"]["self"] == f"http://localhost{EXPORTS}/{export.letters}" == answer.headers["Location"]
    )
    for name in ("events", "event_stores"):
        links = {"self": f"{data['links']['self']}/relationships/{name}"}
        assert data["relationships"][name] == {
            "links": links | {"related": f"{data['links']['self']}/{name}"}
        }
    assert enqueued == [("collect", export.id)]
    assert mine.get(f"{EXPORTS}/{one['id']}").json == answer.json
    assert (export.dialect, export.requested_by_id) == ("commerce_layer", user.id)


def test_only_the_resource_type_is_needed(mine):
    one = shown(create(mine), 201)
    assert len(one["id"]) == 10
    assert one["id"].isascii()
    assert one["id"].isalpha()
    assert (one["format"], one["dry_data"], one["metadata"]) == ("json", False, {})
    assert one["records_count"] == 300
    for name in (
        "includes", "fields", "filters", "jwt_filters", "started_at", "completed_at", "interrupted_at",
        "estimated_completion_at", "attachment_url", "errors_log", "reference", "reference_origin",
    ):  # fmt: skip
        assert one[name] is None, name
    for name in ("created_at", "updated_at"):
        assert len(one[name]) == len("2026-01-05T09:00:00.000Z")
        assert one[name].endswith("Z")


def test_everything_that_can_be_asked_for_is_echoed(mine):
    asked = {
        "resource_type": "customers",
        "format": "csv",
        "includes": ["orders"],
        "fields": ["email", "orders.number"],
        "filters": {"email_cont": "@", "id_lteq": 200},
        "dry_data": True,
        "jwt_filters": True,
        "reference": "spring",
        "reference_origin": "shop",
        "metadata": {"a": [1, {"b": None}]},
    }
    one = shown(create(mine, **asked), 201)
    assert {name: one[name] for name in asked} == asked
    kept = db.session.query(Export).one()
    assert (kept.reference, kept.client_metadata, kept.dry_data) == ("spring", asked["metadata"], True)


def test_null_means_not_given(mine):
    names = ("format", "includes", "fields", "filters", "dry_data", "jwt_filters", "reference", "metadata")
    one = shown(create(mine, **dict.fromkeys(names)), 201)
    assert (one["format"], one["dry_data"], one["metadata"], one["fields"]) == ("json", False, {}, None)


@pytest.mark.parametrize(
    ("attributes", "attribute", "rule"),
    [
        ({"resource_type": None}, "resource_type", "blank"),
        ({"resource_type": ""}, "resource_type", "blank"),
        ({"resource_type": 5}, "resource_type", "invalid"),
        ({"resource_type": "unicorns"}, "resource_type", "inclusion"),
        ({"resource_type": "Orders"}, "resource_type", "inclusion"),
        ({"format": "xml"}, "format", "inclusion"),
        ({"format": "xlsx"}, "format", "inclusion"),
        ({"format": ["csv"]}, "format", "inclusion"),
        ({"includes": ["nothing"]}, "includes", "invalid"),
        ({"includes": ["customer.nothing"]}, "includes", "invalid"),
        ({"includes": ["customer.orders.customer.orders"]}, "includes", "invalid"),
        ({"includes": "customer"}, "includes", "invalid"),
        ({"includes": [""]}, "includes", "blank"),
        ({"includes": [5]}, "includes", "invalid"),
        ({"fields": ["number"], "includes": ["nothing"]}, "includes", "invalid"),
        ({"fields": ["nothing"]}, "fields", "invalid"),
        ({"fields": ["customer.nothing"]}, "fields", "invalid"),
        ({"fields": ["id; DROP TABLE orders"]}, "fields", "invalid"),
        ({"fields": ["number", "number"]}, "fields", "invalid"),
        ({"fields": "number"}, "fields", "invalid"),
        ({"fields": {"number": 1}}, "fields", "invalid"),
        ({"fields": ["x"] * 20_000}, "fields", "too_long"),
        ({"filters": []}, "filters", "invalid"),
        ({"filters": "status_eq"}, "filters", "invalid"),
        ({"filters": {"colour_eq": "red"}}, "filters", "invalid"),
        ({"filters": {"status_like": "x"}}, "filters", "invalid"),
        ({"filters": {"status": "x"}}, "filters", "invalid"),
        ({"filters": {"customer_nothing_eq": "x"}}, "filters", "invalid"),
        ({"filters": {"id_gt": "x"}}, "filters", "invalid"),
        ({"filters": {"created_at_gt": "yesterday"}}, "filters", "invalid"),
        ({"filters": {"status_in": []}}, "filters", "invalid"),
        ({"filters": {"status_null": "maybe"}}, "filters", "invalid"),
        ({"dry_data": "true"}, "dry_data", "invalid"),
        ({"dry_data": 1}, "dry_data", "invalid"),
        ({"jwt_filters": "x"}, "jwt_filters", "invalid"),
        ({"reference": 5}, "reference", "invalid"),
        ({"reference": "x" * 256}, "reference", "too_long"),
        ({"reference_origin": ["x"]}, "reference_origin", "invalid"),
        ({"metadata": []}, "metadata", "invalid"),
        ({"metadata": "x"}, "metadata", "invalid"),
    ],
)
def test_a_wrong_attribute_is_refused_at_its_pointer(mine, enqueued, attributes, attribute, rule):
    not_valid(create(mine, **attributes), attribute, rule)
    assert (db.session.query(Export).count(), enqueued) == (0, [])


def test_the_refusal_of_the_contract_is_word_for_word(mine):
    assert create(mine, resource_type="unicorns").json == {
        "errors": [
            {
                "title": "is not included in the list",
                "detail": "resource_type - is not included in the list",
                "code": "VALIDATION_ERROR",
                "source": {"pointer": "/data/attributes/resource_type"},
                "status": "422",
                "meta": {"error": "inclusion", "value": "unicorns"},
            }
        ]
    }


def test_all_wrong_attributes_are_named_at_once(mine):
    answer = send(mine, "POST", EXPORTS, only(format="x", fields=5, metadata=5))
    refused(answer, 422, "VALIDATION_ERROR")
    pointers = {one["source"]["pointer"].rpartition("/")[2] for one in answer.json["errors"]}
    assert pointers == {"resource_type", "format", "fields", "metadata"}


@pytest.mark.parametrize("name", ["colour", "status", "id", "_interrupt", "_start", "records_count", "_x"])
def test_an_attribute_that_cannot_be_given_is_not_allowed(mine, name):
    error = refused(create(mine, **{name: True}), 400, "PARAM_NOT_ALLOWED")
    assert error["source"] == {"pointer": f"/data/attributes/{name}"}


@pytest.mark.parametrize("text", ["\0", "\ud800"])
@pytest.mark.parametrize("name", ["reference", "colour", "resource_type"])
def test_nul_and_half_characters_are_refused_in_any_attribute(mine, name, text):
    body = json.dumps({"data": only(**{"resource_type": "orders", name: f"x{text}"})})
    not_valid(mine.post(EXPORTS, data=body, content_type=MEDIA_TYPE), name, "invalid")


def test_a_body_over_one_mebibyte_is_too_large(mine):
    refused(create(mine, metadata={"x": "x" * 1024 * 1024}), 413, "PAYLOAD_TOO_LARGE")


def test_no_records_are_refused(mine, enqueued):
    error = not_valid(create(mine, filters={"number_eq": "nothing"}), "records_count", "greater_than")
    assert error["meta"] == {"error": "greater_than", "value": 0, "count": 0}
    assert enqueued == []


def test_more_records_than_an_export_may_have_are_refused(app, mine, monkeypatch):
    few = dataclasses.replace(app.extensions["settings"], max_rows=299)
    monkeypatch.setitem(app.extensions, "settings", few)
    error = not_valid(create(mine), "records_count", "less_than_or_equal_to")
    assert error["meta"] == {"error": "less_than_or_equal_to", "value": 300, "count": 299}


@pytest.mark.parametrize("problem", [SourceSlow("Slow."), SourceAway("Away.")])
def test_where_nobody_can_count_in_time_the_export_runs_all_the_same(mine, work, monkeypatch, problem):
    def count(plan, seconds):
        assert seconds <= 3
        raise problem

    monkeypatch.setattr(planning, "count", count)
    one = shown(create(mine), 201)
    assert one["records_count"] == 0
    work()
    one = shown(mine.get(f"{EXPORTS}/{one['id']}"))
    assert (one["status"], one["records_count"], one["processed_count"]) == ("completed", 300, 300)


def test_a_source_that_has_changed_is_said_at_once(mine, monkeypatch):
    def count(plan, seconds):
        raise SourceChanged("The table orders is gone.")

    monkeypatch.setattr(planning, "count", count)
    not_valid(create(mine), "base", "invalid")


def test_ten_exports_under_way_are_enough_for_the_whole_centre(mine, boss, stranger, enqueued):
    for status in ("pending", "queued", "running", "waiting_next_page", "finalizing") * 2:
        make_export(stranger, status, dialect="rebilly")
    for status in ("scheduled", "completed", "failed", "timed_out", "cancelled"):
        make_export(stranger, status)
    for caller in (mine, boss):
        error = not_valid(create(caller), "base", "too_many")
        assert error["meta"]["count"] == 10
    db.session.query(Export).filter_by(status="running").update({"status": "completed"})
    db.session.commit()
    shown(create(mine), 201)


def test_too_many_waiting_exports_of_one_person_are_refused(mine, user):
    for _ in range(20):
        make_export(user, "scheduled")
    not_valid(create(mine), "base", "too_many")


def test_the_same_key_again_gives_the_first_export(mine):
    first = shown(create(mine, headers={"Idempotency-Key": "a"}), 201)
    for _ in range(9):
        create(mine)
    again = shown(create(mine, headers={"Idempotency-Key": "a"}, format="csv"), 201)
    assert (again["id"], again["format"]) == (first["id"], "json")
    assert db.session.query(Export).count() == 10
    refused(create(mine, headers={"Idempotency-Key": "ä"}), 400, "BAD_REQUEST")


def test_who_may_not_export_is_refused_before_anything_is_read(as_, no_export, enqueued):
    caller = as_(no_export, "commerce_layer")
    for answer in (create(caller), caller.post(EXPORTS, data=b"{", content_type="text/plain")):
        error = refused(answer, 401, "UNAUTHORIZED")
        assert error["title"] == "Access denied"
    assert enqueued == []


def test_a_fieldset_and_include_hold_for_the_answer_too(mine):
    answer = create(mine, path=f"{EXPORTS}?fields[exports]=status,events&include=events&fields[events]=name")
    assert answer.status_code == 201
    data, included = answer.json["data"], answer.json["included"]
    assert data["attributes"] == {"status": "pending"}
    assert list(data["relationships"]) == ["events"]
    assert [one["attributes"] for one in included] == [{"name": "exports.create"}]
    refused(create(mine, path=f"{EXPORTS}?fields[exports]=x"), 400, "INVALID_FIELD")
    refused(create(mine, path=f"{EXPORTS}?sort=id"), 400, "PARAM_NOT_ALLOWED")
    assert db.session.query(Export).count() == 1


def test_a_request_is_noted_in_the_audit(mine, user):
    create(mine)
    noted = db.session.query(Audit).filter_by(action="request").one()
    assert noted.user_id == user.id
