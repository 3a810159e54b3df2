"""Everything of a workbook but its rows, made by openpyxl. `formats.xlsx` calls `make_shell`.

Styles, widths, the frozen header, the filter and the properties. Nothing in it depends on the clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import polars as pl
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from dashboard.columns import Column
from dashboard.formats.base import Layout
from dashboard.formats.xlsx_cells import heading
from dashboard.formats.xlsx_styles import TINT, Clock, Style, styles
from dashboard.formats.xlsx_widths import fitting, of_each
from dashboard.formats.xml_text import without_impossible

_LONGEST_NAME = 31
_EMPTY = re.compile(r'<(([^\s<>/"]+)(?: [^\s<>="]+="[^"]*")*)></\2>')
# Marks in a number format that take no room.
_NOT_SHOWN = re.compile(r'\[\$[^\]]*\]|[\\"]')


@dataclass(frozen=True, slots=True)
class Sheet:
    """The XML of one sheet up to where its rows begin, and from where they end."""

    member: str
    start: bytes
    end: bytes


@dataclass(frozen=True, slots=True)
class Shell:
    members: dict[str, bytes]
    sheets: list[Sheet]


def make_shell(layout: Layout, columns: Sequence[Column], seen: Sequence[int], rows: Sequence[int]) -> Shell:
    """A workbook with one sheet for each number in `rows`: its rows of data. `seen`: how wide the cells are."""
    book = Workbook()
    clock = Clock.of(layout.language)
    _register_styles(book, styles(clock))
    _describe(book, layout)
    widths = _widths(columns, seen, layout.timezone, clock)
    for name, count in zip(sheet_names(layout.title, len(rows)), rows, strict=True):
        _lay_out(book.create_sheet(name), widths, count)
    members = _saved(book)
    sheets = []
    for number, count in enumerate(rows, 1):
        member = f"xl/worksheets/sheet{number}.xml"
        sheets.append(_taken_apart(member, members.pop(member), _extent(len(columns), count)))
    return Shell(members, sheets)


def sheet_names(title: str, count: int) -> list[str]:
    """Names that Excel takes: cut to 31 UTF-16 units, without what it forbids, all different."""
    return [_sheet_name(title, "" if number == 1 else f" ({number})") for number in range(1, count + 1)]


def _sheet_name(title: str, suffix: str) -> str:
    allowed = re.sub(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "", title)
    units = 2 * (_LONGEST_NAME - len(suffix))
    name = allowed.strip(" '").encode("utf-16-le")[:units].decode("utf-16-le", "ignore").rstrip(" '")
    if not name or name.lower() == "history":
        name = "Sheet1"
    return name + suffix


def _register_styles(book: Workbook, wanted: Sequence[Style]) -> None:
    """openpyxl numbers styles as they are first asked for: here, in order, on a sheet thrown away."""
    scratch = book.create_sheet()
    bold = Font(name="Calibri", size=11, bold=True)
    tint = PatternFill("solid", fgColor=TINT)
    for number, style in enumerate(wanted):
        cell = scratch.cell(number + 1, 1)
        cell.number_format = style.number_format
        cell.quotePrefix = style.quoted
        if style.bold:
            cell.font = bold
        if style.filled:
            cell.fill = tint
        if cell.style_id != number:
            raise RuntimeError(f"openpyxl counts {style} as {cell.style_id}, not {number}.")
    for sheet in book.worksheets:
        book.remove(sheet)


def _describe(book: Workbook, layout: Layout) -> None:
    made = layout.created_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.title = without_impossible(layout.title)
    book.properties.creator = "Export Centre"
    book.properties.language = layout.language
    book.properties.created = made


def _widths(columns: Sequence[Column], seen: Sequence[int], zone: str, clock: Clock) -> list[int]:
    formats = {"date": clock.date, "datetime": clock.datetime}
    least = {type: len(_NOT_SHOWN.sub("", format)) for type, format in formats.items()}
    cells = [
        max(width, least.get(column.type, 0)) if width else 0
        for column, width in zip(columns, seen, strict=True)
    ]
    headings = of_each(pl.Series([heading(column, zone) for column in columns], dtype=pl.String))
    return [fitting(*both) for both in zip(cells, headings, strict=True)]


def _lay_out(sheet: Worksheet, widths: Sequence[int], rows: int) -> None:
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = _extent(len(widths), rows)
    for position, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(position)].width = width


def _extent(columns: int, rows: int) -> str:
    return f"A1:{get_column_letter(max(1, columns))}{rows + 1}"


def _saved(book: Workbook) -> dict[str, bytes]:
    buffer = BytesIO()
    book.save(buffer)
    with ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # Saving has put the time of day in.
    book.properties.modified = book.properties.created
    members["docProps/core.xml"] = tostring(book.properties.to_tree())
    # Programs that look at a file's first bytes to tell its kind expect this member there.
    first = "[Content_Types].xml"
    return {name: _canonical(members[name]) for name in (first, *(name for name in members if name != first))}


def _canonical(xml: bytes) -> bytes:
    """One way to write the XML, as openpyxl has another where lxml is installed."""
    # SheetJS knows some of the empty elements only as one tag.
    return _EMPTY.sub(r"<\1/>", ElementTree.canonicalize(xml.decode())).encode()


def _taken_apart(member: str, xml: bytes, extent: str) -> Sheet:
    # Readers believe the dimension, and the sheet was saved empty.
    xml = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{extent}"'.encode(), xml, count=1)
    start, end = xml.split(b"<sheetData/>")
    # Without this Excel puts a green corner on each "007", and offers to make 7 of them all.
    calm = f'<ignoredErrors><ignoredError sqref="{extent}" numberStoredAsText="1"/></ignoredErrors>'
    end = end.replace(b"</worksheet>", calm.encode() + b"</worksheet>")
    return Sheet(member, start + b"<sheetData>", b"</sheetData>" + end)
