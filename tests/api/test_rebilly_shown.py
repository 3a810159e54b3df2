"""How the Rebilly dialect shows exports, whoever made them, and what `expand` embeds."""

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from dashboard import lifecycle, planning
from dashboard.api import ids
from dashboard.api.rebilly.words import STATUS
from dashboard.criteria import All, Any, Comparison, Not
from dashboard.database import db
from tests.factories import make_export

EXPORTS = "/data-exports"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def mine(user, as_):
    return as_(user, "rebilly")


@pytest.mark.parametrize(("ours", "theirs"), STATUS.items())
def test_every_status_has_a_word(mine, user, ours, theirs):
    export = make_export(user, ours)
    shown = mine.get(f"{EXPORTS}/{export.public_id}").json
    assert shown["status"] == theirs
    done = ours == "completed"
    assert (shown["fileId"] is not None) == done
    rels = ["self", "user", "download", "signedLink"] if done else ["self", "user"]
    assert [link["rel"] for link in shown["_links"]] == rels


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        ("failed", "record_limit", "record-limit-exceeded"),
        ("failed", "format_limit", "record-limit-exceeded"),
        ("failed", "lost", "max-retries-reached"),
        ("failed", "source_changed", "max-retries-reached"),
        ("timed_out", "deadline", "max-retries-reached"),
        ("cancelled", None, None),
        ("completed", None, None),
    ],
)
def test_why_it_failed(mine, user, status, code, reason):
    export = make_export(user, status, error_code=code)
    assert mine.get(f"{EXPORTS}/{export.public_id}").json["failureReason"] == reason


def test_an_expired_file_is_gone(mine, user):
    export = make_export(user, expired_at=START)
    shown = mine.get(f"{EXPORTS}/{export.public_id}?expand=file").json
    assert (shown["status"], shown["fileId"], shown["_embedded"]) == ("completed", None, {})
    assert mine.get(f"/files/{ids.rebilly_file(export.uuid)}/download").status_code == 410


def test_exports_of_other_doors_are_shown_in_the_words_of_this_one(mine, user):
    where = All((Comparison("id", "gte", 5), Comparison("customer.created_at", "gte", START)))
    span = {"field": "created_at", "preset": "custom", "start": "2026-01-01", "end": "2026-01-31"}
    plan = planning.plan(
        user, "orders", fields=["id", "customer.first_name"], where=where, date_range=span, format="xlsx",
        sort=["-created_at", "customer.email"],
    )  # fmt: skip
    export = lifecycle.request(user, plan, name="From a form")
    shown = mine.get(f"{EXPORTS}/{export.public_id}").json
    assert (shown["resource"], shown["format"]) == ("subscriptions", "xlsx")
    assert shown["fields"] == ["id", "customer/firstName"]
    assert shown["dateRange"] == {"field": "createdTime", "start": "2026-01-01", "end": "2026-02-01"}
    assert shown["arguments"]["sort"] == "-createdTime,customer.email"
    assert shown["arguments"]["filter"].startswith("id:5..")
    assert "customer.createdTime:2026-01-05T09:00:00" in shown["arguments"]["filter"]


def test_what_the_filter_language_cannot_say_is_null(mine, user):
    odd = Not(Any((Comparison("name", "contains", "x"), Comparison("id", "gt", 3))))
    export = lifecycle.request(user, planning.plan(user, "customers", where=odd), name="Odd")
    assert mine.get(f"{EXPORTS}/{export.public_id}").json["arguments"] == {"filter": None}


def test_a_resource_without_a_word_has_our_name(mine, user):
    export = make_export(user, resource="line_items")
    assert mine.get(f"{EXPORTS}/{export.public_id}").json["resource"] == "line_items"
    gone = make_export(
        user, resource="gone_since", where={"field": "a", "operator": "eq", "value": 1}, sort=["a_b"]
    )
    shown = mine.get(f"{EXPORTS}/{gone.public_id}").json
    assert (shown["resource"], shown["arguments"]) == ("gone_since", {"filter": None, "sort": "a_b"})


# -- expand --------------------------------------------------------------------------------------------


def test_expand_embeds_what_it_names(mine, user):
    first = make_export(user)
    make_export(user)
    path = f"{EXPORTS}/{first.public_id}"
    assert "_embedded" not in mine.get(path).json
    embedded = mine.get(f"{path}?expand=file,nothing, user").json["_embedded"]
    assert embedded["user"]["email"] == user.email
    assert embedded["file"]["id"] == ids.rebilly_file(first.uuid)
    assert embedded["file"]["sha1"] == hashlib.sha1(b'"id"\r\n1\r\n').hexdigest()
    listed = mine.get(f"{EXPORTS}?expand=user").json
    assert [set(shown["_embedded"]) for shown in listed] == [{"user"}] * 2
    body = {"name": "x", "resource": "customers", "format": "csv"}
    assert set(mine.post(f"{EXPORTS}?expand=user,file", json=body).json["_embedded"]) == {"user"}


def test_a_longer_list_asks_the_database_no_more_often(app, mine, user):
    def asked(count):
        for _ in range(count):
            make_export(user)
        statements = []
        listen = lambda *given: statements.append(given[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        assert len(mine.get(f"{EXPORTS}?expand=user,file").json) > count - 1
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(statements)

    first = asked(1)
    assert asked(10) <= first
