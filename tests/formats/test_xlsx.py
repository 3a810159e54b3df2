"""XLSX as openpyxl, calamine and LibreOffice see it, and its own quirks: sheets, cells, the ZIP around them."""

from __future__ import annotations

import csv
import re
import shutil
import struct
import subprocess
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest
from isal import isal_zlib
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from dashboard.columns import Column
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout, Place
from dashboard.formats.xlsx import SHEET_ROWS
from dashboard.formats.xlsx_shell import make_shell, sheet_names
from dashboard.formats.xlsx_styles import STYLES
from dashboard.formats.xlsx_zip import Note, ZipWriter, deflate


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


def test_replaced_characters_are_counted_one_by_one(one):
    assert one("xlsx", "text", ["\0\0a\x1f", "b", "\uffff"]).warnings == {"replaced_characters": 4}


def test_headings_are_text_and_name_the_zone_of_moments(render, frame_of):
    columns = (
        Column("a", "text", "=1+1"),
        Column("b", "datetime", "Placed at"),
        Column("c", "date", "<&\x00\ud800"),
    )
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    file = render("xlsx", columns, frame_of(columns, [("x", moment, None)]), timezone="Europe/Berlin")
    sheet = book(file).worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["=1+1", "Placed at (Europe/Berlin)", "<&\ufffd\ufffd"]
    assert [cell.data_type for cell in sheet[1]] == ["s"] * 3
    assert sheet["B2"].value == datetime(2026, 7, 2, 0, 30)
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet["A1"].quotePrefix


