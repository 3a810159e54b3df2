"""Whole columns as people of a language write them: "21 nov. 2026", "1234,5", "Oui". CSV calls this.

Clock times are those of the export's zone, which the heading names. Fractions of a second stay when there are any,
and no digit of a number is lost; digits are not grouped.
"""

from __future__ import annotations

import polars as pl

from dashboard import languages

_FIELDS = {
    "yyyy": "%Y",
    "M": "%-m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "d": "%-d",
    "dd": "%d",
    "H": "%-H",
    "HH": "%H",
    "h": "%-I",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S%.f",
    "a": "%p",
}


def local_texts(values: pl.Series, type: str, language: str, zone: str) -> pl.Series | None:
    """The values as text, or None for a type that is the same in all languages; null stays null."""
    match type:
        case "boolean":
            yes, no = (pl.lit(languages.boolean(language, truth)) for truth in (True, False))
            value = pl.lit(values)
            return pl.select(pl.when(value).then(yes).when(~value).then(no)).to_series()
        case "date":
            return _dated(values, languages.date_pattern(language), language)
        case "datetime":
            return _dated(values.dt.convert_time_zone(zone), languages.datetime_pattern(language), language)
    return None


def _dated(values: pl.Series, pattern: str, language: str) -> pl.Series:
    pieces = [_FIELDS[name] if name else text.replace("%", "%%") for name, text in languages.pieces(pattern)]
    texts = values.dt.to_string("".join(pieces))
    for field, width in (("%b", "abbreviated"), ("%B", "wide")):
        if field in pieces:
            names = dict(zip(languages.months("en", width), languages.months(language, width), strict=True))
            texts = texts.str.replace_many(names)
    # The last hours of 9999 may be in the next year there, which would get a sign.
    return texts.str.replace("+", "", literal=True) if (values.dt.year() > 9999).any() else texts
