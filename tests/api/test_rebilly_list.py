"""GET /data-exports: pages, order, filters and `q`."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from dashboard.api import ids
from dashboard.api.rebilly.words import STATUS
from tests.factories import make_export

EXPORTS = "/data-exports"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def mine(user, as_):
    return as_(user, "rebilly")


@pytest.fixture
def three(user):
    """Named A, b, C; customers, orders, orders; an hour between them."""
    made = [("A", "customers", "csv"), ("b", "orders", "json"), ("C", "orders", "jsonapi")]
    return [
        make_export(
            user, name=name, resource=resource, format=format, created_at=START + timedelta(hours=n),
            updated_at=START + timedelta(days=n), collected_count=n * 10,
        )
        for n, (name, resource, format) in enumerate(made)
    ]  # fmt: skip


def names(response):
    assert response.status_code == 200, response.text
    return [shown["name"] for shown in response.json]


def bad(response, *fields):
    assert response.status_code == 400, response.text
    assert [one["field"] for one in response.json["invalidFields"]] == list(fields)


# -- pages ---------------------------------------------------------------------------------------------


def test_a_list_is_a_bare_array_with_its_place_in_headers(mine, three):
    response = mine.get(EXPORTS)
    assert names(response) == ["C", "b", "A"]
    places = {name: value for name, value in response.headers if name.startswith("Pagination-")}
    assert places == {"Pagination-Total": "3", "Pagination-Limit": "100", "Pagination-Offset": "0"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("limit=2", ["C", "b"]),
        ("limit=2&offset=1", ["b", "A"]),
        ("limit=1000&offset=1000", []),
        ("limit=0", []),
        ("offset=2", ["A"]),
        ("limit=&offset=", ["C", "b", "A"]),
    ],
)
def test_limit_and_offset_count_exports(mine, three, query, found):
    response = mine.get(f"{EXPORTS}?{query}")
    assert names(response) == found
    assert response.headers["Pagination-Total"] == "3"


@pytest.mark.parametrize("value", ["-1", "1001", "x", "1.5", "9" * 5000, "٣"])
def test_a_limit_outside_is_400(mine, value):
    bad(mine.get(f"{EXPORTS}?limit={value}"), "limit")
    bad(mine.get(f"{EXPORTS}?offset={value}"), "offset")


def test_others_are_not_counted(mine, three, stranger, as_, superuser):
    make_export(stranger)
    assert mine.get(EXPORTS).headers["Pagination-Total"] == "3"
    assert as_(superuser, "rebilly").get(EXPORTS).headers["Pagination-Total"] == "4"


# -- order ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("createdTime", ["A", "b", "C"]),
        ("-createdTime,name", ["C", "b", "A"]),
        ("name", ["A", "b", "C"]),
        ("resource,-name", ["A", "C", "b"]),
        ("-recordCount", ["C", "b", "A"]),
        ("-updatedTime", ["C", "b", "A"]),
        ("scheduledTime", ["A", "b", "C"]),
        ("format,id,status", ["A", "b", "C"]),
        ("", ["C", "b", "A"]),
    ],
)
def test_the_list_is_sorted(mine, three, sort, found):
    assert names(mine.get(f"{EXPORTS}?sort={sort}")) == found


@pytest.mark.parametrize("sort", ["created_at", "userId", "name,", "--name", "%00"])
def test_an_unknown_sort_key_is_400(mine, sort):
    bad(mine.get(f"{EXPORTS}?sort={sort}"), "sort")


# -- filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("name:a", ["A"]),
        ("name:A,B", ["A", "b"]),
        ("name:!a", ["C", "b"]),
        ("name:!a,!b", ["C"]),
        ("name:!a,b", ["C"]),
        ("resource:subscriptions", ["C", "b"]),
        ("resource:Orders", ["C", "b"]),
        ("resource:!customers", ["C", "b"]),
        ("resource:nothing", []),
        ("format:json-api,csv", ["C", "A"]),
        ("format:!csv", ["C", "b"]),
        ("status:completed;name:c", ["C"]),
        ("status:!failed,!pending", ["C", "b", "A"]),
        ("status:failed,processing", []),
        ("recordCount:10", ["b"]),
        ("recordCount:10..", ["C", "b"]),
        ("recordCount:..10", ["b", "A"]),
        ("recordCount:5..15,0", ["b", "A"]),
        ("createdTime:2026-01-05T10:00:00Z..2026-01-05T11:00:00Z", ["C", "b"]),
        ("createdTime:2026-01-05", ["C", "b", "A"]),
        ("updatedTime:..2026-01-06T00:00:00Z", ["A"]),
        ("scheduledTime:2026-01-05T10:30:00Z..", ["C"]),
        ("fileId:null", []),
        ("fileId:!null", ["C", "b", "A"]),
        ("name:null", []),
        ("fileId:file_x", []),
        ("userId:usr_0,7", []),
    ],
)
def test_the_list_is_filtered(mine, three, filter, found):
    for text in (quote(filter, safe=""), quote(filter)):  # clients send %3B for the semicolon
        assert sorted(names(mine.get(f"{EXPORTS}?filter={text}"))) == sorted(found)


def test_ids_are_filtered_by(mine, three, user):
    first, second, _ = three
    for filter in (
        f"id:{first.public_id},{second.public_id}",
        f"fileId:{ids.rebilly_file(first.uuid)},{ids.rebilly_file(second.uuid)}",
        f"userId:usr_{user.id};name:a,b",
    ):
        assert sorted(names(mine.get(f"{EXPORTS}?filter={filter}"))) == ["A", "b"]


def test_a_filter_on_detailed_csv_knows_it_from_csv(mine, user):
    make_export(user, name="plain")
    make_export(user, name="detailed", dialect="rebilly", as_asked={"format": "detailed-csv"})
    assert names(mine.get(f"{EXPORTS}?filter=format:detailed-csv")) == ["detailed"]
    assert names(mine.get(f"{EXPORTS}?filter=format:csv")) == ["plain"]


@pytest.mark.parametrize("status", STATUS)
def test_a_status_means_all_of_ours(mine, user, status):
    for one in STATUS:
        make_export(user, one, name=one)
    wanted = {one for one, word in STATUS.items() if word == STATUS[status]}
    assert set(names(mine.get(f"{EXPORTS}?filter=status:{STATUS[status]}"))) == wanted
    assert set(names(mine.get(f"{EXPORTS}?filter=status:!{STATUS[status]}"))) == set(STATUS) - wanted


@pytest.mark.parametrize(
    "filter",
    [
        "nothing:x",
        "name",
        "name:",
        "status:running",
        "recordCount:x",
        "createdTime:x..",
        "name:a..b",
        "id:@l",
        "name:%00",
    ],
)
def test_a_wrong_filter_is_400(mine, filter):
    bad(mine.get(f"{EXPORTS}?filter={filter}"), "filter")


@pytest.mark.parametrize(
    ("q", "found"),
    [("lo", ["Loud"]), ("SCRIPT", ["C", "b"]), ("custo", ["A", "Loud"]), ("%25", []), ("ilou", [])],
)
def test_q_looks_into_name_and_resource(mine, user, three, q, found):
    # Our ids have neither I, L, O nor U.
    make_export(user, name="Loud", created_at=START - timedelta(days=1), resource="customers")
    assert names(mine.get(f"{EXPORTS}?q={q}&criteria=ignored")) == found


def test_q_looks_into_ids(mine, three):
    assert names(mine.get(f"{EXPORTS}?q={three[0].public_id[8:24].lower()}")) == ["A"]
