"""One export: how it is shown, who sees it, cancelling."""

import re
import uuid
from datetime import UTC, datetime

import pytest

from dashboard.api.omnitron.presenting import viewset
from dashboard.database import db
from dashboard.models import STATUSES, Audit, Export
from tests.factories import make_export

EXPORTS = "/api/v1/exports/"
TYPES = {
    "id": str,
    "pk": int,
    "action_name": (str, type(None)),
    "format_type": str,
    "status": str,
    "total_count": int,
    "collected_count": int,
    "fail_count": int,
    "page": int,
    "last_instance_id": int,
    "uploaded_parts": list,
    "request_fields": list,
    "request_path": str,
    "language": str,
    "filter_file": (str, type(None)),
    "viewset": (str, type(None)),
    "requested_by": str,
    "result_file": (str, type(None)),
    "error_message": (str, type(None)),
    "created_date": str,
    "modified_date": str,
}
WORDS = {
    "scheduled": "waiting",
    "pending": "waiting",
    "queued": "waiting",
    "running": "processing",
    "waiting_next_page": "waiting_next_page",
    "finalizing": "preparing_file_creation",
    "completed": "completed",
    "failed": "failed",
    "timed_out": "failed",
    "cancelled": "cancelled",
}


@pytest.mark.parametrize("status", STATUSES)
def test_every_field_is_there_with_its_type_in_every_status(mine, user, status):
    export = make_export(user, status)
    shown = mine.get(f"{EXPORTS}{export.id}/").json
    assert set(shown) == set(TYPES)
    assert {name: shown[name] for name, kind in TYPES.items() if not isinstance(shown[name], kind)} == {}
    assert shown["status"] == WORDS[status]
    assert (shown["id"], shown["pk"]) == (export.uuid, export.id)
    assert shown["requested_by"] == user.uuid
    assert (shown["result_file"] is not None) == (status == "completed")
    for name in ("created_date", "modified_date"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", shown[name])


def test_counts_parts_and_words_of_the_request_are_shown(mine, user):
    export = make_export(
        user,
        "running",
        format="xlsx",
        action_name="export_orders",
        request_path="/api/v1/orders/?status=placed",
        fields=["number", "customer.email"],
        filter_file="ids.csv",
        language="de",
        total_count=84,
        collected_count=50,
        fail_count=2,
        page=3,
        last_instance_id=1234,
        created_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    )
    shown = mine.get(f"{EXPORTS}{export.uuid}/").json
    wanted = {
        "action_name": "export_orders",
        "format_type": "xls",
        "request_path": "/api/v1/orders/?status=placed",
        "request_fields": ["number", "customer.email"],
        "filter_file": "ids.csv",
        "language": "de",
        "viewset": "OrderExportViewSet",
        "total_count": 84,
        "collected_count": 50,
        "fail_count": 2,
        "page": 3,
        "last_instance_id": 1234,
        "uploaded_parts": ["part_1.xlsx", "part_2.xlsx"],
        "created_date": "2026-01-05T09:00:00.000000Z",
    }
    assert {name: shown[name] for name in wanted} == wanted


def test_a_new_export_shows_the_defaults(mine, user):
    shown = mine.get(f"{EXPORTS}{make_export(user, 'pending').id}/").json
    wanted = {"total_count": 0, "collected_count": 0, "fail_count": 0, "page": 1, "last_instance_id": 0}
    wanted |= {"uploaded_parts": [], "request_path": "", "filter_file": None, "error_message": None}
    assert {name: shown[name] for name in wanted} == wanted


@pytest.mark.parametrize("format", ["xml", "pdf"])
def test_a_format_without_a_word_is_left_out(mine, user, format):
    shown = mine.get(f"{EXPORTS}{make_export(user, format=format).id}/").json
    assert set(shown) == set(TYPES) - {"format_type"}


def test_the_result_is_linked_while_it_is_there(mine, user):
    export, gone = make_export(user), make_export(user, expired_at=datetime.now(UTC))
    assert mine.get(f"{EXPORTS}{export.id}/").json["result_file"] == f"{EXPORTS}{export.uuid}/file/"
    assert mine.get(f"{EXPORTS}{gone.id}/").json["result_file"] is None


def test_a_failure_tells_why(mine, user):
    export = make_export(user, "timed_out", error_message="It took too long.")
    shown = mine.get(f"{EXPORTS}{export.id}/").json
    assert (shown["status"], shown["error_message"]) == ("failed", "It took too long.")


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("orders", "Order"),
        ("line_items", "LineItem"),
        ("categories", "Category"),
        ("addresses", "Address"),
        ("boxes", "Box"),
        ("status", "Status"),
        ("business", "Business"),
        ("x" * 300, None),
    ],
)
def test_the_viewset_is_named_after_one_of_the_resource(resource, name):
    assert len(viewset(resource)) <= 255
    assert name is None or viewset(resource) == f"{name}ExportViewSet"


