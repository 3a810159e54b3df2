"""The file behind `attachment_url`: which rows and columns, nested or by lines, always as a gzip file."""

import csv
import io
import json
import sqlite3

import pytest

from tests.api.commerce_layer import EXPORTS, create, shown, taken


@pytest.fixture
def mine(user, as_):
    return as_(user, "commerce_layer")


@pytest.fixture
def made(mine, work, client):
    """made(...): the finished file."""

    def file(**attributes):
        id = shown(create(mine, **attributes), 201)["id"]
        work()
        one = shown(mine.get(f"{EXPORTS}/{id}"))
        assert (one["status"], one["progress"], one["errors_log"]) == ("completed", 100, None)
        assert one["records_count"] == one["processed_count"] > 0
        assert one["completed_at"] >= one["started_at"] >= one["created_at"]
        return taken(client, one["attachment_url"]).decode(), one["records_count"]

    return file


@pytest.fixture
def rows(made):
    """rows(...): the records of a JSON file, which has as many as it said."""

    def records(**attributes):
        text, count = made(**attributes)
        found = json.loads(text)
        assert len(found) == count
        return found

    return records


@pytest.fixture
def lines(made):
    """lines(...): header and records of a CSV file, which has one line for each."""

    def records(**attributes):
        text, count = made(format="csv", **attributes)
        assert "\r" not in text
        assert text.endswith("\n")
        header, *found = csv.reader(io.StringIO(text))
        assert text.count("\n") - 1 == len(found) == count
        return header, found

    return records


@pytest.fixture
def orders(shop):
    connection = sqlite3.connect(shop.with_name("shop.sqlite"))
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("SELECT * FROM orders ORDER BY id")]
    connection.close()
    return found


def test_without_fields_all_own_ones_are_there(rows, orders):
    found = rows()
    assert [one["id"] for one in found] == [one["id"] for one in orders]
    assert list(found[0]) == list(orders[0])
    assert found[0]["customer_id"] == orders[0]["customer_id"]
    assert rows(fields=["*"])[0] == found[0]


def test_included_relations_are_nested(rows):
    one = rows(includes=["customer", "line_items.product"], filters={"id_eq": 7})[0]
    assert one["id"] == 7
    assert (one["customer"]["id"], one["customer"]["email"]) == (one["customer_id"], one["customer_email"])
    assert one["line_items"]
    for line in one["line_items"]:
        assert (line["order_id"], line["product"]["id"]) == (7, line["product_id"])


def test_with_fields_there_are_exactly_those(rows):
    one = rows(
        fields=["number", "customer.email", "customer.name", "line_items.quantity"], filters={"id_eq": 7}
    )[0]
    assert list(one) == ["number", "customer", "line_items"]
    assert list(one["customer"]) == ["email", "name"]
    assert all(list(line) == ["quantity"] for line in one["line_items"])
    whole = rows(fields=["id", "customer.*"], filters={"id_eq": 7})[0]
    assert whole == rows(fields=["id", "customer"], filters={"id_eq": 7})[0]
    assert "city" in whole["customer"]
    deep = rows(fields=["line_items.product.name"], filters={"id_eq": 7})[0]
    assert all(list(line) == ["product"] and list(line["product"]) == ["name"] for line in deep["line_items"])


def test_includes_do_not_count_beside_fields(rows):
    assert list(rows(fields=["number"], includes=["customer"])[0]) == ["number"]
    assert list(rows(fields=[], includes=["customer"])[0])[-1] == "customer"


def test_dry_data_leaves_out_what_an_import_makes_anew(rows):
    found = rows(dry_data=True)
    assert not {"id", "customer_id", "created_at", "updated_at"} & {name for one in found for name in one}
    assert all(value not in (None, "") for one in found for value in one.values())
    assert all("number" in one and "placed_at" in found[0] for one in found)


def test_filters_choose_the_rows(rows, orders):
    def ids(**filters):
        return [one["id"] for one in rows(fields=["id"], filters=filters)]

    def where(condition):
        return [one["id"] for one in orders if condition(one)]

    status, email = (
        orders[0]["status"],
        next(one["customer_email"] for one in orders if one["customer_email"]),
    )
    assert ids(status_eq=status) == where(lambda o: o["status"] == status)
    assert ids(status_in=["shipped", "completed"]) == ids(status_in="shipped,completed")
    assert ids(status_not_in=[status]) == where(lambda o: o["status"] not in (None, status))
    assert ids(id_gt=10, id_lteq="12") == [11, 12]
    assert ids(customer_email_eq=email) == where(lambda o: o["customer_email"] == email)
    assert ids(customer_id_lt=20, customer_city_present=True) == where(
        lambda o: o["customer_id"] and o["customer_id"] < 20
    )
    assert ids(number_or_status_cont="S-0000001") == where(lambda o: "S-0000001" in o["number"])
    assert ids(note_null=True) == ids(note_not_null="false") == where(lambda o: o["note"] is None)
    assert ids(note_null=False) == ids(note_present="true") == where(lambda o: o["note"] is not None)
    assert ids(total_gteq=100.5) == where(lambda o: o["total"] is not None and o["total"] >= 100.5)
    day = sorted(one["created_at"][:10] for one in orders if one["created_at"])[100]
    assert ids(created_at_lt=day) == where(lambda o: o["created_at"] and o["created_at"][:10] < day)


def test_the_columns_of_csv_are_the_fields_in_their_order(lines, orders):
    header, found = lines(fields=["number", "customer.email", "id"])
    assert header == ["number", "customer.email", "id"]
    assert [line[2] for line in found] == [str(one["id"]) for one in orders]


def test_csv_without_fields_has_all_own_ones_and_those_included(lines, orders):
    header, _ = lines(includes=["customer"], filters={"note_null": True, "customer_note_null": True})
    assert header[: len(orders[0])] == list(orders[0])
    assert header[-1].startswith("customer.")
    assert "customer.email" in header


def test_related_records_of_a_record_stand_in_one_cell(lines, rows):
    fields = ["id", "line_items.quantity"]
    header, found = lines(fields=fields)
    assert header == ["id", "line_items"]
    quantities = {
        str(one["id"]): [line["quantity"] for line in one["line_items"]] for one in rows(fields=fields)
    }
    for id, cell in found:
        assert cell == ", ".join(str(one) for one in quantities[id] if one is not None)
    assert any("," in cell for _, cell in found)


def test_a_csv_file_begins_with_its_header_and_formulas_are_harmless(made):
    text, _ = made(format="csv", resource_type="customers", fields=["name", "note"])
    assert text.startswith('"name","note"\n')
    for name, note in list(csv.reader(io.StringIO(text)))[1:]:
        assert not name.startswith(("=", "@", "\t")) and not note.startswith(("=", "@", "\t"))  # noqa: PT018


def test_a_json_file_is_an_array_and_nothing_around_it(made):
    text, count = made(fields=["id"], filters={"id_lteq": 2})
    assert (text, count) == ('[\n{"id":1},\n{"id":2}\n]\n', 2)


def test_every_resource_can_be_exported_in_both_formats(mine, work, app):
    ids = [
        shown(create(mine, resource_type=name, format=format), 201)["id"]
        for name in ("customers", "products", "line_items", "transactions")
        for format in ("csv", "json")
    ]
    work()
    for id in ids:
        assert shown(mine.get(f"{EXPORTS}/{id}"))["status"] == "completed"
