"""XLSX without a workbook in memory: each part is a run of rows, deflated by itself.

A fragment is a note (checksum, sizes, how wide its columns are) and a raw deflate stream that ends on a byte. A sheet
is such streams end to end between the start and the end of openpyxl's XML, so assembling is copying. A sheet is full
before row 1,048,577; the next part then starts a new one, with a header of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import chain

import polars as pl

from dashboard.formats import lists, xlsx_widths
from dashboard.formats.base import Format, Fragment, Layout, Opener, Option, Out, Place
from dashboard.formats.nested import NESTED, flat, flat_columns, flattens
from dashboard.formats.xlsx_cells import Part, header_xml, rows_xml
from dashboard.formats.xlsx_shell import Sheet, make_shell
from dashboard.formats.xlsx_styles import HEADER_STYLES, HEADERS
from dashboard.formats.xlsx_zip import NOTE_SIZE, Note, ZipWriter, deflate

SHEET_ROWS = 1_048_575
_HEADER_ROWS = 1
_SHEETS = 10


class Xlsx(Format):
    key = "xlsx"
    label = "XLSX"
    description = "An Excel workbook with typed columns"
    extension = "xlsx"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    options = (Option("header", "Header row", HEADERS), NESTED)
    max_columns = 16_384
    max_rows = _SHEETS * SHEET_ROWS

    def place(self, earlier: Sequence[int], rows: int) -> Place:
        sheet = row = 0
        for size in [*earlier, rows]:
            if row + size > SHEET_ROWS:
                sheet, row = sheet + 1, 0
            row += size
        return Place(sheet, row - rows)

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        columns = flat_columns(layout)
        self.check(len(columns))
        if not frame.height:
            return Fragment(Note().pack() + bytes(len(columns)), 0, {})
        part = Part(frame, layout.timezone)
        part.frame = flat(frame, layout, part.warnings)
        note, deflated = deflate(rows_xml(part, columns, place.row + _HEADER_ROWS + 1))
        warnings = {key: count for key, count in part.warnings.items() if count}
        errors = {"errors": lists.joined(part.errors)} if part.errors else {}
        return Fragment(
            note.pack() + xlsx_widths.pack(part.widths) + deflated, frame.height, warnings, lists=errors
        )

    def list_header(self, kind: str, layout: Layout) -> bytes:
        return lists.header(kind)

    def waits_for_all(self, layout: Layout) -> bool:
        return flattens(layout)

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        columns = flat_columns(layout)
        sheets = _by_sheet([_Piece(opener, len(columns)) for opener in fragments], places)
        counts = [0] * len(sheets)
        for place, count in zip(places, rows, strict=True):
            counts[place.sheet] += count
        widths = xlsx_widths.merged((piece.widths for pieces in sheets for piece in pieces), len(columns))
        shell = make_shell(layout, columns, widths, counts)
        archive = ZipWriter(out, layout.created_at.astimezone(UTC))
        for name, data in shell.members.items():
            archive.add(name, data)
        header = header_xml(columns, layout.timezone, *HEADER_STYLES[layout.options.get("header", "bold")])
        for sheet, pieces in zip(shell.sheets, sheets, strict=True):
            _add_sheet(archive, sheet, header, pieces)
        archive.close()


class _Piece:
    """A fragment where it is stored: what its note says, and the deflated rows behind the note."""

    def __init__(self, opener: Opener, columns: int) -> None:
        self._open = opener
        self._begin = NOTE_SIZE + columns
        head = _first_bytes(opener(), self._begin)
        self.note, self.widths = Note.unpack(head[:NOTE_SIZE]), head[NOTE_SIZE:]

    def deflated(self) -> Iterator[bytes]:
        left = self._begin
        for chunk in self._open():
            yield chunk[left:]
            left = max(0, left - len(chunk))


def _by_sheet(pieces: Sequence[_Piece], places: Sequence[Place]) -> list[list[_Piece]]:
    sheets: list[list[_Piece]] = [[] for _ in range(max((p.sheet for p in places), default=0) + 1)]
    for piece, place in zip(pieces, places, strict=True):
        sheets[place.sheet].append(piece)
    return sheets


def _add_sheet(archive: ZipWriter, sheet: Sheet, header: bytes, pieces: Sequence[_Piece]) -> None:
    start_note, start = deflate([sheet.start, header])
    end_note, end = deflate([sheet.end], last=True)
    total = sum((piece.note for piece in pieces), start_note) + end_note
    rows = (chunk for piece in pieces for chunk in piece.deflated())
    archive.add_deflated(sheet.member, total, chain([start], rows, [end]))


def _first_bytes(chunks: Iterable[bytes], size: int) -> bytes:
    head = b""
    for chunk in chunks:
        head += chunk[: size - len(head)]
        if len(head) == size:
            break
    return head
