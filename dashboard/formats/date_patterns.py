"""Moments as people spell them out: `yyyy-MM-dd HH:mm`. The option `datetime_format` of CSV.

The letters are those that Unicode (UTS #35) and date-fns read alike; where they differ, as with `YYYY` or `z`, a
pattern is refused rather than guessed at. Words stand between apostrophes, and two of these are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import polars as pl

from dashboard import languages
from dashboard.formats.base import Layout, Option
from dashboard.formats.values import moment
from dashboard.guard import suspects

ISO = "iso"
LONGEST = 100
# Letters to those of strftime. With three digits a fraction is cut, as in both models.
_LETTERS = {
    "y": "%-Y",
    "yy": "%y",
    "yyyy": "%Y",
    "M": "%-m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "d": "%-d",
    "dd": "%d",
    "E": "%a",
    "EE": "%a",
    "EEE": "%a",
    "EEEE": "%A",
    "a": "%p",
    "aa": "%p",
    "h": "%-I",
    "hh": "%I",
    "H": "%-H",
    "HH": "%H",
    "m": "%-M",
    "mm": "%M",
    "s": "%-S",
    "ss": "%S",
    "SSS": "%3f",
    "SSSSSS": "%6f",
    "xx": "%z",
    "xxx": "%:z",
    "XX": "%z",
    "XXX": "%:z",
}
_UTC = {"XX": {"+0000": "Z"}, "XXX": {"+00:00": "Z"}}
_SAMPLE = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

Run = tuple[str, Mapping[str, str]]


def check(pattern: str) -> None:
    """ValueError, with a sentence, for what is no pattern."""
    if not isinstance(pattern, str) or not 1 <= len(pattern) <= LONGEST or not pattern.isprintable():
        raise ValueError(f"A date pattern has 1 to {LONGEST} characters, without line breaks.")
    if pattern.count("'") % 2:
        raise ValueError("Words in a date pattern stand between two apostrophes, and one is missing.")
    letters = [letter for letter, _ in languages.pieces(pattern) if letter]
    for letter in letters:
        if letter not in _LETTERS:
            raise ValueError(
                f"“{letter[:20]}” has no meaning in a date pattern; there are {', '.join(_LETTERS)}."
            )
    if not letters:
        raise ValueError("A date pattern names parts of a date or time, such as yyyy-MM-dd HH:mm.")
    # Made here and not at the top: Polars must not start its threads before the worker has forked.
    sample = pl.Series([_SAMPLE], dtype=pl.Datetime("us", "UTC"))
    if pl.select(suspects(pl.lit(_spelled(sample, pattern, "en", "UTC")), "")).item():
        raise ValueError("Spreadsheets would take dates in this pattern for formulas.")


DATETIME_FORMAT = Option(
    "datetime_format",
    "Dates with times",
    {
        ISO: "As ISO 8601 has them: 2026-11-21T09:30:00+00:00",
        "yyyy-MM-dd HH:mm:ss": "2026-11-21 09:30:00",
        "MM/dd/yyyy hh:mm:ss a": "11/21/2026 09:30:00 AM",
        "dd/MM/yyyy HH:mm": "21/11/2026 09:30",
    },
    check,
)


def moments(values: pl.Series, layout: Layout) -> pl.Series:
    """The moments as text, as the options of the layout have it."""
    pattern = layout.options.get(DATETIME_FORMAT.key, ISO)
    if pattern == ISO:
        return moment(values, layout.timezone)
    return _spelled(values, pattern, layout.language, layout.timezone)


def _spelled(values: pl.Series, pattern: str, language: str, zone: str) -> pl.Series:
    """Clock times of the zone; what is in year 10000 there is written in UTC. Null stays null."""
    local = values.dt.convert_time_zone(zone)
    texts = _texts(local, pattern, language)
    far = local.dt.year() > 9999
    if not far.any():
        return texts
    return pl.select(pl.when(far).then(_texts(values, pattern, language)).otherwise(texts)).to_series()


def _texts(local: pl.Series, pattern: str, language: str) -> pl.Series:
    pieces = []
    for format, names in _runs(pattern, language):
        texts = local.dt.to_string(format)
        pieces.append(texts.str.replace_many(names) if names else texts)
    return pl.select(pl.concat_str(*(pl.lit(piece) for piece in pieces))).to_series()


@cache
def _runs(pattern: str, language: str) -> tuple[Run, ...]:
    """strftime formats whose texts make up the moment, each with the words to be replaced in its text."""
    runs: list[Run] = []
    for letter, text in languages.pieces(pattern):
        format = _LETTERS[letter] if letter else text.replace("%", "%%")
        names = _UTC.get(letter) or _names(format, language)
        if names or not runs or runs[-1][1]:
            runs.append((format, names))
        else:
            runs[-1] = (runs[-1][0] + format, {})
    return tuple(runs)


def _names(format: str, language: str) -> Mapping[str, str]:
    """English names of months or days to those of the language."""
    if language == "en":
        return {}
    width = "wide" if format in ("%B", "%A") else "abbreviated"
    match format:
        case "%b" | "%B":
            return dict(zip(languages.months("en", width), languages.months(language, width), strict=True))
        case "%a" | "%A":
            return dict(
                zip(languages.weekdays("en", width), languages.weekdays(language, width), strict=True)
            )
    return {}