def test_number_and_uuid_lead_to_the_same_export(mine, export):
    by_number = mine.get(f"{EXPORTS}{export.id}/")
    assert by_number.status_code == 200
    for id in (export.uuid, export.uuid.upper(), export.uuid.replace("-", "")):
        assert mine.get(f"{EXPORTS}{id}/").json == by_number.json


@pytest.mark.parametrize(
    "id", ["0", "-1", "1.0", "abc", "9" * 30, "9" * 5000, "%00", "١", str(uuid.UUID(int=0)), "1;", " 1"]
)
def test_what_is_no_export_is_not_found(mine, export, id):
    response = mine.get(f"{EXPORTS}{id}/")
    assert (response.status_code, response.json) == (404, {"detail": "Not found."})


def test_another_s_export_is_not_found_by_any_route(as_, stranger, export):
    other = as_(stranger)
    for id in (export.id, export.uuid):
        for path in (f"{EXPORTS}{id}/", f"{EXPORTS}{id}/file/"):
            response = other.get(path)
            assert (response.status_code, response.json) == (404, {"detail": "Not found."})
    assert other.get(EXPORTS).json == []


def test_a_superuser_sees_everybody_s(boss, export):
    assert boss.get(f"{EXPORTS}{export.id}/").status_code == 200


def test_who_may_not_export_any_more_still_sees_their_own_but_takes_no_file(as_, no_export):
    export = make_export(no_export)
    assert as_(no_export).get(f"{EXPORTS}{export.id}/").status_code == 200
    response = as_(no_export).get(f"{EXPORTS}{export.id}/file/")
    assert (response.status_code, list(response.json)) == (403, ["detail"])


@pytest.mark.parametrize(
    "status", ["scheduled", "pending", "queued", "running", "waiting_next_page", "finalizing"]
)
def test_a_superuser_cancels(boss, user, superuser, status):
    export = make_export(user, status)
    response = boss.post(f"{EXPORTS}{export.uuid}/set_cancel/")
    assert (response.status_code, response.json["status"]) == (200, "cancelled")
    assert (response.json["pk"], response.json["result_file"]) == (export.id, None)
    assert db.session.get(Export, export.id).cancelled_by_id == superuser.id
    assert db.session.query(Audit).filter_by(action="cancel", export_id=export.id).count() == 1


def test_cancelling_twice_changes_nothing(boss, user):
    path = f"{EXPORTS}{make_export(user, 'running').id}/set_cancel/"
    first, second = boss.post(path), boss.post(path, json={"reason": "again"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json


@pytest.mark.parametrize("status", ["completed", "failed", "timed_out"])
def test_what_has_ended_cannot_be_cancelled(boss, user, status):
    export = make_export(user, status)
    response = boss.post(f"{EXPORTS}{export.id}/set_cancel/")
    assert (response.status_code, list(response.json)) == (409, ["detail"])
    assert db.session.get(Export, export.id).status == status


def test_staff_cannot_cancel_whosever_it_is(mine, user, stranger):
    for owner in (user, stranger):
        export = make_export(owner, "running")
        response = mine.post(f"{EXPORTS}{export.id}/set_cancel/")
        assert (response.status_code, list(response.json)) == (403, ["detail"])
        assert db.session.get(Export, export.id).status == "running"


def test_cancelling_nothing_is_not_found(boss):
    assert boss.post(f"{EXPORTS}4711/set_cancel/").status_code == 404
