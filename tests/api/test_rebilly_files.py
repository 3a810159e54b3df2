"""What is in the files of data exports, which rows they have, and how files are fetched."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from dashboard.api.rebilly import creating
from dashboard.extensions import storage
from dashboard.formats import packaging
from dashboard.sources import SourceSlow
from jobs import collect

EXPORTS = "/data-exports"
ORDERS = {"name": "Some orders", "resource": "subscriptions", "format": "csv"}
CUSTOMERS = {**ORDERS, "resource": "customers"}
LISTED = ["id", "customer/email", "lineItems/quantity", "createdTime"]


@pytest.fixture
def mine(user, as_):
    return as_(user, "rebilly")


@pytest.fixture
def made(mine, work):
    """made(body): the finished export and the answer with its file."""

    def make(body):
        response = mine.post(EXPORTS, json=body)
        assert response.status_code == 201, response.text
        work()
        shown = mine.get(f"{EXPORTS}/{response.json['id']}").json
        assert shown["status"] == "completed", shown
        return shown, mine.get(f"/files/{shown['fileId']}/download")

    return make


@pytest.fixture
def rows(made):
    """rows(body): the rows of a JSON file."""
    return lambda **arguments: made({**ORDERS, "format": "json", **arguments})[1].json


def table(response):
    return list(csv.reader(io.StringIO(response.text)))


# -- formats -------------------------------------------------------------------------------------------


def test_csv_has_the_fields_as_its_header(made):
    shown, file = made({**ORDERS, "fields": LISTED, "arguments": {"filter": "id:1..2"}})
    header, *lines = table(file)
    assert header == LISTED
    assert len(lines) == shown["recordCount"] == 2
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="Some orders.csv"')


def test_without_fields_there_are_all_plain_ones(made):
    _, file = made(CUSTOMERS)
    assert table(file)[0] == [
        "id", "email", "firstName", "lastName", "name", "phone", "city", "country", "note", "createdTime",
        "updatedTime",
    ]  # fmt: skip


def test_detailed_csv_spreads_relations_over_columns(made):
    _, file = made({**ORDERS, "format": "detailed-csv", "arguments": {"filter": "id:1..3"}})
    header, first, *_ = table(file)
    assert {"id", "createdTime", "customer.email", "customer.createdTime", "lineItems.0.unitPrice"} <= set(
        header
    )
    assert {"lineItems.1.quantity", "transactions.0.amount"} <= set(header)
    assert len(first) == len(header) == len(set(header))
    _, file = made(
        {**ORDERS, "format": "detailed-csv", "fields": ["id", "lineItems/quantity", "customer/name"]}
    )
    assert table(file)[0][:2] == ["id", "lineItems.0.quantity"]
    assert table(file)[0][-1] == "customer.name"


def test_json_is_one_array_with_nested_values(rows):
    found = rows(fields=LISTED, arguments={"filter": "id:1..2", "sort": "-id"})
    assert [row["id"] for row in found] == [2, 1]
    assert set(found[0]) == {"id", "customer/email", "lineItems", "createdTime"}
    assert set(found[0]["lineItems"][0]) == {"quantity"}


def test_json_api_has_type_id_and_attributes(made):
    _, file = made({**ORDERS, "format": "json-api", "arguments": {"filter": "id:7"}})
    (one,) = json.loads(file.data)
    assert (one["type"], one["id"], one["attributes"]["number"]) == ("subscriptions", "7", "S-0000007")
    assert set(one) == {"type", "id", "attributes"}
    assert "createdTime" in one["attributes"]


def test_xml_has_a_root_named_after_the_resource(made):
    _, file = made(
        {**ORDERS, "format": "xml", "fields": ["id", "customer/email"], "arguments": {"filter": "id:1..3"}}
    )
    assert file.mimetype == "application/xml"
    root = ElementTree.fromstring(file.data)
    assert root.tag == "subscriptions"
    assert [row.find("id").text for row in root] == ["1", "2", "3"]


def test_pdf_is_one_document(made):
    _, file = made({**ORDERS, "format": "pdf", "fields": ["id", "number"]})
    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF-")


@pytest.mark.parametrize("format", ["csv", "json", "json-api", "xml", "pdf", "detailed-csv"])
def test_an_empty_result_completes(made, format):
    shown, _ = made({**ORDERS, "format": format, "fields": ["id"], "arguments": {"filter": "id:0"}})
    assert shown["recordCount"] == 0


def test_many_records_come_as_a_zip_of_parts(made, monkeypatch):
    monkeypatch.setattr(creating, "MEMBER_ROWS", 200)
    monkeypatch.setattr(packaging, "MEMBER_ROWS", 200)
    for format, ending in (("csv", "csv"), ("json", "json"), ("xml", "xml")):
        shown, file = made({**ORDERS, "format": format, "fields": ["id"]})
        assert shown["recordCount"] == 300
        assert file.mimetype == "application/zip"
        assert "Some orders.zip" in file.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            names, members = archive.namelist(), [archive.read(name) for name in archive.namelist()]
        assert names == [f"Some orders-part1.{ending}", f"Some orders-part2.{ending}"]
        if format == "csv":
            assert [len(member.splitlines()) for member in members] == [201, 101]
            assert {member.splitlines()[0] for member in members} == {b'"id"'}
        elif format == "json":
            assert [len(json.loads(member)) for member in members] == [200, 100]
        else:
            assert [len(ElementTree.fromstring(member)) for member in members] == [200, 100]


@pytest.mark.parametrize("limits", [{"rebilly": 200}, {"packagex": 200}])
def test_too_many_records_that_are_found_out_later_fail_it(mine, work, monkeypatch, limits):
    def slow(plan, seconds):
        raise SourceSlow("slow")

    monkeypatch.setattr(creating.planning, "count", slow)
    monkeypatch.setattr(collect, "MOST_ROWS_OF", limits)
    id = mine.post(EXPORTS, json=ORDERS).json["id"]
    work()
    shown = mine.get(f"{EXPORTS}/{id}").json
    failed = ("failed", "record-limit-exceeded")
    assert (shown["status"], shown["failureReason"]) == (
        failed if "rebilly" in limits else ("completed", None)
    )


# -- rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "fits"),
    [
        ("id:!1,!2", lambda row: row["id"] not in (1, 2)),
        ("id:10..20;currency:eur", lambda row: 10 <= row["id"] <= 20 and row["currency"] == "EUR"),
        ("currency:EUR,usd", lambda row: row["currency"] in ("EUR", "USD")),
        ("note:null", lambda row: row["note"] is None),
        ("customer.id:1..9", lambda row: row["customerId"] is not None and row["customerId"] <= 9),
        ("total:500..", lambda row: row["total"] is not None and float(row["total"]) >= 500),
        ("shippedAt:!null", lambda row: row["shippedAt"] is not None),
        ("createdTime:2026-01-01T00:00:00Z..", lambda row: row["createdTime"] >= "2026-01-01"),
    ],
)  # fmt: skip
def test_the_filter_decides_which_rows(rows, filter, fits):
    everything = rows()
    found = rows(arguments={"filter": filter})
    assert [row["id"] for row in found] == [row["id"] for row in everything if fits(row)]
    assert 0 < len(found) < len(everything)


def test_q_is_part_of_any_text_field(rows):
    everything = rows()
    found = rows(arguments={"q": "OLSEN", "filter": "id:1.."})
    texts = ("number", "status", "paymentStatus", "customerEmail", "currency", "note")
    fitting = [row["id"] for row in everything if any("olsen" in (row[name] or "").lower() for name in texts)]
    assert [row["id"] for row in found] == fitting


@pytest.mark.parametrize("sort", ["-createdTime", "customer.email,-id", "customer/email,-id", "total"])
def test_rows_are_sorted(rows, sort):
    found = rows(
        arguments={"sort": sort, "filter": "customerId:!null;total:!null"},
        fields=["id", "customer/email", "createdTime", "total"],
    )
    keys = {
        "-createdTime": lambda row: [-datetime.fromisoformat(row["createdTime"]).timestamp(), row["id"]],
        "total": lambda row: [float(row["total"]), row["id"]],
    }
    by_mail = lambda row: [row["customer/email"] or "", -row["id"]]  # noqa: E731
    with_mail = [row for row in found if row["customer/email"] is not None]
    kept = found if sort in keys else with_mail
    assert kept == sorted(kept, key=keys.get(sort, by_mail))


def test_a_date_range_ends_before_its_end(rows):
    everything = rows(resource="customers")
    moments = sorted({datetime.fromisoformat(row["createdTime"]) for row in everything if row["createdTime"]})
    start, end = moments[2], moments[-3]
    span = {"start": start.isoformat(), "end": end.isoformat()}
    found = rows(resource="customers", dateRange=span)
    wanted = [
        row["id"]
        for row in everything
        if row["createdTime"] and start <= datetime.fromisoformat(row["createdTime"]) < end
    ]
    assert [row["id"] for row in found] == wanted


def test_relative_words_are_worked_out_when_it_runs(rows):
    everything = rows(resource="customers")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = rows(resource="customers", dateRange={"start": "700 days ago midnight", "end": "today"})
    wanted = [
        row["id"] for row in everything
        if row["createdTime"] and today - timedelta(days=700) <= datetime.fromisoformat(row["createdTime"]) < today
    ]  # fmt: skip
    assert [row["id"] for row in found] == wanted


# -- fetching ------------------------------------------------------------------------------------------


def test_the_file_has_a_record(mine, made):
    shown, file = made({**CUSTOMERS, "fields": ["id"]})
    record = mine.get(f"/files/{shown['fileId']}").json
    assert (record["id"], record["name"], record["extension"]) == (shown["fileId"], "Some orders.csv", "csv")
    assert (record["mime"], record["size"]) == ("text/csv", len(file.data))
    assert len(record["sha1"]) == 40
    assert [link["rel"] for link in record["_links"]] == ["self", "download", "signedLink"]
    assert record["id"].startswith("file_")
    assert len(record["id"]) == 31


def test_the_signed_link_needs_no_credentials(mine, made, client):
    shown, file = made({**CUSTOMERS, "fields": ["id"]})
    links = {link["rel"]: link["href"].removeprefix("http://localhost") for link in shown["_links"]}
    assert client.get(links["signedLink"]).data == file.data
    assert client.get(links["download"]).status_code == 401
    assert mine.get(links["download"]).data == file.data


def test_a_file_that_is_gone_is_410_and_has_no_sum(mine, made):
    shown, _ = made({**CUSTOMERS, "fields": ["id"]})
    storage.delete_below("results")
    assert mine.get(f"/files/{shown['fileId']}").json["sha1"] is None
    assert mine.get(f"/files/{shown['fileId']}/download").status_code == 410


def test_pieces_of_a_file(mine, made):
    shown, file = made({**CUSTOMERS, "fields": ["id"]})
    piece = mine.get(f"/files/{shown['fileId']}/download", headers={"Range": "bytes=0-3"})
    assert (piece.status_code, piece.data) == (206, file.data[:4])
    none = mine.get(f"/files/{shown['fileId']}/download", headers={"Range": "bytes=999999999-"})
    assert (none.status_code, none.json["status"]) == (416, 416)
