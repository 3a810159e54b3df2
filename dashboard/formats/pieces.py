"""Text put together from pieces: looked at for a whole part at once, joined a slice at a time.

`csv` and `xlsx_cells` build rows with it; `bytes_of` alone serves formats that make their texts another way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import nanoarrow  # type: ignore[import-untyped]
import polars as pl

# The same in every row, or one for each. In a cell, a null makes the whole cell blank.
Piece = str | pl.Series


class Pieces:
    """The pieces of all rows in their order: a template, and a frame of those that differ by row."""

    def __init__(self) -> None:
        self._series: list[pl.Series] = []
        self._numbers: dict[int, int] = {}
        self._template = ""
        self._gaps: list[pl.Expr] = []

    def add(self, *pieces: Piece) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._template += piece.replace("{", "{{").replace("}", "}}")
            else:
                value = self._expression(piece)
                self._add_gap(value.fill_null("") if piece.null_count() else value)

    def add_first_of(self, cells: Sequence[Sequence[Piece]]) -> None:
        """Of each row the first cell that is not blank, if there is one."""
        found = (pl.concat_str(*map(self._expression, cell)) for cell in cells)
        self._add_gap(pl.coalesce(*found, pl.lit("")))

    def joined(self, rows: int) -> Iterator[bytes]:
        """All rows, so many at a time."""
        frame = pl.DataFrame([series.alias(str(number)) for number, series in enumerate(self._series)])
        # Not `concat_str`, for which what is the same in every row costs as much as a column.
        whole = pl.format(self._template, *self._gaps)
        for start in range(0, frame.height, rows):
            yield bytes_of(frame.slice(start, rows), whole)

    def _add_gap(self, value: pl.Expr) -> None:
        self._template += "{}"
        self._gaps.append(value)

    def _expression(self, piece: Piece) -> pl.Expr:
        if isinstance(piece, str):
            return pl.lit(piece)
        number = self._numbers.setdefault(id(piece), len(self._series))
        if number == len(self._series):
            self._series.append(piece)
        return pl.col(str(number))


def has_nulls(pieces: Sequence[Piece]) -> bool:
    return any(isinstance(piece, pl.Series) and piece.null_count() > 0 for piece in pieces)


def bytes_of(frame: pl.DataFrame, texts: pl.Expr) -> bytes:
    """What `format` or `concat_str` makes of each row, end to end.

    Such texts are new, and polars writes new texts one behind the other into the buffers of their column; but those
    of up to 12 bytes it keeps elsewhere, and then they are joined the long way.
    """
    found = frame.select(texts.alias("")).to_series()
    chunks = (chunk.view() for chunk in nanoarrow.c_array_stream(found))
    data = b"".join(buffer for chunk in chunks for buffer in _buffers(chunk))
    if len(data) == found.str.len_bytes().sum():
        return data
    joined: bytes = found.str.join("").cast(pl.Binary).item()
    return joined


def _buffers(chunk: Any) -> Iterator[Any]:
    """Those with the texts: they stand behind the validity and the views, before their own sizes (Arrow's Utf8View)."""
    for number in range(2, chunk.n_buffers - 1):
        yield chunk.buffer(number)
