"""XLSX columns: as wide as what is in them, and those that related rows become."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest

from dashboard.columns import ROWS, Column
from dashboard.formats.base import CannotHold


def book(file):
    return openpyxl.load_workbook(BytesIO(file.data))


WIDTHS = [
    ("text", ["a"], 9),  # the heading and the arrow of the filter
    ("text", ["a" * 30, None, "b"], 32),
    ("text", ["a" * 30, "b" * 200], 60),
    ("text", ["漢字" * 10], 42),
    ("text", ["ёж" * 10], 22),
    ("text", ["é漢" * 10], 32),
    ("integer", [10**15 - 1], 17),
    ("integer", [-(2**63)], 22),
    ("decimal", ["-123456789.25"], 15),
    ("float", [1 / 3], 14),
    ("boolean", [True], 9),
    ("date", [date(2026, 1, 5)], 12),
    ("datetime", [datetime(2026, 1, 5, tzinfo=UTC)], 21),
    ("datetime", [datetime(2026, 1, 5, 0, 0, 0, 250_000, tzinfo=UTC)], 25),
    ("datetime", [datetime(1, 1, 1, tzinfo=UTC)], 27),
    ("datetime", [None], 15),
    ("uuid", ["2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"], 38),
    ("binary", [bytes(30)], 42),
]


def widths(file):
    sheet = book(file).worksheets[0]
    return [sheet.column_dimensions[chr(65 + number)].width for number in range(sheet.max_column)]


@pytest.mark.parametrize(("type", "values", "width"), WIDTHS)
def test_a_column_is_as_wide_as_its_widest_cell(one, type, values, width):
    assert widths(one("xlsx", type, values))[0] == width


def test_the_widths_are_those_of_all_parts_and_sheets(render, columns_of, frame_of, monkeypatch):
    monkeypatch.setattr("dashboard.formats.xlsx.SHEET_ROWS", 1)
    columns = columns_of("text", "integer")
    parts = [frame_of(columns, [row]) for row in (("a" * 20, None), ("b" * 50, 10**12), (None, 1))]
    file = render("xlsx", columns, *parts)
    found = [[sheet.column_dimensions[letter].width for letter in "AB"] for sheet in book(file).worksheets]
    assert found == [[52, 15]] * 3


def test_a_narrow_column_is_still_eight_wide_and_a_heading_has_room_for_the_arrow(render, frame_of):
    columns = (
        Column("a", "text", "A"),
        Column("b", "text", "A rather long heading"),
        Column("c", "text", "漢" * 9),
    )
    file = render("xlsx", columns, frame_of(columns, [("x", "y", "z")]))
    assert widths(file) == [8, 25, 22]
    assert widths(render("xlsx", columns)) == [8, 25, 22]


def test_values_that_do_not_fit_their_type_widen_the_column_too(one):
    assert widths(one("xlsx", "integer", [1, None], odd_texts=[None, "x" * 40]))[0] == 42


ITEMS = Column(
    "line_items",
    ROWS,
    "Line items",
    columns=(Column("sku", "text", "SKU"), Column("quantity", "integer", "Quantity")),
)
ORDERS = [
    ([{"sku": "=A", "quantity": 2}, {"sku": "B", "quantity": 1}], 1),
    ([], 2),
    ([{"sku": "C", "quantity": None}], 3),
]


def test_related_rows_stand_in_one_cell(render, frame_of):
    columns = (ITEMS, Column("id", "integer", "ID"))
    sheet = book(render("xlsx", columns, frame_of(columns, ORDERS))).worksheets[0]
    assert [row[0].value for row in sheet] == [
        "Line items",
        "SKU: =A, Quantity: 2; SKU: B, Quantity: 1",
        None,
        "SKU: C",
    ]
    assert [row[1].value for row in sheet] == ["ID", 1, 2, 3]


def test_related_rows_stand_in_numbered_columns_of_their_types(render, frame_of):
    columns = (ITEMS, Column("id", "integer", "ID"))
    settings = {"nested": "flatten", "widths": {"line_items": 2}}
    file = render("xlsx", columns, frame_of(columns, ORDERS), **settings)
    sheet = book(file).worksheets[0]
    assert [cell.value for cell in sheet[1]][0::2] == ["Line items 1 SKU", "Line items 2 SKU", "ID"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["=A", 2, "B", 1, 1],
        [None, None, None, None, 2],
        ["C", None, None, None, 3],
    ]
    assert sheet.auto_filter.ref == "A1:E4"
    assert sheet["A2"].quotePrefix
    assert file.warnings == {"guarded_cells": 1}
    assert file.format.waits_for_all(file.layout)
    assert not render("xlsx", columns).format.waits_for_all(render("xlsx", columns).layout)


def test_numbered_columns_beyond_the_last_of_a_sheet_are_refused(render, frame_of):
    settings = {"nested": "flatten", "widths": {"line_items": 9_000}}
    with pytest.raises(CannotHold, match="at most 16,384 columns; this export has 18,000"):
        render("xlsx", (ITEMS,), frame_of((ITEMS,), [([],)]), **settings)


def test_a_file_of_related_rows_that_nobody_has_is_a_valid_one(render, frame_of):
    file = render("xlsx", (ITEMS,), frame_of((ITEMS,), [([],)] * 2), nested="flatten")
    assert book(file).worksheets[0].auto_filter.ref == "A1:A3"
