"""How a language writes dates, moments, numbers and truth: CLDR's medium patterns, by way of Babel.

`day`, `moment`, `decimal` and `boolean` write one value (PDF); whole columns are made from `date_pattern`,
`datetime_pattern` and `months` (`formats.local`), cells of a sheet from `excel_date` and `excel_datetime`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

from dashboard.languages.words import word

_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
# Spaces that few fonts and no reader of dates know.
_NARROW = str.maketrans({"\u202f": " ", "\u2009": " "})
# Excel names months in this language, whatever its own is.
_WINDOWS_LANGUAGES = {
    "en": "409",
    "de": "407",
    "fr": "40C",
    "es": "C0A",
    "it": "410",
    "tr": "41F",
    "nl": "413",
    "pl": "415",
    "pt": "416",
    "ja": "411",
}
_EXCEL_FIELDS = {
    "yyyy": "yyyy",
    "M": "m",
    "MM": "mm",
    "MMM": "mmm",
    "MMMM": "mmmm",
    "d": "d",
    "dd": "dd",
    "H": "h",
    "HH": "hh",
    "h": "h",
    "hh": "hh",
    "mm": "mm",
    "ss": "ss",
    "a": "AM/PM",
}


@cache
def date_pattern(language: str) -> str:
    """As CLDR writes it, but years have four digits: "MMM d, yyyy"."""
    pattern = str(Locale.parse(language).date_formats["medium"].pattern).translate(_NARROW)
    return pattern.replace("y", "yyyy")


@cache
def datetime_pattern(language: str) -> str:
    """As CLDR writes it: "MMM d, yyyy, h:mm:ss a"."""
    locale = Locale.parse(language)
    time = str(locale.time_formats["medium"].pattern).translate(_NARROW)
    return str(locale.datetime_formats["medium"]).format(time, date_pattern(language))


def pieces(pattern: str) -> Iterator[tuple[str, str]]:
    """The fields of a pattern ("MMM"), each with an empty text, and the texts between, with an empty field."""
    for match in _PIECE.finditer(pattern):
        if match[2]:
            yield match[0], ""
        else:
            yield "", match[0] if match[1] is None else match[1].replace("''", "'") or "'"


@cache
def months(language: str, width: str) -> tuple[str, ...]:
    """The twelve names as they stand in a date; width "abbreviated" or "wide"."""
    names: Any = Locale.parse(language).months["format"][width]
    return tuple(names[number] for number in range(1, 13))


@cache
def weekdays(language: str, width: str) -> tuple[str, ...]:
    """The seven names from Monday on, as they stand in a date; width "abbreviated" or "wide"."""
    names: Any = Locale.parse(language).days["format"][width]
    return tuple(names[number] for number in range(7))


@cache
def decimal_sign(language: str) -> str:
    return str(Locale.parse(language).number_symbols["latn"]["decimal"])


def boolean(language: str, value: bool) -> str:
    """Truth as it stands in a cell: "Yes", "No"."""
    return word(language, "Yes" if value else "No")


def decimal(language: str, digits: str) -> str:
    """A number given in plain digits, all of them kept, nothing grouped."""
    return digits.replace(".", decimal_sign(language))


def day(language: str, value: date) -> str:
    return format_date(value, date_pattern(language), locale=language)


def moment(language: str, value: datetime, zone: str) -> str:
    """The clock time in the zone, which is not named; a fraction of a second only when there is one."""
    local = value.astimezone(ZoneInfo(zone))
    pattern = datetime_pattern(language)
    if local.microsecond:
        pattern = pattern.replace("ss", f"ss'{_fraction(local)}'")
    return format_datetime(local, pattern, locale=language).translate(_NARROW)


def excel_date(language: str) -> str:
    """The number format for cells with a date."""
    return _excel(language, date_pattern(language))


def excel_datetime(language: str) -> str:
    """The number format for cells with a date and a time."""
    return _excel(language, datetime_pattern(language))


@cache
def _excel(language: str, pattern: str) -> str:
    found = (_EXCEL_FIELDS[field] if field else _excel_text(text) for field, text in pieces(pattern))
    return f"[$-{_WINDOWS_LANGUAGES[language]}]{''.join(found)}"


def _excel_text(text: str) -> str:
    return re.sub(r"[^\W\d_]+", r'"\g<0>"', text).replace(",", "\\,").replace(".", "\\.")


def _fraction(local: datetime) -> str:
    """Three digits or six, as in a whole column."""
    digits = f"{local.microsecond:06}"
    return "." + (digits[:3] if digits.endswith("000") else digits)
