"""20,000 orders in every format, opened by the programs and libraries that people open them with."""

import csv
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from decimal import Decimal

import pytest

from benchmarks.shop import make_shop, write_catalog
from tests.files.expected import assert_calamine, assert_csv, assert_json, assert_openpyxl, in_csv
from tests.files.reading import number_formats, read_calamine, read_csv, read_json, read_openpyxl
from tests.files.stored import rows_of

ORDERS = 20_000
LABELS = [
    *(
        "ID",
        "Number",
        "Status",
        "Payment status",
        "Customer ID",
        "Customer email",
        "Currency",
        "Total",
        "Items",
    ),
    *("Note", "Placed", "Shipped", "Created", "Updated"),
]
SHEET_LABELS = [*LABELS[:10], *(f"{label} (UTC)" for label in LABELS[10:])]
by_libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def large_shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    make_shop(folder / "shop.sqlite", orders=ORDERS)
    write_catalog(folder / "sources.toml", folder / "shop.sqlite")
    return folder


@pytest.fixture(scope="module")
def orders(large_shop):
    """Names and rows, as sqlite3 reads them."""
    with closing(sqlite3.connect(large_shop / "shop.sqlite")) as plain:
        names, rows = rows_of(plain, "orders")
    assert [row[0] for row in rows] == list(range(1, ORDERS + 1))
    return names, rows


@pytest.fixture
def sources(large_shop):
    return str(large_shop / "sources.toml")


@pytest.fixture
def part_rows():
    return 6_500


def test_csv_opened_by_the_csv_module(made, orders):
    file = made("orders", "csv")
    assert file.export.part_count == 4
    heading, found = read_csv(file.data)
    assert heading == LABELS
    assert_csv(found, orders[1])


def test_json_opened_by_the_json_module(made, orders):
    keys, found = read_json(made("orders", "json").data)
    assert keys == orders[0]
    assert_json(found, orders[1])


def test_xlsx_opened_by_openpyxl_and_calamine(made, orders):
    data = made("orders", "xlsx").data
    heading, found = read_openpyxl(data)
    assert heading == SHEET_LABELS
    assert_openpyxl(found, orders[1])
    assert number_formats(data)[7] == "0.00"
    heading, found = read_calamine(data)
    assert heading == SHEET_LABELS
    assert_calamine(found, orders[1])


def through_libreoffice(path, *import_options):
    """The rows of the sheet as LibreOffice shows them."""
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    convert = ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76"]
    out = path.parent / "shown"
    command = ["soffice", profile, "--headless", *import_options, *convert, "--outdir", out, path]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    with (out / f"{path.stem}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def shown_on_a_sheet(value):
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case str():
            return value.replace("\r\n", "\n")
        case Decimal():
            return f"{value:.2f}"
    return str(value)


def shown_of_a_field(value):
    if isinstance(value, Decimal):  # a number, and nothing told LibreOffice of its scale
        return f"{value.normalize():f}"
    return (in_csv(value) or "").replace("\r\n", "\n")


@by_libreoffice
def test_xlsx_opened_by_libreoffice(made, orders, tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(made("orders", "xlsx").data)
    heading, *found = through_libreoffice(path)
    assert heading == SHEET_LABELS
    assert found == [[shown_on_a_sheet(value) for value in row] for row in orders[1]]


@by_libreoffice
def test_csv_opened_by_libreoffice(made, orders, tmp_path):
    """Opened as the dialog proposes: commas, UTF-8, nothing of a text field computed."""
    path = tmp_path / "orders.csv"
    path.write_bytes(made("orders", "csv").data)
    heading, *found = through_libreoffice(path, "--infilter=CSV:44,34,76,1,,0,true,false")
    assert heading == LABELS
    assert found == [[shown_of_a_field(value) for value in row] for row in orders[1]]
