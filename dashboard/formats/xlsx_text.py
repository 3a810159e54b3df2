"""Text as XLSX cells can hold it (reliability page, section 12). `xlsx_cells` calls `cell_texts`.

XML has no control characters and Excel no more than 32,767 UTF-16 units in a cell, so these are replaced and
cut, and counted. `_x0041_` would be read as an escaped letter, so its underscore is escaped itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from dashboard.formats.xlsx_styles import QUOTED
from dashboard.guard import REPLACEMENT, head, well_formed

LONGEST = 32_767

_IMPOSSIBLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\u{fffe}\u{ffff}]"
_ESCAPE = r"_(x[0-9A-Fa-f]{4})"
_BLANK_END = r"\A[ \t\n]|[ \t\n]\z"
# All values that need any work, in one pass; those of the head rule begin in one of the ways listed first.
_TOUCHED = r"\A[^\p{L}\p{N}]|[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\u{fffe}\u{ffff}]|_x[0-9A-Fa-f]{4}|[ \t\n]\z"


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands between `<t>` and `</t>`, and for each value how its cell opens after the reference."""

    values: pl.Series
    openings: pl.Series | str


def opening(style: int, spaced: bool = False) -> str:
    """The rest of a cell's start tag and what follows it up to the text."""
    styled = f' s="{style}"' if style else ""
    space = ' xml:space="preserve"' if spaced else ""
    return f'"{styled} t="inlineStr"><is><t{space}>'


def cell_texts(texts: pl.Series, warnings: Counter[str], plain: int = 0, quoted: int = QUOTED) -> Texts:
    """`plain` and `quoted` are the styles of values that are not, and that are, shaped like a formula."""
    touched = texts.str.contains(_TOUCHED) | (texts.str.len_bytes() > LONGEST)
    touched = touched.fill_null(False)
    if not touched.any():
        return Texts(texts, opening(plain))
    rows = touched.arg_true()
    after = _cut(_possible(texts.gather(rows), warnings), warnings)
    opened = _openings(after, plain, quoted, warnings)
    # scatter writes into the series itself.
    values = texts.clone().scatter(rows, _escape(after))
    if (opened == opening(plain)).all():
        return Texts(values, opening(plain))
    everywhere = pl.repeat(opening(plain), texts.len(), eager=True)
    return Texts(values, everywhere.scatter(rows, opened))


def without_impossible(text: str) -> str:
    """One text, such as a title, as XML can hold it."""
    return str(pl.select(pl.lit(well_formed(text)).str.replace_all(_IMPOSSIBLE, REPLACEMENT)).item())


def _possible(texts: pl.Series, warnings: Counter[str]) -> pl.Series:
    lines = texts.str.replace_all("\r\n", "\n", literal=True).str.replace_all("\r", "\n", literal=True)
    count = int(lines.str.count_matches(_IMPOSSIBLE).sum())
    if not count:
        return lines
    warnings["replaced_characters"] += count
    return lines.str.replace_all(_IMPOSSIBLE, REPLACEMENT)


def _cut(texts: pl.Series, warnings: Counter[str]) -> pl.Series:
    long = texts.filter(texts.str.len_bytes() > LONGEST)
    if not long.len():
        return texts
    # Polars cannot count UTF-16 units; a loop costs little beside texts of this length.
    shorter = pl.Series([_first_units(text) for text in long], dtype=pl.String)
    warnings["cut_texts"] += int((shorter != long).sum())
    return texts.clone().scatter((texts.str.len_bytes() > LONGEST).arg_true(), shorter)


def _first_units(text: str) -> str:
    return text.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")


def _escape(texts: pl.Series) -> pl.Series:
    escaped = texts.str.replace_all(_ESCAPE, "_x005F_${1}")
    for character, entity in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"):
        escaped = escaped.str.replace_all(character, entity, literal=True)
    return escaped


def _openings(texts: pl.Series, plain: int, quoted: int, warnings: Counter[str]) -> pl.Series:
    formula, spaced = pl.col("formula"), pl.col("spaced")
    found = pl.select(formula=head(pl.lit(texts)), spaced=pl.lit(texts).str.contains(_BLANK_END))
    warnings["guarded_cells"] += int(found["formula"].sum())
    return found.select(
        pl.when(formula & spaced)
        .then(pl.lit(opening(quoted, spaced=True)))
        .when(formula)
        .then(pl.lit(opening(quoted)))
        .when(spaced)
        .then(pl.lit(opening(plain, spaced=True)))
        .otherwise(pl.lit(opening(plain)))
    ).to_series()
