"""The filter file of a new export, as a program sends it; tests/filter_files has every form of such a file."""

import io
from dataclasses import replace

import pytest
from sqlalchemy import update

from dashboard.database import db, now
from dashboard.extensions import catalog
from dashboard.models import Audit, Export, FilterFile
from tests.filter_files.packages import numbers, workbook

EXPORTS = "/api/v1/exports/"


def send(caller, content, name="ids.csv", kind="application/octet-stream", **members):
    if isinstance(content, str):
        content = content.encode()
    data = {"action_name": "export_orders", "format_type": "json", "request_fields": "id", **members}
    data["filter_file"] = (io.BytesIO(content), name, kind)
    return caller.post(EXPORTS, data=data, content_type="multipart/form-data")


def kept(response):
    """The ids that are kept with the record."""
    assert response.status_code == 201, response.json
    file = db.session.get(FilterFile, response.json["pk"])
    assert (file.field, file.count) == ("id", len(file.ids))
    return file.ids


def wrong(response):
    assert response.status_code == 400, response.json
    assert list(response.json) == ["filter_file"]
    return response.json["filter_file"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("id;name\n3;a\n1;b\n\n1;c\n 2 ;\n", "ids.csv"),
        ("id\n3\n1\n2\n".encode("utf-16"), "ids.txt"),
        (workbook(numbers(3, 1, 2)), "ids.xlsx"),
    ],
)
def test_ids_are_read_and_kept_apart_from_the_conditions(mine, content, name):
    response = send(mine, content, name)
    assert kept(response) == [3, 1, 2]
    assert response.json["filter_file"] == name
    assert db.session.get(Export, response.json["pk"]).where is None


@pytest.mark.parametrize("heading", ["Order ID", "id", "Bestellnummer"])
def test_a_heading_does_no_harm(mine, heading):
    assert kept(send(mine, f"{heading}\n7\n")) == [7]


def test_lines_that_are_no_ids_are_told_by_number(mine):
    told = wrong(send(mine, "1\n" + "x\n" * 25))
    assert [sentence.partition(":")[0] for sentence in told[:10]] == [f"Line {n}" for n in range(2, 12)]
    assert told[10:] == ["15 more lines are wrong."]
    assert db.session.query(Export).count() == db.session.query(FilterFile).count() == 0


@pytest.mark.parametrize("name", ["ids", "ids.pdf", "ids.csv.exe", "ids.xls", "ids.xlsx"])
def test_a_file_that_is_not_what_its_name_says_is_refused(mine, name):
    assert len(wrong(send(mine, "1\n", name))) == 1


def test_what_the_client_says_about_the_type_does_not_matter(mine):
    assert kept(send(mine, "1\n", "IDS.TXT", "image/png")) == [1]


def test_a_hundred_thousand_ids_are_taken_and_no_more(mine):
    response = send(mine, "\n".join(map(str, range(1, 100_001))))
    assert len(kept(response)) == 100_000
    assert wrong(send(mine, "\n".join(map(str, range(100_001))))) == ["The file holds more than 100,000 ids."]


def test_ten_mebibytes_are_taken_and_no_more(mine):
    assert kept(send(mine, b"1\n" + b"\n" * (10 * 1024 * 1024 - 2))) == [1]
    response = send(mine, b"1\n" + b"\n" * (10 * 1024 * 1024 - 1))
    assert (response.status_code, list(response.json)) == (413, ["detail"])
    response = send(mine, b"1\n" + b"\n" * (12 * 1024 * 1024))
    assert (response.status_code, list(response.json)) == (413, ["detail"])


def test_the_name_is_kept_for_display_only(mine):
    response = send(mine, "1\n", "../../etc/pass\twd\u202e.csv")
    assert response.json["filter_file"] == "passwd.csv"


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


def test_a_resource_with_a_key_of_several_columns_takes_no_file(mine, composite):
    told = wrong(send(mine, "1\n", action_name=f"export_{composite.name}", request_fields=""))
    assert told == [f"{composite.label} has a key of several columns, so a filter file cannot name its rows."]


@pytest.fixture
def composite(monkeypatch):
    """One of the shop's resources, as if its key had two columns."""
    resource = replace(catalog.resources["orders"], name="pairs", key=("id", "number"))
    monkeypatch.setitem(catalog.resources, "pairs", resource)
    return resource


def test_only_so_many_files_are_taken_within_an_hour(app, mine, user, superuser, as_, monkeypatch):
    few = replace(app.extensions["settings"], max_uploads_per_hour=3)
    monkeypatch.setitem(app.extensions, "settings", few)
    for content in ("1\n", "x", "2\n"):  # a file that is refused counts as well
        send(mine, content)
    refused = send(mine, "3\n")
    assert refused.status_code == 429
    assert refused.json["detail"].startswith(
        "You have uploaded 3 files within an hour. Try again in 60 minutes"
    )
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert send(as_(superuser), "3\n").status_code == 201  # everybody has an hour of their own
    hour_ago = update(Audit).where(Audit.user_id == user.id, Audit.action == "upload")
    db.session.execute(hour_ago.values(at=now(-3601)))
    db.session.commit()
    assert kept(send(mine, "3\n")) == [3]


def test_an_upload_is_audited_with_the_name_of_its_file(mine, user):
    send(mine, "x\ny\n", "../a.csv")
    line = db.session.query(Audit).filter_by(action="upload").one()
    assert (line.user_id, line.detail) == (user.id, {"resource": "orders", "file": "a.csv"})


def test_an_empty_field_is_no_file(mine):
    response = send(mine, "", "")
    assert (response.status_code, response.json["filter_file"]) == (201, None)


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
