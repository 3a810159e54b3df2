"""Text put together from pieces: looked at for a whole part at once, joined a slice at a time.

`xlsx_cells` builds rows with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

# The same in every row, or one for each. In a cell, a null makes the whole cell blank.
Piece = str | pl.Series


class Pieces:
    """The pieces of all rows in their order: an expression over a frame of those that differ by row."""

    def __init__(self) -> None:
        self._series: list[pl.Series] = []
        self._numbers: dict[int, int] = {}
        self._expressions: list[pl.Expr] = []
        self._text = ""

    def add(self, *pieces: Piece) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._text += piece
            else:
                self._end_text()
                self._expressions.append(self._expression(piece))

    def add_first_of(self, cells: Sequence[Sequence[Piece]]) -> None:
        """Of each row the first cell that is not blank, if there is one."""
        self._end_text()
        self._expressions.append(
            pl.coalesce(*(pl.concat_str(*map(self._expression, cell)) for cell in cells))
        )

    def joined(self, rows: int) -> Iterator[bytes]:
        """All rows, so many at a time."""
        self._end_text()
        frame = pl.DataFrame([series.alias(str(number)) for number, series in enumerate(self._series)])
        whole = pl.concat_str(*self._expressions, ignore_nulls=True).str.join("").cast(pl.Binary)
        for start in range(0, frame.height, rows):
            yield frame.slice(start, rows).select(whole).item()

    def _expression(self, piece: Piece) -> pl.Expr:
        if isinstance(piece, str):
            return pl.lit(piece)
        number = self._numbers.setdefault(id(piece), len(self._series))
        if number == len(self._series):
            self._series.append(piece)
        return pl.col(str(number))

    def _end_text(self) -> None:
        if self._text:
            self._expressions.append(pl.lit(self._text))
        self._text = ""
