"""POST /data-exports: what may be asked for, how it is echoed, and how every wrong thing is refused by name."""

import re

import pytest

from dashboard.api.rebilly import creating
from dashboard.database import db
from dashboard.extensions import settings
from dashboard.models import Export
from dashboard.sources import SourceSlow
from tests.factories import make_export

EXPORTS = "/data-exports"
BODY = {"name": "All", "resource": "customers", "format": "csv"}
EXAMPLE = {
    "name": "Weekly customers",
    "format": "csv",
    "resource": "customers",
    "fields": ["id", "email", "createdTime"],
    "arguments": {"filter": "email:!test@example.com", "sort": "-createdTime"},
    "dateRange": {"start": "7 days ago midnight", "end": "today"},
}


@pytest.fixture
def mine(user, as_):
    return as_(user, "rebilly")


def ask(caller, headers=None, **body):
    return caller.post(EXPORTS, json={**BODY, **body}, headers=headers)


def refused(response, *fields):
    assert response.status_code == 422, response.text
    assert response.json["title"] == "Validation error"
    count = len(fields)
    assert response.json["detail"] == (
        "1 field is not valid." if count == 1 else f"{count} fields are not valid."
    )
    assert sorted(one["field"] for one in response.json["invalidFields"]) == sorted(fields)
    assert all(one["message"] for one in response.json["invalidFields"])
    return {one["field"]: one["message"] for one in response.json["invalidFields"]}


def test_the_example_of_the_contract_works(mine, user, enqueued):
    response = mine.post(EXPORTS, json=EXAMPLE)
    assert response.status_code == 201
    shown = response.json
    id = shown["id"]
    assert response.headers["Location"] == f"http://localhost{EXPORTS}/{id}"
    assert re.fullmatch("exp_[0-9A-Z]{26}", id)
    assert shown == {
        **EXAMPLE,
        "dateRange": {**EXAMPLE["dateRange"], "field": "createdTime"},
        "id": id,
        "emailNotification": [],
        "recurring": None,
        "userId": f"usr_{user.id}",
        "fileId": None,
        "recordCount": 0,
        "scheduledTime": shown["createdTime"],
        "createdTime": shown["createdTime"],
        "updatedTime": shown["updatedTime"],
        "status": "queued",
        "failureReason": None,
        "_links": [
            {"rel": "self", "href": f"http://localhost{EXPORTS}/{id}"},
            {"rel": "user", "href": f"http://localhost/users/usr_{user.id}"},
        ],
    }
    assert shown["createdTime"].endswith("Z")
    assert [job for job, _ in enqueued] == ["collect"]
    assert mine.get(f"{EXPORTS}/{id}").json == shown


def test_three_members_are_enough(mine):
    shown = ask(mine).json
    wanted = {
        **BODY,
        "arguments": {},
        "fields": [],
        "dateRange": None,
        "recurring": None,
        "emailNotification": [],
    }
    assert {name: shown[name] for name in wanted} == wanted


def test_null_is_as_good_as_nothing(mine):
    members = ("arguments", "fields", "dateRange", "recurring", "emailNotification")
    assert ask(mine, **dict.fromkeys(members)).status_code == 201


def test_read_only_and_unknown_members_are_ignored(mine, user, stranger):
    given = {
        "id": "chosen",
        "status": "completed",
        "userId": f"usr_{stranger.id}",
        "recordCount": 7,
        "fileId": "file_x",
        "failureReason": "record-limit-exceeded",
        "_links": "no",
        "colour": [1],
    }
    shown = ask(mine, **given).json
    assert shown["id"] != "chosen"
    assert (shown["status"], shown["userId"], shown["recordCount"]) == ("queued", f"usr_{user.id}", 0)
    assert (shown["fileId"], shown["failureReason"]) == (None, None)


def test_orders_are_subscriptions(mine):
    for word in ("subscriptions", "orders"):
        assert ask(mine, resource=word).json["resource"] == "subscriptions"
    assert {one.resource for one in db.session.query(Export)} == {"orders"}


