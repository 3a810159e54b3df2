"""Frames as runs of `<row>` elements, on whole columns. `formats.xlsx` calls `rows_xml` and `header_xml`.

What Excel can hold as a number is a number (`xlsx_numbers`), all else is text (`xlsx_text`); a column may
need both. One `concat_str` over the pieces of all cells makes the rows.
"""

from __future__ import annotations

from collections import Counter

import polars as pl
from openpyxl.utils import get_column_letter

from dashboard.columns import Column
from dashboard.formats.values import base64, odd_texts
from dashboard.formats.xlsx_numbers import numbers
from dashboard.formats.xlsx_styles import HEADER, QUOTED_HEADER
from dashboard.formats.xlsx_text import cell_texts
from dashboard.guard import well_formed

# A cell's pieces after its reference; a null among them makes the whole body null.
Body = list[pl.Expr]


def rows_xml(
    frame: pl.DataFrame, columns: tuple[Column, ...], zone: str, first: int, warnings: Counter[str]
) -> bytes:
    """The rows as XML, numbered from `first`; what had to be changed is added to `warnings`."""
    row = pl.lit(pl.int_range(first, first + frame.height, eager=True).cast(pl.String))
    pieces = [pl.lit('<row r="'), row, pl.lit('">')]
    for position, column in enumerate(columns, 1):
        start = [pl.lit(f'<c r="{get_column_letter(position)}'), row]
        pieces += _cell(start, frame, column, zone, warnings)
    rows = pl.select(pl.concat_str(*pieces, pl.lit("</row>"), ignore_nulls=True)).to_series()
    joined: bytes = rows.str.join("").cast(pl.Binary).item()
    return joined


def heading(column: Column, zone: str) -> str:
    """The label; over moments it names the zone, as their cells cannot."""
    return f"{column.label} ({zone})" if column.type == "datetime" else column.label


def header_xml(columns: tuple[Column, ...], zone: str) -> bytes:
    labels = [well_formed(heading(column, zone)) for column in columns]
    letters = pl.Series([get_column_letter(position) for position in range(1, len(columns) + 1)])
    start = [pl.lit('<c r="'), pl.lit(letters), pl.lit("1")]
    body = _text_body(pl.Series(labels, dtype=pl.String), Counter(), HEADER, QUOTED_HEADER)
    cells = pl.select(pl.concat_str(*start, *body)).to_series()
    return f'<row r="1">{cells.str.join("").item()}</row>'.encode()


def _cell(
    start: list[pl.Expr], frame: pl.DataFrame, column: Column, zone: str, warnings: Counter[str]
) -> list[pl.Expr]:
    """Flat pieces when every row has the same kind of cell, else one piece that is null where blank."""
    values, strays = frame[column.name], odd_texts(frame, column)
    found = numbers(values, column.type, zone)
    if found is None:
        texts = base64(values) if column.type == "binary" else values
        bodies = [_text_body(texts, warnings)]
    else:
        bodies = [[pl.lit(found.openings), pl.lit(found.values), pl.lit("</v></c>")]]
        if found.texts is not None:
            warnings[found.counter] += _present(found.texts)
            bodies.append(_text_body(found.texts, warnings))
    if strays is not None:
        warnings["odd_values"] += _present(strays)
        bodies.append(_text_body(strays, warnings))
    if len(bodies) == 1 and not values.null_count():
        return [*start, *bodies[0]]
    return [pl.concat_str(*start, pl.coalesce(*(pl.concat_str(*body) for body in bodies)))]


def _text_body(texts: pl.Series, warnings: Counter[str], *styles: int) -> Body:
    found = cell_texts(texts, warnings, *styles)
    return [pl.lit(found.openings), pl.lit(found.values), pl.lit("</t></is></c>")]


def _present(values: pl.Series) -> int:
    return values.len() - values.null_count()
