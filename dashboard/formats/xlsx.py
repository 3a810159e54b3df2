"""XLSX without a workbook in memory: each part is a run of rows, deflated by itself.

A fragment is a note (checksum and sizes) and a raw deflate stream that ends on a byte. A sheet is such
streams end to end between the start and the end of openpyxl's XML, so assembling is copying. A sheet is full
before row 1,048,577; the next part then starts a new one, with a header of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

import polars as pl

from dashboard.formats.base import Format, Fragment, Layout, Opener, Out, Place
from dashboard.formats.xlsx_cells import header_xml, rows_xml
from dashboard.formats.xlsx_shell import Sheet, make_shell
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
        if not frame.height:
            return Fragment(Note().pack(), 0, {})
        warnings: Counter[str] = Counter()
        first = place.row + _HEADER_ROWS + 1
        note, deflated = deflate(rows_xml(frame, layout.columns, layout.timezone, first, warnings))
        found = {key: count for key, count in warnings.items() if count}
        return Fragment(note.pack() + deflated, frame.height, found)

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        sheets = _by_sheet(fragments, places)
        counts = [0] * len(sheets)
        for place, count in zip(places, rows, strict=True):
            counts[place.sheet] += count
        shell = make_shell(layout, counts)
        archive = ZipWriter(out, layout.created_at.astimezone(UTC))
        for name, data in shell.members.items():
            archive.add(name, data)
        header = header_xml(layout.columns, layout.timezone)
        for sheet, openers in zip(shell.sheets, sheets, strict=True):
            _add_sheet(archive, sheet, header, openers)
        archive.close()


def _by_sheet(fragments: Sequence[Opener], places: Sequence[Place]) -> list[list[Opener]]:
    sheets: list[list[Opener]] = [[] for _ in range(max((p.sheet for p in places), default=0) + 1)]
    for opener, place in zip(fragments, places, strict=True):
        sheets[place.sheet].append(opener)
    return sheets


def _add_sheet(archive: ZipWriter, sheet: Sheet, header: bytes, openers: Sequence[Opener]) -> None:
    start_note, start = deflate(sheet.start + header)
    end_note, end = deflate(sheet.end, last=True)
    total = start_note
    for opener in openers:
        total += Note.unpack(_first_bytes(opener()))
    archive.add_deflated(sheet.member, total + end_note, _pieces(start, openers, end))


def _pieces(start: bytes, openers: Iterable[Opener], end: bytes) -> Iterator[bytes]:
    yield start
    for opener in openers:
        yield from _without_note(opener())
    yield end


def _first_bytes(chunks: Iterable[bytes]) -> bytes:
    note = b""
    for chunk in chunks:
        note += chunk[: NOTE_SIZE - len(note)]
        if len(note) == NOTE_SIZE:
            break
    return note


def _without_note(chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = NOTE_SIZE
    for chunk in chunks:
        yield chunk[left:]
        left = max(0, left - len(chunk))
