"""@commercelayer/sdk against a live centre."""

import csv
import gzip
import io
import json

import pytest
import requests

from tests.clients.node import Client, Failed
from tests.processes import wait_for

ASKED = {
    "resource_type": "orders",
    "format": "csv",
    "fields": ["number", "status", "customer.email"],
    "filters": {"status_in": ["shipped", "completed"]},
}


def as_(centre, who="maya"):
    return Client("commerce_layer", centre.url, centre.tokens[who])


@pytest.fixture
def maya(idle):
    return as_(idle)


@pytest.fixture
def boss(idle):
    return as_(idle, "boss")


def refusal(client, *call):
    """Status, code and place of the first error that the SDK raises."""
    with pytest.raises(Failed) as failed:
        client(*call)
    error = failed.value.error
    first = error["errors"][0]
    source = first.get("source") or {}
    assert first["status"] in (str(error["status"]), error["status"])
    return error["status"], first["code"], source.get("pointer") or source.get("parameter")


def finished(client, **asked):
    made = client("exports.create", asked)
    done = wait_for(
        lambda: (one := client("exports.retrieve", made["id"]))["status"] == "completed" and one,
        what="the file",
    )
    # The link is the key: no token is sent.
    answer = requests.get(done["attachment_url"], timeout=10)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    return made, done, gzip.decompress(answer.content).decode()


def test_from_request_to_csv(centre):
    made, done, text = finished(as_(centre), **ASKED)
    assert made["records_count"] == done["records_count"] == done["processed_count"] > 0
    assert (done["progress"], done["errors_log"], done["format"]) == (100, None, "csv")
    assert made["filters"] == ASKED["filters"]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == done["records_count"]
    assert list(rows[0]) == ASKED["fields"]
    assert {row["status"] for row in rows} == {"shipped", "completed"}


def test_json_nests_what_is_included(centre):
    _, done, text = finished(
        as_(centre), resource_type="orders", includes=["customer"], filters={"status_eq": "shipped"}
    )
    rows = json.loads(text)
    assert len(rows) == done["records_count"]
    assert all("email" in row["customer"] for row in rows if row["customer"])


def test_lists_are_filtered_sorted_and_cut_into_pages(maya):
    made = [
        maya("exports.create", {**ASKED, "reference": f"list-{number}", "format": kind})["id"]
        for number, kind in enumerate(("csv", "json", "csv"))
    ]

    def found(**params):
        params = {
            **params,
            "filters": {"reference_start": "list-", "status_eq": "pending", **params.get("filters", {})},
        }
        answer = maya("exports.list", params)
        return [one["id"] for one in answer["items"]], answer["meta"]

    assert found()[0] == made[::-1]
    assert found(sort=["created_at"])[0] == made
    assert found(sort=["-reference"], filters={"format_eq": "csv"})[0] == [made[2], made[0]]
    ids, meta = found(sort=["created_at"], pageSize=2, pageNumber=2)
    assert ids == made[2:]
    assert (meta["recordCount"], meta["pageCount"], meta["recordsPerPage"]) == (3, 2, 2)
    assert found(filters={"reference_matches": "%-1"})[0] == [made[1]]
    assert found(filters={"id_in": made[:1]})[0] == made[:1]


def test_only_the_fields_that_were_asked_for_come(maya):
    made = maya("exports.create", ASKED)
    params = {"fields": {"exports": ["status", "records_count"]}, "include": ["events"]}
    one = maya("exports.retrieve", made["id"], params)
    assert one["status"] == "pending"
    assert "resource_type" not in one
    assert [event["name"] for event in one["events"]] == ["exports.create"]


