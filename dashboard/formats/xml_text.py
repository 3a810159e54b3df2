"""Text as XML can hold it: `formats.xml` and the XML inside of XLSX write it.

Characters that no XML file has are replaced and counted, and those that mean something in XML are escaped.
"""

from __future__ import annotations

from collections import Counter

import polars as pl

from dashboard.guard import REPLACEMENT, well_formed

_IMPOSSIBLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\u{fffe}\u{ffff}]"


def possible(texts: pl.Series, warnings: Counter[str]) -> pl.Series:
    count = int(texts.str.count_matches(_IMPOSSIBLE).sum())
    if not count:
        return texts
    warnings["replaced_characters"] += count
    return texts.str.replace_all(_IMPOSSIBLE, REPLACEMENT)


def escaped(texts: pl.Series) -> pl.Series:
    for character, entity in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"):
        texts = texts.str.replace_all(character, entity, literal=True)
    return texts


def without_impossible(text: str) -> str:
    """One text, such as a title, as XML can hold it."""
    return str(pl.select(pl.lit(well_formed(text)).str.replace_all(_IMPOSSIBLE, REPLACEMENT)).item())
