"""The first column of an XLSX file: which part of it is the sheet, which texts and dates its cells speak of.

Called in the child. `sheet` reads the cells themselves.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dashboard.filter_files import markup
from dashboard.filter_files.archive import NOT_A_WORKBOOK, Archive
from dashboard.filter_files.ids import Cell
from dashboard.filter_files.refusals import Refused
from dashboard.filter_files.sheet import Sheet
from dashboard.filter_files.texts import texts

_TYPES = "[Content_Types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = re.compile(r"vbaproject|macrosheet|macroenabled", re.IGNORECASE)
# Numbers of the date formats that every workbook has without naming them.
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NO_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


def cells(data: bytes) -> Iterator[Cell]:
    """The first cell of each row that has one. Raises Refused."""
    archive = Archive(data)
    types = _content_types(archive)
    if any(_MACROS.search(name) for name in (*archive.members, *types.values())):
        raise Refused("The workbook holds macros. Save it as XLSX without them.")
    markup.refuse_declarations(archive)
    book = next(iter(_related(archive, "", "officeDocument").values()), "")
    if (types.get(f"/{book}") or types.get(posixpath.splitext(book)[1])) != _MAIN:
        raise Refused(NOT_A_WORKBOOK)
    shared = [
        text for part in _related(archive, book, "sharedStrings").values() for text in texts(archive, part)
    ]
    dates = {
        style for part in _related(archive, book, "styles").values() for style in _date_styles(archive, part)
    }
    return Sheet(shared, dates).cells(archive.chunks(_first_sheet(archive, book)))


def _content_types(archive: Archive) -> dict[str, str]:
    """By "/part", and by ".extension" for the parts that have none of their own."""
    found = markup.elements(archive, _TYPES, ("Default", "Override"))
    return {
        one.get("PartName") or f".{one.get('Extension', '')}": one.get("ContentType", "") for _, one in found
    }


def _related(archive: Archive, part: str, kind: str) -> dict[str, str]:
    """The parts of this kind that a part refers to, by the id of the reference; "" is the archive itself."""
    folder, name = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    if relations not in archive.members:
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, one.get("Target", "")))[1:]
        for _, one in markup.elements(archive, relations, ("Relationship",))
        if one.get("Type", "").endswith(f"/{kind}") and one.get("TargetMode") != "External"
    }


def _first_sheet(archive: Archive, book: str) -> str:
    """The first that people see."""
    parts = _related(archive, book, "worksheet")
    sheets = [one for _, one in markup.elements(archive, book, ("sheet",)) if one.get("id") in parts]
    shown = [one for one in sheets if one.get("state", "visible") == "visible"]
    if not sheets:
        raise Refused(NOT_A_WORKBOOK)
    return parts[(shown or sheets)[0]["id"]]


def _date_styles(archive: Archive, part: str) -> Iterator[str]:
    """The numbers, as cells have them, of the styles that show a number as a date or a time."""
    dates, number, is_of_cells = set(map(str, _DATES)), 0, False
    for name, one in markup.elements(archive, part, ("numFmt", "cellStyleXfs", "cellXfs", "xf")):
        if name == "numFmt" and re.search(
            "[dmyhs]", _NO_CODE.sub("", one.get("formatCode", "")), re.IGNORECASE
        ):
            dates.add(one.get("numFmtId", ""))
        elif name == "xf" and is_of_cells:
            if one.get("numFmtId") in dates:
                yield str(number)
            number += 1
        elif name != "xf":
            is_of_cells = name == "cellXfs"
