"""The cells of XLSX as openpyxl and calamine see them: numbers, days, texts, what cannot be held."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from dashboard.columns import Column


def book(file, **settings):
    return openpyxl.load_workbook(BytesIO(file.data), **settings)


def cells(file):
    """The cells of the first column below the heading, with their styles."""
    return [row[0] for row in book(file).worksheets[0].iter_rows(min_row=2)]


def values(file):
    return [cell.value for cell in cells(file)]


def by_calamine(file):
    sheet = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0)
    return [row[0] for row in sheet.to_python(skip_empty_area=False)[1:]]


def sheet_xml(file, number=1):
    with ZipFile(BytesIO(file.data)) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


NUMBERS = [
    ("boolean", True, True, "General"),
    ("boolean", False, False, "General"),
    ("integer", 0, 0, "0"),
    ("integer", 999_999_999_999_999, 999_999_999_999_999, "0"),
    ("integer", -999_999_999_999_999, -999_999_999_999_999, "0"),
    ("decimal", "12", 12, "0"),
    ("decimal", "12.50", 12.5, "0.00"),
    ("decimal", "-0.003", -0.003, "0.000"),
    ("decimal", "1234567890123.45", 1234567890123.45, "0.00"),
    ("decimal", "0.000000000000000000000000000001", 1e-30, "0." + "0" * 30),
    ("float", 0.1, 0.1, "General"),
    ("float", 1e300, 1e300, "General"),
    ("date", date(1900, 3, 1), datetime(1900, 3, 1), "yyyy-mm-dd"),
    ("date", date(2026, 1, 5), datetime(2026, 1, 5), "yyyy-mm-dd"),
    ("date", date(9999, 12, 31), datetime(9999, 12, 31), "yyyy-mm-dd"),
    ("datetime", datetime(1900, 3, 1, tzinfo=UTC), datetime(1900, 3, 1), "yyyy-mm-dd hh:mm:ss"),
    (
        "datetime",
        datetime(2026, 1, 5, 9, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 5, 9, 0, 1),
        "yyyy-mm-dd hh:mm:ss",
    ),
    (
        *("datetime", datetime(2026, 1, 5, 9, 0, 1, 250_000, tzinfo=UTC)),
        *(datetime(2026, 1, 5, 9, 0, 1, 250_000), "yyyy-mm-dd hh:mm:ss.000"),
    ),
    (
        *("datetime", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        *(datetime(9999, 12, 31, 23, 59, 59), "yyyy-mm-dd hh:mm:ss"),
    ),
]
TEXTS = [
    ("text", "", ""),
    ("text", "007", "007"),
    ("text", "1E5", "1E5"),
    ("text", "MARCH1", "MARCH1"),
    ("text", "TRUE", "TRUE"),
    ("text", "12345678901234567890", "12345678901234567890"),
    ("text", "=1+1", "=1+1"),
    ("text", "https://example.com", "https://example.com"),
    ("text", "<a> & \"b\" 'c' ]]>", "<a> & \"b\" 'c' ]]>"),
    ("text", " a ", " a "),
    ("text", "\ta\n", "\ta\n"),
    ("text", "a\r\nb\rc\nd\r\r\n", "a\nb\nc\nd\n\n"),
    ("text", "\0\x01\x0b\x1f\ufffe\uffff|", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd|"),
    ("text", "é 漢 😀 \x7f\x85\u2028", "é 漢 😀 \x7f\x85\u2028"),
    ("time", "13:05:00", "13:05:00"),
    ("interval", "P1DT2H", "P1DT2H"),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"),
    ("binary", b"\xff\x00", "/wA="),
    ("json", '{"a":"<b>"}', '{"a":"<b>"}'),
]
SPILLED = [
    ("integer", 10**15, "1000000000000000", "numbers_as_text"),
    ("integer", -(2**63), "-9223372036854775808", "numbers_as_text"),
    ("decimal", "12345678901234.50", "12345678901234.50", "numbers_as_text"),
    ("decimal", "0." + "0" * 30 + "1", "0." + "0" * 30 + "1", "numbers_as_text"),
    ("decimal", "NaN", "NaN", "numbers_as_text"),
    ("decimal", "=1+1", "=1+1", "numbers_as_text"),
    ("float", float("nan"), "NaN", "numbers_as_text"),
    ("float", float("-inf"), "-Infinity", "numbers_as_text"),
    ("date", date(1900, 2, 28), "1900-02-28", "dates_as_text"),
    ("date", date(1, 1, 1), "0001-01-01", "dates_as_text"),
    ("datetime", datetime(1900, 2, 28, 23, tzinfo=UTC), "1900-02-28T23:00:00+00:00", "dates_as_text"),
]


@pytest.mark.parametrize(("type", "value", "expected", "number_format"), NUMBERS)
def test_numbers_and_days_are_typed_cells_with_a_fitting_format(one, type, value, expected, number_format):
    file = one("xlsx", type, [value])
    (cell,) = cells(file)
    assert (cell.value, cell.number_format) == (expected, number_format)
    assert file.warnings == {}
    if type in ("date", "datetime"):
        found = by_calamine(file)[0]
        # calamine makes dates of midnights, whatever the cell's format.
        assert found in (expected, expected.date())
    else:
        assert by_calamine(file) == [expected]


@pytest.mark.parametrize(("type", "value", "expected"), TEXTS)
def test_texts_are_text_cells_and_nothing_else(one, type, value, expected):
    file = one("xlsx", type, [value])
    assert '<c r="A2"' in sheet_xml(file)
    assert cells(file)[0].data_type == "s"
    assert (values(file)[0] or "") == expected
    assert by_calamine(file) == [expected]


@pytest.mark.parametrize(("type", "value", "expected", "counter"), SPILLED)
def test_what_excel_would_round_or_misread_is_text_and_counted(one, type, value, expected, counter):
    file = one("xlsx", type, [value, None])
    assert values(file) == [expected, None]
    assert cells(file)[0].data_type != "f"
    assert by_calamine(file) == [expected, ""]
    assert file.warnings[counter] == 1


@pytest.mark.parametrize("type", sorted({row[0] for row in NUMBERS + TEXTS}))
def test_null_is_a_blank_cell_in_every_type(one, type):
    xml = sheet_xml(one("xlsx", type, [None, None]))
    assert '<row r="3"><c r="B3"' in xml
    assert '<c r="A2"' not in xml


def test_a_column_can_hold_numbers_texts_strays_and_blanks_at_once(one):
    odd_texts = [None, None, None, "a < b", None]
    file = one("xlsx", "integer", [1, 10**15, None, None, -2], odd_texts=odd_texts)
    assert values(file) == [1, "1000000000000000", None, "a < b", -2]
    assert file.warnings == {"numbers_as_text": 1, "odd_values": 1}


def test_a_column_can_hold_decimals_of_several_scales(one):
    file = one("xlsx", "decimal", ["1", "2.5", None, "3.25", "4.50"])
    assert values(file) == [1, 2.5, None, 3.25, 4.5]
    assert [cell.number_format for cell in cells(file)] == ["0", "0.0", "General", "0.00", "0.00"]


def test_decimals_of_one_scale_need_no_style_of_their_own(one):
    file = one("xlsx", "decimal", ["1.50", None, "-2.25"])
    assert [cell.number_format for cell in cells(file)] == ["0.00", "General", "0.00"]


def test_text_shaped_like_a_formula_has_the_quote_prefix_and_no_apostrophe(one):
    texts = ["=1+1", "plain", "-5", " =1", "\t=1", "a;=1", "<=", "@x", None]
    file = one("xlsx", "text", texts)
    assert values(file) == texts
    assert [bool(cell.quotePrefix) for cell in cells(file)] == [1, 0, 0, 1, 1, 0, 0, 1, 0]
    assert file.warnings == {"guarded_cells": 4}


@pytest.mark.parametrize(
    ("type", "value", "warnings"),
    [
        ("float", float("-inf"), {"numbers_as_text": 1}),
        ("integer", -(2**63), {"numbers_as_text": 1}),
        ("datetime", datetime(1, 1, 1, tzinfo=UTC), {"dates_as_text": 1}),
        ("decimal", "-0." + "0" * 30 + "1", {"numbers_as_text": 1}),
    ],
)
def test_a_number_written_as_text_is_not_taken_for_a_formula(one, type, value, warnings):
    file = one("xlsx", type, [value])
    assert file.warnings == warnings
    assert not cells(file)[0].quotePrefix


def test_text_that_stands_where_a_number_should_is_guarded(one):
    file = one("xlsx", "float", [1.5, None], odd_texts=[None, "-Infinity"])
    assert [bool(cell.quotePrefix) for cell in cells(file)] == [False, True]
    assert file.warnings == {"odd_values": 1, "guarded_cells": 1}


PERCENTS = [
    ("decimal", "0.5", "0%", "50%"),
    ("decimal", "0.25", "0%", "25%"),
    ("decimal", "0.125", "0.0%", "12.5%"),
    ("decimal", "-1.2345", "0.00%", "-123.45%"),
    ("decimal", "2", "0%", "200%"),
    ("integer", 1, "0%", "100%"),
    ("float", 0.125, "0.00%", "12.50%"),
]


@pytest.mark.parametrize(("type", "value", "number_format", "shown"), PERCENTS)
def test_a_percentage_keeps_the_share_and_shows_hundredths(
    render, frame_of, type, value, number_format, shown
):
    columns = (Column("share", type, "Share", percent=True),)
    file = render("xlsx", columns, frame_of(columns, [(value,)]))
    (cell,) = cells(file)
    assert (cell.value, cell.number_format) == (float(value), number_format)
    digits = number_format.partition(".")[2].count("0")
    assert f"{cell.value:.{digits}%}" == shown
    assert file.warnings == {}


def test_percentages_of_several_scales_share_a_column(render, frame_of):
    columns = (Column("share", "decimal", "Share", percent=True),)
    rows = [("0.1",), ("0.125",), (None,), ("1.00",), ("0." + "1" * 20,)]
    file = render("xlsx", columns, frame_of(columns, rows))
    assert values(file) == [0.1, 0.125, None, 1, "0." + "1" * 20]
    assert [cell.number_format for cell in cells(file)] == ["0%", "0.0%", "General", "0%", "General"]
    assert file.warnings == {"numbers_as_text": 1}


@pytest.mark.parametrize(
    "text",
    ["_x0041_", "_x0041_x0042_", "__x000a_", "_x005F_x0041_", "_xZZZZ_", "a_x000D", "_X0041_", "_x0041_" * 3],
)
def test_what_looks_like_an_escape_survives(one, text):
    file = one("xlsx", "text", [text])
    assert by_calamine(file) == [text]
    # openpyxl leaves the escapes of inline strings to its caller.
    assert unescape(values(file)[0]) == text


LONG = [
    ("a" * 32_767, "a" * 32_767, 0),
    ("a" * 32_768, "a" * 32_767, 1),
    ("é" * 32_767, "é" * 32_767, 0),
    ("😀" * 16_384, "😀" * 16_383, 1),
    ("a" + "😀" * 16_383, "a" + "😀" * 16_383, 0),
    ("\r\n" * 20_000, "\n" * 20_000, 0),
    ("&" * 40_000, "&" * 32_767, 1),
]


@pytest.mark.parametrize(("text", "expected", "cut"), LONG, ids=range(len(LONG)))
def test_long_text_is_cut_between_characters_and_counted(one, text, expected, cut):
    file = one("xlsx", "text", ["short", text, None, text])
    assert values(file) == ["short", expected, None, expected]
    assert file.warnings.get("cut_texts", 0) == 2 * cut


def test_texts_that_were_cut_are_listed_whole(render, columns_of, frame_of):
    columns = columns_of("text", "binary")
    rows = [("short", b"a"), ("a" * 40_000, None), (None, b"\xff" * 30_000)]
    file = render("xlsx", columns, frame_of(columns, rows))
    found = file.fragments[0].lists["errors"]
    lines = (file.format.list_header("errors", file.layout) + found.data).decode()
    header, *listed = csv.reader(lines.splitlines())
    assert header == ["key", "column", "reason", "value"]
    reason = "Cut: a cell holds 32,767 characters"
    assert listed == [
        ["2", "text", reason, f'"{"a" * 40_000}"'],
        ["3", "binary", reason, f'"{"/" * 40_000}"'],
    ]
    assert found.rows == file.warnings["cut_texts"] == 2


def test_nothing_is_listed_where_nothing_was_cut(one):
    assert one("xlsx", "text", ["=1+1", "\0", "a" * 32_767]).fragments[0].lists == {}


def test_replaced_characters_are_counted_one_by_one(one):
    assert one("xlsx", "text", ["\0\0a\x1f", "b", "\uffff"]).warnings == {"replaced_characters": 4}


def test_every_row_and_cell_carries_its_reference_across_parts(render, columns_of, frame_of):
    columns = columns_of("integer", "text")
    parts = [frame_of(columns, [(n, "x")] * 3) for n in (1, 2)]
    xml = sheet_xml(render("xlsx", columns, *parts))
    assert re.findall(r'<row r="(\d+)"', xml) == [str(n) for n in range(1, 8)]
    assert re.findall(r'<c r="(\w+)"', xml) == [f"{letter}{n}" for n in range(1, 8) for letter in "AB"]


def test_openpyxl_reads_it_row_by_row_too(render, columns_of, frame_of):
    columns = columns_of("integer", "text")
    file = render("xlsx", columns, frame_of(columns, [(1, "a"), (2, None)]))
    rows = list(book(file, read_only=True).worksheets[0].iter_rows(values_only=True))
    assert rows == [("Integer", "Text"), (1, "a"), (2, None)]
