"""POST /api/v1/exports/: what may be asked for, and how every wrong thing is refused by name."""

import csv
import io
import json
import sqlite3

import pytest

from dashboard.database import db
from dashboard.extensions import settings
from dashboard.models import Audit, Export
from tests.factories import make_export

EXPORTS = "/api/v1/exports/"
ORDERS = "/api/v1/orders/"


def ask(caller, headers=None, **body):
    return caller.post(EXPORTS, json={"action_name": "export_orders", **body}, headers=headers)


def refused(response, *fields):
    assert response.status_code == 400, response.json
    assert set(response.json) == set(fields)
    for sentences in response.json.values():
        assert isinstance(sentences, list)
        assert all(isinstance(sentence, str) and sentence for sentence in sentences)
    return response.json


def test_the_example_of_the_contract_works(mine, user, enqueued):
    body = {
        "action_name": "export_orders",
        "format_type": "csv",
        "request_fields": ["number", "status"],
        "request_path": "/api/v1/orders/?status=placed",
    }
    response = mine.post(EXPORTS, json=body)
    assert response.status_code == 201
    assert {name: response.json[name] for name in body} == body
    assert response.json["status"] == "waiting"
    assert response.json["requested_by"] == user.uuid
    assert response.json["viewset"] == "OrderExportViewSet"
    assert enqueued == [("collect", response.json["pk"])]
    assert mine.get(response.headers["Location"]).json == mine.get(f"{EXPORTS}{response.json['pk']}/").json


def test_only_the_action_is_needed(mine):
    shown = ask(mine).json
    wanted = {
        "action_name": "export_orders",
        "format_type": "csv",
        "status": "waiting",
        "request_path": "",
        "language": "en",
        "page": 1,
        "total_count": 0,
        "uploaded_parts": [],
        "filter_file": None,
        "result_file": None,
        "error_message": None,
    }
    assert {name: shown[name] for name in wanted} == wanted


def test_read_only_and_unknown_members_are_ignored(mine, user, stranger, enqueued):
    given = {
        "status": "completed",
        "id": "x",
        "pk": 1,
        "requested_by": stranger.uuid,
        "total_count": 7,
        "colour": [1],
    }
    given |= {"result_file": "/etc/passwd", "collected_count": "x", "created_date": None, "filter_file": None}
    shown = ask(mine, **given).json
    assert (shown["status"], shown["requested_by"], shown["total_count"]) == ("waiting", user.uuid, 0)


@pytest.mark.parametrize(("word", "name"), [("csv", "csv"), ("json", "json"), ("xls", "xlsx")])
def test_each_format_can_be_asked_for(mine, word, name):
    response = ask(mine, format_type=word)
    assert response.json["format_type"] == word
    assert db.session.get(Export, response.json["pk"]).format == name


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"action_name": None}, "action_name"),
        ({"action_name": ""}, "action_name"),
        ({"action_name": 5}, "action_name"),
        ({"action_name": "orders"}, "action_name"),
        ({"action_name": "export_nothing"}, "action_name"),
        ({"action_name": "EXPORT_ORDERS"}, "action_name"),
        ({"action_name": "export_" + "x" * 300}, "action_name"),
        ({"format_type": "xml"}, "format_type"),
        ({"format_type": "xlsx"}, "format_type"),
        ({"format_type": None}, "format_type"),
        ({"format_type": ["csv"]}, "format_type"),
        ({"request_fields": None}, "request_fields"),
        ({"request_fields": "id"}, "request_fields"),
        ({"request_fields": {"id": 1}}, "request_fields"),
        ({"request_fields": ["id", 5]}, "request_fields"),
        ({"request_fields": ["id", ""]}, "request_fields"),
        ({"request_fields": ["nothing"]}, "request_fields"),
        ({"request_fields": ["id; DROP TABLE orders"]}, "request_fields"),
        ({"request_fields": ["id", "id"]}, "request_fields"),
        ({"request_fields": ["customer.nothing"]}, "request_fields"),
        ({"request_fields": ["x"] * 20_000}, "request_fields"),
        ({"request_path": None}, "request_path"),
        ({"request_path": ["/api/v1/orders/"]}, "request_path"),
        ({"language": None}, "language"),
        ({"language": "123456789"}, "language"),
        ({"language": "!!"}, "language"),
        ({"language": 1}, "language"),
        ({"filter_file": "ids.csv"}, "filter_file"),
    ],
)
def test_a_wrong_member_is_refused_by_its_name(mine, enqueued, members, field):
    refused(ask(mine, **members), field)
    assert (db.session.query(Export).count(), enqueued) == (0, [])


