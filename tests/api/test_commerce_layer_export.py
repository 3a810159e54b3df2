"""GET, PATCH and DELETE /api/exports/{id}: each state as it is shown; changes, triggers, deletion."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import criteria
from dashboard.criteria import Comparison, Not
from dashboard.database import db
from dashboard.models import Export, File
from tests.api.commerce_layer import EXPORTS, create, not_valid, refused, shown, taken, update
from tests.factories import make_export

GOING = ("scheduled", "pending", "queued", "running", "waiting_next_page", "finalizing")
ENDED = ("completed", "failed", "timed_out", "cancelled")


@pytest.fixture
def mine(user, as_):
    return as_(user, "commerce_layer")


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser, "commerce_layer")


@pytest.fixture
def one(mine):
    """one(export): its attributes, as its owner sees them."""
    return lambda export: shown(mine.get(f"{EXPORTS}/{export.letters}"))


def test_every_state_has_its_times_and_numbers(user, one):
    at = datetime(2026, 1, 5, 9, 0, 0, 123456, UTC)
    text = "2026-01-05T09:00:00.123Z"
    times = {"started_at": at, "ended_at": at, "created_at": at, "updated_at": at}
    running = one(make_export(user, "running", total_count=200, collected_count=50, started_at=at))
    assert (running["records_count"], running["processed_count"], running["progress"]) == (200, 50, 25)
    assert (running["started_at"], running["completed_at"], running["interrupted_at"]) == (text, None, None)
    completed = one(make_export(user, "completed", **times))
    assert (completed["completed_at"], completed["interrupted_at"], completed["progress"]) == (
        text,
        None,
        100,
    )
    assert (completed["created_at"], completed["updated_at"], completed["started_at"]) == (text,) * 3
    cancelled = one(make_export(user, "cancelled", **times))
    assert (cancelled["completed_at"], cancelled["interrupted_at"]) == (None, text)
    failed = one(make_export(user, "failed", **times))
    assert (failed["completed_at"], failed["interrupted_at"]) == (None, None)
    assert one(make_export(user, "pending", total_count=None))["records_count"] == 0


def test_the_end_is_estimated_while_it_runs(user, one):
    values = {"rows_per_second": 10.0, "total_count": 1000, "collected_count": 400}
    estimated = one(make_export(user, "running", **values))["estimated_completion_at"]
    left = datetime.fromisoformat(estimated) - datetime.now(UTC)
    assert timedelta(seconds=50) < left < timedelta(seconds=61)
    for status in ("pending", *ENDED):
        assert one(make_export(user, status, **values))["estimated_completion_at"] is None
    assert one(make_export(user, "running"))["estimated_completion_at"] is None


def test_what_went_wrong_is_in_the_log(user, one):
    failed = make_export(user, "failed", error_code="source_away", error_message="No answer.")
    assert one(failed)["errors_log"] == {"SourceAwayError": "No answer."}
    late = make_export(user, "timed_out", error_code="source_away", error_message="No answer.")
    assert one(late)["errors_log"] == {"TimeoutError": "No answer."}
    assert one(make_export(user, fail_count=3))["errors_log"] == {"RowError": "3 records could not be read."}
    assert one(make_export(user))["errors_log"] is None


@pytest.mark.parametrize("format", ["csv", "json", "xlsx", "xml", "pdf", "jsonl", "parquet"])
def test_a_format_of_another_door_has_no_name(user, one, format):
    assert one(make_export(user, format=format))["format"] == (format if format in ("csv", "json") else None)


def test_an_export_of_another_door_is_said_in_our_words(user, one):
    where = criteria.All((Comparison("status", "in", ("placed", "x")), Comparison("id", "gt", 5)))
    export = make_export(
        user,
        fields=["number", "customer.email"],
        where=criteria.dump(where),
        dialect="omnitron",
        as_asked={"fields": ["nonsense"], "filters": 5},
        dry_data=True,
    )
    found = one(export)
    assert found["filters"] == {"status_in": ["placed", "x"], "id_gt": 5}
    assert (found["fields"], found["includes"], found["dry_data"]) == (export.fields, None, True)
    assert one(make_export(user, fields=[]))["fields"] is None


@pytest.mark.parametrize(
    "values",
    [
        {
            "where": criteria.dump(
                Not(criteria.All((Comparison("id", "gt", 5), Comparison("note", "eq", "x"))))
            )
        },
        {"where": criteria.dump(Comparison("colour", "eq", "x"))},
        {
            "date_range": {
                "field": "created_at",
                "preset": "custom",
                "start": "2026-01-01",
                "end": "2026-01-02",
            }
        },
        {"filter_file": "ids.csv"},
        {"row_limit": 5},
        {"resource": "nothing"},
    ],
)
def test_what_filters_cannot_say_wholly_is_not_said(user, one, values):
    where = criteria.dump(Comparison("id", "gt", 5))
    assert one(make_export(user, **{"where": where, **values}))["filters"] is None


def test_an_id_is_ten_letters_and_no_other(mine, user, stranger):
    export = make_export(user)
    others = (
        make_export(stranger).letters,
        export.uuid,
        str(export.id),
        export.public_id,
        "x",
        "%00",
        "ä" * 10,
    )
    for id in (*others, export.letters.swapcase()):
        for method in ("GET", "PATCH", "DELETE"):
            refused(mine.open(method, f"{EXPORTS}/{id}"), 404, "RECORD_NOT_FOUND")
    assert shown(mine.get(f"{EXPORTS}/{export.letters}/"))["id"] == export.letters


def test_superusers_see_everybody_s(boss, user):
    shown(boss.get(f"{EXPORTS}/{make_export(user).letters}"))


def test_the_link_is_new_in_every_answer_and_only_for_who_may_take_the_file(mine, user, as_, client):
    export = make_export(user)
    path = f"{EXPORTS}/{export.letters}"
    assert taken(client, shown(mine.get(path))["attachment_url"]) == b'"id"\r\n1\r\n'
    blind = as_(user, "commerce_layer", ["read"])
    assert shown(blind.get(path))["attachment_url"] is None
    user.can_export = False
    db.session.commit()
    assert shown(mine.get(path))["attachment_url"] is None


@pytest.mark.parametrize("status", [*GOING, "failed", "timed_out", "cancelled"])
def test_there_is_no_link_without_a_file(user, one, status):
    assert one(make_export(user, status))["attachment_url"] is None


def test_a_file_that_is_gone_has_no_link(user, one):
    assert one(make_export(user, expired_at=datetime.now(UTC)))["attachment_url"] is None


@pytest.mark.parametrize("status", [*GOING, *ENDED])
def test_notes_can_be_changed_in_any_state(mine, user, status):
    export = make_export(user, status, reference="old", client_metadata={"a": 1})
    found = shown(update(mine, export.letters, reference="new", metadata={"b": [2]}))
    assert (found["reference"], found["metadata"], found["reference_origin"]) == ("new", {"b": [2]}, None)
    found = shown(update(mine, export.letters, reference=None, reference_origin="shop", metadata=None))
    assert (found["reference"], found["metadata"], found["reference_origin"]) == (None, {}, "shop")
    assert db.session.get(Export, export.id).status == status


def test_nothing_to_change_changes_nothing(mine, user):
    export = make_export(user)
    shown(update(mine, export.letters))
    shown(update(mine, export.letters, _interrupt=False, _start=None))
    assert len(export.events) == 1


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"status": "completed"}, "status"),
        ({"fields": []}, "fields"),
        ({"resource_type": "x"}, "resource_type"),
    ],
)
def test_what_was_asked_for_cannot_be_changed(mine, user, attributes, name):
    error = refused(update(mine, make_export(user).letters, **attributes), 400, "PARAM_NOT_ALLOWED")
    assert error["source"]["pointer"] == f"/data/attributes/{name}"


def test_a_change_must_be_about_the_export_of_the_url(mine, user):
    export, path = make_export(user), f"{EXPORTS}/{make_export(user).letters}"
    options = {"content_type": "application/vnd.api+json"}
    body = {"data": {"type": "exports", "id": export.letters, "attributes": {"reference": "x"}}}
    error = refused(mine.patch(path, json=body, **options), 400, "KEY_NOT_INCLUDED_IN_URL")
    assert error["source"]["pointer"] == "/data/id"
    del body["data"]["id"]
    refused(mine.patch(path, json=body, **options), 400, "PARAM_MISSING")
    body["data"] |= {"id": export.letters, "type": "orders"}
    refused(mine.patch(path, json=body, **options), 400, "INVALID_RESOURCE")
    not_valid(update(mine, export.letters, reference=5), "reference", "invalid")
    not_valid(update(mine, export.letters, _start="yes"), "_start", "invalid")
    assert {one.reference for one in db.session.query(Export)} == {None}


@pytest.mark.parametrize("status", GOING)
def test_a_superuser_interrupts(boss, user, status):
    export = make_export(user, status)
    found = shown(update(boss, export.letters, _interrupt=True, reference="stopped"))
    assert (found["status"], found["reference"]) == ("interrupted", "stopped")
    assert found["interrupted_at"]


@pytest.mark.parametrize("status", ENDED)
def test_what_has_ended_cannot_be_interrupted(boss, user, status):
    export = make_export(user, status)
    not_valid(update(boss, export.letters, _interrupt=True, reference="x"), "status", "invalid")
    assert (export.status, export.reference) == (status, None)


def test_only_superusers_with_the_ability_interrupt(mine, superuser, as_, user):
    export = make_export(user, "running")
    refused(update(mine, export.letters, _interrupt=True), 401, "UNAUTHORIZED")
    for abilities in (["read", "create"], ["read"], ["download"]):
        caller = as_(superuser, "commerce_layer", abilities)
        refused(update(caller, export.letters, _interrupt=True), 401, "UNAUTHORIZED")
    stopper = as_(superuser, "commerce_layer", ["cancel"])
    refused(update(stopper, export.letters, reference="x"), 401, "UNAUTHORIZED")
    refused(update(stopper, export.letters, _start=True), 401, "UNAUTHORIZED")
    assert db.session.get(Export, export.id).status == "running"
    assert shown(update(stopper, export.letters, _interrupt=True))["status"] == "interrupted"


def test_an_interrupted_export_starts_again_and_completes(mine, boss, client, work, enqueued):
    id = shown(create(mine, fields=["id"], filters={"id_lteq": 3}), 201)["id"]
    enqueued.clear()
    assert shown(update(boss, id, _interrupt=True))["status"] == "interrupted"
    found = shown(update(mine, id, _start=True))
    assert (found["status"], found["interrupted_at"], found["started_at"]) == ("pending", None, None)
    work()
    found = shown(mine.get(f"{EXPORTS}/{id}"))
    assert (found["status"], found["processed_count"]) == ("completed", 3)
    assert taken(client, found["attachment_url"]) == b'[\n{"id":1},\n{"id":2},\n{"id":3}\n]\n'


@pytest.mark.parametrize("status", [*GOING, "completed", "failed", "timed_out"])
def test_only_what_was_interrupted_can_be_started(mine, user, status):
    export = make_export(user, status)
    not_valid(update(mine, export.letters, _start=True), "status", "invalid")
    assert export.status == status


def test_both_at_once_make_no_sense(boss, user):
    not_valid(
        update(boss, make_export(user, "running").letters, _start=True, _interrupt=True), "status", "invalid"
    )


@pytest.mark.parametrize("status", ENDED)
def test_an_ended_export_is_deleted_with_its_files(mine, user, status):
    export = make_export(user, status)
    answer = mine.delete(f"{EXPORTS}/{export.letters}")
    assert (answer.status_code, answer.data) == (204, b"")
    refused(mine.get(f"{EXPORTS}/{export.letters}"), 404, "RECORD_NOT_FOUND")
    assert all(file.deleted_at for file in db.session.query(File))


@pytest.mark.parametrize("status", GOING)
def test_what_is_going_is_locked(mine, boss, user, status):
    export = make_export(user, status)
    refused(mine.delete(f"{EXPORTS}/{export.letters}"), 423, "LOCKED")
    update(boss, export.letters, _interrupt=True)
    assert mine.delete(f"{EXPORTS}/{export.letters}").status_code == 204


def test_changing_and_deleting_need_the_right(mine, as_, user):
    export = make_export(user)
    reader = as_(user, "commerce_layer", ["read", "download"])
    user.can_export = False
    db.session.commit()
    for caller in (mine, reader):
        refused(update(caller, export.letters, reference="x"), 401, "UNAUTHORIZED")
        refused(caller.delete(f"{EXPORTS}/{export.letters}"), 401, "UNAUTHORIZED")
    export.status = "cancelled"
    db.session.commit()
    refused(update(mine, export.letters, _start=True), 401, "UNAUTHORIZED")
    assert db.session.get(Export, export.id).deleted_at is None
