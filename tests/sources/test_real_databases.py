"""Every table of the two real databases, value by value against what sqlite3 reads."""

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dashboard.columns import STAGED
from dashboard.sources import load
from tests.sources.reading import read


def plain(value, field):
    """What a person would expect of a stored value."""
    if value is None:
        return None
    match field.type:
        case "decimal":
            digits = format(Decimal(repr(value)), "f").removesuffix(".0")
            missing = (field.scale or 0) - len(digits.partition(".")[2])
            return digits + ("." if "." not in digits and missing > 0 else "") + "0" * max(missing, 0)
        case "datetime":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        case "date":
            return date.fromisoformat(value)
        case "float":
            return float(value)
    return value


@pytest.mark.parametrize("name", ["chinook", "northwind"])
@pytest.mark.parametrize(("part_rows", "by_rows"), [(50_000, False), (7, False), (100, True)])
def test_every_value_of_every_table_is_read_as_it_is(shared_data, name, part_rows, by_rows):
    path = shared_data / f"{name}.sqlite"
    catalog = load(f"sqlite:///{path}")
    assert len(catalog.resources) == {"chinook": 11, "northwind": 13}[name]
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        for resource in catalog.resources.values():
            key = ", ".join(f'"{column}"' for column in resource.key)
            expected = connection.execute(f'SELECT * FROM "{resource.table}" ORDER BY {key}').fetchall()
            frame = read(f"sqlite:///{path}", resource.name, part_rows=part_rows, by_rows=by_rows)
            if not expected:
                assert frame.is_empty()
                continue
            assert frame.schema == {one.name: STAGED[one.type] for one in resource.fields}
            for place, field in enumerate(resource.fields):
                assert frame[field.name].to_list() == [plain(row[place], field) for row in expected], field


@pytest.mark.parametrize("name", ["chinook", "northwind"])
def test_both_ways_of_reading_give_the_same_frames(shared_data, name):
    url = f"sqlite:///{shared_data / name}.sqlite"
    for resource in load(url).resources:
        sort = (f"-{load(url).resources[resource].fields[-1].name}",)
        assert_frame_equal(
            read(url, resource, sort=sort, part_rows=9), read(url, resource, sort=sort, by_rows=True)
        )


def test_types_and_scales_come_from_the_database(shared_data):
    catalog = load(f"sqlite:///{shared_data / 'chinook.sqlite'}")
    invoice = {one.name: (one.type, one.scale) for one in catalog.resources["invoice"].fields}
    assert invoice["Total"] == ("decimal", 2)
    assert invoice["InvoiceDate"] == ("datetime", None)
    assert invoice["BillingCity"] == ("text", None)
    frame = read(f"sqlite:///{shared_data / 'chinook.sqlite'}", "invoice", ["Total"])
    assert frame["Total"].head(3).to_list() == ["1.98", "3.96", "5.94"]


def test_names_with_spaces_and_composite_keys_become_resources(shared_data):
    catalog = load(f"sqlite:///{shared_data / 'northwind.sqlite'}")
    details = catalog.resources["order_details"]
    assert (details.table, details.label, details.key) == (
        "Order Details",
        "Order details",
        ("OrderID", "ProductID"),
    )
    assert "invoices" not in catalog.resources, "a view is no resource"


def test_columns_of_related_tables_stand_beside_the_row(shared_data):
    url = f"sqlite:///{shared_data / 'chinook.sqlite'}"
    paths = [
        "InvoiceId",
        "customer.Email",
        "customer.supportrep.LastName",
        "customer.supportrep.reportsto.Title",
    ]
    frame = read(url, "invoice", paths, part_rows=50)
    with sqlite3.connect(f"file:{shared_data / 'chinook.sqlite'}?mode=ro", uri=True) as connection:
        expected = connection.execute(
            "SELECT i.InvoiceId, c.Email, e.LastName, m.Title FROM Invoice i"
            " LEFT JOIN Customer c USING (CustomerId) LEFT JOIN Employee e ON e.EmployeeId = c.SupportRepId"
            " LEFT JOIN Employee m ON m.EmployeeId = e.ReportsTo ORDER BY i.InvoiceId"
        ).fetchall()
    assert frame.rows() == expected
    nobody = read(url, "employee", ["EmployeeId", "reportsto.LastName"])
    assert nobody.filter(pl.col("EmployeeId") == 1)["reportsto.LastName"].to_list() == [None]
