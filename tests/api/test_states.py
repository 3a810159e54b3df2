"""Every export shows in every dialect, whoever made it, in that dialect's words: contracts/README.md, "States"."""

import pytest

from dashboard.api import ids
from dashboard.models import STATUSES
from tests.api.conftest import LISTS
from tests.factories import make_export

TABLE = {
    #                     Omnitron                      PackageX      Commerce Layer  Rebilly
    "scheduled":         ("waiting",                    "queued",     "pending",      "pending"),
    "pending":           ("waiting",                    "queued",     "pending",      "pending"),
    "queued":            ("waiting",                    "queued",     "pending",      "queued"),
    "running":           ("processing",                 "processing", "in_progress",  "processing"),
    "waiting_next_page": ("waiting_next_page",          "processing", "in_progress",  "processing"),
    "finalizing":        ("preparing_file_creation",    "processing", "in_progress",  "processing"),
    "completed":         ("completed",                  "completed",  "completed",    "completed"),
    "failed":            ("failed",                     "failed",     "failed",       "failed"),
    "timed_out":         ("failed",                     "timed_out",  "failed",       "failed"),
    "cancelled":         ("cancelled",                  "failed",     "interrupted",  "failed"),
}  # fmt: skip
DIALECTS = ("omnitron", "packagex", "commerce_layer", "rebilly")
MADE_BY = (None, *DIALECTS)


def address(dialect, export):
    return {
        "omnitron": f"/api/v1/exports/{export.id}/",
        "packagex": f"/v1/exports/{ids.packagex(export.uuid)}",
        "commerce_layer": f"/api/exports/{export.letters}",
        "rebilly": f"/data-exports/{export.public_id}",
    }[dialect]


def shown(dialect, body):
    """The export of an answer that shows one, with its status and id on top."""
    return {
        "omnitron": lambda: body,
        "packagex": lambda: body["data"],
        "commerce_layer": lambda: {**body["data"]["attributes"], "id": body["data"]["id"]},
        "rebilly": lambda: body,
    }[dialect]()


def listed(dialect, body):
    return {
        "omnitron": lambda: body,
        "packagex": lambda: body["data"],
        "commerce_layer": lambda: [{**one["attributes"], "id": one["id"]} for one in body["data"]],
        "rebilly": lambda: body,
    }[dialect]()


def test_the_table_has_every_status():
    assert set(TABLE) == set(STATUSES)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_said_in_the_words_of_the_dialect(user, as_, dialect, status):
    values = {"error_code": "deadline", "error_message": "Late."} if status in ("failed", "timed_out") else {}
    export = make_export(user, status, **values)
    answer = as_(user, dialect).get(address(dialect, export))
    assert answer.status_code == 200, answer.text
    one = shown(dialect, answer.json)
    assert one["status"] == TABLE[status][DIALECTS.index(dialect)]
    match dialect, status:
        case "packagex", "cancelled":
            assert one["reason"] == "cancelled"
        case "commerce_layer", "failed" | "timed_out":
            assert one["errors_log"]
        case "rebilly", "timed_out":
            assert one["failureReason"] == "max-retries-reached"
        case "rebilly", "cancelled":
            assert one["failureReason"] is None


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("maker", MADE_BY)
def test_whoever_made_it_every_dialect_lists_and_shows_it(user, as_, dialect, maker):
    export = make_export(user, dialect=maker)
    found = listed(dialect, as_(user, dialect).get(LISTS[dialect]).json)
    one = shown(dialect, as_(user, dialect).get(address(dialect, export)).json)
    assert [each["id"] for each in found] == [one["id"]]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("format", ["csv", "xlsx", "json", "jsonl", "jsonapi", "xml", "pdf", "parquet"])
def test_a_format_that_the_dialect_does_not_know_is_no_obstacle(user, as_, dialect, format):
    export = make_export(user, format=format)
    answer = as_(user, dialect).get(address(dialect, export))
    assert answer.status_code == 200, answer.text
    assert as_(user, dialect).get(LISTS[dialect]).status_code == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_filter_on_a_status_finds_all_that_it_means(user, as_, dialect):
    place = DIALECTS.index(dialect)
    for status in STATUSES:
        make_export(user, status)
    for word in {row[place] for row in TABLE.values()}:
        query = {
            "omnitron": f"?status={word}",
            "packagex": f"?statuses={word}",
            "commerce_layer": f"?filter[q][status_eq]={word}",
            "rebilly": f"?filter=status:{word}",
        }[dialect]
        found = listed(dialect, as_(user, dialect).get(LISTS[dialect] + query).json)
        assert len(found) == sum(row[place] == word for row in TABLE.values()), word
        assert {one["status"] for one in found} == {word}
