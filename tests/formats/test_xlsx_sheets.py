"""XLSX around its cells: sheets and their names, the header, widths, styles, properties, options."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from unittest.mock import ANY

import openpyxl
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from dashboard.columns import Column
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout, Place
from dashboard.formats.xlsx import SHEET_ROWS
from dashboard.formats.xlsx_shell import make_shell, sheet_names
from dashboard.formats.xlsx_styles import TINT, Clock, styles
from dashboard.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]


def book(file, **settings):
    return openpyxl.load_workbook(BytesIO(file.data), **settings)


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


HEADERS = [({}, True, None), ({"header": "filled"}, True, TINT), ({"header": "plain"}, False, None)]


@pytest.mark.parametrize(("options", "bold", "tint"), HEADERS)
def test_the_header_is_bold_or_tinted_or_plain(render, frame_of, options, bold, tint):
    columns = (Column("a", "text", "A"), Column("b", "text", "=B"))
    sheet = book(render("xlsx", columns, frame_of(columns, [("x", "=y")]), **options)).worksheets[0]
    for cell in sheet[1]:
        assert bool(cell.font.b) == bold
        assert (cell.fill.fgColor.rgb if cell.fill.fill_type else None) == tint
    assert [bool(cell.quotePrefix) for cell in sheet[1]] == [False, True]
    assert not any(cell.font.b or cell.fill.fill_type for cell in sheet[2])


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_and_moments_are_shown_as_the_language_writes_them(render, columns_of, frame_of, language):
    columns = columns_of("date", "datetime", fraction="datetime")
    moment = datetime(2026, 1, 5, 9, 0, 1, tzinfo=UTC)
    row = (date(2026, 1, 5), moment, moment.replace(microsecond=250_000))
    file = render("xlsx", columns, frame_of(columns, [row]), language=language)
    found = book(file).worksheets[0][2]
    assert [cell.is_date for cell in found] == [True] * 3
    assert [cell.value.isoformat() for cell in found] == [
        "2026-01-05T00:00:00",
        "2026-01-05T09:00:01",
        "2026-01-05T09:00:01.250000",
    ]
    calamine = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert calamine[1] == [date(2026, 1, 5), moment.replace(tzinfo=None), row[2].replace(tzinfo=None)]
    assert (found[0].number_format, found[1].number_format) == SHOWN.get(language, (ANY, ANY))
    assert found[2].number_format == found[1].number_format.replace("ss", "ss.000")
    assert book(file).properties.language == language


SHOWN = {
    "en": ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"),
    "de": (r"[$-407]dd\.mm\.yyyy", r"[$-407]dd\.mm\.yyyy\, hh:mm:ss"),
    "ja": ("[$-411]yyyy/mm/dd", "[$-411]yyyy/mm/dd h:mm:ss"),
}


def test_fragments_do_not_depend_on_the_language_or_the_header(render, columns_of, frame_of):
    columns = columns_of("date", "text")
    frame = frame_of(columns, [(date(2026, 1, 5), "=1")])
    files = [
        render("xlsx", columns, frame, language=language, header=header)
        for language in ("en", "pl")
        for header in ("bold", "plain")
    ]
    assert len({file.fragments[0].data for file in files}) == 1
    assert len({file.data for file in files}) == 4


def test_the_properties_have_the_dates_of_the_export(one):
    properties = book(one("xlsx", "text", ["a"], title="Orders & more \x00")).properties
    assert properties.created == properties.modified == datetime(2026, 1, 5, 9, 0)
    assert properties.title == "Orders & more \ufffd"


@pytest.mark.parametrize("language", LANGUAGES)
def test_styles_have_the_numbers_that_cells_use(one, language):
    file = book(one("xlsx", "text", ["a"], language=language))
    wanted = styles(Clock.of(language))
    assert len(file._cell_styles) == len(wanted)
    for found, style in zip(file._cell_styles, wanted, strict=True):
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


def test_the_widest_table_has_16384_columns(render, frame_of):
    columns = tuple(Column(f"c{n}", "integer", f"C{n}") for n in range(16_384))
    file = render("xlsx", columns, frame_of(columns, [range(16_384)]))
    rows = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert rows[1] == list(range(16_384))


def test_the_shell_does_not_depend_on_the_clock():
    columns = (Column("a", "text", "A"),)
    layout = Layout(columns, "Orders", datetime(2020, 1, 1, tzinfo=UTC))
    members = make_shell(layout, columns, [1], [1]).members
    assert not [name for name, data in members.items() if str(datetime.now(UTC).year).encode() in data]


WITH_AND_WITHOUT_LXML = """
import hashlib
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from unittest.mock import ANY
import openpyxl.xml
import polars as pl
from dashboard.columns import Column
from dashboard.formats.base import Layout, Place
from dashboard.formats.xlsx import Xlsx

columns = (Column("n", "integer", "N"), Column("t", "text", "T & <é>"))
layout = Layout(columns, "Orders & <é>", datetime(2026, 1, 5, 9, tzinfo=UTC), language="pt")
frame = pl.DataFrame({"n": range(30_000)}).with_columns(t=pl.concat_str(pl.lit("=<é> "), "n"))
data = Xlsx().fragment(frame, layout, Place()).data
out = BytesIO()
Xlsx().write([lambda: [data]] * 2, layout, [Place(), Place(1)], [frame.height] * 2, out)
print(openpyxl.xml.LXML, hashlib.sha256(out.getvalue()).hexdigest())
"""


def test_two_machines_make_the_same_bytes_one_of_them_without_lxml():
    found = {}
    for lxml, threads in ("True", "1"), ("False", "2"):
        environment = {**os.environ, "OPENPYXL_LXML": lxml, "POLARS_MAX_THREADS": threads}
        command = [sys.executable, "-c", WITH_AND_WITHOUT_LXML]
        had, made = subprocess.check_output(command, cwd=ROOT, env=environment, text=True).split()
        found[had] = made
    assert found.keys() == {"True", "False"}
    assert found["True"] == found["False"]
