"""Text as XLSX cells can hold it (reliability page, section 12). `xlsx_cells` calls `cell_texts`.

XML has no control characters and Excel no more than 32,767 UTF-16 units in a cell, so these are replaced and
cut, and counted. `_x0041_` would be read as an escaped letter, so its underscore is escaped itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from dashboard.formats.xml_text import escaped, possible
from dashboard.guard import head

LONGEST = 32_767
TOO_LONG = f"Cut: a cell holds {LONGEST:,} characters"

_ESCAPE = r"_(x[0-9A-Fa-f]{4})"
_BLANK_END = r"\A[ \t\n]|[ \t\n]\z"
# All values that need any work, in one pass; those of the head rule begin in one of the ways listed first.
_TOUCHED = r"\A[^\p{L}\p{N}]|[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\u{fffe}\u{ffff}]|_x[0-9A-Fa-f]{4}|[ \t\n]\z"


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands between `<t>` and `</t>`, and for each value how its cell opens after the reference.

    `cut` has the positions of the values that were too long, if there are some.
    """

    values: pl.Series
    openings: pl.Series | str
    cut: pl.Series | None = None


def opening(style: int, spaced: bool = False) -> str:
    """The rest of a cell's start tag and what follows it up to the text."""
    styled = f' s="{style}"' if style else ""
    space = ' xml:space="preserve"' if spaced else ""
    return f'"{styled} t="inlineStr"><is><t{space}>'


def cell_texts(texts: pl.Series, warnings: Counter[str], plain: int, quoted: int) -> Texts:
    """`plain` and `quoted` are the styles of values that are not, and that are, shaped like a formula.

    Texts of our own making, which are no formula whatever they look like, have the same style for both.
    """
    touched = texts.str.contains(_TOUCHED) | (texts.str.len_bytes() > LONGEST)
    touched = touched.fill_null(False)
    if not touched.any():
        return Texts(texts, opening(plain))
    rows = touched.arg_true()
    whole = possible(_lines(texts.gather(rows)), warnings)
    after = _cut(whole)
    cut = rows.filter(after != whole)
    warnings["cut_texts"] += cut.len()
    opened = _openings(after, plain, quoted, warnings)
    # scatter writes into the series itself.
    values = texts.clone().scatter(rows, escaped(after.str.replace_all(_ESCAPE, "_x005F_${1}")))
    if (opened == opening(plain)).all():
        return Texts(values, opening(plain), cut if cut.len() else None)
    everywhere = pl.repeat(opening(plain), texts.len(), eager=True)
    return Texts(values, everywhere.scatter(rows, opened), cut if cut.len() else None)


def _lines(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all("\r\n", "\n", literal=True).str.replace_all("\r", "\n", literal=True)


def _cut(texts: pl.Series) -> pl.Series:
    long = texts.filter(texts.str.len_bytes() > LONGEST)
    if not long.len():
        return texts
    # Polars cannot count UTF-16 units; a loop costs little beside texts of this length.
    shorter = pl.Series([_first_units(text) for text in long], dtype=pl.String)
    return texts.clone().scatter((texts.str.len_bytes() > LONGEST).arg_true(), shorter)


def _first_units(text: str) -> str:
    return text.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")


def _openings(texts: pl.Series, plain: int, quoted: int, warnings: Counter[str]) -> pl.Series:
    formula, spaced = pl.col("formula"), pl.col("spaced")
    shaped = pl.lit(False) if quoted == plain else head(pl.lit(texts))
    found = pl.select(formula=shaped, spaced=pl.lit(texts).str.contains(_BLANK_END))
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
