"""How wide columns have to be: `xlsx_cells` measures a part, `xlsx_shell` sets the widths of the sheets.

Widths are in characters of the default font, as Excel's are. A fragment carries one byte for each column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

NARROWEST, WIDEST = 8, 60
PADDING = 2
FILTER_ARROW = 4

_BYTE = 255
# General shows no more of a number.
_GENERAL = 12
# What Unicode calls wide and full-width, roughly: such a character takes the room of two.
_WIDE = (
    r"[\u{1100}-\u{115f}\u{2e80}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}"
    r"\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]"
)
# Of cells that Excel shows in a way of its own.
_SHOWN = {"boolean": 6, "date": 10, "datetime": 19}
_FRACTION = 4


def of_texts(texts: pl.Series) -> int:
    """Characters of the longest one."""
    characters, size = texts.str.len_chars(), texts.str.len_bytes()
    longest = _largest(characters)
    if longest == _largest(size):
        return min(longest, _BYTE)
    wide = texts.filter(size - characters > 1)
    return min(max(longest, _largest(_lengths(wide))), _BYTE)


def of_each(texts: pl.Series) -> list[int]:
    return _lengths(texts).to_list()


def of_numbers(digits: pl.Series, type: str, fractions: bool) -> int:
    """What the cells of a column take, from what stands in them; a date is as wide as in ISO 8601."""
    if digits.null_count() == digits.len():
        return 0
    if type in _SHOWN:
        return _SHOWN[type] + (_FRACTION if fractions else 0)
    longest = _largest(digits.str.len_bytes())
    return min(longest, _GENERAL) if type == "float" else min(longest, _BYTE)


def pack(widths: Sequence[int]) -> bytes:
    return bytes(widths)


def merged(packed: Iterable[bytes], columns: int) -> list[int]:
    """The widest of all parts, for each column."""
    return [max(found) for found in zip(bytes(columns), *packed, strict=True)]


def fitting(seen: int, heading: int) -> int:
    """The width of a column whose cells, and whose heading, are that wide."""
    return min(max(NARROWEST, seen + PADDING, heading + FILTER_ARROW), WIDEST)


def _lengths(texts: pl.Series) -> pl.Series:
    return texts.str.len_chars() + texts.str.count_matches(_WIDE)


def _largest(values: pl.Series) -> int:
    return int(values.max() or 0)  # type: ignore[arg-type]
