"""Frames as runs of `<row>` elements, on whole columns. `formats.xlsx` calls `rows_xml` and `header_xml`.

What Excel can hold as a number is a number (`xlsx_numbers`), all else is text (`xlsx_text`); a column may need both.
All columns are looked at once; then one `concat_str` over the pieces of all cells makes the rows, a slice at a time,
as the XML of a whole part would be many times the part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
from openpyxl.utils import get_column_letter

from dashboard.columns import Column
from dashboard.formats import lists, xlsx_widths
from dashboard.formats.base import Lines
from dashboard.formats.pieces import Piece, Pieces, has_nulls
from dashboard.formats.values import base64, odd_texts
from dashboard.formats.xlsx_numbers import Numbers, numbers
from dashboard.formats.xlsx_styles import PLAIN, QUOTED
from dashboard.formats.xlsx_text import TOO_LONG, cell_texts
from dashboard.guard import well_formed

_SLICE_CELLS = 70_000

Body = list[Piece]


@dataclass(slots=True)
class Part:
    """A part on its way to cells: its rows, and what is learnt of them meanwhile."""

    frame: pl.DataFrame
    zone: str
    warnings: Counter[str] = field(default_factory=Counter)
    widths: list[int] = field(default_factory=list)
    errors: list[Lines] = field(default_factory=list)


def rows_xml(part: Part, columns: Sequence[Column], first: int) -> Iterator[bytes]:
    """The rows as XML, numbered from `first`; `part` knows all about them once the first slice is there."""
    height = part.frame.height
    pieces = Pieces()
    row = pl.int_range(first, first + height, eager=True).cast(pl.String)
    pieces.add('<row r="', row, '">')
    for position, column in enumerate(columns, 1):
        start: Body = [f'<c r="{get_column_letter(position)}', row]
        bodies = _bodies(part, column)
        if len(bodies) == 1 and not has_nulls(bodies[0]):
            pieces.add(*start, *bodies[0])
        else:
            pieces.add_first_of([[*start, *body] for body in bodies])
    pieces.add("</row>")
    yield from pieces.joined(max(1, _SLICE_CELLS // max(1, len(columns))))


def heading(column: Column, zone: str) -> str:
    """The label; over moments it names the zone, as their cells cannot."""
    return well_formed(f"{column.label} ({zone})" if column.type == "datetime" else column.label)


def header_xml(columns: Sequence[Column], zone: str, plain: int, quoted: int) -> bytes:
    labels = pl.Series([heading(column, zone) for column in columns], dtype=pl.String)
    letters = pl.Series([get_column_letter(position) for position in range(1, len(columns) + 1)])
    found = cell_texts(labels, Counter(), plain, quoted)
    pieces = Pieces()
    pieces.add('<c r="', letters, "1", found.openings, found.values, "</t></is></c>")
    return b'<row r="1">' + b"".join(pieces.joined(max(1, len(columns)))) + b"</row>"


def _bodies(part: Part, column: Column) -> list[Body]:
    """What may follow a cell's reference, in order of preference; the width and the counters go to `part`."""
    values, strays = part.frame[column.name], odd_texts(part.frame, column)
    found = numbers(values, column, part.zone)
    if found is None:
        texts = base64(values) if column.type == "binary" else values
        cells = [_text_cells(part, column, texts)]
    else:
        cells = [_number_cells(found, column)]
        if found.texts is not None:
            part.warnings[found.counter] += _present(found.texts)
            # Decimals are staged as text: only they could be something else than they should.
            quoted = QUOTED if column.type == "decimal" else PLAIN
            cells.append(_text_cells(part, column, found.texts, quoted))
    if strays is not None:
        part.warnings["odd_values"] += _present(strays)
        cells.append(_text_cells(part, column, strays))
    part.widths.append(max(width for _, width in cells))
    return [body for body, _ in cells]


def _number_cells(found: Numbers, column: Column) -> tuple[Body, int]:
    width = xlsx_widths.of_numbers(found.values, column.type, found.fractions)
    return [found.openings, found.values, "</v></c>"], width


def _text_cells(part: Part, column: Column, texts: pl.Series, quoted: int = QUOTED) -> tuple[Body, int]:
    found = cell_texts(texts, part.warnings, PLAIN, quoted)
    if found.cut is not None:
        keys = lists.keys(part.frame, found.cut)
        part.errors.append(lists.errors(keys, column, TOO_LONG, texts.gather(found.cut)))
    return [found.openings, found.values, "</t></is></c>"], xlsx_widths.of_texts(texts)


def _present(values: pl.Series) -> int:
    return values.len() - values.null_count()
