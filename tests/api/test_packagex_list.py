"""PackageX: GET /v1/exports, its parameters, its pages."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.api import ids
from dashboard.api.packagex.answers import ManyExports
from tests.api.packagex import EXPORTS, wrong
from tests.factories import make_export

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def px(user, as_):
    return as_(user, "packagex")


def names(px, query=""):
    response = px.get(f"{EXPORTS}?{query}")
    assert response.status_code == 200, response.text
    ManyExports.model_validate(response.json)
    return [one["name"] for one in response.json["data"]]


@pytest.fixture
def some(user):
    """a to e, each a minute younger; e is the first to be changed."""
    numbers = {"a": (5, 2), "b": (0, 1), "c": (7, 2), "d": (5, 4), "e": (1, 1)}
    return [
        make_export(
            user,
            name=name,
            created_at=START + timedelta(minutes=place),
            updated_at=START - timedelta(minutes=place),
            total_count=total,
            page=batches + 1,
        )
        for place, (name, (total, batches)) in enumerate(numbers.items())
    ]


def test_nothing_is_an_empty_array(px):
    answer = px.get(EXPORTS).json
    assert answer["data"] == []
    assert answer["pagination"] == {"limit": 10, "page": 1, "has_more": False, "total_count": 0}


def test_the_oldest_come_first(px, some):
    assert names(px) == list("abcde")


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("direction=desc", "edcba"),
        ("order_by=created_at&direction=asc", "abcde"),
        ("order_by=updated_at", "edcba"),
        ("order_by=updated_at&direction=desc", "abcde"),
        ("order_by=count_total", "beadc"),
        ("order_by=count_total&direction=desc", "cdaeb"),
        ("order_by=count_batches", "beacd"),
        ("order_by=count_batches&direction=desc", "dcaeb"),
    ],
)
def test_the_order_can_be_chosen_and_ties_are_by_creation(px, some, query, order):
    assert names(px, query) == list(order)


def test_ties_of_creation_are_by_id(px, user):
    for name in "abc":
        make_export(user, name=name, created_at=START)
    assert names(px, "order_by=count_total") == ["a", "b", "c"]


def test_pages(px, some):
    for page, found, more in (
        (1, "ab", True),
        (2, "cd", True),
        (3, "e", False),
        (4, "", False),
        (99, "", False),
    ):
        answer = px.get(f"{EXPORTS}?limit=2&page={page}&").json
        assert [one["name"] for one in answer["data"]] == list(found)
        assert answer["pagination"] == {"limit": 2, "page": page, "has_more": more, "total_count": 5}


def test_ten_are_shown_unless_asked_otherwise_and_a_hundred_at_most(px, user):
    for _ in range(101):
        make_export(user, "failed")
    assert len(names(px)) == 10
    assert len(names(px, "limit=100")) == 100


def test_statuses_are_a_comma_list_of_the_dialect_s_words(px, user):
    ours = ["scheduled", "pending", "queued", "running", "waiting_next_page", "finalizing"]
    ours += ["completed", "failed", "timed_out", "cancelled"]
    for status in ours:
        make_export(user, status, name=status)
    for words, found in [
        ("queued", ours[:3]),
        ("processing", ours[3:6]),
        ("completed", ["completed"]),
        ("failed", ["failed", "cancelled"]),
        ("timed_out", ["timed_out"]),
        ("completed,timed_out,queued", [*ours[:3], "completed", "timed_out"]),
        ("completed&statuses=timed_out", ["completed", "timed_out"]),
    ]:
        assert sorted(names(px, f"statuses={words}")) == sorted(found), words
    shown = {one["name"]: one["status"] for one in px.get(f"{EXPORTS}?limit=20").json["data"]}
    assert shown["cancelled"] == shown["failed"] == "failed"
    assert {shown[one] for one in ours[:3]} == {"queued"}
    assert {shown[one] for one in ours[3:6]} == {"processing"}
    assert (shown["completed"], shown["timed_out"]) == ("completed", "timed_out")


def test_resources_are_the_platform_s(px, user):
    for resource in ("customers", "orders", "products", "line_items"):
        make_export(user, resource=resource, name=resource)
    for word, found in [
        ("contact", ["customers"]),
        ("customer", ["customers"]),
        ("shipment", ["orders"]),
        ("order", ["orders"]),
        ("item", ["products"]),
        ("location", []),
    ]:
        assert names(px, f"resource={word}") == found
    assert [one["resource"] for one in px.get(EXPORTS).json["data"]] == [
        "contact",
        "shipment",
        "item",
        "line_items",
    ]


def test_a_search_is_for_part_of_the_name_in_any_case(px, user):
    wanted = make_export(user, name="All Contacts 100%")
    make_export(user, name="Orders")
    for text in ("contacts", "ALL", "100%25", "s 1"):
        assert names(px, f"search={text}") == ["All Contacts 100%"]
    for text in ("a_l", "%25%25", wanted.uuid[:8], ids.packagex(wanted.uuid)):
        assert names(px, f"search={text}") == []
    assert len(names(px, "search=")) == 2


def test_filters_are_joined(px, user):
    make_export(user, "failed", name="a one", resource="customers")
    make_export(user, "failed", name="a two", resource="orders")
    make_export(user, "running", name="a three", resource="customers")
    assert names(px, "search=a&resource=contact&statuses=failed,timed_out&limit=5") == ["a one"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("page=0", "page must be a whole number from 1 to 2147483647"),
        ("page=-1", "page must be a whole number from 1 to 2147483647"),
        ("page=x", "page must be a whole number from 1 to 2147483647"),
        ("page=99999999999", "page must be a whole number from 1 to 2147483647"),
        ("limit=101", "limit must be a whole number from 1 to 100"),
        ("limit=0", "limit must be a whole number from 1 to 100"),
        ("limit=all", "limit must be a whole number from 1 to 100"),
        ("limit=", "limit must be a whole number from 1 to 100"),
        ("order_by=name", "order_by must be one of created_at, count_batches, count_total or updated_at"),
        ("direction=up", "direction must be one of asc or desc"),
        ("resource=customers", "resource must be one of contact, "),
        (
            "statuses=running",
            "statuses must be a comma list of queued, processing, completed, failed, timed_out",
        ),
        ("statuses=", "statuses must be a comma list of "),
        ("statuses=queued,", "statuses must be a comma list of "),
        ("search=%00", "search must be text without NUL"),
        (f"search={'x' * 256}", "search must have at most 255 characters"),
    ],
)
def test_a_bad_value_is_400(px, query, error):
    response = px.get(f"{EXPORTS}?{query}")
    (found,) = wrong(response)
    assert found.startswith(error)
    assert response.json["code"] == "validation_error"


def test_what_is_not_known_is_ignored_and_of_a_repeated_one_the_last_counts(px, some):
    assert names(px, "colour=red&limit=x&limit=2&") == ["a", "b"]


def test_a_page_far_past_the_end_is_empty(px, some):
    assert names(px, "page=2147483647&limit=100") == []


def test_everybody_sees_their_own_and_superusers_all(px, as_, some, stranger, superuser):
    assert names(as_(stranger, "packagex")) == []
    assert names(as_(superuser, "packagex")) == list("abcde")