def test_all_wrong_members_are_named_at_once(mine):
    body = {"format_type": "x", "request_fields": 5, "language": 5}
    refused(mine.post(EXPORTS, json=body), "action_name", "format_type", "request_fields", "language")


@pytest.mark.parametrize("data", [b"[]", b'"x"', b"5", b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(mine, data):
    refused(mine.post(EXPORTS, data=data, content_type="application/json"), "non_field_errors")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"action_name": "export_orders", "action_name": "x"}',
        b"[" * 21 + b"]" * 21,
        b"\xff",
        b"NaN",
    ],
)
def test_what_is_no_strict_json_is_a_parse_error(mine, data):
    response = mine.post(EXPORTS, data=data, content_type="application/json")
    assert response.status_code == 400
    assert response.json["detail"].startswith("JSON parse error")


@pytest.mark.parametrize("text", ["\0", "\ud800"])
@pytest.mark.parametrize("member", ["action_name", "request_path", "language", "colour"])
def test_nul_and_half_characters_are_refused_in_any_member(mine, member, text):
    body = json.dumps({"action_name": "export_orders", member: f"x{text}"})
    refused(mine.post(EXPORTS, data=body, content_type="application/json"), member)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(mine, kind):
    response = mine.post(EXPORTS, data=b'{"action_name": "export_orders"}', content_type=kind)
    assert (response.status_code, list(response.json)) == (415, ["detail"])


def test_json_may_name_its_charset(mine):
    data = b'{"action_name": "export_orders"}'
    assert mine.post(EXPORTS, data=data, content_type="application/json; charset=utf-8").status_code == 201


def test_a_json_body_over_one_mebibyte_is_too_large(mine):
    response = ask(mine, colour="x" * 1024 * 1024)
    assert (response.status_code, list(response.json)) == (413, ["detail"])


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("", "en"), ("en", "en"), ("de", "de"), ("de-AT", "de"), ("fr_FR", "fr"), ("sv", "en"), ("tr", "tr")],
)
def test_a_language_without_headings_falls_back(mine, asked, kept):
    assert ask(mine, language=asked).json["language"] == kept


def test_the_language_is_the_user_s_unless_said(mine, user):
    user.settings = {"language": "fr"}
    db.session.commit()
    assert ask(mine).json["language"] == "fr"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/customers/", "/api/v1/orders", "/orders/", "api/v1/orders/", "https://localhost/api/v1/orders/",
        "//evil.example/api/v1/orders/", "/api/v1/orders/5/", "/api/v1/orders/ ", "?status=placed",
        ORDERS + "?colour=red", ORDERS + "?status__startswith=x", ORDERS + "?status__=x", ORDERS + "?__gt=5",
        ORDERS + "?id=abc", ORDERS + "?id=" + "9" * 5000, ORDERS + "?total__gt=NaN", ORDERS + "?total=1e5",
        ORDERS + "?created_at__gt=yesterday", ORDERS + "?created_at__in=2026-01-01,x", ORDERS + "?id__in=1,,2",
        ORDERS + "?id__isnull=maybe", ORDERS + "?id__contains=5", ORDERS + "?status=", ORDERS + "?id__in=",
        ORDERS + "?status=a&status=b", ORDERS + "?status=%00", ORDERS + "?status=%ff", ORDERS + "?status",
        ORDERS + "?sort=nothing", ORDERS + "?sort=id,-id", ORDERS + "?sort=id;drop", ORDERS + "?page=2",
        ORDERS + "?" + "&".join(f"id__{n}=1" for n in range(300)), ORDERS + "?id__in=" + "1," * 100_000 + "1",
    ],
)  # fmt: skip
def test_a_path_that_is_not_understood_whole_is_refused(mine, path):
    refused(ask(mine, request_path=path), "request_path")


def rows(caller, work, **body):
    """The ids that the finished file has, in its order."""
    body = {"format_type": "json", "request_fields": ["id"], **body}
    response = ask(caller, **body)
    assert response.status_code == 201, response.json
    work()
    export = caller.get(f"{EXPORTS}{response.json['id']}/").json
    assert export["status"] == "completed", export
    assert export["collected_count"] == export["total_count"]
    return [row["id"] for row in caller.get(export["result_file"]).json]


@pytest.fixture
def orders(shop):
    """Every order of the demo shop, by its key."""
    connection = sqlite3.connect(shop.with_name("shop.sqlite"))
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("SELECT * FROM orders ORDER BY id")]
    connection.close()
    return found


