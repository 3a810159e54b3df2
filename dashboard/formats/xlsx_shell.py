"""Everything of a workbook but its rows, made by openpyxl. `formats.xlsx` calls `make_shell`.

Styles, widths, the frozen header, the filter and the properties. Nothing in it depends on the clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from io import BytesIO
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from dashboard.columns import Column
from dashboard.formats.base import Layout
from dashboard.formats.xlsx_cells import heading
from dashboard.formats.xlsx_styles import STYLES
from dashboard.formats.xml_text import without_impossible

_WIDTHS = {
    "text": 24,
    "integer": 12,
    "decimal": 14,
    "float": 14,
    "boolean": 9,
    "date": 12,
    "datetime": 20,
    "time": 12,
    "interval": 14,
    "uuid": 38,
    "binary": 24,
    "json": 40,
}
_WIDEST = 60
_FILTER_ARROW = 4
_LONGEST_NAME = 31


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


def make_shell(layout: Layout, rows: Sequence[int]) -> Shell:
    """A workbook with one sheet for each number in `rows`: its rows of data."""
    book = Workbook()
    _register_styles(book)
    _describe(book, layout)
    for name, count in zip(sheet_names(layout.title, len(rows)), rows, strict=True):
        _lay_out(book.create_sheet(name), layout, count)
    members = _saved(book)
    sheets = []
    for number, count in enumerate(rows, 1):
        member = f"xl/worksheets/sheet{number}.xml"
        sheets.append(_taken_apart(member, members.pop(member), _extent(layout.columns, count)))
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


def _register_styles(book: Workbook) -> None:
    """openpyxl numbers styles as they are first asked for: here, in order, on a sheet thrown away."""
    scratch = book.create_sheet()
    bold = Font(name="Calibri", size=11, bold=True)
    for number, style in enumerate(STYLES):
        cell = scratch.cell(number + 1, 1)
        cell.number_format = style.number_format
        cell.quotePrefix = style.quoted
        if style.bold:
            cell.font = bold
        if cell.style_id != number:
            raise RuntimeError(f"openpyxl counts {style} as {cell.style_id}, not {number}.")
    for sheet in book.worksheets:
        book.remove(sheet)


def _describe(book: Workbook, layout: Layout) -> None:
    made = layout.created_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.title = without_impossible(layout.title)
    book.properties.creator = "Export Centre"
    book.properties.created = made


def _lay_out(sheet: Worksheet, layout: Layout, rows: int) -> None:
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = _extent(layout.columns, rows)
    for position, column in enumerate(layout.columns, 1):
        wanted = max(_WIDTHS[column.type], len(heading(column, layout.timezone)) + _FILTER_ARROW)
        sheet.column_dimensions[get_column_letter(position)].width = min(wanted, _WIDEST)


def _extent(columns: Sequence[Column], rows: int) -> str:
    return f"A1:{get_column_letter(len(columns))}{rows + 1}"


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
    return {first: members.pop(first), **members}


def _taken_apart(member: str, xml: bytes, extent: str) -> Sheet:
    # Readers believe the dimension, and the sheet was saved empty.
    xml = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{extent}"'.encode(), xml, count=1)
    start, end = re.split(rb"<sheetData\s*/>|<sheetData></sheetData>", xml)
    return Sheet(member, start + b"<sheetData>", b"</sheetData>" + end)
