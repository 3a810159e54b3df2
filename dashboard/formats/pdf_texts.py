"""The cells of a PDF as texts that its font can draw, with a count of what that changed. Called by `pdf`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from dashboard.columns import Column
from dashboard.drawing.fonts import MISSING, REGULAR, drawn, undrawn_pattern
from dashboard.formats.local import local_texts
from dashboard.formats.values import odd_texts, texts
from dashboard.languages import decimal_sign, plural, word

CELL_LENGTH = 2_000
LABEL_LENGTH = 120
TITLE_LENGTH = 160
FILTER_LENGTH = 240
_LINE_ENDS = r"\r\n|[\r\u{2028}\u{2029}]"
# Not characters at all, for XML and for us; the line feed is none of these.
_CONTROLS = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u{fffe}\u{ffff}]"
# Letters with accents of their own; many the font has in one piece, which looks better.
_MARKS = r"\p{Mn}"
_TAB = "    "


def spoken(language: str) -> str:
    """The language of our own words: the chosen one, or English where the font does not have its letters."""
    words = word(language, "Page {n} of {m}", n="", m="") + word(language, "Yes") + word(language, "No")
    return language if drawn(REGULAR).issuperset(map(ord, words)) else "en"


def cell_texts(
    frame: pl.DataFrame, columns: Sequence[Column], language: str, zone: str, warnings: Counter[str]
) -> list[pl.Series]:
    """One series for each column; what is null is empty."""
    return [_cells(frame, column, language, zone, warnings) for column in columns]


def line(text: str, length: int, face: str, warnings: Counter[str]) -> str:
    """A text that stands above the table, without line ends of its own."""
    drawn: str = _drawable(pl.Series([" ".join(text.split())]), length, face, warnings)[0]
    return drawn


def _drawable(values: pl.Series, length: int, face: str, warnings: Counter[str]) -> pl.Series:
    """Cut, and without what cannot be drawn. Most columns are through after one look."""
    changed = values.str.contains(undrawn_pattern(face)) | (values.str.len_chars() > length)
    changed |= values.str.contains(_MARKS)
    if not changed.any():
        return values
    # scatter writes into the series itself.
    return values.clone().scatter(
        changed.arg_true(), _changed(values.filter(changed), length, face, warnings)
    )


def _changed(values: pl.Series, length: int, face: str, warnings: Counter[str]) -> pl.Series:
    whole = values.str.replace_all(_LINE_ENDS, "\n").str.replace_all("\t", _TAB, literal=True)
    whole = whole.str.normalize("NFC")
    cut = whole.str.len_chars() > length
    warnings["cut_texts"] += int(cut.sum())
    kept = whole.str.slice(0, length)
    clean = _replaced(kept, _CONTROLS, "replaced_characters", warnings)
    clean = _replaced(clean, undrawn_pattern(face), "undrawn_characters", warnings)
    return pl.select(pl.when(cut).then(pl.lit(clean) + "…").otherwise(pl.lit(clean))).to_series()


def _replaced(values: pl.Series, pattern: str, counter: str, warnings: Counter[str]) -> pl.Series:
    warnings[counter] += int(values.str.count_matches(pattern).sum())
    return values.str.replace_all(pattern, MISSING)


def _cells(
    frame: pl.DataFrame, column: Column, language: str, zone: str, warnings: Counter[str]
) -> pl.Series:
    fitting = pl.lit(_fitting(frame[column.name], column.type, language, zone))
    strays = odd_texts(frame, column)
    if strays is not None:
        warnings["odd_values"] += strays.len() - strays.null_count()
        fitting = pl.coalesce(pl.lit(strays), fitting)
    return _drawable(pl.select(fitting.fill_null("")).to_series(), CELL_LENGTH, REGULAR, warnings)


def _fitting(values: pl.Series, type: str, language: str, zone: str) -> pl.Series:
    if type in ("decimal", "float"):
        return texts(values, type, zone).str.replace(".", decimal_sign(language), literal=True)
    if type == "binary":
        sizes = values.bin.size()
        words = {
            size: plural(language, "{n} byte", "{n} bytes", size) for size in sizes.drop_nulls().unique()
        }
        return sizes.replace_strict(words, return_dtype=pl.String)
    found = local_texts(values, type, language, zone)
    return texts(values, type, zone) if found is None else found