def test_reference_and_metadata_can_be_changed_and_leave_a_trace(maya):
    made = maya("exports.create", ASKED)
    changed = maya("exports.update", {"id": made["id"], "reference": "spring", "metadata": {"team": "bi"}})
    assert (changed["reference"], changed["metadata"]) == ("spring", {"team": "bi"})
    found = maya("exports.list", {"filters": {"metadata_jcont": json.dumps({"team": "bi"})}})
    assert made["id"] in [one["id"] for one in found["items"]]
    events = maya("exports.events", made["id"])["items"]
    assert events[0]["type"] == "events"
    assert {event["name"] for event in events} >= {"exports.create"}
    stores = maya("exports.event_stores", made["id"])["items"]
    assert stores[0]["payload"]["reference"] == [None, "spring"]


def test_a_superuser_interrupts_and_starts_again(maya, boss):
    made = maya("exports.create", ASKED)
    assert refusal(maya, "exports._interrupt", made["id"])[:2] == (401, "UNAUTHORIZED")
    stopped = boss("exports._interrupt", made["id"])
    assert stopped["status"] == "interrupted"
    assert stopped["interrupted_at"]
    assert refusal(boss, "exports._interrupt", made["id"]) == (
        422,
        "VALIDATION_ERROR",
        "/data/attributes/status",
    )
    again = boss("exports._start", made["id"])
    assert (again["status"], again["interrupted_at"]) == ("pending", None)
    assert refusal(boss, "exports._start", made["id"]) == (422, "VALIDATION_ERROR", "/data/attributes/status")


def test_what_is_under_way_is_locked_and_goes_when_interrupted(maya, boss):
    made = maya("exports.create", ASKED)
    assert refusal(maya, "exports.delete", made["id"])[:2] == (423, "LOCKED")
    boss("exports._interrupt", made["id"])
    assert maya("exports.delete", made["id"]) is None
    assert refusal(maya, "exports.retrieve", made["id"])[:2] == (404, "RECORD_NOT_FOUND")


def test_what_has_completed_is_deleted_with_its_file(centre):
    client = as_(centre)
    _, done, _ = finished(client, **ASKED)
    client("exports.delete", done["id"])
    assert requests.get(done["attachment_url"], timeout=10).status_code in (403, 404, 410)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"resource_type": "unicorns"}, "resource_type"),
        ({"resource_type": None}, "resource_type"),
        ({"format": "xlsx"}, "format"),
        ({"fields": ["nothing"]}, "fields"),
        ({"includes": ["nothing"]}, "includes"),
        ({"filters": {"nothing_eq": 1}}, "filters"),
        ({"filters": {"status_hums": 1}}, "filters"),
        ({"filters": {"status_eq": "none has this"}}, "records_count"),
    ],
)
def test_what_is_not_valid_points_to_its_attribute(maya, changed, place):
    asked = {key: value for key, value in {**ASKED, **changed}.items() if value is not None}
    assert refusal(maya, "exports.create", asked) == (422, "VALIDATION_ERROR", f"/data/attributes/{place}")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"sort": ["nothing"]}, "INVALID_SORT_CRITERIA"),
        ({"filters": {"nothing_eq": 1}}, "FILTER_NOT_ALLOWED"),
        ({"pageSize": 26}, "INVALID_PAGE_VALUE"),
        ({"fields": {"exports": ["nothing"]}}, "INVALID_FIELD"),
        ({"include": ["nothing"]}, "INVALID_INCLUDE"),
    ],
)
def test_a_bad_parameter_is_a_400(maya, params, code):
    assert refusal(maya, "exports.list", params)[:2] == (400, code)


def test_ten_at_once_are_enough(maya):
    said = maya.all(*[["exports.create", ASKED]] * 11)
    assert ["value" in one for one in said] == [True] * 10 + [False]
    (error,) = said[-1]["error"]["errors"]
    assert (error["source"]["pointer"], error["meta"]["error"]) == ("/data/attributes/base", "too_many")


def test_a_bad_token_and_others_exports(idle, maya):
    made = maya("exports.create", ASKED)
    wrong = Client("commerce_layer", idle.url, "wrong")
    assert refusal(wrong, "exports.list")[:2] == (401, "INVALID_TOKEN")
    assert refusal(as_(idle, "jonas"), "exports.retrieve", made["id"])[:2] == (404, "RECORD_NOT_FOUND")