def test_the_query_of_the_path_chooses_the_rows(mine, work, orders):
    def where(condition):
        return [order["id"] for order in orders if condition(order)]

    def path(query):
        return rows(mine, work, request_path=f"{ORDERS}?{query}")

    status = orders[0]["status"]
    moment = next(order["created_at"] for order in orders if order["created_at"])[:19]
    assert path(f"status={status}") == where(lambda o: o["status"] == status)
    assert path("id__gt=290") == where(lambda o: o["id"] > 290)
    assert path("id__gte=290&id__lt=295") == where(lambda o: 290 <= o["id"] < 295)
    assert path("id__lte=3") == where(lambda o: o["id"] <= 3)
    assert path("id__in=5,3,99999") == [3, 5]
    assert path("total__gt=100.50") == where(lambda o: o["total"] is not None and o["total"] > 100.50)
    assert path("note__isnull=true") == where(lambda o: o["note"] is None)
    assert path("note__isnull=False&id__lte=50") == where(lambda o: o["note"] is not None and o["id"] <= 50)
    number = orders[0]["number"]
    assert path(f"number__contains={number[2:]}") == where(lambda o: number[2:] in o["number"])
    assert path(f"number__icontains={number.lower()}") == where(
        lambda o: number.lower() in o["number"].lower()
    )
    assert path(f"created_at__gte={moment}") == where(
        lambda o: o["created_at"] and o["created_at"][:19] >= moment
    )
    day = moment[:10]
    assert path(f"created_at__gt={day}T00:00:00+00:00") == where(
        lambda o: o["created_at"] and o["created_at"][:19] > f"{day} 00:00:00"
    )
    assert path(f"created_at__lt={day}") == where(lambda o: o["created_at"] and o["created_at"][:10] < day)


def test_a_relation_can_be_shown_filtered_and_sorted_by(mine, work, orders):
    wanted = [
        order["id"] for order in orders if order["customer_id"] is not None and order["customer_id"] < 50
    ]
    path = f"{ORDERS}?customer.id__lt=50&sort=-id"
    assert rows(mine, work, request_path=path, request_fields=["id", "customer.email"]) == wanted[::-1]


def test_the_sort_of_the_path_orders_the_rows(mine, work, orders):
    wanted = [order["id"] for order in sorted(orders, key=lambda o: (o["number"], o["id"]), reverse=True)]
    assert rows(mine, work, request_path=f"{ORDERS}?sort=-number") == wanted


def test_the_header_of_a_csv_file_is_what_was_asked_for(mine, work):
    fields = ["number", "customer.email", "id"]
    response = ask(mine, request_fields=fields)
    work()
    text = mine.get(f"{EXPORTS}{response.json['id']}/file/").text
    assert next(csv.reader(io.StringIO(text))) == fields


def test_the_same_key_again_gives_the_first_export(mine, as_, stranger, enqueued):
    first = ask(mine, {"Idempotency-Key": "a"})
    again = ask(mine, {"Idempotency-Key": "a"}, format_type="json")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["id"] == first.json["id"]
    assert len(enqueued) == 1
    assert ask(mine, {"Idempotency-Key": "b"}).json["id"] != first.json["id"]
    assert ask(as_(stranger), {"Idempotency-Key": "a"}).json["id"] != first.json["id"]
    assert ask(mine, {"Idempotency-Key": ""}).json["id"] != ask(mine, {"Idempotency-Key": ""}).json["id"]


@pytest.mark.parametrize("key", ["x" * 129, "ä", "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(mine, key):
    response = ask(mine, {"Idempotency-Key": key})
    assert (response.status_code, list(response.json)) == (400, ["detail"])


def test_who_may_not_export_is_refused_before_anything_is_read(as_, no_export, enqueued):
    caller = as_(no_export)
    for response in (ask(caller), caller.post(EXPORTS, data=b"{", content_type="text/plain")):
        assert (response.status_code, list(response.json)) == (403, ["detail"])
    assert enqueued == []


def test_too_many_waiting_exports_are_throttled(mine, boss, user, superuser):
    for _ in range(settings.max_waiting):
        make_export(user, "pending")
        make_export(superuser, "pending")
    response = ask(mine)
    assert (response.status_code, list(response.json)) == (429, ["detail"])
    assert int(response.headers["Retry-After"]) > 0
    assert ask(boss).status_code == 201


def test_a_request_is_noted_in_the_audit(mine, user):
    response = ask(mine)
    noted = db.session.query(Audit).filter_by(action="request").one()
    assert (noted.user_id, noted.export_id) == (user.id, response.json["pk"])
