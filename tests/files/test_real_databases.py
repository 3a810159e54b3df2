"""Every table of the two real databases, exported to every format and read back, against what sqlite3 reads."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.files.expected import assert_calamine, assert_csv, assert_json, assert_openpyxl
from tests.files.reading import read_calamine, read_csv, read_json, read_openpyxl
from tests.files.stored import rows_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TABLES = {
    "chinook": (
        *("Album", "Artist", "Customer", "Employee", "Genre", "Invoice", "InvoiceLine", "MediaType"),
        *("Playlist", "PlaylistTrack", "Track"),
    ),
    "northwind": (
        *("Categories", "CustomerCustomerDemo", "CustomerDemographics", "Customers", "EmployeeTerritories"),
        *(
            "Employees",
            "Order Details",
            "Orders",
            "Products",
            "Regions",
            "Shippers",
            "Suppliers",
            "Territories",
        ),
    ),
}
ROWS = {"chinook": 15_607, "northwind": 3_310}


def resource_of(table):
    return table.lower().replace(" ", "_")


@pytest.fixture(params=list(TABLES))
def database(request):
    if not DATA.is_dir():
        assert not os.environ.get("CI"), "the real databases must be here in CI"
        pytest.skip("the real databases are not on this machine")
    return request.param


@pytest.fixture
def sources(database):
    return f"sqlite:///{DATA / database}.sqlite"


@pytest.fixture
def part_rows():
    return 1_000


@pytest.fixture
def plain(database):
    with closing(sqlite3.connect(f"file:{DATA / database}.sqlite?mode=ro", uri=True)) as connection:
        yield connection


def test_the_tables_below_are_all_that_have_a_key(app, database, plain):
    found = plain.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert sorted(name for (name,) in found) == sorted(TABLES[database])
    assert set(app.extensions["catalog"].resources) == {resource_of(table) for table in TABLES[database]}


def test_every_table_reads_back_from_every_format_as_it_is(made_in_every_format, database, plain):
    seen = 0
    for table in TABLES[database]:
        names, rows = rows_of(plain, table)
        files = made_in_every_format(resource_of(table))
        heading, found = read_csv(files["csv"].data)
        assert_csv(found, rows, table)
        assert len(heading) == len(names)
        keys, found = read_json(files["json"].data)
        assert_json(found, rows, table)
        assert keys == (names if rows else [])
        for read, check in ((read_openpyxl, assert_openpyxl), (read_calamine, assert_calamine)):
            _, found = read(files["xlsx"].data)
            check(found, rows, table)
        assert all(not file.warnings.get("odd_values") for file in files.values())
        seen += len(rows)
    assert seen == ROWS[database]
