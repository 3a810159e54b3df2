"""GET /api/v1/exports/: who sees what, filters, order, pages."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event

from dashboard.database import db
from dashboard.models import STATUSES
from tests.factories import make_export

EXPORTS = "/api/v1/exports/"
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def ids(response):
    assert response.status_code == 200, response.json
    return [one["pk"] for one in response.json]


def found(caller, **query):
    return ids(caller.get(EXPORTS, query_string={"limit": 100, **query}))


def test_the_list_is_a_bare_array_of_one_s_own_exports(mine, user, stranger, boss, export):
    other = make_export(stranger)
    assert ids(mine.get(EXPORTS)) == [export.id]
    assert set(ids(boss.get(EXPORTS))) == {export.id, other.id}


def test_nothing_yet_is_an_empty_array(mine):
    response = mine.get(EXPORTS)
    assert (response.json, response.headers["X-Total-Count"]) == ([], "0")
    assert mine.get(EXPORTS + "?page=2").status_code == 404


def test_who_may_not_export_may_not_list(as_, no_export):
    response = as_(no_export).get(EXPORTS)
    assert response.status_code == 403
    assert response.json == {"detail": "You do not have permission to perform this action."}


@pytest.mark.parametrize(
    ("word", "statuses"),
    [
        ("pending", {"scheduled", "pending", "queued"}),
        ("waiting", {"scheduled", "pending", "queued"}),
        ("processing", {"running"}),
        ("waiting_next_page", {"waiting_next_page"}),
        ("preparing_file_creation", {"finalizing"}),
        ("completed", {"completed"}),
        ("failed", {"failed", "timed_out"}),
        ("cancelled", {"cancelled"}),
    ],
)
def test_a_status_means_all_of_ours_that_it_stands_for(mine, user, word, statuses):
    made = {make_export(user, status).id: status for status in STATUSES}
    assert {made[id] for id in found(mine, status=word)} == statuses


@pytest.mark.parametrize("word", ["running", "COMPLETED", "completed,failed", "9" * 5000])
def test_a_status_of_nobody_is_refused(mine, word):
    response = mine.get(EXPORTS, query_string={"status": word})
    assert response.status_code == 400
    assert list(response.json) == ["status"]
    assert isinstance(response.json["status"], list)


def test_formats_of_both_enumerations_filter(mine, user):
    made = {name: make_export(user, format=name).id for name in ("csv", "xlsx", "json", "xml", "pdf")}
    for word, name in (("csv", "csv"), ("xls", "xlsx"), ("json", "json"), ("xml", "xml")):
        assert found(mine, format_type=word) == [made[name]]
    for word in ("xlsx", "pdf", "CSV"):
        response = mine.get(EXPORTS, query_string={"format_type": word})
        assert (response.status_code, list(response.json)) == (400, ["format_type"])


@pytest.fixture
def three(user):
    """An hour before noon, noon, an hour after; and the midnight at the end of that day."""
    hours = (-1, 0, 1, 12)
    return [
        make_export(user, created_at=NOON + timedelta(hours=h), updated_at=NOON + timedelta(hours=h)).id
        for h in hours
    ]


@pytest.mark.parametrize("name", ["created_date", "modified_date"])
@pytest.mark.parametrize(
    ("lookup", "value", "places"),
    [
        ("", "2026-01-05T12:00:00Z", [1]),
        ("", "2026-01-05T12:00:00.000000Z", [1]),
        ("", "2026-01-05T12:00:00.000001Z", []),
        ("", "2026-01-05 12:00", [1]),
        ("", "2026-01-06", [3]),
        ("__gt", "2026-01-05T12:00:00Z", [2, 3]),
        ("__gte", "2026-01-05T12:00:00Z", [1, 2, 3]),
        ("__lt", "2026-01-05T12:00:00Z", [0]),
        ("__lte", "2026-01-05T12:00:00Z", [0, 1]),
        ("__gt", "2026-01-05T14:00:00+02:00", [2, 3]),
        ("__gt", "2026-01-05T14:00:00 02:00", [2, 3]),
        ("__gt", "2026-01-05T14:00:00 0200", [2, 3]),
        ("__gt", "2026-01-05T07:00:00-05:00", [2, 3]),
        ("__gte", "2026-01-05", [0, 1, 2, 3]),
        ("__gt", "2026-01-06", []),
        ("__lt", "2026-01-06", [0, 1, 2]),
        ("__date", "2026-01-05", [0, 1, 2]),
        ("__date", "2026-01-06", [3]),
        ("__date__gt", "2026-01-05", [3]),
        ("__date__gte", "2026-01-05", [0, 1, 2, 3]),
        ("__date__lt", "2026-01-06", [0, 1, 2]),
        ("__date__lte", "2026-01-05", [0, 1, 2]),
        ("__date__lte", "9999-12-31", [0, 1, 2, 3]),
        ("__gt", "", [0, 1, 2, 3]),
        ("__year", "1999", [0, 1, 2, 3]),
    ],
)
def test_dates_filter_with_every_lookup(mine, three, name, lookup, value, places):
    query = {f"{name}{lookup}": value, "sort": "created_date"}
    assert found(mine, **query) == [three[place] for place in places]


def test_a_plus_that_nobody_escaped_is_still_an_offset(mine, three):
    response = mine.get(EXPORTS + "?limit=100&sort=created_date&created_date__gt=2026-01-05T14:00:00+02:00")
    assert ids(response) == three[2:]


@pytest.mark.parametrize("lookup", ["", "__gt", "__gte", "__lt", "__lte"])
@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-02-30",
        "2026-01-05T25:00:00Z",
        "2026-1-5",
        "0001-01-01T00:00:00+14:00",
        "1e9",
        "2026-01-05T12",
        "\0",
    ],
)
def test_a_date_that_is_none_is_refused_by_name(mine, lookup, value):
    response = mine.get(EXPORTS, query_string={f"created_date{lookup}": value})
    assert response.status_code == 400
    assert response.json == {f"created_date{lookup}": ["Enter a valid date/time."]}


def test_a_day_lookup_wants_a_day(mine):
    for lookup in ("__date", "__date__gt", "__date__gte", "__date__lt", "__date__lte"):
        response = mine.get(EXPORTS, query_string={f"modified_date{lookup}": "2026-01-05T12:00:00Z"})
        assert response.json == {f"modified_date{lookup}": ["Enter a valid date."]}


def test_action_name_and_requester_filter(boss, user, stranger):
    first = make_export(user, action_name="export_orders")
    second = make_export(stranger, action_name="export_customers")
    assert found(boss, action_name="export_orders") == [first.id]
    assert found(boss, action_name="nothing' OR 1=1 --") == []
    assert found(boss, requested_by=stranger.uuid) == [second.id]
    assert found(boss, requested_by=stranger.uuid.replace("-", "").upper()) == [second.id]
    assert boss.get(EXPORTS + "?requested_by=12").json == {"requested_by": ["Enter a valid UUID."]}
    assert boss.get(EXPORTS + "?action_name=%00").status_code == 400


def test_filters_are_anded_and_every_wrong_one_is_named(mine, user):
    wanted = make_export(user, format="json")
    make_export(user, format="csv")
    make_export(user, "failed", format="json")
    assert found(mine, status="completed", format_type="json") == [wanted.id]
    response = mine.get(EXPORTS + "?status=x&format_type=y&created_date=z&limit=0&sort=size")
    assert set(response.json) == {"status", "format_type", "created_date", "limit", "sort"}


def test_unknown_and_empty_parameters_are_no_filter_and_the_last_of_a_name_counts(mine, export):
    assert ids(mine.get(EXPORTS + "?colour=red&status=&format_type=&page=&limit=&sort=&q=x")) == [export.id]
    assert ids(mine.get(EXPORTS + "?status=failed&status=completed")) == [export.id]
    assert ids(mine.get(EXPORTS + "?status=completed&status=failed")) == []


def test_pages_cut_the_array_and_headers_tell_the_rest(mine, user):
    made = [make_export(user).id for _ in range(23)][::-1]
    first = mine.get(EXPORTS)
    assert (ids(first), first.headers["X-Total-Count"]) == (made[:10], "23")
    assert set(links(first)) == {"first", "next", "last"}
    middle = mine.get(EXPORTS + "?limit=7&page=2&status=completed&sort=-created_date")
    assert ids(middle) == made[7:14]
    assert {relation: query["page"] for relation, query in links(middle).items()} == {
        "first": ["1"],
        "prev": ["1"],
        "next": ["3"],
        "last": ["4"],
    }
    assert all(
        query["limit"] == ["7"] and query["status"] == ["completed"] for query in links(middle).values()
    )
    last = mine.get(EXPORTS + "?limit=7&page=4")
    assert ids(last) == made[21:]
    assert set(links(last)) == {"first", "prev", "last"}
    assert mine.get(EXPORTS + "?limit=100").headers["X-Total-Count"] == "23"


def links(response):
    pairs = re.findall(r'<([^>]+)>; rel="([a-z]+)"', response.headers["Link"])
    assert all(url.startswith("http://localhost/api/v1/exports/?") for url, _ in pairs)
    return {relation: parse_qs(urlsplit(url).query) for url, relation in pairs}


def test_following_next_sees_each_export_once(mine, user):
    made = {make_export(user).id for _ in range(12)}
    path, seen = EXPORTS + "?limit=5", []
    while path:
        response = mine.get(path)
        seen += ids(response)
        after = re.search(r'<http://localhost([^>]+)>; rel="next"', response.headers["Link"])
        path = after[1] if after else None
    assert (len(seen), set(seen)) == (12, made)


@pytest.mark.parametrize("page", ["2", "999999", "2147483647"])
def test_a_page_past_the_end_is_not_found(mine, export, page):
    response = mine.get(EXPORTS, query_string={"page": page})
    assert (response.status_code, response.json) == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize("name", ["page", "limit"])
@pytest.mark.parametrize("value", ["0", "-1", "1.0", "x", "1e1", "٣", "9" * 5000, "2147483648"])
def test_a_page_or_limit_out_of_range_is_refused(mine, export, name, value):
    response = mine.get(EXPORTS, query_string={name: value})
    assert (response.status_code, list(response.json)) == (400, [name])


def test_a_limit_goes_to_a_hundred(mine, export):
    assert mine.get(EXPORTS + "?limit=100").status_code == 200
    assert mine.get(EXPORTS + "?limit=101").status_code == 400


@pytest.mark.parametrize(
    ("sort", "places"),
    [
        ("created_date", [0, 1, 2]),
        ("-created_date", [2, 1, 0]),
        ("modified_date", [2, 1, 0]),
        ("-modified_date", [0, 1, 2]),
        ("status", [1, 2, 0]),
        ("format_type", [0, 2, 1]),
        ("action_name", [2, 0, 1]),
        ("total_count", [2, 0, 1]),
        ("-format_type,created_date", [1, 0, 2]),
        ("format_type, -created_date", [2, 0, 1]),
    ],
)
@pytest.mark.parametrize("name", ["sort", "ordering"])
def test_the_list_sorts_by_each_key(mine, user, name, sort, places):
    kinds = [("failed", "csv", "b", 5), ("running", "json", "c", 9), ("completed", "csv", "a", 1)]
    made = [
        make_export(
            user,
            status,
            format=format,
            action_name=action,
            total_count=total,
            created_at=NOON + timedelta(hours=place),
            updated_at=NOON - timedelta(hours=place),
        ).id
        for place, (status, format, action, total) in enumerate(kinds)
    ]
    assert found(mine, **{name: sort}) == [made[place] for place in places]


@pytest.mark.parametrize("name", ["sort", "ordering"])
@pytest.mark.parametrize(
    "value", ["size", "created_at", "--created_date", "created_date;drop", "+status", "id,status"]
)
def test_an_unknown_order_is_refused(mine, name, value):
    response = mine.get(EXPORTS, query_string={name: value})
    assert (response.status_code, list(response.json)) == (400, [name])


def test_a_longer_list_asks_no_more_of_the_database(mine, user):
    def statements():
        asked = []
        event.listen(db.engine, "before_cursor_execute", note := lambda *args: asked.append(args[2]))
        try:
            assert mine.get(EXPORTS + "?limit=100").status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    make_export(user, page=3)
    mine.get(EXPORTS)  # the token's first use is noted once a minute
    few = statements()
    for _ in range(20):
        make_export(user, page=3)
    assert statements() == few