@pytest.mark.parametrize("format", ["csv", "json", "json-api", "xml", "pdf", "detailed-csv"])
def test_every_format_goes_with_every_resource(mine, format):
    fields = ["id"] if format == "pdf" else None
    for resource in ("customers", "subscriptions", "transactions"):
        response = ask(mine, resource=resource, format=format, fields=fields)
        assert response.status_code == 201, response.text
        assert response.json["format"] == format


@pytest.mark.parametrize(
    ("resource", "field"),
    [("customers", "createdTime"), ("transactions", "createdTime"), ("subscriptions", "createdTime")],
)
def test_a_date_range_is_about_the_usual_field(mine, resource, field):
    span = {"start": "2026-01-01T10:00:00+02:00", "end": "tomorrow"}
    assert ask(mine, resource=resource, dateRange=span).json["dateRange"] == {**span, "field": field}
    chosen = {**span, "field": "updatedTime"}
    assert ask(mine, resource=resource, dateRange=chosen).json["dateRange"] == chosen


def test_sort_keys_come_as_an_array_too(mine):
    shown = ask(mine, arguments={"sort": ["-createdTime", "id"]}).json
    assert shown["arguments"] == {"sort": "-createdTime,id"}


def test_who_is_told_is_kept(mine):
    addresses = ["a@example.com", "b.c+d@sub.example.org"]
    assert ask(mine, emailNotification=addresses).json["emailNotification"] == addresses
    assert db.session.query(Export).one().notify == addresses


def test_the_same_key_makes_one_export(mine):
    key = {"Idempotency-Key": "k-1"}
    first, second = ask(mine, headers=key), ask(mine, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] == second.json["id"]
    assert ask(mine, headers={"Idempotency-Key": "k" * 129}).status_code == 400


def test_what_somebody_else_asks_for_meanwhile_does_not_matter(mine, as_, stranger):
    assert ask(mine).json["id"] != ask(as_(stranger, "rebilly")).json["id"]


def test_too_many_waiting_exports_are_429(mine, user):
    for _ in range(settings.max_waiting):
        make_export(user, "pending")
    response = ask(mine)
    assert response.status_code == 429
    assert int(response.headers["X-RateLimit-Retry-After"]) > 1_700_000_000


# -- what is wrong -------------------------------------------------------------------------------------


