"""rebilly-js-sdk against a live centre."""

import base64
import csv
import io

import pytest
import requests

from tests.clients.node import Client, Failed
from tests.processes import wait_for

ASKED = {
    "name": "Completed orders",
    "resource": "subscriptions",
    "format": "csv",
    "fields": ["number", "status", "createdTime"],
    "arguments": {"filter": "status:completed,shipped", "sort": "number"},
}


def as_(centre, who="maya", **options):
    return Client("rebilly", centre.url, centre.tokens[who], **options)


@pytest.fixture
def maya(idle):
    return as_(idle)


@pytest.fixture
def boss(idle):
    return as_(idle, "boss")


def queue(client, **changed):
    return client("dataExports.queue", {"data": {**ASKED, **changed}})


def refusal(client, *call):
    """Class, status and fields of the error that the SDK raises."""
    with pytest.raises(Failed) as failed:
        client(*call)
    error = failed.value.error
    assert error["message"]
    return error["name"], error["status"], [one["field"] for one in error.get("invalidFields") or []]


def finished(client, **changed):
    made = queue(client, **changed)
    return wait_for(
        lambda: (one := client("dataExports.get", {"id": made["id"]}))["status"] == "completed" and one,
        what="the file",
    )


def links(export):
    return {link["rel"]: link["href"] for link in export["_links"]}


@pytest.mark.parametrize("options", [{}, {"organization": "any"}])
def test_from_request_to_file(centre, options):
    client = as_(centre, **options)
    done = finished(client)
    file = base64.b64decode(client("files.download", {"id": done["fileId"]})["base64"])
    rows = list(csv.DictReader(io.StringIO(file.decode())))
    assert len(rows) == done["recordCount"] > 0
    assert list(rows[0]) == ASKED["fields"]
    assert {row["status"] for row in rows} == {"completed", "shipped"}
    # The signed link is the key: no token is sent.
    answer = requests.get(links(done)["signedLink"], timeout=10)
    assert (answer.status_code, answer.content) == (200, file)
    assert requests.get(links(done)["download"], timeout=10).status_code == 401


def test_the_file_and_the_user_are_embedded_when_asked_for(centre):
    client = as_(centre)
    done = finished(client)
    shown = client("dataExports.get", {"id": done["id"], "expand": "user,file"})
    assert shown["_embedded"]["file"]["id"] == done["fileId"]
    assert shown["_embedded"]["user"]["email"] == "maya@example.com"
    record = client("files.get", {"id": done["fileId"]})
    assert (record["extension"], record["mime"]) == ("csv", "text/csv")


def test_lists_are_filtered_sorted_and_cut_into_pages(maya):
    made = [
        queue(maya, name=f"List {number}", format=kind)["id"]
        for number, kind in enumerate(("csv", "json", "csv"))
    ]

    def found(**params):
        params = {
            **params,
            "filter": ";".join(["status:pending,queued", *params.get("filter", [])]),
            "q": "list",
        }
        answer = maya("dataExports.getAll", params)
        return [one["id"] for one in answer["items"]], answer

    assert found()[0] == made[::-1]
    assert found(sort=["createdTime"])[0] == made
    assert found(sort=["-name"], filter=["format:csv"])[0] == [made[2], made[0]]
    assert found(filter=["format:!csv"])[0] == [made[1]]
    ids, answer = found(sort="createdTime", limit=2, offset=1)
    assert ids == made[1:]
    assert (answer["total"], answer["limit"], answer["offset"]) == (3, 2, 1)
    assert found(filter=["createdTime:2100-01-01.."])[0] == []


def test_an_id_of_ones_own(maya):
    id = f"own-{queue(maya)['id'][-8:]}"
    made = maya("dataExports.queue", {"id": id, "data": ASKED})
    assert (made["id"], made["status_code"]) == (id, 201)
    # The SDK asks first whether there is one.
    assert refusal(maya, "dataExports.queue", {"id": id, "data": ASKED})[0] == "RebillyConflictError"


def test_what_waits_for_its_time_can_be_changed(maya):
    later = {"instruction": "FREQ=DAILY;COUNT=3", "start": "2100-01-01T09:00:00Z"}
    made = queue(maya, recurring=later)
    assert (made["status"], made["scheduledTime"]) == ("pending", "2100-01-01T09:00:00Z")
    changed = {**ASKED, "name": "Other orders", "recurring": later, "format": "json"}
    shown = maya("dataExports.update", {"id": made["id"], "data": changed})
    assert (shown["name"], shown["format"], shown["status_code"]) == ("Other orders", "json", 200)
    maya("dataExports.delete", {"id": made["id"]})
    assert refusal(maya, "dataExports.get", {"id": made["id"]})[:2] == ("RebillyNotFoundError", 404)


def test_a_superuser_deletes_what_is_under_way(maya, boss):
    made = queue(maya)
    assert refusal(maya, "dataExports.delete", {"id": made["id"]})[:2] == ("RebillyRequestError", 403)
    boss("dataExports.delete", {"id": made["id"]})
    assert refusal(maya, "dataExports.get", {"id": made["id"]})[:2] == ("RebillyNotFoundError", 404)


def test_what_has_completed_is_deleted_with_its_file_and_not_changed(centre):
    client = as_(centre)
    done = finished(client)
    assert refusal(client, "dataExports.update", {"id": done["id"], "data": ASKED}) == (
        "RebillyValidationError",
        422,
        ["status"],
    )
    client("dataExports.delete", {"id": done["id"]})
    assert requests.get(links(done)["signedLink"], timeout=10).status_code in (403, 404, 410)
    assert refusal(client, "files.get", {"id": done["fileId"]})[:2] == ("RebillyNotFoundError", 404)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"resource": "unicorns"}, "resource"),
        ({"format": "docx"}, "format"),
        ({"fields": ["nothing"]}, "fields.0"),
        ({"arguments": {"filter": "nothing:1"}}, "arguments.filter"),
        ({"dateRange": {"start": "yesterday"}}, "dateRange.end"),
        ({"dateRange": {"start": "some day", "end": "today"}}, "dateRange.start"),
        ({"emailNotification": ["nobody"]}, "emailNotification.0"),
        ({"recurring": {"instruction": "FREQ=NEVER"}}, "recurring.instruction"),
    ],
)
def test_what_is_not_valid_is_told_by_field(maya, changed, field):
    data = {key: value for key, value in {**ASKED, **changed}.items() if value is not None}
    kind, status, fields = refusal(maya, "dataExports.queue", {"data": data})
    assert (kind, status) == ("RebillyValidationError", 422)
    assert field.removesuffix(".0") in [one.removesuffix(".0") for one in fields]


@pytest.mark.parametrize(
    "params", [{"sort": "nothing"}, {"limit": 1001}, {"filter": "nothing:1"}, {"filter": "a:b:c;"}]
)
def test_a_bad_parameter_is_a_400(maya, params):
    assert refusal(maya, "dataExports.getAll", params)[:2] == ("RebillyRequestError", 400)


def test_a_bad_token_and_others_exports(idle, maya):
    made = queue(maya)
    wrong = Client("rebilly", idle.url, "wrong")
    assert refusal(wrong, "dataExports.getAll")[:2] == ("RebillyForbiddenError", 401)
    assert refusal(as_(idle, "jonas"), "dataExports.get", {"id": made["id"]})[:2] == (
        "RebillyNotFoundError",
        404,
    )