def test_the_sheet_has_a_frozen_header_a_filter_widths_and_its_true_extent(render, columns_of, frame_of):
    columns = columns_of("integer", "text", id="uuid")
    sheet = book(render("xlsx", columns, frame_of(columns, [(1, "a", None), (2, "b", None)]))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions == "A1:C3"
    assert sheet.column_dimensions["C"].width > sheet.column_dimensions["A"].width


def test_every_row_and_cell_carries_its_reference_across_parts(render, columns_of, frame_of):
    columns = columns_of("integer", "text")
    parts = [frame_of(columns, [(n, "x")] * 3) for n in (1, 2)]
    xml = sheet_xml(render("xlsx", columns, *parts))
    assert re.findall(r'<row r="(\d+)"', xml) == [str(n) for n in range(1, 8)]
    assert re.findall(r'<c r="(\w+)"', xml) == [f"{letter}{n}" for n in range(1, 8) for letter in "AB"]


def test_the_properties_have_the_dates_of_the_export(one):
    properties = book(one("xlsx", "text", ["a"], title="Orders & more \x00")).properties
    assert properties.created == properties.modified == datetime(2026, 1, 5, 9, 0)
    assert properties.title == "Orders & more \ufffd"


def test_styles_have_the_numbers_that_cells_use(one):
    file = book(one("xlsx", "text", ["a"]))
    assert len(file._cell_styles) == len(STYLES)
    for found, style in zip(file._cell_styles, STYLES, strict=True):
        assert bool(found.quotePrefix) == style.quoted
        assert bool(file._fonts[found.fontId].b) == style.bold


NAMES = [
    ("Orders", "Orders"),
    ("a[b]:c*d?e/f\\g\x00\n", "abcdefg"),
    ("'quoted'", "quoted"),
    ("", "Sheet1"),
    ("***", "Sheet1"),
    ("history", "Sheet1"),
    ("a" * 40, "a" * 31),
    ("😀" * 20, "😀" * 15),
    ("a" * 30 + "'b", "a" * 30),
    ("\ud800x", "x"),
]


@pytest.mark.parametrize(("title", "expected"), NAMES)
def test_sheet_names_are_what_excel_takes(title, expected):
    assert sheet_names(title, 1) == [expected]


def test_sheets_of_one_file_have_different_names():
    assert sheet_names("Orders", 3) == ["Orders", "Orders (2)", "Orders (3)"]
    assert sheet_names("a" * 40, 2)[1] == "a" * 27 + " (2)"


def test_a_part_that_would_pass_the_last_row_starts_a_new_sheet():
    xlsx = FORMATS["xlsx"]
    assert xlsx.place([], 10) == Place(0, 0)
    assert xlsx.place([50_000] * 20, 48_575) == Place(0, 1_000_000)
    assert xlsx.place([50_000] * 20, 48_576) == Place(1, 0)
    assert xlsx.place([50_000] * 21, 50_000) == Place(1, 50_000)
    assert xlsx.place([SHEET_ROWS], 0) == Place(0, SHEET_ROWS)
    assert xlsx.place([SHEET_ROWS], 1) == Place(1, 0)
    assert xlsx.place([SHEET_ROWS, SHEET_ROWS], 1) == Place(2, 0)


def test_rows_beyond_a_sheet_go_on_in_a_second_one_with_a_header(render, columns_of, monkeypatch):
    monkeypatch.setattr("dashboard.formats.xlsx.SHEET_ROWS", 1000)
    columns = columns_of("integer")
    parts = [pl.DataFrame({"integer": range(n, n + 350)}) for n in range(0, 1400, 350)]
    file = render("xlsx", columns, *parts)
    workbook = CalamineWorkbook.from_filelike(BytesIO(file.data))
    assert workbook.sheet_names == ["Orders", "Orders (2)"]
    first, second = (workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names)
    assert (len(first), first[0], first[-1]) == (701, ["Integer"], [699])
    assert (len(second), second[:2]) == (701, [["Integer"], [700]])
    assert [sheet.auto_filter.ref for sheet in book(file).worksheets] == ["A1:A701", "A1:A701"]


def test_openpyxl_reads_it_row_by_row_too(render, columns_of, frame_of):
    columns = columns_of("integer", "text")
    file = render("xlsx", columns, frame_of(columns, [(1, "a"), (2, None)]))
    rows = list(book(file, read_only=True).worksheets[0].iter_rows(values_only=True))
    assert rows == [("Integer", "Text"), (1, "a"), (2, None)]


def test_the_widest_table_has_16384_columns(render, frame_of):
    columns = tuple(Column(f"c{n}", "integer", f"C{n}") for n in range(16_384))
    file = render("xlsx", columns, frame_of(columns, [range(16_384)]))
    rows = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert rows[1] == list(range(16_384))


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_it(render, columns_of, frame_of, tmp_path):
    columns = columns_of("text", "integer", "decimal", "boolean", "date", "datetime")
    moment = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    rows = [
        ("=1+1", 10**15, "12.50", True, date(2026, 1, 5), moment),
        ("007 é 😀", -7, "0.5", False, date(1850, 1, 1), None),
        (None, None, None, None, None, None),
        ("a\r\nb _x0041_ <&>", 1, "1", None, None, None),
    ]
    (tmp_path / "file.xlsx").write_bytes(render("xlsx", columns, frame_of(columns, rows)).data)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76"]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "file.xlsx"], check=True, timeout=180)
    with (tmp_path / "file.csv").open(encoding="utf-8", newline="") as lines:
        found = list(csv.reader(lines))
    assert found[0] == ["Text", "Integer", "Decimal", "Boolean", "Date", "Datetime (UTC)"]
    assert found[1] == ["=1+1", str(10**15), "12.50", "TRUE", "2026-01-05", "2026-01-05 09:30:00"]
    assert found[2] == ["007 é 😀", "-7", "0.5", "FALSE", "1850-01-01", ""]
    assert found[3] == [""] * 6
    assert found[4][:3] == ["a\nb _x0041_ <&>", "1", "1"]


class Length:
    """Counts what is written, and keeps the beginning and the end."""

    def __init__(self):
        self.size, self.begin, self.end = 0, b"", b""

    def write(self, data):
        self.begin = (self.begin + data)[:200] if len(self.begin) < 200 else self.begin
        self.end = (self.end + data)[-1000:]
        self.size += len(data)


def test_a_sheet_of_more_than_four_gigabytes_has_zip64_sizes():
    note, block = deflate(bytes(64 << 20))
    end_note, end = deflate(b"", last=True)
    total = Note()
    for _ in range(65):
        total += note
    out = Length()
    archive = ZipWriter(out, datetime(2026, 1, 5))
    archive.add_deflated("big.xml", total + end_note, [block] * 65 + [end])
    archive.add("small.xml", b"small")
    archive.close()
    assert total.raw == 65 * (64 << 20) > 0xFFFFFFFF
    assert struct.unpack_from("<H", out.begin, 4) == (45,)
    assert struct.pack("<2H2Q", 1, 16, total.raw, (total + end_note).deflated) in out.begin
    assert struct.pack("<2HQ", 1, 8, total.raw) in out.end


def test_a_small_workbook_has_no_zip64_and_no_data_descriptors(one):
    data = one("xlsx", "text", ["a"]).data
    assert data[:4] == b"PK\3\4"
    assert b"PK\6\6" not in data
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "[Content_Types].xml"
        for member in archive.infolist():
            assert not member.flag_bits & 8
            assert (member.extract_version, member.extra) == (20, b"")
            assert member.date_time == (2026, 1, 5, 9, 0, 0)


def test_a_file_of_more_than_four_gigabytes_has_a_zip64_directory(tmp_path):
    """Written to a sparse file, as the place of the last member is all that matters."""
    path = tmp_path / "big.zip"

    class Sparse:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            if data is zeros:
                self.file.seek(len(data), 1)
            else:
                self.file.write(data)

    zeros = bytes(1 << 26)
    with path.open("wb") as file:
        archive = ZipWriter(Sparse(file), datetime(2026, 1, 5))
        archive.add_deflated("hole", Note(0, 1, 65 << 26), [zeros] * 65)
        archive.add("small.xml", b"small")
        archive.close()
    with ZipFile(path) as found:
        assert found.read("small.xml") == b"small"
        assert found.getinfo("hole").compress_size == 65 << 26


def test_a_damaged_fragment_is_refused(one):
    file = one("xlsx", "text", ["a"])
    out = BytesIO()
    with pytest.raises(ValueError, match="damaged"):
        file.format.write([lambda: [file.fragments[0].data[:-1]]], file.layout, file.places, file.rows, out)


def test_the_sum_of_notes_is_the_note_of_the_sum():
    pieces = [b"first", b"", b"second" * 1000]
    total = Note()
    for piece in pieces:
        total += deflate(piece)[0]
    assert (total.crc, total.raw) == (isal_zlib.crc32(b"".join(pieces)), len(b"".join(pieces)))


def test_the_shell_does_not_depend_on_the_clock(monkeypatch):
    layout = Layout((Column("a", "text", "A"),), "Orders", datetime(2020, 1, 1, tzinfo=UTC))
    members = make_shell(layout, [1]).members
    assert not [name for name, data in members.items() if str(datetime.now(UTC).year).encode() in data]
