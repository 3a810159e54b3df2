"""The filter file of a new export: the ids of its rows, one a line."""

import io
import json

import pytest

from dashboard.api.omnitron import filter_file
from dashboard.database import db
from dashboard.models import Export

EXPORTS = "/api/v1/exports/"


def send(caller, content, name="ids.csv", kind="application/octet-stream", **members):
    if isinstance(content, str):
        content = content.encode()
    data = {"action_name": "export_orders", "format_type": "json", "request_fields": "id", **members}
    data["filter_file"] = (io.BytesIO(content), name, kind)
    return caller.post(EXPORTS, data=data, content_type="multipart/form-data")


def kept(response):
    """The ids that the record keeps."""
    assert response.status_code == 201, response.json
    where = json.dumps(db.session.get(Export, response.json["pk"]).where)
    found = []

    def collect(node):
        for item in node.get("all", ()) or node.get("any", ()):
            collect(item)
        if "operator" in node:
            assert (node["field"], node["operator"]) == ("id", "in")
            found.extend(node["value"])

    collect(json.loads(where))
    return found


def wrong(response):
    assert response.status_code == 400, response.json
    assert list(response.json) == ["filter_file"]
    return response.json["filter_file"]


@pytest.mark.parametrize(
    "content",
    [
        "3\n1\n2\n",
        "3\r\n1\r\n2",
        "id\n3\n1\n2\n",
        "Order ID\n3\n1\n2\n",
        "\n\n 3 \n\n\t1\n2  \n\n",
        "3\n1\n3\n1\n2\n",
        'id,name\n3,a\n1,"b\n c"\n2\n',
        "id;name\n3;a,b\n1;x\n2;\n",
        "id\tname\n3\ta\n1\tx\n2\t\n",
        '"3"\n"1"\n"2"\n',
        "﻿3\n1\n2\n".encode(),
        "id\n3\n1\n2\n".encode("utf-16"),
        b"\xfe\xff" + "3\n1\n2\n".encode("utf-16-be"),
    ],
)
def test_ids_are_read_in_every_usual_form(mine, content):
    assert kept(send(mine, content)) == [3, 1, 2]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("1\nx\n2\n", ["Line 2:"]),
        ("id\n1\nid\n", ["Line 3:"]),
        ("12x\n1\n", ["Line 1:"]),
        ("1\n\n2.5\n1e3\n", ["Line 3:", "Line 4:"]),
        ("1\n٣\n", ["Line 2:"]),
        ("1\n9223372036854775808\n-9223372036854775809\n", ["Line 2:", "Line 3:"]),
        ("1\n" + "9" * 65 + "\n", ["Line 2:"]),
        ('1\n2,"open\n3\n', ["Line 2:"]),
        (b"1\n2\n\xff\xff\n", ["Line 3:"]),
        ("1\nJos\xe9\n".encode("latin-1"), ["Line 2:"]),
        ("1\n2\0\n", ["Line 2:"]),
        ("1\n" + "x\n" * 25, [f"Line {number}:" for number in range(2, 12)] + ["15 more"]),
    ],
)
def test_lines_that_are_no_ids_are_told_by_number(mine, content, lines):
    told = wrong(send(mine, content))
    assert [sentence[: len(line)] for sentence, line in zip(told, lines, strict=True)] == lines
    assert db.session.query(Export).count() == 0


@pytest.mark.parametrize("content", ["", "\n \n", "id\n", "id,name\n"])
def test_a_file_without_ids_is_refused(mine, content):
    assert wrong(send(mine, content)) == ["The file holds no ids."]


@pytest.mark.parametrize("name", ["ids", "ids.pdf", "ids.csv.exe", "ids.xls", "ids.xlsx"])
def test_only_text_files_are_taken(mine, name):
    wrong(send(mine, "1\n", name))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_under_another_name_is_refused(mine, start):
    assert "workbook" in wrong(send(mine, start + b"\0" * 20))[0]


def test_what_the_client_says_about_the_type_does_not_matter(mine):
    assert kept(send(mine, "1\n", "IDS.TXT", "image/png")) == [1]


def test_a_hundred_thousand_ids_are_taken_and_no_more(mine, work):
    ids = range(1, 100_001)
    response = send(mine, "\n".join(map(str, ids)))
    assert len(kept(response)) == 100_000
    assert len(wrong(send(mine, "\n".join(map(str, range(100_001)))))) == 1


def test_ten_mebibytes_are_taken_and_no_more(mine):
    assert kept(send(mine, b"1\n" + b"\n" * (10 * 1024 * 1024 - 2))) == [1]
    response = send(mine, b"1\n" + b"\n" * (10 * 1024 * 1024 - 1))
    assert (response.status_code, list(response.json)) == (413, ["detail"])
    response = send(mine, b"1\n" + b"\n" * (12 * 1024 * 1024))
    assert (response.status_code, list(response.json)) == (413, ["detail"])


def test_the_name_is_kept_for_display_only(mine):
    response = send(mine, "1\n", "../../etc/pass\twd\u202e.csv")
    assert response.json["filter_file"] == "passwd.csv"
    assert len(filter_file.display_name("x" * 5000 + ".csv")) == 255
    assert filter_file.display_name("C:\\Users\\maya\\ids.csv") == "ids.csv"


def test_the_file_and_the_path_must_both_match(mine, work):
    response = send(mine, "1\n2\n3\n999999\n", request_path="/api/v1/orders/?id__gt=1&sort=-id")
    assert response.status_code == 201, response.json
    work()
    assert mine.get(f"{EXPORTS}{response.json['id']}/file/").json == [{"id": 3}, {"id": 2}]


def test_a_large_file_chooses_its_rows(mine, work):
    response = send(mine, "\n".join(map(str, range(100, 100_000))))
    work()
    shown = mine.get(f"{EXPORTS}{response.json['id']}/").json
    assert (shown["status"], shown["collected_count"]) == ("completed", 201)


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"request_fields": ["number", "status"]}, ["number", "status"]),
        ({"request_fields": '["number", "status"]'}, ["number", "status"]),
        (
            {"request_fields": "", "request_fields[0]": "number", "request_fields[1]": "status"},
            ["number", "status"],
        ),
        ({"request_fields": "number"}, ["number"]),
    ],
)
def test_a_form_can_name_its_fields_in_every_usual_way(mine, members, fields):
    assert send(mine, "1\n", **members).json["request_fields"] == fields


def test_a_form_without_a_file_is_as_good_as_json(mine):
    data = {"action_name": "export_orders", "format_type": "", "language": "de", "request_path": ""}
    response = mine.post(EXPORTS, data=data, content_type="multipart/form-data")
    assert response.status_code == 201, response.json
    assert (response.json["format_type"], response.json["language"]) == ("csv", "de")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"action_name": ""}, "action_name"),
        ({"action_name": "export_orders\0"}, "action_name"),
        ({"format_type": "xml"}, "format_type"),
        ({"request_fields": '["number", 5]'}, "request_fields"),
        ({"request_fields": '["number"'}, "request_fields"),
        ({"request_path": "/x/"}, "request_path"),
    ],
)
def test_a_wrong_member_of_a_form_is_refused_by_its_name(mine, members, field):
    response = send(mine, "1\n", **members)
    assert (response.status_code, list(response.json)) == (400, [field])
