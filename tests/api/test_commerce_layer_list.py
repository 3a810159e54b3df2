"""GET /api/exports: pages with their links, order, and Ransack's predicates."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.api.commerce_layer import EXPORTS, listed, refused
from tests.factories import make_export

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def mine(user, as_):
    return as_(user, "commerce_layer")


@pytest.fixture
def make(user):
    """make(...): an export a minute younger than the one before."""
    made = []

    def one(status="completed", **values):
        at = START + timedelta(minutes=len(made))
        made.append(make_export(user, status, **{"created_at": at, **values}))
        return made[-1]

    return one


@pytest.fixture
def find(mine):
    """find(status_eq="failed"): the ids of what the filters leave, sorted by when it was made."""

    def ids(**filters):
        query = {f"filter[q][{name}]": value for name, value in filters.items()}
        return listed(mine.get(EXPORTS, query_string={**query, "sort": "created_at", "page[size]": 25}))

    return ids


def names(*exports):
    return [export.letters for export in exports]


def test_the_newest_come_first_ten_a_page(mine, make, stranger):
    made = [make() for _ in range(12)]
    make_export(stranger)
    answer = mine.get(EXPORTS)
    assert listed(answer) == names(*made[:1:-1])
    assert answer.json["meta"] == {"record_count": 12, "page_count": 2}
    assert set(answer.json) == {"data", "meta", "links"}
    assert answer.json["data"][0]["relationships"]["events"]["links"]


def test_links_lead_to_the_other_pages_and_keep_the_query(mine, make):
    made = [make() for _ in range(5)]
    query = {
        "page[size]": "2",
        "page[number]": "2",
        "sort": "created_at",
        "filter[q][status_eq]": "completed",
    }
    answer = mine.get(EXPORTS, query_string=query)
    assert listed(answer) == names(*made[2:4])
    links = answer.json["links"]
    for relation, page in {"first": "1", "prev": "1", "next": "3", "last": "3"}.items():
        split = urlsplit(links[relation])
        assert (split.scheme, split.netloc, split.path) == ("http", "localhost", EXPORTS)
        assert dict(parse_qsl(split.query)) == {**query, "page[number]": page}
    first = mine.get(links["first"])
    assert listed(first) == names(*made[:2])
    assert set(first.json["links"]) == {"first", "next", "last"}
    last = mine.get(links["last"])
    assert listed(last) == names(made[4])
    assert set(last.json["links"]) == {"first", "prev", "last"}


def test_nothing_and_a_page_past_the_end_are_empty(mine, make):
    answer = mine.get(EXPORTS)
    assert (listed(answer), answer.json["meta"]) == ([], {"record_count": 0, "page_count": 1})
    make()
    answer = mine.get(f"{EXPORTS}?page[number]=7")
    assert (listed(answer), answer.json["meta"]) == ([], {"record_count": 1, "page_count": 1})
    assert "page%5Bnumber%5D=1" in answer.json["links"]["prev"]


@pytest.mark.parametrize("name", ["page[number]", "page[size]"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "26e9", "9" * 5000, "٣"])
def test_a_page_that_is_none_is_refused(mine, name, value):
    error = refused(mine.get(EXPORTS, query_string={name: value}), 400, "INVALID_PAGE_VALUE")
    assert error["source"] == {"parameter": name}


def test_a_page_holds_at_most_25(mine):
    assert mine.get(f"{EXPORTS}?page[size]=25").status_code == 200
    refused(mine.get(f"{EXPORTS}?page[size]=26"), 400, "INVALID_PAGE_VALUE")


@pytest.mark.parametrize("name", ["colour", "page", "page[offset]", "filter", "filters", "sort[x]", "q"])
def test_another_parameter_is_not_allowed(mine, name):
    code = "FILTER_NOT_ALLOWED" if name.startswith("filter") else "PARAM_NOT_ALLOWED"
    refused(mine.get(EXPORTS, query_string={name: "1"}), 400, code)


SORTABLE = (
    "id", "resource_type", "format", "status", "started_at", "completed_at", "interrupted_at", "records_count",
    "processed_count", "attachment_url", "created_at", "updated_at", "reference", "reference_origin",
)  # fmt: skip


@pytest.mark.parametrize("key", SORTABLE)
def test_every_documented_key_sorts(mine, make, key):
    make("pending", resource="a", reference="b")
    make("cancelled", reference_origin="x", format="json")
    make("completed", collected_count=3)
    up, down = (listed(mine.get(f"{EXPORTS}?sort={sign}{key}")) for sign in ("", "-"))
    assert len(up) == 3
    assert up == down[::-1]


def test_keys_sort_in_turn_and_ties_by_id(mine, make):
    a, b, c, d = (make(reference=reference) for reference in ("x", None, "y", "x"))
    assert listed(mine.get(f"{EXPORTS}?sort=reference,-created_at")) == names(d, a, c, b)
    assert listed(mine.get(f"{EXPORTS}?sort=reference")) == names(a, d, c, b)
    assert listed(mine.get(f"{EXPORTS}?sort=-reference")) == names(b, c, d, a)
    assert listed(mine.get(f"{EXPORTS}?sort=reference,reference,-reference,")) == names(a, d, c, b)


@pytest.mark.parametrize(
    "key", ["colour", "progress", "errors_log", "metadata", "--id", "created_at;drop", "Id"]
)
def test_another_key_is_refused(mine, key):
    error = refused(mine.get(EXPORTS, query_string={"sort": f"id,{key}"}), 400, "INVALID_SORT_CRITERIA")
    assert error["source"] == {"parameter": "sort"}


def test_a_status_means_all_of_ours_that_it_stands_for(make, find):
    statuses = ("scheduled", "pending", "queued", "running", "waiting_next_page", "finalizing", "completed",
                "failed", "timed_out", "cancelled")  # fmt: skip
    made = dict(zip(statuses, [make(status).letters for status in statuses], strict=True))
    pending, going = [made[s] for s in statuses[:3]], [made[s] for s in statuses[3:6]]
    assert find(status_eq="pending") == pending
    assert find(status_in="pending,in_progress") == pending + going
    assert find(status_not_in="pending,in_progress,completed,failed") == [made["cancelled"]]
    assert find(status_not_eq="failed") == pending + going + [made["completed"], made["cancelled"]]
    assert find(status_cont="PROG") == going
    assert find(status_matches="%ed") == [made[s] for s in ("completed", "failed", "timed_out", "cancelled")]
    assert find(status_matches_any="in%,p______") == pending + going + [made["cancelled"]]
    assert find(status_start="inter") == find(status_end="TED", status_start="i") == [made["cancelled"]]
    assert find(status_eq="running") == find(status_eq="Pending") == find(status_null="true") == []
    assert len(find(status_present="true")) == len(find(status_null="false")) == 10
    assert find(status_or_resource_type_eq="failed") == [made["failed"], made["timed_out"]]


def test_a_format_without_a_name_is_null(make, find):
    csv, json, xlsx = (make(format=format) for format in ("csv", "json", "xlsx"))
    assert find(format_eq="csv") == names(csv)
    assert find(format_null="true") == names(xlsx)
    assert find(format_not_eq="csv") == names(json)
    assert find(format_not_eq_or_null="csv") == names(json, xlsx)
    assert find(format_in_or_null="json") == names(json, xlsx)


def test_text_is_compared_as_ransack_does(make, find):
    a, b, c = make(reference="Spring_1"), make(reference="summer"), make()
    assert (
        find(reference_eq="Spring_1")
        == find(reference_cont="spring")
        == find(reference_start="SPR")
        == names(a)
    )
    assert find(reference_eq="spring_1") == find(reference_matches="spring") == []
    assert find(reference_matches="%_1") == find(reference_end="_1") == names(a)
    assert find(reference_not_cont="spring") == find(reference_does_not_match="spr%") == names(b)
    assert find(reference_not_eq="summer") == names(a)
    assert find(reference_not_eq_or_null="summer") == names(a, c)
    assert find(reference_eq_or_null="summer") == names(b, c)
    assert find(reference_cont_any="um,pr") == names(a, b)
    assert find(reference_cont_all="s,r,mm") == names(b)
    assert (
        find(reference_null="true")
        == find(reference_blank="1")
        == find(reference_present="false")
        == names(c)
    )
    assert find(reference_or_reference_origin_eq="summer") == names(b)
    assert find(id_eq=a.letters) == find(id_in=f"{a.letters},x") == names(a)
    assert find(id_eq=a.letters.swapcase()) == []


def test_moments_and_numbers_are_compared(make, find):
    a, b = make(total_count=5), make("cancelled", total_count=50, created_at=START + timedelta(days=1))
    assert find(created_at_gteq="2026-01-06") == names(b)
    assert find(created_at_lteq="2026-01-06") == find(created_at_lt="2026-01-05T10:00:01+01:00") == names(a)
    assert find(
        created_at_gteq="2026-01-05T09:00:00.000Z", created_at_lteq="2026-01-05T09:00:00.000Z"
    ) == names(a)
    assert find(records_count_gt="5") == find(records_count_eq="50") == names(b)
    assert find(records_count_lteq_any="1,5") == names(a)
    assert find(interrupted_at_not_null="true") == find(completed_at_null="true") == names(b)
    assert find(started_at_present="true", updated_at_gt="2020-01-01") == names(a, b)


def test_what_has_a_file_or_an_error_is_found(make, find):
    fine, odd = make(), make(fail_count=2)
    failed, waiting = make("failed", error_message="No answer at all."), make("pending")
    assert find(attachment_url_present="true") == find(attachment_url_null="false") == names(fine, odd)
    assert find(attachment_url_blank="true") == names(failed, waiting)
    assert find(errors_log_null="true") == find(errors_log_not_null="false") == names(fine, waiting)
    assert find(errors_log_present="true") == names(odd, failed)
    assert find(errors_log_cont="ANSWER") == names(failed)


def test_metadata_is_searched_by_what_it_contains(make, find):
    a, b = make(client_metadata={"team": "sales", "n": 1}), make(client_metadata={"team": "it"})
    make()
    assert find(metadata_jcont='{"team": "sales"}') == names(a)
    assert find(metadata_jcont="{}", resource_type_eq="orders")[:2] == names(a, b)


def test_events_find_their_exports(mine, boss, make, find):
    a, b = make("pending"), make("pending")
    body = {"data": {"type": "exports", "id": a.letters, "attributes": {"_interrupt": True}}}
    boss.patch(f"{EXPORTS}/{a.letters}", json=body, content_type="application/vnd.api+json")
    assert find(events_name_eq="exports.interrupt") == find(events_name_end="RUPT") == names(a)
    assert find(events_name_eq="exports.create") == find(events_created_at_gt="2020-01-01") == names(a, b)
    assert find(events_name_eq="cancelled") == find(events_name_eq="part") == []


@pytest.fixture
def boss(superuser, as_):
    return as_(superuser, "commerce_layer")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("filter[q][colour_eq]", "FILTER_NOT_ALLOWED"),
        ("filter[q][processed_count_eq]", "FILTER_NOT_ALLOWED"),
        ("filter[q][status_is]", "FILTER_NOT_ALLOWED"),
        ("filter[q][status]", "FILTER_NOT_ALLOWED"),
        ("filter[q][status_or_colour_eq]", "FILTER_NOT_ALLOWED"),
        ("filter[q][events_colour_eq]", "FILTER_NOT_ALLOWED"),
        ("filter[q][status_not_cont_any]", "FILTER_NOT_ALLOWED"),
        ("filter[q][]", "FILTER_NOT_ALLOWED"),
        ("filter[status_eq]", "FILTER_NOT_ALLOWED"),
        ("filter[q][status_eq][]", "FILTER_NOT_ALLOWED"),
        ("filter[q][created_at_gt]", "INVALID_FILTER_VALUE"),
        ("filter[q][records_count_gt]", "INVALID_FILTER_VALUE"),
        ("filter[q][status_null]", "INVALID_FILTER_VALUE"),
        ("filter[q][metadata_jcont]", "INVALID_FILTER_VALUE"),
        ("filter[q][status_gt]", "INVALID_FILTER_VALUE"),
        ("filter[q][attachment_url_cont]", "INVALID_FILTER_VALUE"),
    ],
)
def test_what_is_no_filter_is_refused(mine, name, code):
    error = refused(mine.get(EXPORTS, query_string={name: "x"}), 400, code)
    assert error["source"] == {"parameter": name}


def test_nul_is_refused_wherever_it_stands(mine):
    for query in ("filter[q][reference_eq]=%00", "sort=%00", "%00=1", "include=%00"):
        answer = mine.get(f"{EXPORTS}?{query}")
        assert (answer.status_code, answer.mimetype) == (400, "application/vnd.api+json")


def test_a_start_finds_what_begins_so_in_any_case(make, find):
    texts = ["A-12", "a-12b", "A-13", "a-1", "B", "b~", "b\x7f", "\u00e4B", "\u00c4b", "Z\u0100", "z\u0100x"]
    exports = {text: make(reference=text) for text in texts}
    starts = {text[:length] for text in texts for length in range(1, 6) if text[:length].isascii()}
    for start in starts:
        met = [export for text, export in exports.items() if text.lower().startswith(start.lower())]
        found = {tuple(sorted(find(reference_start=one))) for one in (start, start.lower(), start.upper())}
        assert found == {tuple(sorted(names(*met)))}, start