def test_what_is_missing_is_required(mine):
    body = {"format": "csv", "resource": "customers", "dateRange": {"start": "today"}}
    messages = refused(mine.post(EXPORTS, json=body), "name", "dateRange.end")
    assert messages == {"name": "name is required", "dateRange.end": "end is required"}
    refused(mine.post(EXPORTS, json={}), "name", "resource", "format")
    refused(ask(mine, name=None), "name")
    refused(ask(mine, name=""), "name")
    refused(ask(mine, recurring={}), "recurring.instruction")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "n" * 51),
        ("name", 7),
        ("resource", "orderz"),
        ("resource", "line_items"),  # of ours, but the dialect has no word for it
        ("resource", "invoices"),  # a word of the dialect without data here
        ("format", "xlsx"),
        ("format", "CSV"),
        ("arguments", "x"),
        ("fields", "id"),
        ("dateRange", []),
        ("recurring", "FREQ=DAILY"),
        ("emailNotification", "a@example.com"),
    ],
)
def test_a_wrong_value_is_told_by_its_field(mine, field, value):
    refused(ask(mine, **{field: value}), field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fields": ["id", "emial"]}, "fields.1"),
        ({"fields": ["created_at"]}, "fields.0"),
        ({"fields": ["id", "email", "id"]}, "fields.2"),
        ({"fields": ["orders/nothing"]}, "fields.0"),
        ({"fields": [7]}, "fields.0"),
        ({"fields": ["x" * 201]}, "fields.0"),
        ({"arguments": {"filter": "emial:x"}}, "arguments.filter"),
        ({"arguments": {"filter": "email"}}, "arguments.filter"),
        ({"arguments": {"filter": "id:one"}}, "arguments.filter"),
        ({"arguments": {"filter": "createdTime:never.."}}, "arguments.filter"),
        ({"arguments": {"filter": "email:@vip"}}, "arguments.filter"),
        ({"arguments": {"filter": "email:!@vip"}}, "arguments.filter"),
        ({"arguments": {"filter": 7}}, "arguments.filter"),
        ({"arguments": {"sort": "emial"}}, "arguments.sort"),
        ({"arguments": {"sort": "id,-id"}}, "arguments.sort"),
        ({"arguments": {"q": "x" * 201}}, "arguments.q"),
        ({"dateRange": {"start": "whenever", "end": "today"}}, "dateRange.start"),
        ({"dateRange": {"start": "today", "end": "2026-13-01"}}, "dateRange.end"),
        ({"dateRange": {"start": "today", "end": "yesterday"}}, "dateRange.end"),
        ({"dateRange": {"start": "today", "end": "now", "field": "email"}}, "dateRange.field"),
        ({"dateRange": {"start": "today", "end": "now", "field": "issuedTime"}}, "dateRange.field"),
        ({"recurring": {"instruction": "DAILY"}}, "recurring.instruction"),
        ({"recurring": {"instruction": "FREQ=SECONDLY"}}, "recurring.instruction"),
        ({"recurring": {"instruction": "FREQ=DAILY;UNTIL=20200101", "start": "2019-01-01"}}, "recurring.instruction"),
        ({"recurring": {"instruction": "FREQ=DAILY", "start": "soon"}}, "recurring.start"),
        ({"emailNotification": ["a@example.com", "nobody"]}, "emailNotification.1"),
        ({"emailNotification": ["a@example.com\r\nBcc: b@example.com"]}, "emailNotification.0"),
    ],
)  # fmt: skip
def test_a_wrong_part_is_told_in_dot_notation(mine, body, field):
    refused(ask(mine, **body), field)
    assert db.session.query(Export).count() == 0


def test_everything_that_is_wrong_is_told_at_once(mine):
    body = {
        "fields": ["nothing"],
        "arguments": {"filter": "nothing:1", "sort": "nothing"},
        "dateRange": {"start": "x", "end": "y"},
        "recurring": {"instruction": "z"},
    }
    refused(
        ask(mine, **body), "fields.0", "arguments.filter", "arguments.sort", "dateRange.start", "dateRange.end",
        "recurring.instruction",
    )  # fmt: skip


# -- limits --------------------------------------------------------------------------------------------


def test_more_records_than_an_export_may_have(mine, monkeypatch):
    monkeypatch.setattr(creating, "MOST_RECORDS", 200)
    for response in (
        ask(mine, resource="orders"),
        mine.put(f"{EXPORTS}/x", json={**BODY, "resource": "orders"}),
    ):
        assert response.status_code == 422
        assert response.json["type"] == "data-export-limit-exceeded"
        assert (response.json["matchedRecords"], response.json["maxRecords"]) == (300, 200)
    assert ask(mine, resource="orders", arguments={"filter": "id:1..200"}).status_code == 201


def test_more_than_a_format_holds_is_told_with_both_numbers(mine, monkeypatch):
    monkeypatch.setattr("dashboard.formats.pdf.Pdf.max_rows", 100)
    messages = refused(ask(mine, resource="orders", format="pdf", fields=["id"]), "format")
    assert "100" in messages["format"]
    assert "300" in messages["format"]


def test_a_source_that_is_slow_to_count_is_left_to_the_workers(mine, monkeypatch):
    def slow(plan, seconds):
        assert seconds < 5
        raise SourceSlow("slow")

    monkeypatch.setattr(creating.planning, "count", slow)
    assert ask(mine).status_code == 201
